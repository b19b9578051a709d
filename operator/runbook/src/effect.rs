//! Whether a change helped, said only after a new look.
use crate::{
    facts::{Blocked, Query, Span, access_log, health::Server},
    ledger::Entry,
    plan::{Act, Content, Verify},
    report::Report,
    view::View,
};
use jiff::Timestamp;

/// What a change did to the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub enum Effect {
    Resolved,
    NotEffective,
    Worse,
    CannotTell,
}

/// Nobody waits longer than this for an effect.
const LONGEST: i64 = 1_800;
/// Metrics lag about three minutes, and five points of one minute are wanted.
const CAPACITY: (i64, i64) = (480, 1_200);
/// Without requests in the log for so long, nothing can be said.
const SILENCE: i64 = 1_200;

/// Members that serve in the pairs a change is verified by; none where that is not known.
pub(crate) fn live(verify: &Verify, view: &View<'_>) -> Option<u32> {
    let (live, _, known) = servers(verify, view)?;
    known.then(|| u32::try_from(live).unwrap_or(u32::MAX))
}

/// Live and down members of the pairs, and whether every pair was there.
fn servers(verify: &Verify, view: &View<'_>) -> Option<(usize, usize, bool)> {
    let health = view.health().ok()?;
    let wanted: Option<Vec<String>> = match verify {
        Verify::Health { pairs, .. } => Some(pairs.iter().map(|it| it.to_lowercase()).collect()),
        _ => None,
    };
    let (mut live, mut down, mut met) = (0, 0, 0);
    for pair in health {
        let subject = pair.subject();
        let meant = match &wanted {
            Some(wanted) => wanted.contains(&subject.to_string().to_lowercase()),
            None => !view.is_unused(&subject),
        };
        if !meant {
            continue;
        }
        met += 1;
        live += pair.counted().filter(|it| Server::is_live(it)).count();
        down += pair.counted().filter(|it| !Server::is_live(it)).count();
    }
    let all = wanted.as_ref().is_none_or(|wanted| wanted.len() == met);
    Some((live, down, all && met > 0))
}

/// The effect of a change that is there since `ended_at`; nothing while it is too early to say, and never for
/// longer than half an hour: what cannot be looked at by then cannot be told.
pub(crate) fn judge(
    content: &Content,
    entry: &Entry,
    ended_at: Option<Timestamp>,
    log_lag: i64,
    view: &View<'_>,
    report: &Report,
) -> Result<Option<Effect>, Blocked> {
    let now = view.facts.taken_at();
    let over = ended_at.is_none_or(|at| now.as_second() - at.as_second() >= LONGEST);
    match seen(content, entry, ended_at, log_lag, view, report) {
        Err(Blocked::Ask(queries)) => Err(Blocked::Ask(queries)),
        Ok(None) | Err(_) if over => Ok(Some(Effect::CannotTell)),
        seen => seen,
    }
}

fn seen(
    content: &Content,
    entry: &Entry,
    ended_at: Option<Timestamp>,
    log_lag: i64,
    view: &View<'_>,
    report: &Report,
) -> Result<Option<Effect>, Blocked> {
    let now = view.facts.taken_at();
    let since = ended_at.map_or(LONGEST, |at| now.as_second() - at.as_second());
    let or_wait = |most: i64| Ok((since >= most).then_some(Effect::CannotTell));
    match &content.verify {
        Verify::Health { interval, .. } => {
            let earliest = i64::from(*interval).saturating_mul(2);
            if since < earliest {
                return Ok(None);
            }
            let Some((live, down, true)) = servers(&content.verify, view) else {
                return or_wait(LONGEST);
            };
            let before = entry.live_before.map(|it| it as usize);
            let worse = before.is_some_and(|before| live < before);
            if down == 0 && live > 0 {
                return Ok(Some(Effect::Resolved));
            }
            // Recovery may take as long as the threshold of failures; three times the two intervals and at
            // least three minutes are more than that.
            let patient = earliest.saturating_mul(3).clamp(180, LONGEST);
            if since < patient {
                return Ok(None);
            }
            Ok(Some(if worse {
                Effect::Worse
            } else {
                Effect::NotEffective
            }))
        }
        Verify::State => {
            // An update that alters nothing and draining leave nothing to see.
            let touches = content
                .changes
                .iter()
                .all(|it| matches!(it.act, Act::Touch));
            let gateway = view.gateway()?;
            let is = |word: Option<&str>, wanted: &str| {
                word.is_some_and(|word| word.eq_ignore_ascii_case(wanted))
            };
            let running =
                is(gateway.provisioning(), "Succeeded") && is(gateway.operational(), "Running");
            if !running {
                return or_wait(LONGEST);
            }
            if touches {
                return Ok(Some(Effect::CannotTell));
            }
            match servers(&content.verify, view) {
                Some((live, 0, _)) if live > 0 => Ok(Some(Effect::Resolved)),
                _ => Ok((since >= 180).then_some(Effect::CannotTell)),
            }
        }
        Verify::Entry | Verify::Answers => answers(ended_at, since, log_lag, view),
        Verify::Capacity => {
            if since < CAPACITY.0 {
                return Ok(None);
            }
            let at_limit = report
                .findings
                .iter()
                .any(|it| it.id == "capacity-at-limit");
            let decided = report.rows.iter().any(|(row, value)| {
                *row == "4.1" && (value.starts_with("no") || value.starts_with("yes"))
            });
            match (decided, at_limit) {
                (true, true) => Ok(Some(Effect::NotEffective)),
                (true, false) => Ok(Some(Effect::Resolved)),
                (false, _) => or_wait(CAPACITY.1),
            }
        }
    }
}

/// Seconds until the next look at an effect that is not known yet.
pub(crate) fn earliest(verify: &Verify, ended_at: Option<Timestamp>, now: Timestamp) -> u32 {
    let since = ended_at.map_or(0, |at| now.as_second() - at.as_second());
    let left = match verify {
        Verify::Health { interval, .. } => i64::from(*interval).saturating_mul(2) - since,
        _ => 0,
    };
    u32::try_from(left.max(10)).unwrap_or(10)
}

/// By the access log since the change: answered without 502, with it, or not at all.
fn answers(
    ended_at: Option<Timestamp>,
    since: i64,
    log_lag: i64,
    view: &View<'_>,
) -> Result<Option<Effect>, Blocked> {
    if since < log_lag {
        return Ok(None);
    }
    let Some((from, (workspace, table))) = ended_at.zip(view.log_place()) else {
        return Ok(Some(Effect::CannotTell));
    };
    let minute = |at: Timestamp, up: bool| {
        let second = at.as_second().div_euclid(60) + i64::from(up);
        Timestamp::from_second(second * 60).unwrap_or(at)
    };
    let now = view.facts.taken_at();
    let span = Span {
        from: minute(from, true),
        to: minute(now, true),
    };
    if span.to <= span.from {
        return Ok(None);
    }
    let query = Query::AccessLog {
        workspace,
        gateway: view.id().clone(),
        table,
        span,
    };
    let body = view.facts.ask(query)?;
    let Some(log) = access_log::read(body) else {
        return Ok(Some(Effect::CannotTell));
    };
    Ok(match (log.requests(), log.count(502)) {
        (0, _) => (since >= SILENCE).then_some(Effect::CannotTell),
        (_, 0) => Some(Effect::Resolved),
        _ => (since >= 180).then_some(Effect::NotEffective),
    })
}
