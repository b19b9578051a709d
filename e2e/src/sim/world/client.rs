//! What a client gets for a request: the data path of a gateway.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use serde_json::Value;
use url::Url;

use super::{
    World, WorldError,
    back_end::{Ask, Outcome, Request},
    gateway::{Gateway, Member},
    lenient,
    nsg::{Direction, Packet, Transport, nsg_decides},
    path::SOURCE_PORT,
    probe::host_of_settings,
    routing::{Arrival, Course, Taken, To, Way},
    tags::is_public,
};

/// Who asks, and which instance of the gateway gets the request.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The address of the client; a public one comes to public front ends only.
    pub address: IpAddr,
    /// The number of the instance, from 0 on; they are used in turn.
    pub instance: usize,
}

impl Default for Client {
    /// Somebody on the Internet, at the first instance.
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)),
            instance: 0,
        }
    }
}

impl Client {
    /// Somebody on the Internet whose request gets to that instance.
    pub fn at_instance(instance: usize) -> Self {
        Self {
            instance,
            ..Self::default()
        }
    }
}

/// What a client gets, and how it came about, as the access log would have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientSees {
    /// What it gets.
    pub answer: Got,
    /// The `ERRORINFO_…` of the access log, where it is known which one it is.
    pub reason: Option<&'static str>,
    /// The name of the listener.
    pub listener: Option<String>,
    /// The name of the request routing rule.
    pub rule: Option<String>,
    /// The name of the pool.
    pub pool: Option<String>,
    /// The name of the back-end settings.
    pub settings: Option<String>,
    /// The member that was asked, as the pool has it.
    pub server: Option<String>,
    /// How long that member took for its answer.
    pub took: Duration,
}

/// What a client gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Got {
    /// No connection: nothing comes back.
    #[default]
    TimedOut,
    /// A connection without TLS where TLS was asked for.
    NoTls,
    /// An answer with this status.
    Status(u16),
}

impl ClientSees {
    /// The status, if there is an answer.
    pub const fn status(&self) -> Option<u16> {
        match self.answer {
            Got::Status(status) => Some(status),
            _ => None,
        }
    }
}

