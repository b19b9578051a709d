//! What DNS servers of somebody's own know, and what gateways remember and cannot read.

use std::collections::BTreeMap;

use super::{Builder, WorldError, addresses};

impl Builder<'_> {
    pub(super) fn dns_servers(&mut self) -> Result<(), WorldError> {
        let file = self.file;
        for (name, written) in &file.cached_names {
            let found = addresses(written, &format!("cachedNames.{name}"))?;
            let known = &mut self.facts.cached_names;
            known.insert(name.to_ascii_lowercase(), found);
        }
        self.facts
            .unreadable_secrets
            .clone_from(&file.unreadable_secrets);
        for (server, zone) in &file.dns_servers {
            let place = format!("dnsServers.{server}");
            let own = addresses(std::slice::from_ref(server), &place)?;
            let mut known = BTreeMap::new();
            for (name, written) in zone {
                let found = addresses(written, &format!("{place}.{name}"))?;
                known.insert(name.to_ascii_lowercase(), found);
            }
            let own = own.into_iter().map(|own| (own, known.clone()));
            self.facts.dns_servers.extend(own);
        }
        Ok(())
    }
}
