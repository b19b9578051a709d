//! What can be typed. Only shapes are checked here; what they mean is checked where they are used.
use super::shapes;
use crate::azure::AzureArgs;
use appgw_crds::{Scheme, limits};
use clap::{Args, Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};
use std::{path::PathBuf, time::Duration};

const EXITS: &str = "\
Exit status: 0 Healthy, 1 RootCauseFound, 2 undecided, 3 could not run or CannotDiagnose, 64 wrong usage.";

const CHECKS: &str = "\
Exit status: 0 clean, 1 with remarks, 3 could not run, 64 wrong usage.";

/// Finds out why an Azure Application Gateway answers 502, and shows the evidence.
///
/// Works without a cluster, asks Azure as whoever is logged in here, and changes nothing.
#[derive(Parser, Debug)]
#[command(name = "kubectl-appgw", bin_name = "kubectl appgw", version, after_help = EXITS)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Walk through the article for one gateway, with your own Azure login
    #[command(after_help = EXITS)]
    Diagnose(Box<Diagnose>),
    /// Decide again from a saved bundle, without asking anybody
    #[command(after_help = EXITS)]
    Replay(Replay),
    /// List the rows of the article: where each leads, what it asks and needs
    Rows(Rows),
    /// Say what a row, a finding, a resolution or a method of one is
    Explain(Explain),
    /// Check manifests before they are applied, without asking anybody
    #[command(after_help = CHECKS)]
    Lint(Lint),
    /// See whether everything is in place: CRD, operator, rights, objects, and a login for diagnose
    #[command(after_help = CHECKS)]
    Doctor(Box<Doctor>),
    /// Show the plans of a diagnosis in the cluster: what would change, and what comes of it
    Plan(Plan),
    /// Approve plans, as the user of the kubeconfig
    Approve(Decide),
    /// Say no to plans
    Reject(Decide),
    /// Ask for the way back of what was carried out last
    Rollback(Rollback),
    /// Print the admission policies that guard approvals
    Policies(Policies),
    /// Write the pages of the documentation that are made from the catalogue
    #[command(hide = true)]
    Docs(Docs),
}

#[derive(Args, Debug)]
pub(super) struct Diagnose {
    #[command(flatten)]
    pub(super) what: What,
    #[command(flatten, next_help_heading = "What clients asked for")]
    pub(super) request: Request,
    #[command(flatten, next_help_heading = "Azure")]
    pub(super) azure: AzureArgs,
    /// Also write everything Azure said, without secrets, to FILE: for replay and for bug reports
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) save: Option<PathBuf>,
    /// How to show the outcome; json and yaml are the object as a cluster would hold it
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    pub(super) output: Output,
}

/// What to diagnose: one of the two.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct What {
    /// Azure resource id of the gateway
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(super) resource_id: Option<String>,
    /// File with one AppGatewayDiagnosis, as for kubectl apply; - is stdin
    #[arg(short = 'f', long, value_name = "MANIFEST")]
    pub(super) filename: Option<PathBuf>,
}

/// Parts of the spec that have flags. They count before what a manifest says.
#[derive(Args, Debug)]
pub(super) struct Request {
    /// Scheme, http or https
    #[arg(long, value_enum, ignore_case = true)]
    pub(super) scheme: Option<Http>,
    /// Host name, without port
    #[arg(long, value_name = "NAME", value_parser = host)]
    pub(super) host: Option<String>,
    /// Path, starting with a slash
    #[arg(long, value_name = "PATH", value_parser = path)]
    pub(super) path: Option<String>,
    /// Port of the gateway
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(i32).range(1..=65535))]
    pub(super) port: Option<i32>,
    /// How far to look back for 502s: 5m to 24h
    #[arg(long, value_name = "DURATION", value_parser = window)]
    pub(super) window: Option<String>,
}

/// The scheme, as a flag.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Http {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

impl From<Http> for Scheme {
    fn from(scheme: Http) -> Self {
        match scheme {
            Http::Http => Self::Http,
            Http::Https => Self::Https,
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct Replay {
    /// The bundle: written by --save or -o bundle, or put together by hand from az rest; - is stdin
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// How to show the outcome; json and yaml are the object as a cluster would hold it
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) output: Output,
}

#[derive(Args, Debug)]
pub(super) struct Rows {
    /// Only the rows of this step, such as 2c-1, or of the decision map (map)
    #[arg(value_name = "STEP")]
    pub(super) step: Option<String>,
    /// How to show them
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) output: List,
}

#[derive(Args, Debug)]
pub(super) struct Explain {
    /// Id of a row, such as 2c-1.1, of a finding, such as nsg-deny-probe, of a resolution, such as A, or of a method, such as A.3
    #[arg(value_name = "ROW|FINDING|METHOD")]
    pub(super) name: String,
    /// How to show it
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) output: Explained,
}

/// How an explanation is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Explained {
    #[default]
    Table,
    Markdown,
}

