//! B.1: a probe of the settings' own, attached in the same write.
use super::{
    given::{Fault, Given, Wrong, tell},
    members,
};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk},
    facts::{
        Blocked,
        json::{number, text},
    },
    plan::{Change, Need, Verify},
    report::Finding,
    resolutions::{
        pair::{Target, all_switches, command, listed, put, target},
        rehearsal::{Candidate, rehearsed},
    },
};
use serde_json::{Value, json};

/// Where there is no probe, or where the one in use watches other settings as well.
pub(super) fn create(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)? else {
        return Ok(vec![]);
    };
    let Some(fault) = Fault::of(finding, &target) else {
        return Ok(vec![]);
    };
    if target.probe.is_some() && target.sharers().is_empty() {
        return Ok(vec![]);
    }
    let given = match Given::read(case, fault, &target) {
        Ok(given) => given,
        Err(Wrong::Missing(field)) => return Err(tell(field)),
        Err(Wrong::Refused(why)) => {
            let title = format!("Give {} a probe of its own", target.setting);
            let verify = case.by_health(vec![target.words()], target.setting);
            return Ok(vec![
                Draft::new(title, vec![], verify).withheld(Reason::NeedsInput, why),
            ]);
        }
    };
    let mut properties = target.copied();
    for (member, value) in members(&target, &given) {
        put(&mut properties, member, &value);
    }
    let draft = made(case, &target, &properties)?;
    let draft = noted(draft, &given);
    Ok(vec![rehearsed(
        case,
        draft,
        &Candidate::new(&target, &properties),
    )?])
}

/// What comes of the codes and the time that were given.
pub(super) fn noted(mut draft: Draft, given: &Given) -> Draft {
    if !given.codes.is_empty() {
        draft = draft.effect(format!(
            "answers {} count as healthy, whatever they hold",
            given.codes.join(", ")
        ));
    }
    draft
}

/// The draft of a new probe with these properties for these settings.
pub(super) fn made(
    case: &Case<'_, '_>,
    target: &Target<'_>,
    properties: &Value,
) -> Result<Draft, Blocked> {
    let (id, setting) = (case.view.id(), target.setting);
    let name = case.free_name("probes", &format!("probe-{setting}"))?;
    let of = |member: &str| text(properties, &[member]).unwrap_or("/");
    let path = of("path");
    let seconds = |member: &str| number(properties, &[member]).unwrap_or(30);
    let (interval, timeout) = (seconds("interval"), seconds("timeout"));
    let edits = target.attach(case, &name, properties);
    let need = Need::Is {
        of: id.clone(),
        at: crate::draft::part("probes", &name),
        value: Value::Null,
    };
    let verify = Verify::Health {
        pairs: vec![target.words()],
        interval: u32::try_from(interval).unwrap_or(30),
    };
    let mut draft = Draft::new(
        format!("Create probe {name} on {path} and let {setting} use it"),
        vec![Change::edit(id, edits)],
        verify,
    )
    .risk(Risk::Low)
    .need(need)
    .need(target.still(case, "protocol"))
    .effect(format!(
        "probed by {name} from then on: {}",
        listed(&case.pairs_by_setting(setting))
    ))
    .check(format!(
        "probe {name} is a free name and speaks {} as {setting} does",
        target.speaks()
    ))
    .check(format!(
        "time-out {timeout} s, within the interval of {interval} s"
    ))
    .az(format!(
        "{}{}",
        command(id, "probe create", &name),
        all_switches(properties)
    ))
    .az(format!(
        "{} --probe {name}",
        command(id, "http-settings update", setting)
    ));
    if let Some(old) = target.probe_name() {
        let others = target.sharers();
        draft = draft.effect(if others.is_empty() {
            format!("probe {old} stays on the gateway, and nothing uses it any more")
        } else {
            let others: Vec<String> = others.into_iter().map(str::to_owned).collect();
            format!("probe {old} stays as it is for {}", listed(&others))
        });
    }
    if target.probe.is_some()
        && properties
            .get("match")
            .is_some_and(|it| text(it, &["body"]).is_some())
    {
        draft = draft.effect("the text that the old probe looks for is looked for here as well");
    }
    Ok(slower(draft, target, interval))
}

/// An interval that grew along with the time-out.
pub(super) fn slower(draft: Draft, target: &Target<'_>, interval: i64) -> Draft {
    let before = target.probe_number("interval", 30);
    if interval <= before {
        return draft;
    }
    let failures = target.probe_number("unhealthyThreshold", 3);
    draft.effect(format!(
        "the interval grows with the time-out, from {before} s to {interval} s: a server that fails is noticed after {failures} tries, that is up to {} s",
        interval.saturating_mul(failures.max(1))
    ))
}

/// As JSON, for a probe that begins anew.
pub(super) fn plain(target: &Target<'_>, path: &str, host: &str) -> Value {
    let mut properties = json!({
        "protocol": target.speaks(),
        "host": host,
        "path": path,
        "interval": target.probe_number("interval", 30),
        "timeout": target.probe_number("timeout", 30).min(target.probe_number("interval", 30)),
        "unhealthyThreshold": target.probe_number("unhealthyThreshold", 3),
        "pickHostNameFromBackendHttpSettings": false,
        "minServers": target.probe_number("minServers", 0),
    });
    if let Some(port) = target.other_port() {
        put(&mut properties, "port", &json!(port));
    }
    properties
}
