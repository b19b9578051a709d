//! The vocabulary of a decision table.
use crate::{
    facts::Blocked,
    id::{Letter, StepId, Subject},
    report::Finding,
    view::View,
};
use std::fmt;

/// `1a.2`: second row of the table of step 1a. Compared by step and number, never as text.
pub type RowId = &'static str;

/// A row seen to hold: of what, how we know, and what it amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// About what.
    pub subject: Subject,
    /// What was read, in a few words.
    pub evidence: String,
    /// Where it leads; the row's own way where nothing else is said.
    pub next: Option<Next>,
    /// The cause it points to, if it does.
    pub finding: Option<Box<Finding>>,
}

impl Sighting {
    /// Leads where the row leads, and is no cause by itself.
    pub(crate) fn new(subject: &Subject, evidence: impl Into<String>) -> Self {
        Self {
            subject: subject.clone(),
            evidence: evidence.into(),
            next: None,
            finding: None,
        }
    }
    /// Leads elsewhere than the row does.
    pub(crate) fn to(self, next: Next) -> Self {
        Self {
            next: Some(next),
            ..self
        }
    }
    /// Points to a cause.
    pub(crate) fn finding(self, finding: Finding) -> Self {
        Self {
            finding: Some(Box::new(finding)),
            ..self
        }
    }
}

/// Three-valued: empty is "no", filled is "yes, of these", an error is "cannot say yet".
pub type Seen = Result<Vec<Sighting>, Blocked>;

/// The row holds of `subject` if `yes`.
pub(crate) fn seen_if(yes: bool, subject: &Subject, evidence: impl FnOnce() -> String) -> Seen {
    Ok(if yes {
        vec![Sighting::new(subject, evidence())]
    } else {
        vec![]
    })
}

/// Where a row sends the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// On to another step.
    Step(StepId),
    /// The cause is known; this is what mends it.
    Letter(Letter),
    /// To the decision map.
    Map,
    /// The table says nothing more.
    Stop,
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(step) => step.fmt(f),
            Self::Letter(letter) => letter.fmt(f),
            Self::Map => f.pad("map"),
            Self::Stop => f.pad("stop"),
        }
    }
}

/// What a step looks at, for the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// The gateway's document.
    Gateway,
    /// Back-end health.
    Health,
    /// Virtual networks with their subnets.
    Network,
    /// Network security groups.
    SecurityGroup,
    /// Route tables.
    RouteTable,
    /// Network interfaces.
    Nic,
    /// A host name, from where the operator runs.
    Name,
    /// A TLS handshake with a back end, where that is switched on.
    Handshake,
    /// Metrics.
    Metrics,
    /// Diagnostic settings.
    DiagnosticSettings,
    /// A workspace and its access log.
    Logs,
    /// App Service sites.
    Site,
    /// What was done to the gateway.
    ActivityLog,
    /// What the platform says of the gateway.
    ResourceHealth,
    /// Management locks on the gateway and above.
    Locks,
    /// What only a person knows; the field of `spec`.
    Person(&'static str),
}

impl Looks {
    /// The question, in words.
    pub const fn asks(self) -> &'static str {
        match self {
            Self::Gateway => "the gateway's document",
            Self::Health => "back-end health",
            Self::Network => "the virtual networks on the path, with their subnets",
            Self::SecurityGroup => "the network security groups on the path",
            Self::RouteTable => "the gateway subnet's route table",
            Self::Nic => "the back ends' network interfaces",
            Self::Name => "a back end's host name, as the operator resolves it",
            Self::Handshake => {
                "a back end's certificates, in a TLS handshake from where the operator runs, if switched on"
            }
            Self::Metrics => "the gateway's metrics",
            Self::DiagnosticSettings => "the gateway's diagnostic settings",
            Self::Logs => "the access log in its workspace",
            Self::Site => "the App Service site and its access restrictions",
            Self::ActivityLog => "the activity log of the gateway",
            Self::ResourceHealth => "Resource Health of the gateway",
            Self::Locks => "the locks on the gateway and above it",
            Self::Person(field) => field,
        }
    }
    /// The Azure actions it takes.
    pub const fn permissions(self) -> &'static [&'static str] {
        match self {
            Self::Gateway => &["Microsoft.Network/applicationGateways/read"],
            Self::Health => &["Microsoft.Network/applicationGateways/backendhealth/action"],
            Self::Network => &["Microsoft.Network/virtualNetworks/read"],
            Self::SecurityGroup => &["Microsoft.Network/networkSecurityGroups/read"],
            Self::RouteTable => &["Microsoft.Network/routeTables/read"],
            Self::Nic => &["Microsoft.Network/networkInterfaces/read"],
            Self::Metrics => &["Microsoft.Insights/metrics/read"],
            Self::DiagnosticSettings => &["Microsoft.Insights/diagnosticSettings/read"],
            Self::Logs => &[
                "Microsoft.OperationalInsights/workspaces/read",
                "Microsoft.OperationalInsights/workspaces/query/read",
            ],
            Self::Site => &[
                "Microsoft.Web/sites/read",
                "Microsoft.Web/sites/config/read",
            ],
            Self::ActivityLog => &["Microsoft.Insights/eventtypes/values/read"],
            Self::ResourceHealth => &["Microsoft.ResourceHealth/availabilityStatuses/read"],
            Self::Locks => &["Microsoft.Authorization/locks/read"],
            Self::Name | Self::Handshake | Self::Person(_) => &[],
        }
    }
}

/// One row of one table.
pub struct Row {
    /// Stable id.
    pub id: RowId,
    /// What holds if it does, in one line of our own.
    pub says: &'static str,
    /// Where the article sends the reader.
    pub next: Next,
    /// Does it hold?
    pub when: fn(&View<'_>, &Subject) -> Seen,
    /// Where real Azure and the article pull apart: what the article would do, and why we do not.
    pub correction: Option<&'static str>,
}

/// One step: a question and its table.
pub struct Step {
    /// Which.
    pub id: StepId,
    /// The question.
    pub asks: &'static str,
    /// Its subject in a few words, for the summary.
    pub title: &'static str,
    /// What it looks at.
    pub looks: &'static [Looks],
    /// The row that says there is nothing wrong here; a step left undecided goes where it leads.
    pub all_clear: Option<RowId>,
    /// Tells only where to go on: lying on the way to a cause does not make it fail.
    pub routes: bool,
    /// Why nobody came here, when nobody did.
    pub skipped: &'static str,
    /// The table, in the order the article has it.
    pub rows: &'static [Row],
}
