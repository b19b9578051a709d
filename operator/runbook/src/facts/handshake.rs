//! What a back end showed in a TLS handshake, seen from where the operator runs. Another place than the gateway's: it
//! adds to what the gateway says, and never outvotes it.
use super::{
    json::{at, flag, list, number, one_line, text},
    probe_log::LogClass,
};
use jiff::Timestamp;
use serde_json::Value;

/// The answer to a handshake: its certificates, and what the operator's judges said of the chain.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'f>(pub &'f Value);

/// Whether a chain leads to an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust<'f> {
    /// It does.
    Leads,
    /// It does not: webpki's name for why.
    Fails(&'f str),
}

impl<'f> Shown<'f> {
    fn own(self) -> Option<&'f Value> {
        let at = usize::try_from(number(self.0, &["leaf"])?).ok()?;
        self.0.get("chain")?.get(at).filter(|own| !own.is_null())
    }
    fn length(self) -> usize {
        self.0
            .get("chain")
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    }
    /// The back end's own certificate was shown and can be read.
    pub fn has_leaf(self) -> bool {
        self.own().is_some()
    }
    /// The names it is good for: those it lists, else its common name, as gateways have it.
    pub fn names(self) -> Vec<&'f str> {
        let Some(own) = self.own() else {
            return vec![];
        };
        let of = |member| list(own, &[member]).filter_map(Value::as_str);
        let listed: Vec<&str> = of("names").collect();
        if listed.is_empty() && of("addresses").next().is_none() {
            return of("commonNames").collect();
        }
        listed
    }
    /// It is good for a host: `*.` stands for one label. `None` where there is no certificate to tell from.
    pub fn covers(self, host: &str) -> Option<bool> {
        let one = |own: &str| match own.strip_prefix("*.") {
            Some(domain) => host
                .split_once('.')
                .is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
            None => own.eq_ignore_ascii_case(host),
        };
        self.has_leaf().then(|| self.names().into_iter().any(one))
    }
    /// It is not within its dates; in a few words.
    pub fn out_of_date(self, now: Timestamp) -> Option<String> {
        let own = self.own()?;
        let time = |member| text(own, &[member])?.parse::<Timestamp>().ok();
        if let Some(end) = time("notAfter").filter(|end| *end < now) {
            return Some(format!("expired on {}", day(end)));
        }
        let begin = time("notBefore").filter(|begin| *begin > now);
        begin.map(|begin| format!("not good before {}", day(begin)))
    }
    /// It is signed by nobody but itself.
    pub fn is_self_signed(self) -> bool {
        let Some(own) = self.own() else {
            return false;
        };
        text(own, &["subject"]) == text(own, &["issuer"])
    }
    /// The certificate is there, but others come before it.
    pub fn is_out_of_order(self) -> bool {
        number(self.0, &["leaf"]).is_some_and(|at| at > 0)
    }
    fn trust(self, member: &str) -> Trust<'f> {
        match text(self.0, &[member]) {
            Some("ok") => Trust::Leads,
            why => Trust::Fails(why.unwrap_or("unknown")),
        }
    }
    /// The chain leads to a root that everybody knows.
    pub fn public(self) -> Trust<'f> {
        self.trust("public")
    }
    /// The chain leads to a root that the settings trust.
    pub fn given(self) -> Trust<'f> {
        self.trust("given")
    }
    /// The chain leads to the authority of `spec.hints.privateCa`; `None` where none was named.
    pub fn told(self) -> Option<Trust<'f>> {
        at(self.0, &["told"]).map(|_| self.trust("told"))
    }
    /// Who signed the chain in the end: everybody's authority, or one that only its owner knows. `None` where the
    /// leaf does not lead to a root that was sent, or the chain fails for another reason than its root: then an
    /// intermediate may be missing as well.
    pub fn is_private(self) -> Option<bool> {
        match self.public() {
            Trust::Leads => return Some(false),
            Trust::Fails("UnknownIssuer" | "CaUsedAsEndEntity") => {}
            Trust::Fails(_) => return None,
        }
        (self.leads_to_a_root() || self.told() == Some(Trust::Leads)).then_some(true)
    }
    /// From issuer to issuer, to one that signed itself.
    fn leads_to_a_root(self) -> bool {
        let mut at = self.own();
        // No chain is longer than it is, so a circle ends.
        for _ in 0..=self.length() {
            let Some(issuer) = at.and_then(|it| text(it, &["issuer"])) else {
                return false;
            };
            if at.and_then(|it| text(it, &["subject"])) == Some(issuer) {
                return true;
            }
            at = list(self.0, &["chain"]).find(|it| text(it, &["subject"]) == Some(issuer));
        }
        false
    }
    /// The very certificate is one that the settings trust, as the first platform wants it.
    pub fn is_given(self) -> bool {
        flag(self.0, &["leafIsGiven"]) == Some(true)
    }
    /// How the handshake broke off.
    pub fn failed(self) -> Option<String> {
        text(self.0, &["failed"]).map(one_line)
    }
    /// The back end asked for a certificate, which a gateway has not.
    pub fn wants_certificate(self) -> bool {
        flag(self.0, &["wantsCertificate"]) == Some(true)
    }
    /// All that speaks against what the gateway's probe met.
    pub fn contradicts(self, class: &LogClass, host: Option<&str>, now: Timestamp) -> bool {
        if !self.has_leaf() {
            return false;
        }
        match class {
            LogClass::CertificateName => host.and_then(|host| self.covers(host)) == Some(true),
            LogClass::CertificateDates => self.out_of_date(now).is_none(),
            LogClass::CertificateAuthority => self.public() == Trust::Leads,
            LogClass::CertificateRoot => self.given() == Trust::Leads || self.is_given(),
            LogClass::LeafMissing => true,
            LogClass::ChainOrder => !self.is_out_of_order(),
            LogClass::CertificateChain => {
                self.public() == Trust::Leads || self.given() == Trust::Leads
            }
            _ => false,
        }
    }
    /// In one line.
    pub fn words(self, now: Timestamp) -> String {
        let mut parts = Vec::new();
        match self.own() {
            None if self.length() == 0 => parts.push("no certificate was shown".to_owned()),
            None => parts.push("none of the certificates shown is the back end's own".to_owned()),
            Some(own) => {
                let names = self.names();
                let few: Vec<String> = names.iter().take(4).map(|it| one_line(it)).collect();
                let more = names.len().saturating_sub(few.len());
                let more = if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                };
                parts.push(if few.is_empty() {
                    "a certificate without a host name".to_owned()
                } else {
                    format!("a certificate for {}{more}", few.join(", "))
                });
                parts.push(if self.is_self_signed() {
                    "signed by itself".to_owned()
                } else {
                    let issuer = text(own, &["issuer"]).unwrap_or("nobody");
                    format!("issued by {}", one_line(issuer))
                });
                let end = text(own, &["notAfter"]).and_then(|it| it.parse::<Timestamp>().ok());
                parts.push(match (self.out_of_date(now), end) {
                    (Some(bad), _) => bad,
                    (None, Some(end)) => format!("good until {}", day(end)),
                    (None, None) => "without readable dates".to_owned(),
                });
                if self.is_out_of_order() {
                    parts.push("not first in the chain".to_owned());
                }
                parts.push(self.anchored());
            }
        }
        if self.wants_certificate() {
            parts.push("a certificate is asked of the client".to_owned());
        }
        parts.extend(
            self.failed()
                .map(|failed| format!("the handshake broke off: {failed}")),
        );
        parts.join(", ")
    }

    fn anchored(self) -> String {
        let sent = match self.length() {
            1 => "alone".to_owned(),
            more => format!("in a chain of {more}"),
        };
        let leads = match (self.public(), self.given(), self.told()) {
            (Trust::Leads, ..) => "leads to a public root".to_owned(),
            (_, Trust::Leads, _) => "leads to a root that the settings trust".to_owned(),
            (_, _, Some(Trust::Leads)) => {
                "leads to the authority of spec.hints.privateCa, which the settings do not trust"
                    .to_owned()
            }
            (Trust::Fails(why), ..) => format!(
                "leads to no public root and to none that the settings trust ({})",
                one_line(why)
            ),
        };
        format!("sent {sent}, {leads}")
    }
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests;
