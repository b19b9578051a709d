//! Back ends that can be really connected to, and the real roots for what a world calls by a text.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use serde_json::json;

use super::{BackEnd, Certificate, Listens, Protocol, World, lenient, tls::covers};

impl World {
    /// Where back ends with a loopback address take connections over TLS.
    pub(crate) fn handshakes(&self) -> Vec<SocketAddr> {
        let all = self.on_loopback();
        all.filter(|(_, own)| own.listens != Listens::Refused)
            .map(|(at, _)| at)
            .collect()
    }

    /// The one of them at an address and port.
    pub(crate) fn handshakes_at(&self, at: SocketAddr) -> Option<BackEnd> {
        let mut all = self.on_loopback();
        all.find(|(own, _)| *own == at).map(|(_, own)| own.clone())
    }

    fn on_loopback(&self) -> impl Iterator<Item = (SocketAddr, &BackEnd)> {
        let all = self.facts.back_ends.iter();
        all.filter(|(.., own)| own.protocol == Protocol::Https)
            .filter_map(|(host, port, own)| {
                let address: IpAddr = host.parse().ok()?;
                let usable = address.is_ipv4() && address.is_loopback();
                usable.then(|| (SocketAddr::new(address, *port), own))
            })
    }

    /// Puts what `make` gives for a text in the place of each trusted root that documents call by it; the world goes on
    /// to know it by the text. The certificate, if one is its own root, comes with the text.
    pub(crate) fn give_roots<E>(
        &mut self,
        mut make: impl FnMut(&str, Option<&Certificate>) -> Result<String, E>,
    ) -> Result<(), E> {
        let own_roots: BTreeMap<String, Certificate> = self
            .on_loopback()
            .flat_map(|(_, own)| own.certificates.values().chain([&own.certificate]))
            .filter(|own| own.self_signed)
            .filter_map(|own| Some((own.root.clone()?, own.clone())))
            .collect();
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let gateways = self.documents.iter_mut();
        for (_, gateway) in gateways.filter(|(key, _)| key.contains("/applicationgateways/")) {
            let properties = &mut gateway["properties"];
            for root in lenient::items_mut(properties, "trustedRootCertificates") {
                let Some(text) = lenient::text(&root["properties"]["data"]).map(str::to_owned)
                else {
                    continue;
                };
                let data = match known.get(&text) {
                    Some(data) => data.clone(),
                    None => make(&text, own_roots.get(&text))?,
                };
                root["properties"]["data"] = json!(data);
                known.insert(text, data);
            }
        }
        let all = known.into_iter().map(|(text, data)| (data, text));
        self.facts.roots.extend(all);
        Ok(())
    }

    /// What the world calls a root that a document holds.
    pub(super) fn root_as_written<'a>(&'a self, data: &'a str) -> &'a str {
        self.facts.roots.get(data).map_or(data, String::as_str)
    }
}

impl BackEnd {
    /// Whether there is anything at the other end of a connection, if only silence.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.listens, Listens::Open | Listens::Silent)
    }

    /// The certificate for a client that asks for a name; none if it is hung up on.
    pub(crate) fn shows(&self, name: Option<&str>) -> Option<&Certificate> {
        let named = name.and_then(|name| {
            let mut all = self.certificates.iter();
            all.find(|(own, _)| covers(own, name)).map(|(_, own)| own)
        });
        named.or_else(|| (!self.needs_name).then_some(&self.certificate))
    }
}
