//! What a finished visit has to say, ready to be shown: every text here is one line.
use crate::{
    facts::Owner,
    id::{Letter, StepId},
};

/// The one word for `kubectl get`. The first that holds, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Not found, not permitted, not an Application Gateway, or Azure out of reach.
    CannotDiagnose,
    /// A finding that is `Confirmed` or `Likely` explains the 502s.
    RootCauseFound,
    /// Azure is in the middle of something; the wait has an end.
    WaitingForAzure,
    /// An undecided row hangs on a question only a person can answer.
    NeedsInput,
    /// An undecided row hangs on a gap, or what was found is a hint and no more.
    Inconclusive,
    /// Every row decided, none explains, and 502s are still counted.
    NoFaultFound,
    /// Every row that could matter is decided, and there was no 502.
    Healthy,
}

impl Verdict {
    /// As in `status.verdict`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CannotDiagnose => "CannotDiagnose",
            Self::RootCauseFound => "RootCauseFound",
            Self::WaitingForAzure => "WaitingForAzure",
            Self::NeedsInput => "NeedsInput",
            Self::Inconclusive => "Inconclusive",
            Self::NoFaultFound => "NoFaultFound",
            Self::Healthy => "Healthy",
        }
    }
}

/// How sure a finding is. Only the first two make a root cause. Surest first, so that sorting shows it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The gateway's own word and the documents agree, or one document alone suffices.
    Confirmed,
    /// One of the two, and nothing against it.
    Likely,
    /// A hint.
    Inconclusive,
}

impl Confidence {
    /// As in `status.findings[].confidence`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "Confirmed",
            Self::Likely => "Likely",
            Self::Inconclusive => "Inconclusive",
        }
    }
}

/// One cause, or a competing one, with what speaks for and against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable id, such as `nsg-deny-probe`; its CamelCase is the event reason.
    pub id: &'static str,
    /// The row it rests on; none for checks beyond the article.
    pub row: Option<&'static str>,
    /// The resolution it leads to; none where no letter fixes it.
    pub letter: Option<Letter>,
    /// How sure.
    pub confidence: Confidence,
    /// What it is about: `api/https-api`, `gateway`, …
    pub subject: String,
    /// The finding, in one sentence.
    pub says: String,
    /// Facts for it, each with its vantage: Gateway, `ControlPlane`, Operator or Person.
    pub because: Vec<String>,
    /// Facts against it, likewise.
    pub against: Vec<String>,
    /// What the article would have done here, and why we do not; empty where they agree.
    pub correction: String,
    /// The resource at fault, by id; empty where there is none.
    pub target: String,
}

/// The word of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub enum Word {
    Pass,
    Fail,
    Info,
    Wait,
    Ask,
    Gap,
    Skip,
}

impl Word {
    /// As in `status.steps`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::Fail => "Fail",
            Self::Info => "Info",
            Self::Wait => "Wait",
            Self::Ask => "Ask",
            Self::Gap => "Gap",
            Self::Skip => "Skip",
        }
    }
}

/// How the back ends do, for the condition `BackendsHealthy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub enum Backends {
    AllHealthy,
    SomeUnhealthy,
    NoneHealthy,
    EmptyPool,
    HealthUnknown,
}

impl Backends {
    /// As the reason of the condition `BackendsHealthy`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllHealthy => "AllHealthy",
            Self::SomeUnhealthy => "SomeUnhealthy",
            Self::NoneHealthy => "NoneHealthy",
            Self::EmptyPool => "EmptyPool",
            Self::HealthUnknown => "HealthUnknown",
        }
    }
}

/// What is known of the gateway itself; a part that is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewaySeen {
    /// Its name.
    pub name: String,
    /// `sku.tier`.
    pub tier: String,
    /// `location`.
    pub region: String,
    /// `provisioningState`.
    pub provisioning_state: String,
    /// `operationalState`.
    pub operational_state: String,
    /// Who keeps its configuration, by its marks or a person's word; its marks where the two differ.
    pub owner: Option<Owner>,
}

/// How many servers there are, and how many of them are down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Distinct addresses in pools that a rule uses.
    pub servers: usize,
    /// Those down in every pair they are used in.
    pub unhealthy: usize,
}

/// A finished diagnosis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The one word.
    pub verdict: Verdict,
    /// The one sentence.
    pub conclusion: String,
    /// At most 20, surest first.
    pub findings: Vec<Finding>,
    /// All 60 rows in the article's order, each with what was seen: `yes > 2a (api/https-api)`.
    pub rows: Vec<(&'static str, String)>,
    /// All twelve steps, each with its word.
    pub steps: Vec<(StepId, Word)>,
    /// The walk, one line a subject: `api/https-api: 1a > 1b > 2c-1 > A`.
    pub path: Vec<String>,
    /// What a person should fill in, and why.
    pub questions: Vec<String>,
    /// What could not be looked at, and why.
    pub gaps: Vec<String>,
    /// The gateway.
    pub gateway: GatewaySeen,
    /// Requests of the window answered 502, where they are counted.
    pub bad_gateway: Option<u64>,
    /// The servers, where back-end health was heard.
    pub counts: Option<Counts>,
    /// How they do, where back-end health was heard.
    pub backends: Option<Backends>,
    /// The same for people: at most 40 lines of 100 columns.
    pub summary: Vec<String>,
}
