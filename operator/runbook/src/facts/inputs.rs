//! `spec.inputs`: the values that the article's commands ask their reader for.
use std::collections::BTreeSet;

/// What a person gave, by letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// `A.allowDelete`: a plan may delete the Deny rule.
    pub allow_delete: bool,
    /// `A.rulePriority`: number of the Allow rule.
    pub allow_priority: Option<i64>,
    /// `A.denyPriority`: new number of the Deny rule.
    pub deny_priority: Option<i64>,
    /// `B.host`: host name the probe sends.
    pub probe_host: Option<String>,
    /// `B.path`: path the probe asks for.
    pub probe_path: Option<String>,
    /// `B.statusCodes`: what counts as healthy.
    pub status_codes: Vec<String>,
    /// `B.timeoutSeconds`: how long the probe waits.
    pub probe_timeout: Option<i64>,
    /// `C.rulePriority`: number of the rule that admits the platform.
    pub management_priority: Option<i64>,
    /// `D.pool`.
    pub pool: Option<String>,
    /// `D.addresses`: members to add.
    pub addresses: Vec<String>,
    /// `E.listener`.
    pub listener: Option<String>,
    /// `E.port`: port it shall listen on.
    pub port: Option<i64>,
    /// `E.pathRule`.
    pub path_rule: Option<PathRule>,
    /// `F.hostName`: the name on the certificate.
    pub tls_host: Option<String>,
    /// `H.maxCapacity`.
    pub max_capacity: Option<i64>,
    /// `H.instanceCount`.
    pub instance_count: Option<i64>,
    /// `I.hostName`: a name the App Service knows.
    pub site_host: Option<String>,
    /// `I.allowFrom`.
    pub allow_from: Option<AllowFrom>,
}

/// A path rule to add.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub struct PathRule {
    pub map: String,
    pub name: String,
    pub paths: Vec<String>,
    pub pool: String,
    pub settings: String,
}

/// Whom an App Service lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub enum AllowFrom {
    Subnet,
    PublicIp,
}

/// A caution that `spec.overrides` may set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub enum Caution {
    DnsBroken,
    OwnedByOther,
    PolicyDenies,
    SharedTarget,
}

impl Caution {
    /// As in `spec.overrides`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DnsBroken => "DnsBroken",
            Self::OwnedByOther => "OwnedByOther",
            Self::PolicyDenies => "PolicyDenies",
            Self::SharedTarget => "SharedTarget",
        }
    }
}

/// Those set aside.
pub type Overrides = BTreeSet<Caution>;
