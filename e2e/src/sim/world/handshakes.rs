//! Back ends that can be really connected to, and the real roots for what a world calls by a text.

use std::{
    collections::{BTreeMap, btree_map::Entry},
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
        // Those that no gateway holds yet may be given to one later.
        let asked: Vec<String> = self
            .on_loopback()
            .flat_map(|(_, own)| own.certificates.values().chain([&own.certificate]))
            .filter_map(|own| own.root.clone())
            .collect();
        for text in asked {
            if let Entry::Vacant(entry) = known.entry(text) {
                let data = make(entry.key(), own_roots.get(entry.key()))?;
                entry.insert(data);
            }
        }
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

    /// The real root, in base64, for what the world calls by a text, if there is one.
    pub(crate) fn root_called(&self, text: &str) -> Option<&str> {
        let mut all = self.facts.roots.iter();
        all.find(|(_, own)| *own == text)
            .map(|(data, _)| data.as_str())
    }

    /// What the world calls a root that a document holds, as a certificate in base64 or as PEM in base64.
    pub(super) fn root_as_written<'a>(&'a self, data: &'a str) -> &'a str {
        let known = self.facts.roots.get(data).map(String::as_str);
        let in_pem = || {
            let data = unwrapped(data)?;
            self.facts.roots.get(&data).map(String::as_str)
        };
        known.or_else(in_pem).unwrap_or(data)
    }
}

/// The certificate, in base64, of a PEM text that is in base64 itself.
fn unwrapped(data: &str) -> Option<String> {
    let block = format!("-----BEGIN DATA-----\n{data}\n-----END DATA-----\n");
    let text = String::from_utf8(pem::parse(block).ok()?.into_contents()).ok()?;
    let lines = text.lines().map(str::trim);
    text.contains("-----BEGIN CERTIFICATE-----")
        .then(|| lines.filter(|own| !own.starts_with('-')).collect())
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
