//! B.2: the probe in use, corrected.
use super::target::{INTERVAL, TIMEOUT, Target, given, is_given, needed, speaks, target, users};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk, part},
    facts::{
        Blocked,
        json::{at, flag, list, number, text},
    },
    plan::{Change, Edit},
    report::Finding,
    resolutions::rehearsal::{Candidate, rehearsed},
};
use serde_json::{Value, json};

pub(super) fn correct(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)? else {
        return Ok(vec![]);
    };
    let Some(probe) = target.probe else {
        return Ok(vec![]);
    };
    let name = target.probe_name().to_owned();
    let verify = || case.by_health(case.pairs_by_setting(&target.setting), &target.setting);
    if finding.id == "x.probe-body" {
        let why = "what text the application answers is for a person to say: change match.body of the probe by hand, or leave it out";
        let draft = Draft::new(
            format!("Correct the text that probe {name} looks for"),
            vec![],
            verify(),
        );
        return Ok(vec![draft.withheld(Reason::EvidenceTooWeak, why)]);
    }
    let Some(field) = needed(finding) else {
        return Ok(vec![]);
    };
    changed(case, finding, &target, probe, field)
}

/// The probe in use with what was given, and with nothing else changed.
#[expect(
    clippy::too_many_lines,
    reason = "one guard after the other, each with words of its own"
)]
pub(super) fn changed(
    case: &Case<'_, '_>,
    finding: &Finding,
    target: &Target<'_>,
    probe: &Value,
    field: &'static str,
) -> Drafted {
    let gateway = case.gateway()?;
    let name = target.probe_name();
    let setting = &target.setting;
    let interval = number(probe, &["properties", "interval"]).unwrap_or(INTERVAL);
    let protocol = speaks(probe, "protocol");
    let tls = protocol.eq_ignore_ascii_case("Https");
    let pairs: Vec<String> = users(gateway, name)
        .into_iter()
        .flat_map(|it| case.pairs_by_setting(it))
        .collect();
    let verify = case.by_health(case.pairs_by_setting(setting), setting);
    let title = format!("Correct probe {name}");
    let held = |reason, why: String| {
        Ok(vec![
            Draft::new(title.clone(), vec![], verify.clone()).withheld(reason, why),
        ])
    };
    let given = match given(case, interval, tls) {
        Ok(given) => given,
        Err(why) => return held(Reason::NeedsInput, why),
    };
    if !is_given(field, finding, &given) {
        return Err(Blocked::Tell(field));
    }
    let of = |member: &str| part("probes", name).field("properties").field(member);
    let mut edits = vec![];
    if let Some(path) = &given.path {
        edits.push(Edit::of(gateway.0, of("path"), json!(path)));
    }
    if let Some(host) = &given.host {
        edits.push(Edit::of(gateway.0, of("host"), json!(host)));
        if flag(
            probe,
            &["properties", "pickHostNameFromBackendHttpSettings"],
        ) == Some(true)
        {
            edits.push(Edit::of(
                gateway.0,
                of("pickHostNameFromBackendHttpSettings"),
                json!(false),
            ));
        }
    }
    if !given.codes.is_empty() {
        edits.push(if at(probe, &["properties", "match"]).is_some() {
            Edit::of(gateway.0, of("match/statusCodes"), json!(given.codes))
        } else {
            Edit::of(gateway.0, of("match"), json!({"statusCodes": given.codes}))
        });
    }
    let before = number(probe, &["properties", "timeout"]).unwrap_or(TIMEOUT);
    if let Some(timeout) = given.timeout {
        if field == "spec.inputs.B.timeoutSeconds" && timeout <= before {
            return held(
                Reason::NeedsInput,
                format!(
                    "spec.inputs.B.timeoutSeconds: {timeout} s is not more than the {before} s of now"
                ),
            );
        }
        edits.push(Edit::of(gateway.0, of("timeout"), json!(timeout)));
    }
    edits.retain(|it| it.before != it.after);
    if edits.is_empty() {
        return held(
            Reason::NeedsInput,
            format!("what spec.inputs.B says is what probe {name} does already"),
        );
    }
    let id = case.view.id();
    let flags: Vec<String> = [
        given.path.as_ref().map(|it| format!("--path {it}")),
        given.host.as_ref().map(|it| format!("--host {it}")),
        (!given.codes.is_empty())
            .then(|| format!("--match-status-codes {}", given.codes.join(" "))),
        given.timeout.map(|it| format!("--timeout {it}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let own = |member: &str| text(probe, &["properties", member]).map(str::to_owned);
    let picks = flag(
        probe,
        &["properties", "pickHostNameFromBackendHttpSettings"],
    ) == Some(true);
    let host = given
        .host
        .clone()
        .or_else(|| own("host").filter(|_| !picks));
    let codes = if given.codes.is_empty() {
        list(probe, &["properties", "match", "statusCodes"])
            .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned))
            .collect()
    } else {
        given.codes.clone()
    };
    let candidate = Candidate {
        pool: target.pool.clone(),
        setting: setting.clone(),
        protocol,
        path: given
            .path
            .clone()
            .or_else(|| own("path"))
            .unwrap_or_else(|| "/".to_owned()),
        host,
        codes,
        timeout: given.timeout.unwrap_or(before),
    };
    let draft = Draft::new(title, vec![Change::edit(id, edits)], verify)
        .risk(Risk::Low)
        .effect(format!(
            "every pair that uses this probe is probed so: {}",
            pairs.join(", ")
        ))
        .az(format!(
            "az network application-gateway probe update --ids {id}/probes/{name} {}",
            flags.join(" ")
        ));
    Ok(vec![rehearsed(case, draft, &candidate)?])
}