#[derive(Args, Debug)]
pub(super) struct Lint {
    /// File with one or more AppGatewayDiagnosis, as for kubectl apply; - is stdin
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// How to show what there is to say
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) output: Remarks,
}

#[derive(Args, Debug)]
pub(super) struct Doctor {
    /// Cluster to look at (default: KUBECONFIG or ~/.kube/config, else the one this runs in)
    #[arg(long, value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig (default: its current one)
    #[arg(long, value_name = "NAME")]
    pub(super) context: Option<String>,
    /// Namespace whose diagnoses to look at (default: all)
    #[arg(short, long, value_name = "NAME")]
    pub(super) namespace: Option<String>,
    /// Name of the operator's lease
    #[arg(long, value_name = "NAME", default_value = "appgw-diagnosis")]
    pub(super) lease_name: String,
    /// Namespace of the operator's lease (default: wherever there is one)
    #[arg(long, value_name = "NAME")]
    pub(super) lease_namespace: Option<String>,
    #[command(flatten, next_help_heading = "Azure")]
    pub(super) azure: AzureArgs,
    /// How to show what was seen
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    pub(super) output: Remarks,
}

/// A diagnosis in the cluster.
#[derive(Args, Debug)]
pub(super) struct Object {
    /// Name of the diagnosis
    #[arg(value_name = "NAME")]
    pub(super) name: String,
    /// Its namespace (default: that of the kubeconfig)
    #[arg(short, long, value_name = "NAME")]
    pub(super) namespace: Option<String>,
    /// Cluster (default: KUBECONFIG or ~/.kube/config, else the one this runs in)
    #[arg(long, value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig (default: its current one)
    #[arg(long, value_name = "NAME")]
    pub(super) context: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct Plan {
    #[command(flatten)]
    pub(super) object: Object,
    /// Only this plan: its id, or the beginning of it
    #[arg(value_name = "ID")]
    pub(super) id: Option<String>,
    /// How to show it; terraform and agic say it in the words of the tool that keeps the gateway
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) output: Form,
}

/// How a plan is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    #[default]
    Diff,
    Json,
    Az,
    Terraform,
    Agic,
}

#[derive(Args, Debug)]
pub(super) struct Decide {
    #[command(flatten)]
    pub(super) object: Object,
    /// Plans: ids, or the beginnings of them (default: the only one that waits)
    #[arg(value_name = "ID")]
    pub(super) ids: Vec<String>,
    /// Why, kept with the decision
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(super) reason: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Stay until the change is verified; exit status 1 if it did not help
    #[arg(long)]
    pub(super) wait: bool,
    /// How long to stay, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "2400", value_parser = seconds)]
    pub(super) timeout: Duration,
}

#[derive(Args, Debug)]
pub(super) struct Rollback {
    #[command(flatten)]
    pub(super) object: Object,
    /// The plan that was carried out (default: the only one)
    #[arg(value_name = "ID")]
    pub(super) id: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct Policies {
    /// User name of the operator
    #[arg(
        long,
        value_name = "USER",
        default_value = "system:serviceaccount:appgw-system:appgw-operator"
    )]
    pub(super) account: String,
    /// Service account that may decide; may be repeated
    #[arg(long = "approver", value_name = "USER")]
    pub(super) approvers: Vec<String>,
    /// Whoever changed a spec may not approve its plans
    #[arg(long)]
    pub(super) forbid_self_approval: bool,
    /// With the policy that stamps names, for Kubernetes 1.36 and later
    #[arg(long)]
    pub(super) mutating: bool,
}

#[derive(Args, Debug)]
pub(super) struct Docs {
    /// Where to write them
    #[arg(value_name = "FOLDER")]
    pub(super) folder: PathBuf,
}

/// How remarks are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Remarks {
    #[default]
    Table,
    Json,
}

/// How an outcome is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    #[default]
    Table,
    Json,
    Yaml,
    Markdown,
    Bundle,
}

/// How a list of rows is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum List {
    #[default]
    Table,
    Json,
    Yaml,
    Markdown,
}

fn reason(text: &str) -> Result<String, String> {
    let fits = text.len() <= limits::REASON && !text.chars().any(char::is_control);
    said(text, fits, "one line of at most 256 bytes")
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "expected a number of seconds")?;
    Ok(Duration::from_secs(seconds))
}

fn host(text: &str) -> Result<String, String> {
    let fits = text.len() <= limits::NAME && shapes::is_host(text);
    said(text, fits, shapes::HOST)
}

fn path(text: &str) -> Result<String, String> {
    let fits = text.len() <= limits::PATH && shapes::is_path(text);
    said(text, fits, shapes::PATH)
}

fn window(text: &str) -> Result<String, String> {
    said(text, shapes::is_window(text), shapes::WINDOW)
}

fn said(text: &str, fits: bool, wanted: &str) -> Result<String, String> {
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!("expected {wanted}"))
    }
}
