//! The access log as Log Analytics keeps it: the query, and its answer.
use super::{
    LogTable, Span,
    json::{at, flag, list, number, one_line, text},
    metrics::real,
};
use crate::id::ArmId;
use jiff::Timestamp;
use serde_json::Value;
use std::fmt;

/// The query that sums up one table (azure-facts §3.1–3.4): one line a kind of failure, and one with status 0
/// for everything else, so that "some fail" and "all fail" differ. The gateway's own look at itself
/// (127.0.0.1) does not count. Columns of the answer, for both tables: `Status`, `ServerCode` (0: no server
/// answered), `ErrorInfo`, `Routed`, `Pool`, `Setting`, `Listener`, `Rule`, `Count`, `FirstSeen`, `LastSeen`,
/// `MaxTaken`, `MaxLatency` (seconds), `Instances`.
pub fn kql(table: LogTable, gateway: &ArmId, span: Span) -> String {
    let (gateway, Span { from, to }) = (quoted(gateway.as_str()), span);
    let source = match table {
        LogTable::Dedicated => format!(
            r#"AGWAccessLogs
| where TimeGenerated >= datetime({from}) and TimeGenerated < datetime({to})
| where _ResourceId =~ {gateway}
| extend Code = toint(HttpStatus), Server = toint(ServerStatus), Error = tostring(column_ifexists("ErrorInfo", "")), To = tostring(ServerRouted), Client = tostring(ClientIp), Taken = todouble(TimeTaken), Latency = todouble(ServerResponseLatency), InPool = tostring(BackendPoolName), BySetting = tostring(BackendSettingName), AtListener = tostring(ListenerName), ByRule = tostring(RuleName), Instance = tostring(InstanceId)"#
        ),
        LogTable::Legacy => format!(
            r#"AzureDiagnostics
| where TimeGenerated >= datetime({from}) and TimeGenerated < datetime({to})
| where ResourceProvider == "MICROSOFT.NETWORK" and Category == "ApplicationGatewayAccessLog"
| where ResourceId =~ {gateway}
| extend Code = toint(column_ifexists("httpStatus_d", real(null))), Server = toint(column_ifexists("serverStatus_s", "")), Error = tostring(column_ifexists("error_info_s", "")), To = tostring(column_ifexists("serverRouted_s", "")), Client = tostring(column_ifexists("clientIP_s", "")), Taken = todouble(column_ifexists("timeTaken_d", real(null))), Latency = todouble(column_ifexists("serverResponseLatency_s", "")), InPool = tostring(column_ifexists("backendPoolName_s", "")), BySetting = tostring(column_ifexists("backendSettingName_s", "")), AtListener = tostring(column_ifexists("listenerName_s", "")), ByRule = tostring(column_ifexists("ruleName_s", "")), Instance = tostring(column_ifexists("instanceId_s", ""))"#
        ),
    };
    format!(
        r#"{source}
| where Client != "127.0.0.1"
| extend Bad = Code in (502, 503, 504)
| extend Status = iff(Bad, Code, 0), ServerCode = iff(Bad, coalesce(Server, 0), 0), ErrorInfo = iff(Bad, Error, ""), Routed = Bad and To != "" and To != "-", Pool = iff(Bad, InPool, ""), Setting = iff(Bad, BySetting, ""), Listener = iff(Bad, AtListener, ""), Rule = iff(Bad, ByRule, "")
| summarize Count = count(), FirstSeen = min(TimeGenerated), LastSeen = max(TimeGenerated), MaxTaken = max(Taken), MaxLatency = max(Latency), Instances = dcount(Instance) by Status, ServerCode, ErrorInfo, Routed, Pool, Setting, Listener, Rule
| order by Count desc
| take 200"#
    )
}

/// How many lines the query asks for: where there are as many, there may be more.
const LINES: usize = 200;

/// The answer. Lines that are there are so; what is missing may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// One a kind of failure, and one for everything else.
    pub lines: Vec<Line>,
    /// Why this is not all of it, if it is not.
    pub partial: Option<String>,
}

/// Requests of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// 502, 503, 504, or 0 for everything else.
    pub status: i64,
    /// What the server answered, 0 where none did; none where the answer does not have it.
    pub server: Option<i64>,
    /// The gateway's own word for what went wrong; empty where there is none, as in logs of v1.
    pub error: String,
    /// A server had been chosen; none where the answer does not have it.
    pub routed: Option<bool>,
    /// Name of the pool, or empty.
    pub pool: String,
    /// Name of the settings, or empty.
    pub setting: String,
    /// Name of the listener, or empty.
    pub listener: String,
    /// Name of the rule, or empty.
    pub rule: String,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Option<Timestamp>,
    /// The last.
    pub last: Option<Timestamp>,
    /// The longest any of them took: seconds on v2, milliseconds on v1.
    pub longest: Option<f64>,
    /// The longest any server took for it, in seconds.
    pub latency: Option<f64>,
    /// How many instances of the gateway answered them.
    pub instances: Option<i64>,
}

