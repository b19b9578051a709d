//! F.1: ask for the name in the certificate.
use super::{
    draft,
    probe::Part,
    seen::{another_name, shown},
};
use crate::{
    draft::{Case, Draft, Drafted, Reason},
    facts::{
        Blocked,
        json::{at, flag, text},
        probe_log::LogClass,
    },
    plan::Edit,
    report::Finding,
    resolutions::{
        pair::{Target, command, host, is_name, put, target},
        rehearsal::{Candidate, rehearsed},
    },
};
use serde_json::{Value, json};

pub(super) const NAME: &str = "spec.inputs.F.hostName";

/// The name that was given, checked.
pub(super) fn given(case: &Case<'_, '_>) -> Result<Result<String, String>, Blocked> {
    let name = case
        .inputs()
        .tls_host
        .as_deref()
        .ok_or(Blocked::Tell(NAME))?;
    let bare = name.trim().trim_end_matches('.').to_ascii_lowercase();
    Ok(if is_name(&bare) {
        Ok(bare)
    } else {
        Err(format!(
            "{NAME}: {bare:?} is no host name: certificates go by names, and one is asked for without a wildcard"
        ))
    })
}

/// Where another name would mend it: a certificate for another one, or a handshake without any.
fn by_name(finding: &Finding, target: &Target<'_>) -> bool {
    let mut broken = target
        .down()
        .filter(|it| it.class == LogClass::Tls)
        .peekable();
    match finding.id {
        "certificate-name" => true,
        "tls-failure" => {
            broken.peek().is_some() && broken.all(|it| target.effective.sni(&it.address).is_none())
        }
        _ => false,
    }
}

pub(super) fn name(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)?.filter(|it| by_name(finding, it)) else {
        return Ok(vec![]);
    };
    // The first platform goes by the member's own name, whatever settings and probe say.
    if target.effective.is_v1() {
        return Ok(vec![]);
    }
    let setting = target.setting;
    let held = |title: String, reason, why: String| {
        Ok(vec![
            draft(case, &target, title, vec![]).withheld(reason, why),
        ])
    };
    let name = match given(case)? {
        Ok(name) => name,
        Err(why) => {
            return held(
                format!("Let {setting} ask for the name in the certificate"),
                Reason::NeedsInput,
                why,
            );
        }
    };
    let title = format!("Let {setting} ask for {name}");
    if let Some(why) = target.mismatch() {
        return held(title, Reason::EvidenceTooWeak, why);
    }
    let seen = shown(case, &target);
    if let Some(why) = another_name(&seen, &name) {
        return held(
            title,
            Reason::EvidenceTooWeak,
            format!("{NAME}: {why} (Operator)"),
        );
    }
    let way = Way::of(&target, &name);
    let planned = match way {
        Way::Sni => by_sni(case, &target, &name),
        Way::Host { settings } => by_host(case, &target, &name, settings)?,
    };
    let Some(mut planned) = planned else {
        return held(
            title,
            Reason::NeedsInput,
            format!("{NAME}: {setting} and its probe ask for {name} already"),
        );
    };
    if !seen.is_empty() {
        planned = planned.check(format!(
            "the certificate that was shown is good for {name} (Operator)"
        ));
    }
    if way == Way::Sni {
        return Ok(vec![planned.check(
            "not rehearsed: a try from the gateway has no word for the server name of the settings",
        )]);
    }
    let candidate = Candidate::new(&target, &after(&target, &name));
    Ok(vec![rehearsed(case, planned, &candidate)?])
}

/// Where the name is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// `sniName`: the name in the greeting and nothing else, so that the application sees the Host it did before.
    Sni,
    /// The Host, of the probe and, unless they ask for it already, of the settings.
    Host { settings: bool },
}

