//! The sub-resources of a gateway that refer to each other by name.

use serde_json::{Value, json};

use super::{FRONTEND, Own, WorldError, rewrites};
use crate::sim::world::file::{Listener, Named, Probe, Setting, Target};

impl Own<'_> {
    pub(super) fn add_parts(&self, properties: &mut Value) -> Result<(), WorldError> {
        let file = self.file;
        properties["frontendPorts"] = self.ports();
        properties["probes"] = all(&file.probes, |_, own| Ok(probe(own)))?;
        properties["backendHttpSettingsCollection"] =
            all(&file.settings, |name, own| self.setting(name, own))?;
        properties["httpListeners"] = all(&file.listeners, |name, own| self.listener(name, own))?;
        properties["redirectConfigurations"] = all(&file.redirects, |name, own| {
            let place = format!("redirects.{name}");
            let mut redirect = json!({
                "redirectType": own.kind,
                "includePath": true,
                "includeQueryString": true,
            });
            self.refer(
                &mut redirect,
                "targetListener",
                "httpListeners",
                own.listener.as_ref(),
                &place,
            )?;
            if let Some(url) = &own.url {
                redirect["targetUrl"] = json!(url);
            }
            Ok(redirect)
        })?;
        properties["urlPathMaps"] = all(&file.path_maps, |name, own| {
            let place = format!("pathMaps.{name}");
            let mut map = self.target(&own.default, true, &format!("{place}.default"))?;
            map["pathRules"] = all(&own.rules, |rule, own| {
                let mut target = self.target(own, false, &format!("{place}.rules.{rule}"))?;
                target["paths"] = json!(own.paths);
                Ok(target)
            })?;
            Ok(map)
        })?;
        properties["requestRoutingRules"] = self.rules()?;
        properties["rewriteRuleSets"] = rewrites::sets(&file.rewrites);
        if file.listeners.iter().any(|(_, own)| is_https(own)) {
            properties["sslCertificates"] = json!([{"name": "certificate", "properties": {}}]);
        }
        if !file.roots.is_empty() {
            properties[self.roots()] = all(&file.roots, |_, data| Ok(json!({"data": data})))?;
        }
        Ok(())
    }

    /// The list of the certificates that back ends may have.
    const fn roots(&self) -> &'static str {
        if self.v2 {
            "trustedRootCertificates"
        } else {
            "authenticationCertificates"
        }
    }

    fn ports(&self) -> Value {
        let mut ports: Vec<u16> = self
            .file
            .listeners
            .iter()
            .map(|(_, own)| own.port)
            .collect();
        ports.sort_unstable();
        ports.dedup();
        let port = |port| json!({"name": format!("port_{port}"), "properties": {"port": port}});
        ports.into_iter().map(port).collect()
    }

    fn setting(&self, name: &str, own: &Setting) -> Result<Value, WorldError> {
        let place = format!("settings.{name}");
        let mut setting = json!({
            "port": own.port,
            "protocol": own.protocol,
            "cookieBasedAffinity": "Disabled",
            "pickHostNameFromBackendAddress": own.pick_host,
            "requestTimeout": own.timeout,
        });
        if self.v2 {
            setting["connectionDraining"] = json!({"enabled": false, "drainTimeoutInSec": 1});
        }
        if let Some(host) = &own.host {
            setting["hostName"] = json!(host);
        }
        if let Some(path) = &own.path {
            setting["path"] = json!(path);
        }
        // What newer versions have; a document from before lacks them.
        for (field, value) in [
            ("sniName", own.sni_name.as_ref().map(|name| json!(name))),
            ("validateSNI", own.validate_sni.map(Value::Bool)),
            (
                "validateCertChainAndExpiry",
                own.validate_cert_chain_and_expiry.map(Value::Bool),
            ),
        ] {
            if let Some(value) = value {
                setting[field] = value;
            }
        }
        self.refer(&mut setting, "probe", "probes", own.probe.as_ref(), &place)?;
        if !own.roots.is_empty() {
            let place = format!("{place}.roots");
            let ids = own
                .roots
                .iter()
                .map(|root| self.part(self.roots(), root, &place));
            let references: Vec<Value> = ids
                .map(|id| Ok(json!({"id": id?})))
                .collect::<Result<_, WorldError>>()?;
            setting[self.roots()] = json!(references);
        }
        Ok(setting)
    }

    fn listener(&self, name: &str, own: &Listener) -> Result<Value, WorldError> {
        let place = format!("listeners.{name}");
        let frontends = &self.file.frontends;
        let first = frontends.iter().next().map_or(FRONTEND, |(name, _)| name);
        let frontend = own.frontend.as_deref().unwrap_or(first);
        if frontend != FRONTEND && frontends.get(frontend).is_none() {
            return Err(self.wrong(&place, &format!("no frontend `{frontend}`")));
        }
        let mut listener = json!({
            "frontendIPConfiguration": {"id": format!("{}/frontendIPConfigurations/{frontend}", self.id)},
            "frontendPort": {"id": format!("{}/frontendPorts/port_{}", self.id, own.port)},
            "protocol": own.protocol,
            "hostNames": own.hosts,
            "requireServerNameIndication": is_https(own) && (own.host.is_some() || !own.hosts.is_empty()),
        });
        if let Some(host) = &own.host {
            listener["hostName"] = json!(host);
        }
        if is_https(own) {
            listener["sslCertificate"] =
                json!({"id": format!("{}/sslCertificates/certificate", self.id)});
        }
        Ok(listener)
    }

    fn rules(&self) -> Result<Value, WorldError> {
        let mut next = 0;
        all(&self.file.rules, |name, own| {
            let place = format!("rules.{name}");
            let kind = if own.path_map.is_some() {
                "PathBasedRouting"
            } else {
                "Basic"
            };
            let mut rule = json!({"ruleType": kind});
            // The second generation demands one, so those left out are counted on.
            next = own.priority.unwrap_or(next + 100);
            if self.v2 || own.priority.is_some() {
                rule["priority"] = json!(next);
            }
            for (field, list, name) in [
                ("httpListener", "httpListeners", Some(&own.listener)),
                (
                    "backendAddressPool",
                    "backendAddressPools",
                    own.pool.as_ref(),
                ),
                (
                    "backendHttpSettings",
                    "backendHttpSettingsCollection",
                    own.settings.as_ref(),
                ),
                ("urlPathMap", "urlPathMaps", own.path_map.as_ref()),
                (
                    "redirectConfiguration",
                    "redirectConfigurations",
                    own.redirect.as_ref(),
                ),
                ("rewriteRuleSet", "rewriteRuleSets", own.rewrite.as_ref()),
            ] {
                self.refer(&mut rule, field, list, name, &place)?;
            }
            Ok(rule)
        })
    }

    fn target(&self, own: &Target, default: bool, place: &str) -> Result<Value, WorldError> {
        let mut target = json!({});
        for (usual, by_default, list, name) in [
            (
                "backendAddressPool",
                "defaultBackendAddressPool",
                "backendAddressPools",
                &own.pool,
            ),
            (
                "backendHttpSettings",
                "defaultBackendHttpSettings",
                "backendHttpSettingsCollection",
                &own.settings,
            ),
            (
                "redirectConfiguration",
                "defaultRedirectConfiguration",
                "redirectConfigurations",
                &own.redirect,
            ),
            (
                "rewriteRuleSet",
                "defaultRewriteRuleSet",
                "rewriteRuleSets",
                &own.rewrite,
            ),
        ] {
            let field = if default { by_default } else { usual };
            self.refer(&mut target, field, list, name.as_ref(), place)?;
        }
        Ok(target)
    }

    /// Puts a reference to a part of this gateway into a field, if one is named.
    fn refer(
        &self,
        element: &mut Value,
        field: &str,
        list: &str,
        name: Option<&String>,
        place: &str,
    ) -> Result<(), WorldError> {
        if let Some(name) = name {
            element[field] = json!({"id": self.part(list, name, place)?});
        }
        Ok(())
    }

    /// The id of a named part; an id stands for itself, whether it is there or not.
    fn part(&self, list: &str, name: &str, place: &str) -> Result<String, WorldError> {
        if name.starts_with('/') {
            return Ok(name.to_owned());
        }
        let file = self.file;
        let known = match list {
            "probes" => file.probes.get(name).is_some(),
            "httpListeners" => file.listeners.get(name).is_some(),
            "backendAddressPools" => file.pools.get(name).is_some(),
            "backendHttpSettingsCollection" => file.settings.get(name).is_some(),
            "urlPathMaps" => file.path_maps.get(name).is_some(),
            "redirectConfigurations" => file.redirects.get(name).is_some(),
            "rewriteRuleSets" => file.rewrites.get(name).is_some(),
            _ => file.roots.get(name).is_some(),
        };
        if !known {
            return Err(self.wrong(
                place,
                &format!("no `{name}` among the {list} of this gateway"),
            ));
        }
        Ok(format!("{}/{list}/{name}", self.id))
    }

    fn wrong(&self, place: &str, what: &str) -> WorldError {
        WorldError::wrong(&format!("{}.{place}", self.place), what)
    }
}

