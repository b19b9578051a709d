//! The failures in the access log, by who answered them and for which pair of pool and settings.
use crate::{
    facts::{
        Blocked,
        access_log::{Line, Log, thousands},
        diagnostics::as_far_as_known,
        gateway::{Gateway, Generation},
        json::{at, number},
    },
    id::Subject,
    view::View,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What `requestTimeout` is where a setting does not say, in seconds.
const DEFAULT_TIMEOUT: f64 = 20.0;
/// So many answers of one instance, where there are several, are no coincidence.
const MANY: u64 = 10;

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The gateway, since there was no server to ask.
    NoServer,
    /// The gateway, when the time was up.
    TimedOut,
    /// The back end.
    Relayed,
    /// The gateway, for a reason the article has no row for: a connection that was closed, TLS, an overload.
    Other,
    /// The log does not tell, as that of v1.
    Unsaid,
}

/// Failures of one kind on one pair.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) kind: Kind,
    /// The pair where the log names one, else the gateway.
    pub(super) subject: Subject,
    pub(super) setting: String,
    /// They took as long as the setting allows; none where either is not known.
    pub(super) fits: Option<bool>,
    /// The status is the one this platform has for a time-out.
    pub(super) is_timeout_status: bool,
    /// Status for status what the server said, and the gateway names no error of its own.
    pub(super) is_clean_relay: bool,
    lines: usize,
    count: u64,
    of_kind: u64,
    failed: u64,
    whole: String,
    statuses: BTreeMap<i64, u64>,
    errors: BTreeSet<String>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    longest: Option<f64>,
    one_instance: Option<i64>,
}

impl Group {
    /// `210 x 502, 2 x 504`.
    pub(super) fn words(&self) -> String {
        let each = self.statuses.iter();
        let each: Vec<String> = each
            .map(|(status, count)| format!("{} x {status}", thousands(*count)))
            .collect();
        each.join(", ")
    }
    /// From the first to the last.
    pub(super) fn when(&self) -> String {
        let second = |at: Option<Timestamp>| {
            at.and_then(|at| Timestamp::from_second(at.as_second()).ok())
                .map_or("a time unknown".into(), |at| at.to_string())
        };
        format!("{} to {}", second(self.first), second(self.last))
    }
    /// All of it, in one line.
    pub(super) fn evidence(&self) -> String {
        let mut text = self.words();
        for error in &self.errors {
            text = format!("{text} {error}");
        }
        if let Some(longest) = self.longest {
            text = format!("{text}, at most {longest:.1} s");
        }
        if let Some(of) = self.one_instance {
            text = format!("{text}, all on one of {of} instances of the gateway");
        }
        format!("{text}, {}; {}", self.when(), self.whole)
    }
    /// That most failures are of another kind, if so: then this does not explain them.
    pub(super) fn minority(&self) -> Vec<String> {
        if self.of_kind.saturating_mul(2) >= self.failed {
            return vec![];
        }
        let other = thousands(self.failed.saturating_sub(self.of_kind));
        let all = thousands(self.failed);
        vec![format!(
            "{other} of {all} failures are of another kind (Gateway)"
        )]
    }
}

/// Seconds a client waits for this setting's back ends; none where that is not known.
pub(super) fn timeout(view: &View<'_>, setting: &str) -> Result<Option<f64>, Blocked> {
    let gateway = as_far_as_known(view.gateway())?;
    let Some(setting) = gateway.and_then(|it| it.named("backendHttpSettingsCollection", setting))
    else {
        return Ok(None);
    };
    let path = ["properties", "requestTimeout"];
    if at(setting, &path).is_none() {
        return Ok(Some(DEFAULT_TIMEOUT));
    }
    let seconds = number(setting, &path).and_then(|n| i32::try_from(n).ok());
    Ok(seconds.filter(|n| *n > 0).map(f64::from))
}

