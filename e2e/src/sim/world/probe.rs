//! What a gateway asks its members to know whether they are well, and what it takes for an answer.

use serde_json::Value;

use super::{
    back_end::{Ask, Outcome, Request},
    gateway::{Gateway, Member},
    lenient,
    texts::Fault,
};

/// The host that a probe names if nothing says otherwise.
const NO_HOST: &str = "127.0.0.1";

/// The longest wait for an answer if nothing says otherwise, in seconds.
const PATIENCE: u64 = 30;

impl<'a> Gateway<'a> {
    /// The probe of settings: `None` is the default one.
    fn own_probe(&self, settings: &Value) -> Option<&'a Value> {
        let probe = self.referred(&settings["properties"]["probe"])?;
        Some(&probe["properties"])
    }

    /// How many members count as healthy whatever their probes say.
    pub(super) fn min_servers(&self, settings: &Value) -> usize {
        let probe = self.own_probe(settings);
        probe
            .and_then(|probe| lenient::number(&probe["minServers"]))
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or_default()
    }

    /// What the probe of settings asks a member.
    pub(super) fn probe(&self, settings: &'a Value, member: &Member) -> Ask<'a> {
        let own = self.own_probe(settings);
        let of_settings = &settings["properties"];
        let protocol = own.map_or(&of_settings["protocol"], |probe| &probe["protocol"]);
        let port = own
            // Only the second generation has a port for probes.
            .filter(|_| self.is_v2())
            .and_then(|probe| lenient::port(&probe["port"]))
            .or_else(|| lenient::port(&of_settings["port"]))
            .unwrap_or_default();
        let picked = host_of_settings(settings, member);
        let host = match own {
            Some(probe) if lenient::truth(&probe["pickHostNameFromBackendHttpSettings"]) => picked,
            Some(probe) => lenient::text(&probe["host"]),
            None => picked,
        };
        let is = |word| lenient::is_word(protocol, word);
        let tls = (is("Https") || is("Tls")).then(|| {
            let set = lenient::text(&of_settings["sniName"]);
            let named = [set, host, picked, member.host_name()];
            let name = if self.is_v2() {
                named.into_iter().flatten().next()
            } else {
                member.host_name()
            };
            self.tls(settings, name)
        });
        let path = own.and_then(|probe| lenient::text(&probe["path"]));
        let patience = own
            .and_then(|probe| lenient::number(&probe["timeout"]))
            .unwrap_or(PATIENCE);
        let request = (!is("Tcp") && !is("Tls")).then(|| Request {
            host: host.unwrap_or(NO_HOST).to_owned(),
            path: path.unwrap_or("/").to_owned(),
            // No time-out is anywhere near 2^52 seconds.
            patience: u32::try_from(patience).map_or(f64::MAX, f64::from),
            forwarded_for: None,
        });
        Ask { port, tls, request }
    }

    /// What the probe of settings makes of an outcome: the status it got, or what is wrong.
    pub(super) fn verdict(&self, settings: &Value, outcome: &Outcome) -> Result<u16, Fault> {
        let (status, body) = match outcome {
            Outcome::Connected => return Ok(0),
            Outcome::Answered { status, body, .. } => (*status, body),
            Outcome::Refused => return Err(Fault::Refused),
            Outcome::Lost => return Err(Fault::Lost),
            Outcome::Slow => return Err(Fault::Slow),
            Outcome::Broken => return Err(Fault::Broken),
            Outcome::Untrusted(fault) => return Err(Fault::Tls(*fault)),
        };
        let wanted = self
            .own_probe(settings)
            .map_or(&Value::Null, |probe| &probe["match"]);
        let codes: Vec<String> = lenient::items(&wanted["statusCodes"])
            .map(|code| {
                code.as_str()
                    .map_or_else(|| code.to_string(), str::to_owned)
            })
            .collect();
        let codes = if codes.is_empty() {
            vec!["200-399".to_owned()]
        } else {
            codes
        };
        if !codes.iter().any(|code| within(code, status)) {
            let expected = codes.join(",");
            return Err(Fault::Status { status, expected });
        }
        match lenient::text(&wanted["body"]) {
            Some(expected) if !body.contains(expected) => Err(Fault::Body(expected.to_owned())),
            _ => Ok(status),
        }
    }
}

/// The host that settings give to a member, for the data path and for probes that take it from there.
pub(super) fn host_of_settings<'a>(settings: &'a Value, member: &'a Member) -> Option<&'a str> {
    let settings = &settings["properties"];
    if lenient::truth(&settings["pickHostNameFromBackendAddress"]) {
        return Some(&member.shown);
    }
    lenient::text(&settings["hostName"])
}

/// Whether a status is in a range such as `200-399`, or is that one.
fn within(range: &str, status: u16) -> bool {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
        (Ok(first), Ok(last)) => (first..=last).contains(&status),
        _ => false,
    }
}