/// All elements of a list, each made by `make`.
fn all<T>(
    written: &Named<T>,
    mut make: impl FnMut(&str, &T) -> Result<Value, WorldError>,
) -> Result<Value, WorldError> {
    let elements = written
        .iter()
        .map(|(name, own)| Ok(json!({"name": name, "properties": make(name, own)?})));
    Ok(Value::Array(elements.collect::<Result<_, WorldError>>()?))
}

fn probe(own: &Probe) -> Value {
    let mut matched = json!({});
    if !own.codes.is_empty() {
        matched["statusCodes"] = json!(own.codes);
    }
    if let Some(body) = &own.body {
        matched["body"] = json!(body);
    }
    let mut probe = json!({
        "protocol": own.protocol,
        "path": own.path,
        "interval": own.interval,
        "timeout": own.timeout,
        "unhealthyThreshold": own.threshold,
        "pickHostNameFromBackendHttpSettings": own.pick_host,
        "minServers": own.min_servers,
        "match": matched,
    });
    if let Some(host) = &own.host {
        probe["host"] = json!(host);
    }
    if let Some(port) = own.port {
        probe["port"] = json!(port);
    }
    probe
}

fn is_https(listener: &Listener) -> bool {
    listener.protocol.eq_ignore_ascii_case("Https")
}
