//! Facts in code for the tests of the walk.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]
use crate::row::{Course, V2};
use appgw_runbook::{
    facts::{Answer, Facts, Gap, Query, Said},
    id::ArmId,
    report::Report,
    visit::{Thought, Visit, Visitor, think},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) const RG: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-edge/providers/Microsoft.Network";

pub(crate) fn id(tail: &str) -> ArmId {
    ArmId::new(&format!("{RG}/{tail}"))
}

/// A world of raw answers; whatever it lacks is answered by `otherwise`.
pub(crate) struct World {
    pub(crate) said: Said,
    pub(crate) answers: BTreeMap<Query, Answer>,
    pub(crate) otherwise: Gap,
    /// What every back end shows in a handshake.
    pub(crate) shows: Answer,
    pub(crate) visitor: Visitor,
    pub(crate) now: Timestamp,
}

pub(crate) const TIMEOUT: &str = "Time taken by the backend to respond to application gateway's health probe is more than the time-out threshold in the probe configuration.";
pub(crate) const REFUSED: &str = "Cannot connect to backend server. Check whether any NSG/UDR/Firewall is blocking access to the server. To learn more visit - https://aka.ms/servernotreachable.";
pub(crate) const NOT_RETRIEVED: &str = "The backend health status could not be retrieved. To learn more visit - https://aka.ms/UnknownBackendHealth.";

/// A rule as the gateway's network has it.
pub(crate) fn rule(
    name: &str,
    priority: i64,
    direction: &str,
    access: &str,
    source: &str,
    destination: &str,
    port: &str,
) -> Value {
    json!({"name": name, "properties": {"priority": priority, "direction": direction, "access": access, "protocol": "Tcp",
        "sourceAddressPrefix": source, "destinationAddressPrefix": destination, "sourcePortRange": "*", "destinationPortRange": port}})
}

