//! B.2: the probe in use, corrected; what is not wrong stays as it is.
use super::{
    given::{Fault, Given, PATH, Wrong, tell},
    made::{noted, slower},
    members,
};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk},
    facts::json::{number, text},
    plan::{Change, Verify},
    report::Finding,
    resolutions::{
        pair::{command, listed, switches, target},
        rehearsal::{Candidate, rehearsed},
    },
};

pub(super) fn correct(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)? else {
        return Ok(vec![]);
    };
    let fault = Fault::of(finding, &target);
    let Some((fault, name)) = fault.zip(target.probe_name()) else {
        return Ok(vec![]);
    };
    let setting = target.setting;
    let held = |reason, why: String| {
        let verify = case.by_health(vec![target.words()], setting);
        let draft = Draft::new(format!("Correct probe {name}"), vec![], verify);
        Ok(vec![draft.withheld(reason, why)])
    };
    let given = match Given::read(case, fault, &target) {
        Ok(given) => given,
        Err(Wrong::Refused(why)) => return held(Reason::NeedsInput, why),
        Err(Wrong::Missing(PATH)) if fault == Fault::Body => {
            return held(
                Reason::NeedsInput,
                format!(
                    "the text that probe {name} looks for is changed by hand (match.body), unless {PATH} names a path whose answer holds it"
                ),
            );
        }
        Err(Wrong::Missing(field)) => return Err(tell(field)),
    };
    if let Some(why) = target.mismatch() {
        return held(Reason::EvidenceTooWeak, why);
    }
    let set = members(&target, &given);
    let (after, edits) = target.corrected(&set);
    if edits.is_empty() {
        let why = format!("what spec.inputs.B says is what probe {name} does already");
        return held(Reason::NeedsInput, why);
    }
    let id = case.view.id();
    let seconds = |member: &str| number(&after, &[member]).unwrap_or(30);
    let (interval, timeout) = (seconds("interval"), seconds("timeout"));
    if timeout > interval {
        let why = format!(
            "probe {name} waits {timeout} s and asks every {interval} s, which Azure may refuse: give spec.inputs.B.timeoutSeconds as well"
        );
        return held(Reason::NeedsInput, why);
    }
    let verify = Verify::Health {
        pairs: vec![target.words()],
        interval: u32::try_from(interval).unwrap_or(30),
    };
    let changed = set.iter().map(|(member, value)| (*member, value));
    let draft = Draft::new(
        format!("Correct probe {name} of {setting}"),
        vec![Change::edit(id, edits)],
        verify,
    )
    .risk(if target.sharers().is_empty() {
        Risk::Low
    } else {
        Risk::Medium
    })
    .need(target.still(case, "probe"))
    .effect(format!(
        "probed so from then on: {}",
        listed(&target.watched(case))
    ))
    .check(format!(
        "time-out {timeout} s, within the interval of {interval} s"
    ))
    .az(format!(
        "{}{}",
        command(id, "probe update", name),
        switches(changed)
    ));
    let mut draft = noted(slower(draft, &target, interval), &given);
    if given.path.is_some() && text(&after, &["match", "body"]).is_some() {
        draft = draft.effect("the text that the probe looks for is looked for there as well");
    }
    Ok(vec![rehearsed(
        case,
        draft,
        &Candidate::new(&target, &after),
    )?])
}
