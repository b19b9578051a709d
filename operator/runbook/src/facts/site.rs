//! App Service sites and what is sent to them (azure-facts §8), read leniently.
mod access;

pub use access::{Access, Origin, access, asks_nobody, is_private_only};

use super::{
    Blocked, Facts, Gap, Query,
    json::{at, flag, list, one_line, text},
    routing::{clean_host, host_covers},
};
use crate::id::ArmId;
use serde_json::Value;

/// What the default host names of sites end in, in each cloud.
const SUFFIXES: [&str; 3] = [
    ".azurewebsites.net",
    ".azurewebsites.us",
    ".chinacloudsites.cn",
];

/// A host name that App Service gives out.
pub fn is_default_host(host: &str) -> bool {
    let host = clean_host(host);
    SUFFIXES.iter().any(|suffix| host.ends_with(suffix))
}

/// A site, or a slot of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site<'f>(pub &'f Value);

impl<'f> Site<'f> {
    /// Its id.
    pub fn id(self) -> Option<ArmId> {
        text(self.0, &["id"]).map(ArmId::new)
    }
    /// Its name; a slot's is `site/slot`.
    pub fn name(self) -> String {
        one_line(text(self.0, &["name"]).unwrap_or("(unnamed)"))
    }
    /// Every host it answers to.
    pub fn hosts(self) -> impl Iterator<Item = &'f str> {
        let of = |member| list(self.0, &["properties", member]).filter_map(Value::as_str);
        let default = text(self.0, &["properties", "defaultHostName"]);
        of("hostNames").chain(of("enabledHostNames")).chain(default)
    }
    /// Answers to this host. A site may be bound to a wildcard.
    pub fn has_host(self, host: &str) -> bool {
        self.hosts().any(|own| host_covers(own, host))
    }
    /// Answers to a host that this pattern stands for.
    pub fn has_host_like(self, pattern: &str) -> bool {
        self.hosts()
            .any(|own| host_covers(pattern, own) || host_covers(own, pattern))
    }
    /// Answers to nothing but the names App Service gave it; no client of a gateway asks for those.
    pub fn has_default_hosts_only(self) -> bool {
        self.hosts().all(is_default_host)
    }
    /// No certificate is bound to this host, by the document's own word.
    pub fn lacks_certificate(self, host: &str) -> bool {
        let mut states = list(self.0, &["properties", "hostNameSslStates"]);
        let own = states.find(|it| text(it, &["name"]).is_some_and(|name| host_covers(name, host)));
        own.and_then(|it| text(it, &["sslState"]))
            .is_some_and(|word| word.eq_ignore_ascii_case("Disabled"))
    }
    /// Switched off.
    pub fn is_stopped(self) -> bool {
        text(self.0, &["properties", "state"])
            .is_some_and(|word| word.eq_ignore_ascii_case("Stopped"))
    }
    /// Has private endpoints: who comes through one meets no restriction.
    pub fn has_private_endpoints(self) -> bool {
        list(self.0, &["properties", "privateEndpointConnections"])
            .next()
            .is_some()
    }
    /// Lives in an environment of its own network, whose front ends are not the shared ones.
    pub fn is_in_environment(self) -> bool {
        at(self.0, &["properties", "hostingEnvironmentProfile"]).is_some()
    }
}

impl Facts {
    /// Every site of the gateway's subscription.
    pub fn sites(&self) -> Result<Vec<Site<'_>>, Blocked> {
        let subscription = self
            .said()
            .gateway
            .segment("subscriptions")
            .unwrap_or_default();
        let id = ArmId::new(&format!(
            "/subscriptions/{subscription}/providers/Microsoft.Web/sites"
        ));
        let body = self.document(&id)?;
        if at(body, &["value"]).is_none_or(|value| !value.is_array()) {
            let why = "not a list of sites".to_owned();
            return Err(Blocked::Gap(Query::Document(id), Gap::Unreadable { why }));
        }
        Ok(list(body, &["value"]).map(Site).collect())
    }
    /// One site.
    pub fn site(&self, id: &ArmId) -> Result<Site<'_>, Blocked> {
        let body = self.document(id)?;
        if at(body, &["properties"]).is_some_and(Value::is_object) {
            return Ok(Site(body));
        }
        let why = "not the document of a site".to_owned();
        Err(Blocked::Gap(
            Query::Document(id.clone()),
            Gap::Unreadable { why },
        ))
    }
    /// Requests from this subnet reach App Service over a service endpoint, and so by the subnet's id.
    pub fn has_web_endpoint(&self, subnet: &ArmId) -> Result<bool, Blocked> {
        let of = |document: &Value| {
            let all = list(document, &["properties", "serviceEndpoints"]);
            let web = |it: &Value| {
                text(it, &["service"])
                    .is_some_and(|name| name.eq_ignore_ascii_case("Microsoft.Web"))
            };
            all.into_iter().any(web)
        };
        let Some(network) = subnet.up_to("virtualNetworks") else {
            return Err(Blocked::Unclear(
                "no virtual network in the subnet's id".into(),
            ));
        };
        match self.document(&network) {
            Ok(vnet) => {
                let mut subnets = list(vnet, &["properties", "subnets"]);
                let own =
                    subnets.find(|it| text(it, &["id"]).map(ArmId::new).as_ref() == Some(subnet));
                let gone = || Blocked::Gap(Query::Document(subnet.clone()), Gap::NotFound);
                own.map(of).ok_or_else(gone)
            }
            Err(Blocked::Gap(..)) => self.document(subnet).map(of),
            Err(blocked) => Err(blocked),
        }
    }
}

/// A setting that hands the host of the client on: no name of its own, and none taken from the member.
pub fn host_sent(setting: &Value) -> HostSent<'_> {
    if flag(setting, &["properties", "pickHostNameFromBackendAddress"]) == Some(true) {
        return HostSent::Member;
    }
    text(setting, &["properties", "hostName"]).map_or(HostSent::Client, HostSent::Own)
}

/// The Host that requests carry to the back end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostSent<'f> {
    /// The member's own name.
    Member,
    /// The one in the settings.
    Own(&'f str),
    /// Whatever the client asked for.
    Client,
}

#[cfg(test)]
mod tests;