impl Way {
    fn of(target: &Target<'_>, name: &str) -> Self {
        let own = |member: &str| target.document.pointer(&format!("/properties/{member}"));
        // Only api-versions that know it name it, or its siblings.
        let known = ["sniName", "validateSNI", "validateCertChainAndExpiry"];
        let known = known.iter().any(|it| own(it).is_some());
        let checked = flag(target.document, &["properties", "validateSNI"]) != Some(false);
        let https = target.speaks().eq_ignore_ascii_case("Https");
        let set = target.word("sniName").is_some();
        if checked && https && (set || (known && !target.names_host())) {
            return Self::Sni;
        }
        let same = |it: &str| it.eq_ignore_ascii_case(name);
        let by_member = target.picks()
            && target.members_are_names()
            && target
                .health
                .is_some_and(|it| it.servers.iter().all(|it| same(&it.address)));
        let asked = target.word("hostName").is_some_and(same) || by_member;
        Self::Host { settings: !asked }
    }
}

fn by_sni(case: &Case<'_, '_>, target: &Target<'_>, name: &str) -> Option<Draft> {
    let edit = Edit::of(target.gateway.0, target.at("sniName"), json!(name));
    if edit.before == edit.after {
        return None;
    }
    let line = format!(
        "{} --set sniName={name}",
        command(case.view.id(), "http-settings update", target.setting)
    );
    let title = format!("Let {} greet with {name}", target.setting);
    Some(
        draft(case, target, title, vec![edit])
            .effect(format!("the certificate is compared with {name}; the Host that the application sees stays as it is"))
            .need(target.still(case, "protocol"))
            .az(line),
    )
}

/// The properties of the probe in force afterwards. The try knows the settings as they are, so that it has to be told
/// the name.
fn after(target: &Target<'_>, name: &str) -> Value {
    let mut properties = target.copied();
    for (member, value) in host(name) {
        put(&mut properties, member, &value);
    }
    properties
}

fn by_host(
    case: &Case<'_, '_>,
    target: &Target<'_>,
    name: &str,
    settings: bool,
) -> Result<Option<Draft>, Blocked> {
    let (id, setting) = (case.view.id(), target.setting);
    let (mut edits, mut effects, mut az, mut flags) = (vec![], vec![], vec![], vec![]);
    if settings {
        edits.push(Edit::of(
            target.gateway.0,
            target.at("hostName"),
            json!(name),
        ));
        flags.push(format!("--host-name {name}"));
        if target.picks() {
            let at = target.at("pickHostNameFromBackendAddress");
            edits.push(Edit::of(target.gateway.0, at, json!(false)));
            flags.push("--host-name-from-backend-pool false".to_owned());
        }
        let before = match (target.word("hostName"), target.picks()) {
            (Some(own), _) => format!("not {own}"),
            (None, true) => "not the member's own name".to_owned(),
            (None, false) => "whatever clients asked for".to_owned(),
        };
        effects.push(format!("the application sees {name} as Host, {before}: redirects, cookies and links of its own may carry it"));
    }
    let part = if target.probe_picks() {
        Part::default()
    } else {
        Part::of(case, target, &host(name))?
    };
    edits.extend(part.edits);
    effects.extend(part.effects);
    az.extend(part.az);
    if edits.is_empty() {
        return Ok(None);
    }
    if !flags.is_empty() {
        az.push(format!(
            "{} {}",
            command(id, "http-settings update", setting),
            flags.join(" ")
        ));
    }
    let title = if settings {
        format!("Let {setting} ask for {name}")
    } else {
        format!("Let {} ask for {name}", part.title)
    };
    let mut planned = draft(case, target, title, edits).need(target.still(case, "sniName"));
    planned.effects.extend(effects);
    planned.az = az;
    if !part.is_new {
        planned = planned.need(target.still(case, "probe"));
    }
    let body = target.probe.is_some_and(|it| {
        at(it, &["properties", "match"]).is_some_and(|it| text(it, &["body"]).is_some())
    });
    if body {
        planned = planned
            .effect("the probe goes on looking for its text, in what is answered for that name");
    }
    Ok(Some(planned))
}