/// All failures.
pub(super) fn groups(view: &View<'_>, log: &Log) -> Result<Vec<Group>, Blocked> {
    let gateway = as_far_as_known(view.gateway())?;
    let generation = gateway.map_or(Generation::Unknown, Gateway::generation);
    let instances = log.lines.iter().filter_map(|line| line.instances).max();
    let mut all: BTreeMap<(Kind, Subject), Group> = BTreeMap::new();
    for line in log.failures() {
        // v1 counts in milliseconds, and on a platform nobody knows no time fits.
        let seconds = line.longest.and_then(|taken| match generation {
            Generation::V2 => Some(taken),
            Generation::V1 => Some(taken / 1000.0),
            Generation::Unknown => None,
        });
        // A second member may have been tried after the first.
        let allowed = timeout(view, &line.setting)?.zip(seconds);
        let fits =
            allowed.map(|(allowed, taken)| (0.95 * allowed..=2.0 * allowed + 5.0).contains(&taken));
        let key = (kind(line, fits, generation), subject(line));
        let group = all.entry(key).or_insert_with_key(|(kind, subject)| Group {
            kind: *kind,
            subject: subject.clone(),
            setting: line.setting.clone(),
            fits,
            is_timeout_status: true,
            is_clean_relay: true,
            lines: 0,
            count: 0,
            of_kind: 0,
            failed: log.failed(),
            whole: log.to_string(),
            statuses: BTreeMap::new(),
            errors: BTreeSet::new(),
            first: line.first,
            last: line.last,
            longest: None,
            one_instance: None,
        });
        group.lines += 1;
        group.count = group.count.saturating_add(line.count);
        let of_status = group.statuses.entry(line.status).or_default();
        *of_status = of_status.saturating_add(line.count);
        if !line.error.is_empty() {
            group.errors.insert(line.error.clone());
        }
        group.fits = group.fits.max(fits);
        group.is_timeout_status &= generation != Generation::V2 || line.status == 504;
        group.is_clean_relay &= line.server == Some(line.status) && line.says("NO_ERROR");
        group.first = group.first.into_iter().chain(line.first).min();
        group.last = group.last.max(line.last);
        group.longest = group.longest.into_iter().chain(seconds).reduce(f64::max);
        group.one_instance = instances.filter(|all| *all > 1 && line.instances == Some(1));
    }
    let mut totals: BTreeMap<Kind, u64> = BTreeMap::new();
    for group in all.values() {
        let total = totals.entry(group.kind).or_default();
        *total = total.saturating_add(group.count);
    }
    let mut groups: Vec<Group> = all.into_values().collect();
    for group in &mut groups {
        group.of_kind = totals.get(&group.kind).copied().unwrap_or(group.count);
        // Of several lines, each may be of another instance.
        let single = group.lines == 1 && group.count >= MANY;
        group.one_instance = group.one_instance.filter(|_| single);
    }
    Ok(groups)
}

fn subject(line: &Line) -> Subject {
    if line.pool.is_empty() || line.setting.is_empty() {
        return Subject::Gateway;
    }
    Subject::Pair {
        pool: line.pool.clone(),
        setting: line.setting.clone(),
    }
}

/// The gateway's own word first; where it has none, what the columns say together.
fn kind(line: &Line, fits: Option<bool>, generation: Generation) -> Kind {
    let fits = fits == Some(true);
    match (line.server, line.routed) {
        (Some(500..=599), _) => Kind::Relayed,
        _ if line.is_no_live() => Kind::NoServer,
        _ if line.says("UPSTREAM_TIMED_OUT") => Kind::TimedOut,
        _ if !line.names_no_error() => Kind::Other,
        // v1 writes down neither who was asked nor what went wrong, but how long it took.
        _ if generation == Generation::V1 && line.status == 502 && fits => Kind::TimedOut,
        _ if generation != Generation::V2 => Kind::Unsaid,
        (Some(0), _) if line.status == 504 && fits => Kind::TimedOut,
        (Some(0), Some(true)) if line.status == 502 && fits => Kind::TimedOut,
        (Some(0), Some(false)) if line.status == 502 => Kind::NoServer,
        (Some(_), Some(_)) => Kind::Other,
        _ => Kind::Unsaid,
    }
}
