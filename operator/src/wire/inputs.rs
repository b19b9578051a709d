//! `spec.inputs` and `spec.overrides` as the runbook takes them.
use appgw_crds::{AllowFrom as From, Caution as Word, Inputs as Said, InputsE};
use appgw_runbook::facts::inputs::{AllowFrom, Caution, Inputs, Overrides, PathRule};

/// Every value that a person gave.
pub(super) fn inputs(said: &Said) -> Inputs {
    // In full, so that a new value cannot be forgotten here.
    let Said {
        a,
        b,
        c,
        d,
        e,
        f,
        h,
        i,
    } = said;
    let number = |n: Option<i32>| n.map(i64::from);
    let InputsE {
        listener,
        port,
        path_rule,
    } = e.clone().unwrap_or_default();
    Inputs {
        allow_delete: a.allow_delete == Some(true),
        allow_priority: number(a.rule_priority),
        deny_priority: number(a.deny_priority),
        probe_host: b.host.clone(),
        probe_path: b.path.clone(),
        status_codes: b.status_codes.clone(),
        probe_timeout: number(b.timeout_seconds),
        management_priority: number(c.rule_priority),
        pool: d.pool.clone(),
        addresses: d.addresses.clone(),
        listener,
        port: number(port),
        path_rule: path_rule.map(|it| PathRule {
            map: it.map,
            name: it.name,
            paths: it.paths,
            pool: it.pool,
            settings: it.settings,
        }),
        tls_host: f.host_name.clone(),
        max_capacity: number(h.max_capacity),
        instance_count: number(h.instance_count),
        site_host: i.host_name.clone(),
        allow_from: i.allow_from.map(|it| match it {
            From::Subnet => AllowFrom::Subnet,
            From::PublicIp => AllowFrom::PublicIp,
        }),
    }
}

/// Cautions set aside.
pub(super) fn overrides(said: &[Word]) -> Overrides {
    let word = |it: &Word| match it {
        Word::DnsBroken => Caution::DnsBroken,
        Word::OwnedByOther => Caution::OwnedByOther,
        Word::PolicyDenies => Caution::PolicyDenies,
        Word::SharedTarget => Caution::SharedTarget,
    };
    said.iter().map(word).collect()
}
