//! The front ends of App Service: which site a request is for, and whether it gets there.

mod access;

use std::net::IpAddr;

use serde_json::Value;

use self::access::Visitor;
use super::{
    World,
    back_end::{Ask, Outcome, Request},
    file::Certificate,
    gateway::Gateway,
    lenient,
    tags::is_public,
    tls::{self, TlsFault, covers},
};

const NOT_FOUND: &str = "404 Web Site not found";
const FORBIDDEN: &str = "Error 403 - Forbidden";
const STOPPED: &str = "Error 403 - This web app is stopped";

/// A site of a world.
#[derive(Clone, Copy)]
struct Site<'a> {
    world: &'a World,
    /// Its id in lower case.
    key: &'a str,
    document: &'a Value,
}

impl World {
    fn sites(&self) -> impl Iterator<Item = Site<'_>> {
        let own = |(key, document)| {
            let (_, name) = String::as_str(key).rsplit_once("/providers/microsoft.web/sites/")?;
            (!name.contains('/')).then_some(Site {
                world: self,
                key,
                document,
            })
        };
        self.documents.iter().filter_map(own)
    }

    /// The addresses that App Service gives to a host name of its own.
    pub(super) fn resolve_site(&self, name: &str) -> Vec<IpAddr> {
        let has = |site: &Site| lenient::is_word(&site.properties()["defaultHostName"], name);
        let found = self.sites().find(has);
        found
            .and_then(|site| lenient::address(&site.properties()["inboundIpAddress"]))
            .into_iter()
            .collect()
    }
}

impl<'a> Site<'a> {
    fn properties(&self) -> &'a Value {
        &self.document["properties"]
    }

    fn is_at(&self, address: IpAddr) -> bool {
        lenient::address(&self.properties()["inboundIpAddress"]) == Some(address)
    }

    /// Whether a private endpoint of it, accepted by its owner, has the address.
    fn has_endpoint_at(&self, address: IpAddr) -> bool {
        lenient::items(&self.properties()["privateEndpointConnections"]).any(|own| {
            let own = &own["properties"];
            lenient::is_word(
                &own["privateLinkServiceConnectionState"]["status"],
                "Approved",
            ) && lenient::items(&own["ipAddresses"])
                .any(|known| lenient::address(known) == Some(address))
        })
    }

    /// Whether it takes requests for a host; one that it is bound to may begin with `*.`.
    fn has_host(&self, host: &str) -> bool {
        ["hostNames", "enabledHostNames"]
            .iter()
            .flat_map(|list| lenient::items(&self.properties()[*list]))
            .chain([&self.properties()["defaultHostName"]])
            .filter_map(Value::as_str)
            .any(|own| covers(own, host))
    }

    /// Whether it has a certificate of its own for a name.
    fn has_certificate(&self, name: &str) -> bool {
        lenient::items(&self.properties()["hostNameSslStates"]).any(|own| {
            let bound = ["SniEnabled", "IpBasedEnabled"];
            bound
                .iter()
                .any(|word| lenient::is_word(&own["sslState"], word))
                && own["name"].as_str().is_some_and(|own| covers(own, name))
        })
    }

    fn is_private_only(&self, config: &Value) -> bool {
        let both = [self.properties(), config];
        let words = both.map(|own| &own["publicNetworkAccess"]);
        // Left unsaid, private endpoints close the public front end.
        let unsaid = words.iter().all(|word| lenient::text(word).is_none());
        let endpoints = lenient::items(&self.properties()["privateEndpointConnections"]).len();
        words.iter().any(|word| lenient::is_word(word, "Disabled")) || unsaid && endpoints > 0
    }

    /// What it answers; `private` is a way that no restriction is on.
    fn answer(&self, request: &Request, visitor: &Visitor, private: bool, tls: bool) -> Outcome {
        let refused = |body: &str| Outcome::at_once(403, body);
        let config = self.world.look(&format!("{}/config/web", self.key));
        let config = config.map_or(&Value::Null, |config| &config["properties"]);
        if !private {
            let for_scm = request.host.to_ascii_lowercase().contains(".scm.");
            let tags = &self.world.facts.tags;
            if self.is_private_only(config) || !access::admits(config, for_scm, visitor, tags) {
                return refused(FORBIDDEN);
            }
        }
        if lenient::is_word(&self.properties()["state"], "Stopped") {
            return refused(STOPPED);
        }
        if !tls && lenient::truth(&self.properties()["httpsOnly"]) {
            return Outcome::at_once(301, "");
        }
        match self.world.facts.apps.get(self.key) {
            Some(app) => app.respond(request),
            None => Outcome::at_once(200, ""),
        }
    }
}

