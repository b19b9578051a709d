//! F.2 and F.3: trust the root of a private authority.
use super::{draft, root::Root, seen::shown};
use crate::{
    draft::{Case, Draft, Drafted, Reason, part, reference},
    facts::{
        Blocked,
        handshake::Trust,
        json::{list, one_line, text},
        probe_log::LogClass,
    },
    id::ArmId,
    plan::{Edit, Need},
    report::Finding,
    resolutions::{
        a_reachability::admission::shell,
        pair::{Target, command, listed, target},
    },
};
use serde_json::{Value, json};

const ROOTS: &str = "trustedRootCertificates";
const HINT: &str = "spec.hints.privateCa";

/// A root that the gateway does not have, or not here, is what these may be about.
pub(super) fn about_roots(finding: &Finding) -> bool {
    finding.id.starts_with("trusted-root-")
}

/// Of a failure that OpenSSL has a number for, those that a root may mend: self-signed, or an issuer not found.
fn by_number(finding: &Finding, target: &Target<'_>, wanted: fn(u16) -> bool) -> bool {
    let of = |class: &LogClass| matches!(class, LogClass::Unverified { code: Some(code) } if wanted(*code));
    finding.id == "certificate-unverified" && target.down().any(|it| of(&it.class))
}

/// The pair, where a root may mend it: settings of the second platform.
fn rootless<'c>(case: &Case<'c, '_>, finding: &Finding) -> Result<Option<Target<'c>>, Blocked> {
    let given = case.view.facts.said().private_ca_pem.is_some();
    let wanted = |it: &Target<'_>| {
        let alone = by_number(finding, it, |code| code == 19);
        let more = given && by_number(finding, it, |code| matches!(code, 18 | 20 | 21));
        !it.effective.is_v1() && (about_roots(finding) || alone || more)
    };
    Ok(target(case, finding)?.filter(wanted))
}

fn given(case: &Case<'_, '_>) -> Result<Result<Root, String>, Blocked> {
    let pem = case.view.facts.said().private_ca_pem.as_deref();
    let root = Root::of_pem(pem.ok_or(Blocked::Tell(HINT))?);
    let now = case.view.facts.taken_at();
    Ok(root
        .and_then(|root| root.is_none(now).map_or(Ok(root), Err))
        .map_err(|why| format!("{HINT}: {why}")))
}

/// Roots of the gateway with this data.
fn held<'c>(target: &Target<'c>, root: &Root) -> Option<&'c str> {
    let all = list(target.gateway.0, &["properties", ROOTS]);
    let mut same = all.filter(|it| text(it, &["properties", "data"]).is_some_and(|it| root.is(it)));
    same.find_map(|it| text(it, &["name"]))
}

/// The names of the roots that the settings refer to.
fn trusted<'c>(target: &Target<'c>) -> Vec<&'c str> {
    let ids = list(target.document, &["properties", ROOTS]);
    ids.filter_map(|it| text(it, &["id"])?.rsplit('/').next())
        .collect()
}

/// Why these settings may not trust a root now, or why this root is not theirs.
fn refused(case: &Case<'_, '_>, target: &Target<'_>) -> Option<(Reason, String)> {
    let setting = target.setting;
    if let Some(why) = target.mismatch() {
        return Some((Reason::EvidenceTooWeak, why));
    }
    if !target.speaks().eq_ignore_ascii_case("Https") {
        let why = format!(
            "{setting} speaks {}, and Azure lets only Https trust a root: F.4 comes first",
            target.speaks()
        );
        return Some((Reason::EvidenceTooWeak, why));
    }
    let shown = shown(case, target);
    let (server, why) = shown.iter().find_map(|(server, it)| match it.told()? {
        Trust::Fails(why) => Some((server, why)),
        Trust::Leads => None,
    })?;
    Some((
        Reason::EvidenceTooWeak,
        format!(
            "{HINT}: the chain that {} shows does not lead to it ({}, Operator)",
            one_line(server),
            one_line(why)
        ),
    ))
}

/// One more root in the list of the settings; those that are there stay.
fn attached(case: &Case<'_, '_>, target: &Target<'_>, root: &str) -> Edit {
    let item = reference(case.view.id(), ROOTS, root);
    Edit {
        at: target.at(ROOTS).item(item.clone()),
        before: Value::Null,
        after: item,
    }
}

/// The switch that attaches replaces the list, so it is given whole.
fn attaching(case: &Case<'_, '_>, target: &Target<'_>, root: &str) -> String {
    let all = trusted(target).into_iter().chain([root]);
    let all: Vec<String> = all.map(shell).collect();
    format!(
        "{} --root-certs {}",
        command(case.view.id(), "http-settings update", target.setting),
        all.join(" ")
    )
}

