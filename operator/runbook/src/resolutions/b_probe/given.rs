//! What is wrong with a probe, what a person gave for it, and whether that can be.
use crate::{
    draft::Case,
    facts::{Blocked, health::Server, probe::NO_HOST, probe::is_address, probe::ranges},
    report::Finding,
    resolutions::pair::{Target, is_name},
};

pub(super) const PATH: &str = "spec.inputs.B.path";
pub(super) const HOST: &str = "spec.inputs.B.host";
pub(super) const CODES: &str = "spec.inputs.B.statusCodes";
pub(super) const TIMEOUT: &str = "spec.inputs.B.timeoutSeconds";

/// What the probe gets wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It asks a path that is not there.
    Path,
    /// It asks for a host that is not there.
    Host,
    /// It is answered by a code that another set of codes, path or host would mend.
    Code,
    /// It does not wait long enough.
    Slow,
    /// It looks for a text that is not there.
    Body,
}

impl Fault {
    /// Of a finding; read off what the servers answer, not off its words.
    pub(super) fn of(finding: &Finding, target: &Target<'_>) -> Option<Self> {
        Some(match finding.id {
            "slow-start" => Self::Slow,
            "x.probe-body" => Self::Body,
            "probe-host" => Self::Host,
            "probe-path-not-found" => Self::Path,
            "probe-redirect" => Self::Code,
            "probe-status" | "default-probe-status" => {
                let codes = target.codes();
                let has = |code: u16| codes.contains(&code);
                let lost = has(404) || has(410);
                let unnamed = || target.down().all(|it| nameless(target, it));
                if has(421) || has(400) || (lost && unnamed()) {
                    Self::Host
                } else if lost || has(405) {
                    Self::Path
                } else {
                    Self::Code
                }
            }
            _ => return None,
        })
    }
    /// The field that has to be given, at least, if it is not.
    fn missing(self, given: &Given, target: &Target<'_>) -> Option<&'static str> {
        let answer = given.path.is_some() || given.host.is_some();
        match self {
            Self::Path | Self::Body => given.path.is_none().then_some(PATH),
            // The default probe asks the root path for an address: either may be what is wrong.
            Self::Host if target.probe.is_none() => (!answer).then_some(HOST),
            Self::Host => given.host.is_none().then_some(HOST),
            Self::Code => (!answer && given.codes.is_empty()).then_some(PATH),
            Self::Slow => given.timeout.is_none().then_some(TIMEOUT),
        }
    }
}

/// The probe sends no name but that of the machine itself, or an address where the member has a name.
fn nameless(target: &Target<'_>, server: &Server) -> bool {
    let host = target.effective.host(&server.address).name;
    host == NO_HOST || (is_address(&host) && !is_address(&server.address))
}

/// What a person gave.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    pub(super) path: Option<String>,
    pub(super) host: Option<String>,
    pub(super) codes: Vec<String>,
    pub(super) timeout: Option<i64>,
}

/// Why nothing can be drafted of what was given.
pub(super) enum Wrong {
    /// It is not enough.
    Missing(&'static str),
    /// It cannot be: a sentence that names the field.
    Refused(String),
}

impl Given {
    /// What was given for this fault. A slow start is mended by time alone: what was given besides is for another one.
    pub(super) fn read(
        case: &Case<'_, '_>,
        fault: Fault,
        target: &Target<'_>,
    ) -> Result<Self, Wrong> {
        let inputs = case.inputs();
        let mut given = Self {
            timeout: inputs.probe_timeout,
            ..Self::default()
        };
        if fault != Fault::Slow {
            let hint = case.view.facts.said().health_path.clone();
            let by_path = matches!(fault, Fault::Path | Fault::Code) || target.probe.is_none();
            given.path = inputs.probe_path.clone().or(hint.filter(|_| by_path));
            given.host.clone_from(&inputs.probe_host);
            given.codes = inputs
                .status_codes
                .iter()
                .map(|it| it.trim().to_owned())
                .collect();
        }
        given.check(target).map_err(Wrong::Refused)?;
        if let Some(field) = fault.missing(&given, target) {
            return Err(Wrong::Missing(field));
        }
        given.helps(fault, target).map_err(Wrong::Refused)?;
        Ok(given)
    }
    fn check(&mut self, target: &Target<'_>) -> Result<(), String> {
        if let Some(path) = &self.path {
            let good = |c: char| c.is_ascii_graphic() && c != '#';
            if !path.starts_with('/') || !path.chars().all(good) || path.len() > 1_024 {
                return Err(format!(
                    "{PATH}: {path:?} is no path: it begins with / and has no blanks"
                ));
            }
        }
        if let Some(host) = self.host.take() {
            let bare = host.trim().trim_end_matches('.').to_ascii_lowercase();
            let tls = target.speaks().eq_ignore_ascii_case("Https");
            if tls && is_address(&bare) {
                return Err(format!(
                    "{HOST}: {bare} is an address, and TLS goes by names"
                ));
            }
            if !is_name(&bare) && !is_address(&bare) {
                return Err(format!(
                    "{HOST}: {bare:?} is no host name: a bare name, without protocol, port and path"
                ));
            }
            self.host = Some(bare);
        }
        self.codes.iter().try_for_each(|it| code(it))?;
        match self.timeout {
            Some(seconds) if !(1..=86_400).contains(&seconds) => Err(format!(
                "{TIMEOUT}: {seconds} is not between 1 and 86400 seconds"
            )),
            _ => Ok(()),
        }
    }
    /// What was given changes what is wrong.
    fn helps(&self, fault: Fault, target: &Target<'_>) -> Result<(), String> {
        let now = target.probe_number("timeout", 30);
        if let (Fault::Slow, Some(seconds)) = (fault, self.timeout)
            && seconds <= now
        {
            return Err(format!(
                "{TIMEOUT}: {seconds} s is not more than the {now} s of now"
            ));
        }
        if fault == Fault::Code && self.path.is_none() && self.host.is_none() {
            let takes = |code: u16| {
                let mut all = self.codes.iter().filter_map(|it| ranges(it)).flatten();
                all.any(|range| range.contains(&code))
            };
            let answered = target.codes();
            if let Some(code) = answered.iter().find(|it| !takes(**it)) {
                return Err(format!(
                    "{CODES}: {} does not take {code}, which is what the back end answers",
                    self.codes.join(", ")
                ));
            }
        }
        Ok(())
    }
}

/// Codes of 400 and above call a broken server healthy; two of them may be asked for, each by itself.
fn code(text: &str) -> Result<(), String> {
    let Some(all) = ranges(text) else {
        return Err(format!(
            "{CODES}: {text:?} is no code and no range of codes"
        ));
    };
    let odd = all
        .iter()
        .any(|it| it.start() > it.end() || *it.start() < 100 || *it.end() > 599);
    if odd {
        return Err(format!(
            "{CODES}: {text} is no range of codes from 100 to 599"
        ));
    }
    let asked_for = ["401", "403"].contains(&text);
    if !asked_for && all.iter().any(|it| *it.end() >= 400) {
        return Err(format!(
            "{CODES}: {text} calls a server healthy that answers with an error; of 400 and above only 401 and 403 can be taken, each by itself"
        ));
    }
    Ok(())
}

/// The obstacle that a missing field is.
pub(super) fn tell(field: &'static str) -> Blocked {
    Blocked::Tell(field)
}
