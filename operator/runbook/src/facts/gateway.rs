//! The gateway document as the steps read it. The document stays whole underneath.
use super::json::{at, list, number, text};
use crate::id::{ArmId, Subject};
use serde_json::Value;
use std::collections::BTreeSet;

/// Which platform a gateway runs on. The tier alone decides (azure-facts §7); `Basic` is of the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// `Standard`, `WAF`: retired on 2026-04-28.
    V1,
    /// Everything ending in `_v2`, and `Basic`.
    V2,
    /// A tier nobody here knows, or none.
    Unknown,
}

impl Generation {
    /// The ports the platform manages instances on; unknown tiers are taken for the current platform.
    pub fn management_ports(self) -> (u16, u16) {
        match self {
            Self::V1 => (65503, 65534),
            Self::V2 | Self::Unknown => (65200, 65535),
        }
    }
}

/// A gateway.
#[derive(Clone, Copy, Debug)]
pub struct Gateway<'f>(pub &'f Value);

impl<'f> Gateway<'f> {
    /// `provisioningState`.
    pub fn provisioning(self) -> Option<&'f str> {
        text(self.0, &["properties", "provisioningState"])
    }
    /// `operationalState`; very old api-versions leave it out.
    pub fn operational(self) -> Option<&'f str> {
        text(self.0, &["properties", "operationalState"])
    }
    /// `sku.tier`, empty if there is none.
    pub fn tier(self) -> &'f str {
        text(self.0, &["properties", "sku", "tier"]).unwrap_or_default()
    }
    /// `location`, empty if there is none.
    pub fn region(self) -> &'f str {
        text(self.0, &["location"]).unwrap_or_default()
    }
    /// The platform.
    pub fn generation(self) -> Generation {
        let tier = self.tier().to_ascii_lowercase();
        match tier.as_str() {
            "standard" | "waf" => Generation::V1,
            "basic" => Generation::V2,
            _ if tier.ends_with("_v2") => Generation::V2,
            _ => Generation::Unknown,
        }
    }
    /// The subnet the instances live in.
    pub fn subnet(self) -> Option<ArmId> {
        list(self.0, &["properties", "gatewayIPConfigurations"])
            .find_map(|c| text(c, &["properties", "subnet", "id"]))
            .map(ArmId::new)
    }
    /// Has a public front end. Without one it may be an isolated private gateway, which needs no management rules.
    pub fn is_public(self) -> bool {
        list(self.0, &["properties", "frontendIPConfigurations"])
            .any(|f| at(f, &["properties", "publicIPAddress"]).is_some())
    }
    /// An AKS ingress controller writes this gateway (its mark is a tag).
    pub fn is_ingress_controlled(self) -> bool {
        at(self.0, &["tags"])
            .and_then(Value::as_object)
            .is_some_and(|tags| {
                tags.keys()
                    .any(|key| key.eq_ignore_ascii_case("managed-by-k8s-ingress"))
            })
    }
    /// A rule, or a path map of one, answers with a redirect: a gateway that only redirects needs no pool.
    pub fn redirects(self) -> bool {
        let has = |v: &Value, member: &str| at(v, &["properties", member]).is_some();
        let of_rules = list(self.0, &["properties", "requestRoutingRules"])
            .any(|rule| has(rule, "redirectConfiguration"));
        let of_maps = list(self.0, &["properties", "urlPathMaps"]).any(|map| {
            has(map, "defaultRedirectConfiguration")
                || list(map, &["properties", "pathRules"])
                    .any(|path| has(path, "redirectConfiguration"))
        });
        of_rules || of_maps
    }
    /// Every way from a rule to a pool could be followed: there are no rules of the layer-4 proxy, which are
    /// not read, and no reference leads nowhere. Only then "no rule uses it" can be said.
    pub fn rules_are_whole(self) -> bool {
        let resolves = |rule: &Value, member: &str, collection: &str| {
            let id = text(rule, &["properties", member, "id"]).map(ArmId::new);
            id.is_none_or(|id| self.named(collection, id.name()).is_some())
        };
        let policies = |v: &Value, member: &str| resolves(v, member, "loadDistributionPolicies");
        list(self.0, &["properties", "routingRules"])
            .next()
            .is_none()
            && list(self.0, &["properties", "requestRoutingRules"]).all(|rule| {
                resolves(rule, "urlPathMap", "urlPathMaps")
                    && policies(rule, "loadDistributionPolicy")
            })
            && list(self.0, &["properties", "urlPathMaps"]).all(|map| {
                policies(map, "defaultLoadDistributionPolicy")
                    && list(map, &["properties", "pathRules"])
                        .all(|path| policies(path, "loadDistributionPolicy"))
            })
    }
    /// Says by its tag that its network is isolated by its owner's own rules, as private deployments may be.
    pub fn is_isolated(self) -> bool {
        at(self.0, &["tags"])
            .and_then(Value::as_object)
            .is_some_and(|tags| {
                tags.iter().any(|(key, value)| {
                    let on = value
                        .as_str()
                        .is_some_and(|v| v.eq_ignore_ascii_case("true"));
                    key.eq_ignore_ascii_case("EnhancedNetworkControl") && on
                })
            })
    }
    /// How many certificates it takes from a Key Vault.
    pub fn key_vault_certificates(self) -> usize {
        let of = |collection: &str| {
            list(self.0, &["properties", collection])
                .filter(|it| text(it, &["properties", "keyVaultSecretId"]).is_some())
                .count()
        };
        of("sslCertificates") + of("trustedRootCertificates")
    }
    /// How many pools there are.
    pub fn pool_count(self) -> usize {
        list(self.0, &["properties", "backendAddressPools"]).count()
    }
    /// How many members a pool is configured with, addresses and NICs together; `None` if there is no such pool.
    pub fn members(self, pool: &str) -> Option<usize> {
        let pool = self.named("backendAddressPools", pool)?;
        let count = |kind: &str| list(pool, &["properties", kind]).count();
        Some(count("backendAddresses") + count("backendIPConfigurations"))
    }

    /// The probe a setting uses, unless it uses the default one.
    pub fn probe_of(self, setting: &str) -> Option<&'f Value> {
        let setting = self.named("backendHttpSettingsCollection", setting)?;
        let id = ArmId::new(text(setting, &["properties", "probe", "id"])?);
        self.named("probes", id.name())
    }
    /// The port a setting is probed on: the probe's own, else the setting's.
    pub fn probe_port(self, setting: &str) -> Option<u16> {
        let port = |v: &Value| number(v, &["properties", "port"]).filter(|port| *port > 0);
        let own = self.probe_of(setting).and_then(port);
        let found = own.or_else(|| port(self.named("backendHttpSettingsCollection", setting)?));
        u16::try_from(found?).ok()
    }

    /// Every pool with settings that a rule sends requests to: directly, through the default or a path of
    /// a path map, or through a load distribution policy.
    pub fn pairs_in_use(self) -> BTreeSet<Subject> {
        let mut pairs = BTreeSet::new();
        for rule in list(self.0, &["properties", "requestRoutingRules"]) {
            let Some(rule) = at(rule, &["properties"]) else {
                continue;
            };
            self.add(
                &mut pairs,
                rule,
                "backendAddressPool",
                "backendHttpSettings",
            );
            let map = text(rule, &["urlPathMap", "id"]).map(ArmId::new);
            let Some(map) = map.and_then(|id| self.named("urlPathMaps", id.name())) else {
                continue;
            };
            if let Some(defaults) = at(map, &["properties"]) {
                let (pool, setting) = ("defaultBackendAddressPool", "defaultBackendHttpSettings");
                self.add(&mut pairs, defaults, pool, setting);
            }
            for path in list(map, &["properties", "pathRules"]) {
                if let Some(path) = at(path, &["properties"]) {
                    self.add(
                        &mut pairs,
                        path,
                        "backendAddressPool",
                        "backendHttpSettings",
                    );
                }
            }
        }
        pairs
    }

    pub(super) fn add(
        self,
        pairs: &mut BTreeSet<Subject>,
        from: &Value,
        pool: &str,
        setting: &str,
    ) {
        let name = |member: &str| Some(ArmId::new(text(from, &[member, "id"])?).name().to_owned());
        let Some(setting) = name(setting) else {
            return;
        };
        let policy =
            name("loadDistributionPolicy").or_else(|| name("defaultLoadDistributionPolicy"));
        let targets = policy.and_then(|name| self.named("loadDistributionPolicies", &name));
        let spread = targets
            .into_iter()
            .flat_map(|p| list(p, &["properties", "loadDistributionTargets"]))
            .filter_map(|t| text(t, &["properties", "backendAddressPool", "id"]))
            .map(|id| ArmId::new(id).name().to_owned());
        for pool in name(pool).into_iter().chain(spread) {
            pairs.insert(Subject::Pair {
                pool,
                setting: setting.clone(),
            });
        }
    }

    /// An element of a list of sub-resources, by name.
    pub(crate) fn named(self, collection: &str, name: &str) -> Option<&'f Value> {
        list(self.0, &["properties", collection])
            .find(|e| text(e, &["name"]).is_some_and(|n| n.eq_ignore_ascii_case(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn gateway() -> Value {
        let id = |kind: &str, name: &str| json!({"id": format!("/g/{kind}/{name}")});
        json!({"properties": {
            "sku": {"tier": "Basic"},
            "probes": [{"name": "p", "properties": {"port": "8443"}}],
            "backendHttpSettingsCollection": [
                {"name": "a", "properties": {"port": 443, "probe": id("probes", "P")}},
                {"name": "b", "properties": {"port": 80}}],
            "backendAddressPools": [{"name": "one", "properties": {"backendIPConfigurations": [{"id": "x"}]}}, {"name": "two"}],
            "loadDistributionPolicies": [{"name": "l", "properties": {"loadDistributionTargets": [{"properties": {"backendAddressPool": id("p", "three")}}]}}],
            "urlPathMaps": [{"name": "m", "properties": {
                "defaultBackendAddressPool": id("p", "one"), "defaultBackendHttpSettings": id("s", "a"),
                "pathRules": [{"properties": {"backendAddressPool": id("p", "two"), "backendHttpSettings": id("s", "b")}}]}}],
            "requestRoutingRules": [
                {"properties": {"urlPathMap": id("urlPathMaps", "m")}},
                {"properties": {"redirectConfiguration": id("r", "x")}},
                {"properties": {"loadDistributionPolicy": id("l", "l"), "backendHttpSettings": id("s", "b")}}]}})
    }

    #[test]
    fn pairs_come_through_path_maps_and_policies_and_not_from_redirects() {
        let doc = gateway();
        let pairs: Vec<String> = Gateway(&doc)
            .pairs_in_use()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(pairs, ["one/a", "three/b", "two/b"]);
    }

    #[test]
    fn the_probe_s_port_wins_over_the_setting_s() {
        let doc = gateway();
        assert_eq!(Gateway(&doc).probe_port("a"), Some(8443));
        assert_eq!(Gateway(&doc).probe_port("B"), Some(80));
        assert_eq!(Gateway(&doc).probe_port("c"), None);
    }

    #[test]
    fn basic_is_of_the_second_generation_and_nic_members_count() {
        let doc = gateway();
        assert_eq!(Gateway(&doc).generation(), Generation::V2);
        assert_eq!(Gateway(&doc).members("one"), Some(1));
        assert_eq!(Gateway(&doc).members("two"), Some(0));
        assert_eq!(Gateway(&doc).members("none"), None);
    }
}