impl Gateway<'_> {
    /// What App Service makes of it, if one of its front ends or a private endpoint of a site has the address.
    pub(super) fn ask_sites(&self, address: IpAddr, ask: &Ask) -> Option<Outcome> {
        let all: Vec<Site> = self.world.sites().collect();
        let private = all.iter().any(|site| site.has_endpoint_at(address));
        let here = |site: &&Site| site.has_endpoint_at(address) || site.is_at(address);
        let here: Vec<&Site> = all.iter().filter(here).collect();
        let first = here.first()?;
        if ![80, 443].contains(&ask.port) || !private && !self.gets_out() {
            return Some(Outcome::Lost);
        }
        match &ask.tls {
            Some(_) if ask.port == 80 => return Some(Outcome::Untrusted(TlsFault::Handshake)),
            Some(tls) => {
                let shown = certificate(&here, first, tls.name.as_deref());
                if let Some(fault) = tls::judge(&shown, tls) {
                    return Some(Outcome::Untrusted(fault));
                }
            }
            None if ask.port == 443 && ask.request.is_some() => {
                return Some(Outcome::at_once(400, ""));
            }
            None => {}
        }
        let Some(request) = &ask.request else {
            return Some(Outcome::Connected);
        };
        let Some(site) = here.iter().find(|site| site.has_host(&request.host)) else {
            return Some(Outcome::at_once(404, NOT_FOUND));
        };
        let visitor = self.visitor(request.forwarded_for);
        Some(site.answer(request, &visitor, private, ask.tls.is_some()))
    }

    /// Whether its packets get to public addresses: a private gateway of the second generation has no way out but the
    /// service endpoints of its subnet.
    fn gets_out(&self) -> bool {
        !self.is_v2() || self.is_public() || self.has_web_endpoint()
    }

    fn has_web_endpoint(&self) -> bool {
        let subnet = self.subnet_id().and_then(|id| self.world.look(id));
        subnet.is_some_and(|subnet| {
            lenient::items(&subnet["properties"]["serviceEndpoints"])
                .any(|own| lenient::is_word(&own["service"], "Microsoft.Web"))
        })
    }

    /// Who App Service takes the gateway for.
    fn visitor(&self, forwarded_for: Option<IpAddr>) -> Visitor<'_> {
        let endpoint = self.has_web_endpoint();
        let public = || {
            lenient::items(&self.properties()["frontendIPConfigurations"])
                .filter_map(|own| self.referred(&own["properties"]["publicIPAddress"]))
                .filter_map(|own| lenient::address(&own["properties"]["ipAddress"]))
                .find(|address| address.is_ipv4() && is_public(*address))
        };
        Visitor {
            subnet: self.subnet_id().filter(|_| endpoint),
            address: if endpoint { None } else { public() },
            forwarded_for,
        }
    }
}

/// What a front end shows for a name: the certificate bound to it, else the one for all names of its own.
fn certificate(here: &[&Site], first: &Site, name: Option<&str>) -> Certificate {
    let bound = name.filter(|name| here.iter().any(|site| site.has_certificate(name)));
    let own = bound.map_or_else(
        || {
            let default = first.properties()["defaultHostName"].as_str();
            let (_, domain) = default
                .unwrap_or_default()
                .split_once('.')
                .unwrap_or_default();
            vec![format!("*.{domain}"), format!("*.scm.{domain}")]
        },
        |name| vec![name.to_owned()],
    );
    Certificate {
        names: own,
        ..Certificate::default()
    }
}
