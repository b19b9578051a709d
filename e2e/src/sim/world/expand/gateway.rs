//! An application gateway as a document.

mod parts;
mod rewrites;

use serde_json::{Map, Value, json};

use super::{Builder, Kind, WorldError, addresses, complete, lenient};
use crate::sim::world::file::Gateway;

/// The front end, port and certificate that a gateway has without being asked.
const FRONTEND: &str = "public";

/// A gateway while it is built.
struct Own<'a> {
    file: &'a Gateway,
    id: String,
    /// Where it is in the file.
    place: String,
    v2: bool,
}

impl Builder<'_> {
    pub(super) fn gateways(&mut self) -> Result<(), WorldError> {
        let file = self.file;
        for (name, own) in &file.gateways {
            let place = format!("gateways.{name}");
            let own = Own {
                id: self.id(Kind::Gateway, name, &place)?,
                v2: complete::is_v2(&json!(own.tier)),
                file: own,
                place,
            };
            self.gateway(name, &own)?;
        }
        Ok(())
    }

    fn gateway(&mut self, name: &str, own: &Own) -> Result<(), WorldError> {
        let file = own.file;
        let subnet = self.subnet(&file.subnet, &format!("{}.subnet", own.place))?;
        let frontends = self.frontends(name, own, &subnet)?;
        let mut properties = json!({
            "provisioningState": file.provisioning,
            "operationalState": file.state,
            "sku": sku(own),
            "gatewayIPConfigurations": [{"name": "appGatewayIpConfig", "properties": {"subnet": {"id": subnet}}}],
            "frontendIPConfigurations": frontends,
        });
        if let Some((least, most)) = file.autoscale {
            properties["autoscaleConfiguration"] =
                json!({"minCapacity": least, "maxCapacity": most});
        }
        if own.v2 {
            properties["defaultPredefinedSslPolicy"] = json!("AppGwSslPolicy20150501");
        }
        own.add_parts(&mut properties)?;
        properties["backendAddressPools"] = self.pools(own)?;
        let mut document = json!({
            "location": self.location,
            "tags": tags(own),
            "properties": properties,
        });
        if !file.zones.is_empty() {
            document["zones"] = json!(file.zones);
        }
        self.store_with(&own.id, document, file.raw.as_ref());
        let instances = addresses(&file.instances, &format!("{}.instances", own.place))?;
        self.facts
            .instances
            .insert(lenient::key(&own.id), instances);
        Ok(())
    }

    /// `public PUBLIC-IP` or `private ADDRESS`; with none written there is one public front end.
    fn frontends(&mut self, name: &str, own: &Own, subnet: &str) -> Result<Vec<Value>, WorldError> {
        let written: Vec<(String, String)> = if own.file.frontends.is_empty() {
            vec![(FRONTEND.to_owned(), format!("public pip-{name}"))]
        } else {
            own.file.frontends.iter().cloned().collect()
        };
        let mut all = Vec::new();
        for (frontend, written) in written {
            let place = format!("{}.frontends.{frontend}", own.place);
            let properties = match written.split_whitespace().collect::<Vec<_>>().as_slice() {
                ["public", address] => json!({
                    "privateIPAllocationMethod": "Dynamic",
                    "publicIPAddress": {"id": self.known_public_ip(address)},
                }),
                ["private", address] => json!({
                    "privateIPAddress": address,
                    "privateIPAllocationMethod": "Static",
                    "subnet": {"id": subnet},
                }),
                _ => {
                    let what =
                        format!("`{written}` is neither `public NAME` nor `private ADDRESS`");
                    return Err(WorldError::wrong(&place, what));
                }
            };
            all.push(json!({"name": frontend, "properties": properties}));
        }
        Ok(all)
    }

    /// The id of a public address, which comes into being by being named.
    fn known_public_ip(&mut self, name: &str) -> String {
        if let Ok(id) = self.id(Kind::PublicIp, name, "") {
            return id;
        }
        let id = self.know(Kind::PublicIp, name, None);
        // Kept for documents, so that it is nobody's.
        self.public_ip(&id, "198.51.100.20", None);
        id
    }

    /// The pools; a network interface gets to know what it is in, and the pool from it.
    fn pools(&mut self, own: &Own) -> Result<Value, WorldError> {
        let mut all = Vec::new();
        for (pool, members) in &own.file.pools {
            let mut addresses = Vec::new();
            for (at, member) in members.iter().enumerate() {
                if let Some(interface) = member.strip_prefix("nic:") {
                    let place = format!("{}.pools.{pool}[{at}]", own.place);
                    let id = self.id(Kind::Interface, interface, &place)?;
                    let pool = format!("{}/backendAddressPools/{pool}", own.id);
                    self.join(&id, &pool);
                } else if member.parse::<std::net::IpAddr>().is_ok() {
                    addresses.push(json!({"ipAddress": member}));
                } else {
                    addresses.push(json!({"fqdn": member}));
                }
            }
            all.push(json!({"name": pool, "properties": {"backendAddresses": addresses}}));
        }
        Ok(json!(all))
    }

    fn join(&mut self, interface: &str, pool: &str) {
        let Some(document) = self.documents.get_mut(&lenient::key(interface)) else {
            return;
        };
        let Some(properties) = document.get_mut("properties") else {
            return;
        };
        for address in lenient::items_mut(properties, "ipConfigurations") {
            let Some(fields) = address.get_mut("properties").and_then(Value::as_object_mut) else {
                continue;
            };
            let pools = fields
                .entry("applicationGatewayBackendAddressPools")
                .or_insert_with(|| json!([]));
            if let Some(pools) = pools.as_array_mut() {
                pools.push(json!({"id": pool}));
            }
        }
    }
}

/// The SKU; the first generation has its sizes in the name.
fn sku(own: &Own) -> Value {
    let tier = &own.file.tier;
    let name = if matches!(tier.as_str(), "Standard" | "WAF") {
        format!("{tier}_Medium")
    } else {
        tier.clone()
    };
    let family = if own.v2 {
        "Generation_2"
    } else {
        "Generation_1"
    };
    let mut sku = json!({"name": name, "tier": tier, "family": family});
    if own.file.autoscale.is_none() {
        sku["capacity"] = json!(own.file.capacity.unwrap_or(2));
    }
    sku
}

fn tags(own: &Own) -> Value {
    let tags = own
        .file
        .tags
        .iter()
        .map(|(tag, value)| (tag.clone(), json!(value)));
    Value::Object(tags.collect::<Map<_, _>>())
}
