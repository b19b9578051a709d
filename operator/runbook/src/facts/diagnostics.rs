//! Where the gateway's access log is kept, and what it says: the diagnostic settings, their workspaces, and
//! the table that holds the log.
use super::{
    Blocked, Gap, LogTable, Query,
    access_log::{self, Log},
    json::{at, flag, list, one_line, text},
};
use crate::{id::ArmId, view::View};
use serde_json::Value;

/// A setting that ships the access log to a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipping {
    /// Name of the setting.
    pub setting: String,
    /// Where to.
    pub workspace: ArmId,
    /// Into which table.
    pub table: LogTable,
}

/// The diagnostic settings of a gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Those of use here.
    pub usable: Vec<Shipping>,
    /// The others: what each of them lacks, in words.
    pub others: Vec<String>,
    /// One that names the access log, and does not say whether it ships it.
    pub unsure: Option<String>,
}

/// The settings of an answer; `None` if it is no list of them.
pub fn read(body: &Value) -> Option<Settings> {
    at(body, &["value"])?.as_array()?;
    let mut settings = Settings::default();
    for setting in list(body, &["value"]) {
        let name = one_line(text(setting, &["name"]).unwrap_or("(unnamed)"));
        let Some(workspace) = text(setting, &["properties", "workspaceId"]).map(ArmId::new) else {
            settings.others.push(format!("{name} has no workspace"));
            continue;
        };
        let logs = list(setting, &["properties", "logs"]).filter(|log| covers_access_log(log));
        let enabled: Vec<Option<bool>> = logs.map(|log| flag(log, &["enabled"])).collect();
        if enabled.contains(&Some(true)) {
            let to = text(setting, &["properties", "logAnalyticsDestinationType"]);
            let dedicated = to.is_some_and(|to| to.eq_ignore_ascii_case("Dedicated"));
            settings.usable.push(Shipping {
                setting: name,
                workspace,
                table: if dedicated {
                    LogTable::Dedicated
                } else {
                    LogTable::Legacy
                },
            });
        } else if enabled.contains(&None) {
            settings.unsure = Some(format!(
                "whether setting {name} ships the access log cannot be read"
            ));
        } else {
            let to = one_line(workspace.name());
            settings.others.push(format!(
                "{name} fills workspace {to} without the access log"
            ));
        }
    }
    Some(settings)
}

fn covers_access_log(log: &Value) -> bool {
    let is = |member, word: &str| {
        text(log, &[member]).is_some_and(|text| text.eq_ignore_ascii_case(word))
    };
    is("category", "ApplicationGatewayAccessLog") || is("categoryGroup", "allLogs")
}

/// What a workspace has of the access log.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The table that the setting fills.
    pub indicated: LogTable,
    /// Tables that were asked for and are not there.
    pub absent: Vec<LogTable>,
    /// The log of the window, and the table it was found in; none where no table has a row of it.
    pub found: Option<(LogTable, Log)>,
}

impl Kept {
    /// The log. A window without a single row, not even of a success, says nothing.
    pub fn log(&self) -> Result<&Log, Blocked> {
        let found = self.found.as_ref().map(|(_, log)| log);
        found.ok_or_else(|| {
            Blocked::Unclear(if self.absent.len() > 1 {
                "the access log has no table yet, which may take 20 minutes from switching it on"
                    .into()
            } else {
                "the access log has no row of this window".into()
            })
        })
    }
}

/// What could be learnt, or nothing where something stood in the way; a question is asked first.
pub(crate) fn as_far_as_known<T>(seen: Result<T, Blocked>) -> Result<Option<T>, Blocked> {
    match seen {
        Ok(value) => Ok(Some(value)),
        Err(Blocked::Ask(queries)) => Err(Blocked::Ask(queries)),
        Err(_) => Ok(None),
    }
}