impl World {
    /// Gateway `shop` in 10.1.0.0/24, pool `api` of one server in 10.2.0.0/24 on probe port 8443, all well.
    pub(crate) fn healthy() -> Self {
        let gateway = id("applicationGateways/shop");
        let mut world = Self {
            said: Said::about(gateway.clone()),
            answers: BTreeMap::new(),
            otherwise: Gap::NotFound,
            shows: Err(Gap::Unreadable {
                why: "not switched on".into(),
            }),
            visitor: Visitor {
                look: 1,
                waiting_since: None,
                transition_limit: SignedDuration::from_mins(15),
                hand: None,
            },
            now: "2026-11-25T10:00:00Z".parse().unwrap(),
        };
        let sub = |kind: &str, name: &str| json!({"id": format!("{gateway}/{kind}/{name}")});
        world.put("applicationGateways/shop", json!({"name": "shop", "location": "westeurope", "properties": {
            "provisioningState": "Succeeded", "operationalState": "Running", "sku": {"name": "Standard_v2", "tier": "Standard_v2"}, "autoscaleConfiguration": {"minCapacity": 2, "maxCapacity": 10},
            "gatewayIPConfigurations": [{"properties": {"subnet": {"id": id("virtualNetworks/vnet/subnets/gw").as_str()}}}],
            "frontendIPConfigurations": [{"properties": {"publicIPAddress": {"id": "x"}}}],
            "backendAddressPools": [{"name": "api", "properties": {"backendAddresses": [{"ipAddress": "10.2.0.4"}]}}],
            "backendHttpSettingsCollection": [{"name": "https-api", "properties": {"port": 443, "protocol": "Https", "probe": sub("probes", "p-api")}}],
            "probes": [{"name": "p-api", "properties": {"port": 8443, "protocol": "Https"}}],
            "requestRoutingRules": [{"name": "r", "properties": {"backendAddressPool": sub("backendAddressPools", "api"), "backendHttpSettings": sub("backendHttpSettingsCollection", "https-api")}}]}}));
        world.put("virtualNetworks/vnet", json!({"properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/8"]},
            "subnets": [
                {"id": id("virtualNetworks/vnet/subnets/gw").as_str(), "properties": {"addressPrefix": "10.1.0.0/24", "networkSecurityGroup": {"id": id("networkSecurityGroups/nsg-gw").as_str()}}},
                {"id": id("virtualNetworks/vnet/subnets/be").as_str(), "properties": {"addressPrefix": "10.2.0.0/24", "networkSecurityGroup": {"id": id("networkSecurityGroups/nsg-backend").as_str()}}}]}}));
        world.nsg(
            "nsg-gw",
            &[rule(
                "allow-management",
                100,
                "Inbound",
                "Allow",
                "GatewayManager",
                "*",
                "65200-65535",
            )],
        );
        world.nsg("nsg-backend", &[]);
        world.health(&[("10.2.0.4", "Healthy", "Success. Received 200 status code")]);
        world.settings(&json!([]));
        let (idle, none) = (|_| Some(3.0), |_| Some(0.0));
        let courses: [Course<'_>; 5] = [
            ("CapacityUnits", &idle),
            ("TotalRequests", &idle),
            ("HealthyHostCount", &idle),
            ("UnhealthyHostCount", &none),
            ("FailedRequests", &none),
        ];
        world.metrics(V2, &courses);
        world
    }
    pub(crate) fn answer(&self, query: &Query) -> Answer {
        if let Query::Handshake { .. } = query {
            return self.shows.clone();
        }
        let answer = self.answers.get(query).cloned();
        answer.unwrap_or_else(|| Err(self.otherwise.clone()))
    }
    pub(crate) fn put(&mut self, tail: &str, document: Value) {
        self.answers.insert(Query::Document(id(tail)), Ok(document));
    }
    pub(crate) fn gateway(&mut self) -> &mut Value {
        let query = Query::Document(self.said.gateway.clone());
        self.answers.get_mut(&query).unwrap().as_mut().unwrap()
    }
    pub(crate) fn state(&mut self, provisioning: &str, operational: &str) {
        self.gateway()["properties"]["provisioningState"] = provisioning.into();
        self.gateway()["properties"]["operationalState"] = operational.into();
    }
    pub(crate) fn nsg(&mut self, name: &str, rules: &[Value]) {
        self.put(
            &format!("networkSecurityGroups/{name}"),
            json!({"properties": {"securityRules": rules}}),
        );
    }
    pub(crate) fn health(&mut self, servers: &[(&str, &str, &str)]) {
        let servers: Vec<Value> = servers
            .iter()
            .map(|(a, h, l)| json!({"address": a, "health": h, "healthProbeLog": l}))
            .collect();
        self.answer_health(Ok(json!({"backendAddressPools": [{"backendAddressPool": {"id": "/p/api"},
            "backendHttpSettingsCollection": [{"backendHttpSettings": {"id": "/s/https-api"}, "servers": servers}]}]})));
    }
    pub(crate) fn answer_health(&mut self, answer: Answer) {
        self.answers
            .insert(Query::BackendHealth(self.said.gateway.clone()), answer);
    }
    /// Think to the end; how often each question was asked is checked on the way.
    pub(crate) fn visit(&self) -> (Visit, Vec<Query>) {
        let mut facts = Facts::about(self.said.clone(), self.now);
        let mut asked = Vec::new();
        loop {
            match think(&self.visitor, &facts) {
                Thought::Decided(visit) => return (*visit, asked),
                Thought::Needs(queries) => {
                    assert!(!queries.is_empty(), "needs nothing and decides nothing");
                    for query in queries {
                        assert!(!asked.contains(&query), "asked twice: {query:?}");
                        facts.learn(query.clone(), self.answer(&query));
                        asked.push(query);
                    }
                }
            }
        }
    }
    pub(crate) fn report(&self) -> Report {
        self.visit().0.report
    }
}

pub(crate) fn row<'r>(report: &'r Report, id: &str) -> &'r str {
    let found = report.rows.iter().find(|(row, _)| *row == id);
    &found.unwrap().1
}
