//! What a back end does with a connection and a request.

use std::{net::IpAddr, time::Duration};

use super::{
    World, WorldError,
    file::{Answer, BackEnd, Listens, Protocol},
    gateway::{Gateway, Member},
    tls::{self, Tls, TlsFault},
};

/// What is asked of a back end, by a probe or for a client.
#[derive(Clone, Debug)]
pub(super) struct Ask<'a> {
    pub(super) port: u16,
    /// Over TLS, and what is then checked.
    pub(super) tls: Option<Tls<'a>>,
    /// An HTTP request, or nothing but a connection.
    pub(super) request: Option<Request>,
}

/// An HTTP request to a back end.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) host: String,
    pub(super) path: String,
    /// How long an answer is waited for, in seconds.
    pub(super) patience: f64,
    /// The client that it is for; none for a probe.
    pub(super) forwarded_for: Option<IpAddr>,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// A connection, which is all that was asked for.
    Connected,
    /// An answer, and how long it took.
    Answered {
        status: u16,
        body: String,
        took: Duration,
    },
    /// No connection: refused.
    Refused,
    /// No connection: nothing comes back.
    Lost,
    /// A connection, and no answer in time.
    Slow,
    /// A connection that ends without an answer.
    Broken,
    /// No TLS.
    Untrusted(TlsFault),
}

impl Outcome {
    /// An answer at once.
    pub(super) fn at_once(status: u16, body: &str) -> Self {
        Self::Answered {
            status,
            body: body.to_owned(),
            took: Duration::ZERO,
        }
    }
}

impl World {
    /// Changes how the back end at an address (or name) and port behaves: `10.2.0.4:8443`.
    ///
    /// # Errors
    /// If that is no address and port.
    pub fn set_back_end(&mut self, at: &str, back_end: BackEnd) -> Result<(), WorldError> {
        let (host, port) = address_and_port(at)
            .ok_or_else(|| WorldError::wrong("backEnds", format!("`{at}` is no ADDRESS:PORT")))?;
        let known = &mut self.facts.back_ends;
        known.retain(|(known, known_port, _)| *known != host || *known_port != port);
        known.push((host, port, back_end));
        Ok(())
    }
}

/// The parts of `ADDRESS:PORT`, the address in its usual form or a name in lower case.
pub(super) fn address_and_port(at: &str) -> Option<(String, u16)> {
    let (host, port) = at.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = match host.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) if host.is_empty() || host.contains([':', '/', ' ']) => return None,
        Err(_) => host.to_ascii_lowercase(),
    };
    Some((host, port.parse().ok()?))
}

impl Gateway<'_> {
    /// Asks a member, at one of its addresses, from an instance.
    pub(super) fn attempt(
        &self,
        instance: IpAddr,
        member: &Member,
        address: IpAddr,
        ask: &Ask,
    ) -> Outcome {
        // Instances have IPv4 addresses only.
        if instance.is_ipv4() != address.is_ipv4() {
            return Outcome::Refused;
        }
        if !self.reaches(instance, address, ask.port) {
            return Outcome::Lost;
        }
        if let Some(outcome) = self.ask_sites(address, ask) {
            return outcome;
        }
        let own = [
            Some(address.to_string()),
            member.host_name().map(str::to_ascii_lowercase),
        ];
        let there = |host: &String| own.iter().flatten().any(|own| own == host);
        let mut at_host = self
            .world
            .facts
            .back_ends
            .iter()
            .filter(|(host, ..)| there(host));
        let anybody = at_host.clone().next().is_some();
        let Some((.., back_end)) = at_host.find(|(_, port, _)| *port == ask.port) else {
            // A machine that is there refuses; one that is not says nothing.
            return if anybody {
                Outcome::Refused
            } else {
                Outcome::Lost
            };
        };
        back_end.answer(ask)
    }
}

impl BackEnd {
    fn answer(&self, ask: &Ask) -> Outcome {
        match self.listens {
            Listens::Open => {}
            Listens::Refused => return Outcome::Refused,
            Listens::Silent => return Outcome::Lost,
            Listens::Reset => return Outcome::Broken,
        }
        match (&ask.tls, self.protocol) {
            (Some(tls), Protocol::Https) => {
                if let Some(fault) = tls::greet(self, tls) {
                    return Outcome::Untrusted(fault);
                }
            }
            (Some(_), _) => return Outcome::Untrusted(TlsFault::Handshake),
            (None, Protocol::Https) if ask.request.is_some() => {
                // As web servers answer plain HTTP on a TLS port.
                return Outcome::at_once(400, "");
            }
            (None, Protocol::Other) if ask.request.is_some() => return Outcome::Broken,
            (None, _) => {}
        }
        match &ask.request {
            Some(request) => self.respond(request),
            None => Outcome::Connected,
        }
    }

    /// What the application answers to a request that has got there.
    pub(super) fn respond(&self, request: &Request) -> Outcome {
        let mut answers = self.answers.iter().chain(&self.responds);
        let any = answers.clone().next().is_some();
        match answers.find(|answer| answer.is_for(request)) {
            Some(answer) if answer.delay >= request.patience => Outcome::Slow,
            Some(answer) if answer.closes => Outcome::Broken,
            Some(answer) => Outcome::Answered {
                status: answer.status,
                body: answer.body.clone(),
                took: Duration::try_from_secs_f64(answer.delay).unwrap_or_default(),
            },
            None => Outcome::at_once(if any { 404 } else { 200 }, ""),
        }
    }
}

impl Answer {
    fn is_for(&self, request: &Request) -> bool {
        let host = self.host.as_deref();
        let path = self.path.as_deref();
        let asked = request.path.split(['?', '#']).next().unwrap_or_default();
        host.is_none_or(|host| host.eq_ignore_ascii_case(&request.host))
            && path.is_none_or(|path| match path.strip_suffix('*') {
                Some(beginning) => asked.starts_with(beginning),
                None => asked == path,
            })
    }
}
