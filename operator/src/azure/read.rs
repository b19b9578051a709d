//! Every request that can be sent, made from a question and in no other way. None changes anything.
use super::{
    exchange::Failure,
    limits::Limits,
    origin::{is_path, no_resource},
};
use appgw_runbook::{
    facts::{LogTable, Query, Span, access_log::kql},
    id::ArmId,
};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// All that can be asked of the services of Azure. There is no variant that changes anything, and
/// no other way to send.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Read<'a> {
    /// GET a resource or a collection, all its pages.
    Document(&'a ArmId),
    /// POST `backendhealth`, which looks and does nothing, and wait for its document.
    BackendHealth(&'a ArmId),
    /// GET measurements of a resource.
    Metrics {
        of: &'a ArmId,
        names: &'a str,
        span: Span,
    },
    /// GET what was done to a resource, all pages.
    ActivityLog { of: &'a ArmId, span: Span },
    /// POST a query to Log Analytics. Its answer comes at once or not at all.
    AccessLog {
        workspace: &'a str,
        gateway: &'a ArmId,
        table: LogTable,
        span: Span,
    },
    /// POST `getBackendHealthOnDemand`, which probes once and changes nothing, and wait for its document.
    Rehearsal { of: &'a ArmId, body: &'a str },
    /// GET where Azure tells how an operation goes, at the URL it handed out; once, and not to its end.
    Operation(&'a str),
}

/// What no service of Azure answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Elsewhere<'a> {
    /// A name, looked up from here.
    Name(&'a str),
    /// A back end, greeted from here.
    Door {
        host: &'a str,
        port: u16,
        name: Option<&'a str>,
        told: Option<&'a str>,
    },
}

/// How it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    PostHealth,
    PostProbe,
    PostQuery,
}

/// Which service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// The resource manager.
    Arm,
    /// Log Analytics.
    Logs,
}

impl<'a> Read<'a> {
    /// The request of a question, or what is asked somewhere else.
    pub(crate) fn of(query: &'a Query) -> Result<Self, Elsewhere<'a>> {
        Ok(match query {
            Query::Document(id) => Self::Document(id),
            Query::BackendHealth(id) => Self::BackendHealth(id),
            Query::Resolve(name) => return Err(Elsewhere::Name(name)),
            Query::Handshake {
                host,
                port,
                name,
                told,
                roots: _,
            } => {
                return Err(Elsewhere::Door {
                    host,
                    port: *port,
                    name: name.as_deref(),
                    told: told.as_deref(),
                });
            }
            Query::Metrics { of, names, span } => Self::Metrics {
                of,
                names,
                span: *span,
            },
            Query::ActivityLog { of, span } => Self::ActivityLog { of, span: *span },
            Query::AccessLog {
                workspace,
                gateway,
                table,
                span,
            } => Self::AccessLog {
                workspace,
                gateway,
                table: *table,
                span: *span,
            },
            Query::Rehearsal { of, body } => Self::Rehearsal { of, body },
            Query::Operation(url) => Self::Operation(url),
        })
    }

    pub(crate) const fn at(self) -> At {
        match self {
            Self::AccessLog { .. } => At::Logs,
            _ => At::Arm,
        }
    }

    pub(crate) const fn verb(self) -> Verb {
        match self {
            Self::Document(_)
            | Self::Metrics { .. }
            | Self::ActivityLog { .. }
            | Self::Operation(_) => Verb::Get,
            Self::Rehearsal { .. } => Verb::PostProbe,
            Self::BackendHealth(_) => Verb::PostHealth,
            Self::AccessLog { .. } => Verb::PostQuery,
        }
    }

    /// The path that is asked, not encoded.
    pub(crate) fn place(self) -> ArmId {
        match self {
            Self::Document(id) => id.clone(),
            Self::BackendHealth(id) => ArmId::new(&format!("{id}/backendhealth")),
            Self::Metrics { of, .. } => {
                ArmId::new(&format!("{of}/providers/Microsoft.Insights/metrics"))
            }
            Self::ActivityLog { of, .. } => {
                let subscription = of.segment("subscriptions").unwrap_or_default();
                let log = "providers/Microsoft.Insights/eventtypes/management/values";
                ArmId::new(&format!("/subscriptions/{subscription}/{log}"))
            }
            Self::AccessLog { workspace, .. } => {
                ArmId::new(&format!("/v1/workspaces/{workspace}/query"))
            }
            Self::Rehearsal { of, .. } => ArmId::new(&format!("{of}/getBackendHealthOnDemand")),
            Self::Operation(url) => ArmId::new(path_of(url)),
        }
    }

    /// Provider and type of what is asked, for its api-version; health is asked with the gateway's.
    pub(crate) fn kind(self) -> String {
        match self {
            Self::BackendHealth(id) | Self::Rehearsal { of: id, .. } => id.kind(),
            other => other.place().kind(),
        }
    }

    /// The parameters of the request, not encoded.
    pub(crate) fn parameters(self, version: &str) -> Vec<(&'static str, String)> {
        let mut all = vec![("api-version", version.to_owned())];
        match self {
            Self::Document(_) | Self::BackendHealth(_) | Self::Rehearsal { .. } => {}
            Self::Metrics { names, span, .. } => all.extend([
                ("metricnames", names.to_owned()),
                ("timespan", interval(span)),
                ("interval", "PT1M".to_owned()),
                ("aggregation", "average,total".to_owned()),
            ]),
            Self::ActivityLog { of, span } => {
                let Span { from, to } = span;
                // A quote within a text is written twice.
                let id = of.as_str().replace('\'', "''");
                let filter = format!(
                    "eventTimestamp ge '{from}' and eventTimestamp le '{to}' and resourceUri eq '{id}'"
                );
                all.push(("$filter", filter));
            }
            // This service has its version in the path; an operation's address is taken as Azure wrote it.
            Self::AccessLog { .. } | Self::Operation(_) => all.clear(),
        }
        all
    }

    /// The body of the request.
    pub(crate) fn body(self) -> Option<Value> {
        match self {
            Self::AccessLog {
                gateway,
                table,
                span,
                ..
            } => Some(json!({"query": kql(table, gateway, span), "timespan": interval(span)})),
            Self::Rehearsal { body, .. } => serde_json::from_str(body).ok(),
            _ => None,
        }
    }

    /// What keeps it from being sent at all.
    pub(crate) fn obstacle(self) -> Option<Failure> {
        match self {
            Self::Document(id)
            | Self::BackendHealth(id)
            | Self::Metrics { of: id, .. }
            | Self::Rehearsal { of: id, .. }
            | Self::ActivityLog { of: id, .. } => (!is_path(id)).then(no_resource),
            Self::Operation(_) => None,
            Self::AccessLog { workspace, .. } => {
                let plain = workspace.len() == 36 && Uuid::try_parse(workspace).is_ok();
                let why = "the customerId of the workspace is no GUID";
                (!plain).then(|| Failure::Unreadable(why.to_owned()))
            }
        }
    }

    /// Whose budget it is counted in: Azure counts for each subscription, and workspaces apart.
    pub(crate) fn payer(self) -> &'a str {
        match self {
            Self::Document(id)
            | Self::BackendHealth(id)
            | Self::Metrics { of: id, .. }
            | Self::Rehearsal { of: id, .. }
            | Self::ActivityLog { of: id, .. } => id.segment("subscriptions").unwrap_or_default(),
            Self::Operation(url) => subscription_of(url),
            Self::AccessLog { workspace, .. } => workspace,
        }
    }

    pub(crate) const fn within(self, limits: &Limits) -> Duration {
        match self {
            Self::BackendHealth(_) | Self::Rehearsal { .. } => limits.health,
            _ => limits.question,
        }
    }
}

/// The path of a URL.
fn path_of(url: &str) -> &str {
    let path = url.split_once("://").map_or(url, |(_, rest)| {
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
    });
    path.split(['?', '#']).next().unwrap_or_default()
}

fn subscription_of(url: &str) -> &str {
    let mut parts = path_of(url).split('/');
    let found = parts.find(|part| part.eq_ignore_ascii_case("subscriptions"));
    found.and_then(|_| parts.next()).unwrap_or_default()
}

/// As the query language calls it.
pub(crate) const fn name(table: LogTable) -> &'static str {
    match table {
        LogTable::Dedicated => "AGWAccessLogs",
        LogTable::Legacy => "AzureDiagnostics",
    }
}

fn interval(Span { from, to }: Span) -> String {
    format!("{from}/{to}")
}