/// What is so of either way.
fn told(case: &Case<'_, '_>, target: &Target<'_>, draft: Draft) -> Draft {
    let mut draft = draft
        .effect("whatever that authority signs is taken for good by these settings, as long as the name fits")
        .need(target.still(case, "protocol"));
    let kept: Vec<String> = trusted(target).into_iter().map(one_line).collect();
    if !kept.is_empty() {
        draft = draft.effect(format!("trusted as before: {}", listed(&kept)));
    }
    let shown = shown(case, target);
    let leads = shown
        .iter()
        .filter(|(_, it)| it.told() == Some(Trust::Leads));
    let leads: Vec<String> = leads.map(|(server, _)| one_line(server)).collect();
    if leads.is_empty() {
        draft.check("not tried: whether the back end's chain leads to this root; a try from the gateway knows only the roots of now")
    } else {
        draft.check(format!(
            "the chain that {} shows leads to this root (Operator)",
            listed(&leads)
        ))
    }
}

pub(super) fn upload(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = rootless(case, finding)? else {
        return Ok(vec![]);
    };
    let setting = target.setting;
    let title = format!("Upload the root of {HINT} and let {setting} trust it");
    let stop = |reason, why: String| {
        Ok(vec![
            draft(case, &target, title.clone(), vec![]).withheld(reason, why),
        ])
    };
    let root = match given(case)? {
        Ok(root) => root,
        Err(why) => return stop(Reason::NeedsInput, why),
    };
    if held(&target, &root).is_some() {
        return Ok(vec![]);
    }
    if let Some((reason, why)) = refused(case, &target) {
        return stop(reason, why);
    }
    if finding.id == "trusted-root-corrupt"
        && let [broken] = unreadable(&target)[..]
    {
        return Ok(vec![mended(case, &target, &root, broken)]);
    }
    let name = case.free_name(ROOTS, "private-root")?;
    let at = part(ROOTS, &name);
    let uploaded = Edit {
        at: at.clone(),
        before: Value::Null,
        after: json!({"name": name, "properties": {"data": root.data}}),
    };
    let edits = vec![uploaded, attached(case, &target, &name)];
    let id = case.view.id();
    let title = format!("Upload the root of {HINT} as {name} and let {setting} trust it");
    let planned = draft(case, &target, title, edits)
        .need(Need::Is {
            of: id.clone(),
            at,
            value: Value::Null,
        })
        .check(format!("{name} is a free name, and {HINT} is one certificate, signed by itself and within its dates"))
        .az(format!("{} --cert-file root.cer", command(id, "root-cert create", &name)))
        .az(attaching(case, &target, &name));
    Ok(vec![told(case, &target, planned)])
}

/// Roots of the settings that hold no certificate.
fn unreadable<'c>(target: &Target<'c>) -> Vec<&'c str> {
    let data = |name: &str| text(target.gateway.named(ROOTS, name)?, &["properties", "data"]);
    let broken = |name: &&str| data(name).is_some_and(|it| Root::of_data(it).is_none());
    trusted(target).into_iter().filter(broken).collect()
}

/// The root that cannot be read, written anew: as long as it is in the list, the list is no good.
fn mended(case: &Case<'_, '_>, target: &Target<'_>, root: &Root, broken: &str) -> Draft {
    let at = part(ROOTS, broken).field("properties/data");
    let edit = Edit::of(target.gateway.0, at, json!(root.data));
    let users = list(
        target.gateway.0,
        &["properties", "backendHttpSettingsCollection"],
    );
    let by = |it: &&Value| {
        let mut ids = list(it, &["properties", ROOTS]).filter_map(|it| text(it, &["id"]));
        ids.any(|id| ArmId::new(id).name().eq_ignore_ascii_case(broken))
    };
    let users: Vec<String> = users
        .filter(by)
        .filter_map(|it| text(it, &["name"]))
        .map(one_line)
        .collect();
    let planned = draft(
        case,
        target,
        format!("Write root {broken} anew, from {HINT}"),
        vec![edit],
    )
    .effect(format!("{broken} is trusted by {}", listed(&users)))
    .check(format!(
        "{broken} holds no certificate that can be read, and {HINT} does"
    ))
    .az(format!(
        "{} --cert-file root.cer",
        command(case.view.id(), "root-cert update", broken)
    ));
    told(case, target, planned)
}

pub(super) fn attach(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = rootless(case, finding)? else {
        return Ok(vec![]);
    };
    let known = trusted(&target);
    let is_known = |name: &str| known.iter().any(|it| it.eq_ignore_ascii_case(name));
    let spare = list(target.gateway.0, &["properties", ROOTS]).filter_map(|it| text(it, &["name"]));
    if spare.into_iter().all(is_known) {
        return Ok(vec![]);
    }
    // Without the certificate nobody can say that a root of the gateway is the right one.
    let Ok(root) = given(case)? else {
        return Ok(vec![]);
    };
    let Some(name) = held(&target, &root).filter(|it| !is_known(it)) else {
        return Ok(vec![]);
    };
    let title = format!("Let {} trust root {name}", target.setting);
    if let Some((reason, why)) = refused(case, &target) {
        return Ok(vec![
            draft(case, &target, title, vec![]).withheld(reason, why),
        ]);
    }
    let at = part(ROOTS, name).field("properties/data");
    let planned = draft(case, &target, title, vec![attached(case, &target, name)])
        .need(Need::Is {
            of: case.view.id().clone(),
            value: at.find(target.gateway.0).clone(),
            at,
        })
        .check(format!(
            "root {name} of the gateway is the certificate of {HINT}"
        ))
        .az(attaching(case, &target, name));
    Ok(vec![told(case, &target, planned)])
}
