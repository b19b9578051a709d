//! The access log as Log Analytics keeps it: the query, and its answer.
use super::{LogTable, Span};
use crate::id::ArmId;

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

/// A string literal of the query language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_an_id_stays_text() {
        assert_eq!(quoted(r#"/a"| take 1 \"#), r#""/a\"| take 1 \\""#);
        let moment = jiff::Timestamp::UNIX_EPOCH;
        let span = Span {
            from: moment,
            to: moment,
        };
        for table in [LogTable::Dedicated, LogTable::Legacy] {
            let text = kql(table, &ArmId::new("/x\" or \"1\" == \"1"), span);
            assert!(text.contains(r#"=~ "/x\" or \"1\" == \"1""#), "{text}");
        }
    }
}