impl Line {
    /// No member of the pool was live, by the gateway's own word.
    pub fn is_no_live(&self) -> bool {
        self.says("UPSTREAM_NO_LIVE")
    }
    /// The gateway's own word contains this; it is written with and without `ERRORINFO_`.
    pub fn says(&self, word: &str) -> bool {
        self.error.to_ascii_uppercase().contains(word)
    }
    /// The log names no error of the gateway's.
    pub fn names_no_error(&self) -> bool {
        self.error.is_empty() || self.says("NO_ERROR")
    }
}

impl LogTable {
    /// Its name in a workspace.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dedicated => "AGWAccessLogs",
            Self::Legacy => "AzureDiagnostics",
        }
    }
}

impl Log {
    /// Lines of failures.
    pub fn failures(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.status != 0)
    }
    /// How many were answered with this status.
    pub fn count(&self, status: i64) -> u64 {
        sum(self.lines.iter().filter(|line| line.status == status))
    }
    /// How many failed.
    pub fn failed(&self) -> u64 {
        sum(self.failures())
    }
    /// How many there were.
    pub fn requests(&self) -> u64 {
        sum(self.lines.iter())
    }
}

/// `212 of 4,310 requests failed (502: 210, 504: 2)`.
impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = [502, 503, 504].map(|status| (status, self.count(status)));
        let counted = counted.iter().filter(|(_, count)| *count > 0);
        let words: Vec<String> = counted
            .map(|(status, count)| format!("{status}: {}", thousands(*count)))
            .collect();
        let (failed, all) = (thousands(self.failed()), thousands(self.requests()));
        write!(f, "{failed} of {all} requests failed")?;
        if words.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", words.join(", "))
    }
}

fn sum<'l>(lines: impl Iterator<Item = &'l Line>) -> u64 {
    lines.fold(0, |sum, line| sum.saturating_add(line.count))
}

/// `4,310`.
pub(crate) fn thousands(count: u64) -> String {
    let (mut rest, mut groups) = (count, Vec::new());
    while rest >= 1000 {
        groups.push(format!(",{:03}", rest % 1000));
        rest /= 1000;
    }
    groups.push(rest.to_string());
    groups.into_iter().rev().collect()
}

/// The lines of an answer to [`kql`], whatever the order of its columns; `None` if it is no such answer.
pub fn read(body: &Value) -> Option<Log> {
    let tables = at(body, &["tables"])?.as_array()?;
    let mut log = Log {
        partial: at(body, &["error"]).map(partial),
        ..Log::default()
    };
    let Some(table) = tables.first() else {
        return Some(log);
    };
    let columns: Vec<&str> = at(table, &["columns"])?
        .as_array()?
        .iter()
        .map(|column| text(column, &["name"]).unwrap_or_default())
        .collect();
    let column = |name: &str| columns.iter().position(|c| c.eq_ignore_ascii_case(name));
    column("Status").and(column("Count"))?;
    let rows: Vec<&Value> = list(table, &["rows"]).collect();
    for row in &rows {
        let cell = |name: &str| row.get(column(name)?);
        match line(cell) {
            Some(line) => log.lines.push(line),
            None => log.partial = Some("the access log has a row nobody here can read".into()),
        }
    }
    if rows.len() >= LINES {
        log.partial = Some("the access log has more kinds of failures than were asked for".into());
    }
    Some(log)
}

fn line<'r>(cell: impl Fn(&str) -> Option<&'r Value>) -> Option<Line> {
    let whole = |name: &str| number(cell(name)?, &[]);
    let words = |name: &str| {
        let text = cell(name).and_then(|cell| text(cell, &[]));
        // The log writes a dash for nothing.
        text.filter(|text| *text != "-")
            .map_or(String::new(), one_line)
    };
    let when = |name: &str| cell(name)?.as_str()?.parse::<Timestamp>().ok();
    let status = whole("Status").filter(|status| [0, 502, 503, 504].contains(status))?;
    Some(Line {
        status,
        server: whole("ServerCode"),
        error: words("ErrorInfo"),
        routed: cell("Routed").and_then(|cell| {
            let number = number(cell, &[]).map(|number| number != 0);
            number.or_else(|| flag(cell, &[]))
        }),
        pool: words("Pool"),
        setting: words("Setting"),
        listener: words("Listener"),
        rule: words("Rule"),
        count: u64::try_from(whole("Count")?).ok()?,
        first: when("FirstSeen"),
        last: when("LastSeen"),
        longest: cell("MaxTaken").and_then(real),
        latency: cell("MaxLatency").and_then(real),
        instances: whole("Instances"),
    })
}

/// What Azure says beside an answer that is not whole.
fn partial(error: &Value) -> String {
    let why = text(error, &["message"]).or_else(|| text(error, &["code"]));
    let why: String = one_line(why.unwrap_or("no reason given"))
        .chars()
        .take(120)
        .collect();
    format!("the answer of the access log is not whole: {why}")
}

/// A string literal of the query language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests;