impl View<'_> {
    /// The gateway's diagnostic settings.
    pub fn log_settings(&self) -> Result<Settings, Blocked> {
        let id = ArmId::new(&format!(
            "{}/providers/Microsoft.Insights/diagnosticSettings",
            self.id()
        ));
        read(self.facts.document(&id)?).ok_or_else(|| {
            let why = "not a list of diagnostic settings".to_owned();
            Blocked::Gap(Query::Document(id), Gap::Unreadable { why })
        })
    }

    /// The access log of the window. Each setting ships all of it, so of several the fullest is taken.
    pub fn access_log(&self) -> Result<Kept, Blocked> {
        let settings = self.log_settings()?;
        let each: Vec<_> = settings.usable.iter().map(|to| self.kept(to)).collect();
        let (mut best, mut obstacle) = (None::<Kept>, None::<Blocked>);
        for one in each {
            let requests = |kept: &Kept| kept.found.as_ref().map(|(_, log)| log.requests());
            match one {
                Ok(kept) if best.as_ref().is_none_or(|b| requests(b) < requests(&kept)) => {
                    best = Some(kept);
                }
                Ok(_) => {}
                Err(blocked) => {
                    obstacle = Some(match obstacle {
                        Some(seen) => seen.and(blocked),
                        None => blocked,
                    });
                }
            }
        }
        match (best, obstacle) {
            (_, Some(ask @ Blocked::Ask(_))) => Err(ask),
            (Some(kept), None) => Ok(kept),
            (Some(kept), Some(_)) if kept.found.is_some() => Ok(kept),
            (_, Some(obstacle)) => Err(obstacle),
            (None, None) => {
                let why = "no setting ships the access log to a workspace";
                Err(Blocked::Unclear(why.into()))
            }
        }
    }

    /// The table that the setting fills, and the other one where that is not there or has nothing: what was
    /// logged before a setting was switched stays where it was.
    fn kept(&self, to: &Shipping) -> Result<Kept, Blocked> {
        let document = self.facts.document(&to.workspace)?;
        let Some(workspace) = text(document, &["properties", "customerId"]) else {
            let why = "no customerId".to_owned();
            let query = Query::Document(to.workspace.clone());
            return Err(Blocked::Gap(query, Gap::Unreadable { why }));
        };
        let mut kept = Kept {
            indicated: to.table,
            absent: vec![],
            found: None,
        };
        let other = match to.table {
            LogTable::Dedicated => LogTable::Legacy,
            LogTable::Legacy => LogTable::Dedicated,
        };
        for table in [to.table, other] {
            let query = Query::AccessLog {
                workspace: workspace.to_owned(),
                gateway: self.id().clone(),
                table,
                span: self.facts.span(),
            };
            let log = match self.facts.ask(query.clone()) {
                Err(Blocked::Gap(_, Gap::NotFound)) => {
                    kept.absent.push(table);
                    continue;
                }
                body => access_log::read(body?).ok_or_else(|| {
                    let why = "not an answer of Log Analytics".to_owned();
                    Blocked::Gap(query, Gap::Unreadable { why })
                })?,
            };
            if !log.lines.is_empty() {
                kept.found = Some((table, log));
                break;
            }
            if let Some(why) = log.partial {
                return Err(Blocked::Unclear(why));
            }
        }
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn setting(properties: &Value) -> Settings {
        read(&json!({"value": [{"name": "diag", "properties": properties}]})).unwrap()
    }

    #[test]
    fn a_setting_counts_only_with_a_workspace_and_the_access_log_switched_on() {
        let log = |key: &str, word: &str, enabled: Value| json!({"workspaceId": "/w/law", "logs": [{key: word, "enabled": enabled}]});
        let usable = [
            log("category", "ApplicationGatewayAccessLog", json!(true)),
            log("category", "applicationgatewayACCESSLOG", json!("true")),
            log("categoryGroup", "ALLLOGS", json!(true)),
        ];
        for properties in usable {
            assert_eq!(setting(&properties).usable.len(), 1, "{properties}");
        }
        let useless = [
            log("category", "ApplicationGatewayAccessLog", json!(false)),
            log("category", "ApplicationGatewayFirewallLog", json!(true)),
            log("categoryGroup", "audit", json!(true)),
            json!({"workspaceId": "/w/law", "metrics": [{"category": "AllMetrics", "enabled": true}]}),
            json!({"workspaceId": null, "logs": [{"categoryGroup": "allLogs", "enabled": true}]}),
            json!({"storageAccountId": "/s", "logs": [{"categoryGroup": "allLogs", "enabled": true}]}),
            json!(null),
        ];
        for properties in useless {
            let read = setting(&properties);
            assert!(read.usable.is_empty(), "{properties}");
            assert_eq!((read.others.len(), read.unsure), (1, None), "{properties}");
        }
        let unsaid = log("categoryGroup", "allLogs", json!(null));
        assert!(setting(&unsaid).usable.is_empty() && setting(&unsaid).unsure.is_some());
        for body in [json!([]), json!({"value": null}), json!({"value": "x"})] {
            assert_eq!(read(&body), None, "{body}");
        }
    }

    #[test]
    fn the_table_follows_the_destination_type() {
        for (word, table) in [
            (json!("Dedicated"), LogTable::Dedicated),
            (json!("dedicated"), LogTable::Dedicated),
            (json!("AzureDiagnostics"), LogTable::Legacy),
            (json!(null), LogTable::Legacy),
        ] {
            let read = setting(
                &json!({"workspaceId": "/w/law", "logAnalyticsDestinationType": word,
                "logs": [{"categoryGroup": "allLogs", "enabled": true}]}),
            );
            assert_eq!(read.usable[0].table, table, "{word}");
        }
    }
}
