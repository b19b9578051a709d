//! Networks, security groups, route tables, network interfaces and public addresses as documents.

use serde_json::{Value, json};

use super::{Builder, Kind, WorldError, lenient, nets};
use crate::sim::world::file::{Network, NetworkInterface, Nsg, Subnet};

impl Builder<'_> {
    pub(super) fn networks(&mut self) -> Result<(), WorldError> {
        let file = self.file;
        for (name, own) in &file.nsgs {
            self.nsg(name, own)?;
        }
        for (name, own) in &file.route_tables {
            let id = self.id(Kind::RouteTable, name, name)?;
            let mut routes = Vec::new();
            for (route, written) in &own.routes {
                let place = format!("routeTables.{name}.routes.{route}");
                routes.push(Self::written_route(route, written, &place)?);
            }
            let properties = json!({
                "disableBgpRoutePropagation": own.disable_bgp,
                "routes": routes,
            });
            self.store(&id, &properties, own.raw.as_ref());
        }
        for (name, own) in &file.networks {
            self.network(name, own)?;
        }
        for (name, own) in &file.nics {
            self.interface(name, own)?;
        }
        for (name, own) in &file.public_ips {
            let id = self.id(Kind::PublicIp, name, name)?;
            self.public_ip(&id, &own.address, own.raw.as_ref());
        }
        Ok(())
    }

    fn nsg(&mut self, name: &str, own: &Nsg) -> Result<(), WorldError> {
        let id = self.id(Kind::Nsg, name, name)?;
        let mut rules = Vec::new();
        for (rule, written) in &own.rules {
            let place = format!("nsgs.{name}.rules.{rule}");
            rules.push(self.security_rule(rule, written, &place)?);
        }
        self.store(&id, &json!({"securityRules": rules}), own.raw.as_ref());
        Ok(())
    }

    fn network(&mut self, name: &str, own: &Network) -> Result<(), WorldError> {
        let place = format!("networks.{name}");
        let id = self.id(Kind::Network, name, &place)?;
        nets(&own.space, &format!("{place}.space"))?;
        let mut subnets = Vec::new();
        for (subnet, own) in &own.subnets {
            subnets.push(self.one_subnet(subnet, own, &format!("{place}.subnets.{subnet}"))?);
        }
        let mut peerings = Vec::new();
        for (peering, own) in &own.peerings {
            let place = format!("{place}.peerings.{peering}.network");
            peerings.push(json!({"name": peering, "properties": {
                "peeringState": own.state,
                "remoteVirtualNetwork": {"id": self.id(Kind::Network, &own.network, &place)?},
                "allowVirtualNetworkAccess": true,
                "allowForwardedTraffic": false,
                "allowGatewayTransit": false,
                "useRemoteGateways": own.remote_gateways,
            }}));
        }
        let learnt = nets(&own.learnt, &format!("{place}.learnt"))?;
        self.facts.learnt.insert(lenient::key(&id), learnt);
        let properties = json!({
            "addressSpace": {"addressPrefixes": own.space},
            "dhcpOptions": {"dnsServers": own.dns},
            "subnets": subnets,
            "virtualNetworkPeerings": peerings,
            "enableDdosProtection": false,
        });
        self.store(&id, &properties, own.raw.as_ref());
        Ok(())
    }

    fn one_subnet(&self, name: &str, own: &Subnet, place: &str) -> Result<Value, WorldError> {
        let mut properties = json!({
            "delegations": [],
            "privateEndpointNetworkPolicies": "Disabled",
            "privateLinkServiceNetworkPolicies": "Enabled",
        });
        match (&own.prefix, own.prefixes.as_slice()) {
            (Some(prefix), []) => {
                nets(std::slice::from_ref(prefix), place)?;
                properties["addressPrefix"] = json!(prefix);
            }
            (None, [_, ..]) => {
                nets(&own.prefixes, place)?;
                properties["addressPrefixes"] = json!(own.prefixes);
            }
            _ => {
                return Err(WorldError::wrong(
                    place,
                    "needs either `prefix` or `prefixes`",
                ));
            }
        }
        if !own.endpoints.is_empty() {
            let endpoints = own.endpoints.iter().map(|service| {
                json!({"service": service, "locations": ["*"], "provisioningState": "Succeeded"})
            });
            properties["serviceEndpoints"] = endpoints.collect();
        }
        if let Some(nsg) = &own.nsg {
            let id = self.id(Kind::Nsg, nsg, &format!("{place}.nsg"))?;
            properties["networkSecurityGroup"] = json!({"id": id});
        }
        if let Some(table) = &own.route_table {
            let id = self.id(Kind::RouteTable, table, &format!("{place}.routeTable"))?;
            properties["routeTable"] = json!({"id": id});
        }
        Ok(json!({"name": name, "properties": properties}))
    }

    fn interface(&mut self, name: &str, own: &NetworkInterface) -> Result<(), WorldError> {
        let place = format!("nics.{name}");
        let id = self.id(Kind::Interface, name, &place)?;
        if own.address.parse::<std::net::IpAddr>().is_err() {
            let what = format!("`{}` is no IP address", own.address);
            return Err(WorldError::wrong(&format!("{place}.address"), what));
        }
        let mut address = json!({
            "privateIPAddress": own.address,
            "privateIPAllocationMethod": "Dynamic",
            "subnet": {"id": self.subnet(&own.subnet, &format!("{place}.subnet"))?},
            "primary": true,
            "privateIPAddressVersion": "IPv4",
        });
        if !own.asgs.is_empty() {
            let groups = own.asgs.iter().map(|group| self.security_group(group));
            address["applicationSecurityGroups"] = groups.map(|id| json!({"id": id})).collect();
        }
        let mut properties = json!({
            "ipConfigurations": [{"name": "ipconfig1", "properties": address}],
            "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
            "enableAcceleratedNetworking": false,
            "enableIPForwarding": false,
            "hostedWorkloads": [],
            "tapConfigurations": [],
            "nicType": "Standard",
        });
        if let Some(nsg) = &own.nsg {
            let id = self.id(Kind::Nsg, nsg, &format!("{place}.nsg"))?;
            properties["networkSecurityGroup"] = json!({"id": id});
        }
        if let Some(vm) = &own.vm {
            let (group, _) = id.split_once("/providers/").unwrap_or_default();
            let vm = format!("{group}/providers/Microsoft.Compute/virtualMachines/{vm}");
            properties["virtualMachine"] = json!({"id": vm});
            properties["primary"] = json!(true);
        }
        self.store(&id, &properties, own.raw.as_ref());
        Ok(())
    }

    pub(super) fn public_ip(&mut self, id: &str, address: &str, raw: Option<&Value>) {
        let document = json!({
            "location": self.location,
            "sku": {"name": "Standard", "tier": "Regional"},
            "properties": {
                "ipAddress": address,
                "publicIPAddressVersion": "IPv4",
                "publicIPAllocationMethod": "Static",
                "idleTimeoutInMinutes": 4,
                "ipTags": [],
            },
        });
        self.store_with(id, document, raw);
    }
}