/// What a back end, or the lack of one, leads to.
struct Relayed(u16, Option<&'static str>, Duration);

const NO_ERROR: &str = "ERRORINFO_NO_ERROR";
const NO_LIVE: &str = "ERRORINFO_UPSTREAM_NO_LIVE";
const CLOSED: &str = "ERRORINFO_UPSTREAM_CLOSED_CONNECTION";
const TIMED_OUT: &str = "ERRORINFO_UPSTREAM_TIMED_OUT";
const PLAIN: &str = "ERRORINFO_HTTP_TO_HTTPS_PORT";

/// How long a back end may take if its settings do not say, in seconds.
const REQUEST_TIMEOUT: u64 = 20;

impl World {
    /// What a client gets from a gateway for `GET` of a URL; its host need not resolve to the gateway.
    ///
    /// # Errors
    /// If there is no such gateway or the URL is none.
    pub fn fetch(
        &self,
        gateway: &str,
        url: &str,
        client: Client,
    ) -> Result<ClientSees, WorldError> {
        let gateway = Gateway::find(self, gateway)?;
        let no_url = || WorldError::NoUrl(url.to_owned());
        let url = Url::parse(url).map_err(|_| no_url())?;
        let arrival = Arrival {
            port: url.port_or_known_default().ok_or_else(no_url)?,
            https: url.scheme() == "https",
            host: url.host_str().ok_or_else(no_url)?,
            path: url.path(),
            public: is_public(client.address),
            client: client.address,
        };
        Ok(gateway.fetch(&arrival, client))
    }
}

impl Gateway<'_> {
    fn fetch(&self, arrival: &Arrival, client: Client) -> ClientSees {
        let nothing = ClientSees::default();
        let instances = self.instances();
        let Some(instance) = instances.get(client.instance % instances.len().max(1)) else {
            return nothing;
        };
        if !self.serves() || !self.lets_in(client.address, *instance, arrival.port) {
            return nothing;
        }
        let status = |status, reason| ClientSees {
            answer: Got::Status(status),
            reason,
            ..ClientSees::default()
        };
        match self.take(arrival) {
            Taken::NoListener => nothing,
            Taken::WrongProtocol(listener) => {
                let sees = if arrival.https {
                    ClientSees {
                        answer: Got::NoTls,
                        ..nothing
                    }
                } else {
                    status(400, Some(PLAIN))
                };
                ClientSees {
                    listener: named(listener),
                    ..sees
                }
            }
            Taken::NoHost => status(404, None),
            Taken::By(way) => self.follow(&way, *instance, arrival),
        }
    }

    /// Whether the network security group of the gateway's subnet lets a client in.
    fn lets_in(&self, client: IpAddr, instance: IpAddr, port: u16) -> bool {
        let Some(subnet) = self.subnet_id() else {
            return true;
        };
        let group = self.world.look(subnet).and_then(|own| {
            let id = lenient::id(&own["properties"]["networkSecurityGroup"])?;
            self.world.look(id)
        });
        let packet = Packet {
            source: client,
            source_port: SOURCE_PORT,
            destination: instance,
            destination_port: port,
            protocol: Transport::Tcp,
        };
        let tags = self.world.tags_in(subnet);
        group.is_none_or(|group| !nsg_decides(group, Direction::Inbound, &packet, &tags).denies())
    }

    fn follow(&self, way: &Way, instance: IpAddr, arrival: &Arrival) -> ClientSees {
        let mut sees = ClientSees {
            listener: named(way.listener),
            rule: named(way.rule),
            ..ClientSees::default()
        };
        let at_once = |status, reason| Relayed(status, Some(reason), Duration::ZERO);
        let Relayed(status, reason, took) = match way.to {
            To::Redirect(status) => at_once(status, NO_ERROR),
            To::Nothing => at_once(502, NO_LIVE),
            To::Pool(course) => {
                sees.pool = named(course.pair.pool);
                sees.settings = named(course.pair.settings);
                let (server, relayed) = self.relay(&course, instance, arrival);
                sees.server = server;
                relayed
            }
        };
        sees.answer = Got::Status(status);
        sees.reason = reason;
        sees.took = took;
        sees
    }

    /// Asks the live members, two of them at most, until one answers.
    fn relay(
        &self,
        course: &Course,
        instance: IpAddr,
        arrival: &Arrival,
    ) -> (Option<String>, Relayed) {
        let failed = |status, reason| Relayed(status, reason, Duration::ZERO);
        let mut last = (None, failed(502, Some(NO_LIVE)));
        let live = self
            .live(instance, &course.pair)
            .into_iter()
            .filter(|own| own.alive);
        for own in live.take(2) {
            let member = own.member;
            let Some(address) = member.addresses.first() else {
                continue;
            };
            let ask = self.ask_for(course, &member, arrival);
            let late = if self.is_v2() { 504 } else { 502 };
            let relayed = match self.attempt(instance, &member, *address, &ask) {
                Outcome::Answered { status, took, .. } => {
                    return (Some(member.shown), Relayed(status, Some(NO_ERROR), took));
                }
                Outcome::Lost | Outcome::Slow => failed(late, Some(TIMED_OUT)),
                // No report says what the log has for TLS that fails.
                Outcome::Untrusted(_) => failed(502, None),
                Outcome::Refused | Outcome::Broken | Outcome::Connected => {
                    failed(502, Some(CLOSED))
                }
            };
            last = (Some(member.shown), relayed);
        }
        last
    }

    /// The request that a member gets.
    fn ask_for<'a>(&self, course: &Course<'a>, member: &Member, arrival: &Arrival) -> Ask<'a>
    where
        Self: 'a,
    {
        let settings = course.pair.settings;
        let own = &settings["properties"];
        let of_settings = host_of_settings(settings, member);
        // A rewrite changes the header and nothing of TLS.
        let host = course.host.or(of_settings).unwrap_or(arrival.host);
        let tls = lenient::is_word(&own["protocol"], "Https").then(|| {
            let of_settings = if lenient::truth(&own["pickHostNameFromBackendAddress"]) {
                member.host_name()
            } else {
                of_settings
            };
            let name = if self.is_v2() {
                lenient::text(&own["sniName"])
                    .or(of_settings)
                    .unwrap_or(arrival.host)
            } else {
                member.host_name().unwrap_or_default()
            };
            self.tls(settings, Some(name))
        });
        let patience = lenient::number(&own["requestTimeout"]).unwrap_or(REQUEST_TIMEOUT);
        Ask {
            port: lenient::port(&own["port"]).unwrap_or_default(),
            tls,
            request: Some(Request {
                host: host.to_owned(),
                path: overridden(lenient::text(&own["path"]), course.pattern, arrival.path),
                patience: u32::try_from(patience).map_or(f64::MAX, f64::from),
                forwarded_for: Some(arrival.client),
            }),
        }
    }
}

/// The path that a back end gets: an override stands in front of it, or in the place of what the path rule matched.
fn overridden(by: Option<&str>, pattern: Option<&str>, path: &str) -> String {
    let Some(by) = by else {
        return path.to_owned();
    };
    let matched = pattern.map_or(0, |pattern| pattern.trim_end_matches('*').len());
    let rest = path.get(matched..).unwrap_or_default();
    format!(
        "{}/{}",
        by.trim_end_matches('/'),
        rest.trim_start_matches('/')
    )
}

fn named(element: &Value) -> Option<String> {
    lenient::text(&element["name"]).map(str::to_owned)
}
