//! Who may log in, and what each may do.

use crate::sim::world::like;

/// A service principal.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Its application id, which asks for tokens and stands in the request log.
    pub id: String,
    /// Its object id, which stands in `AuthorizationFailed`.
    pub object_id: String,
    /// Its secret.
    pub secret: String,
    /// The federated assertion that is taken from it; `None` leaves that to `Options::assertion`.
    pub assertion: Option<String>,
    /// The actions that it may do, with `*` for any run of characters.
    pub actions: Vec<String>,
    /// Those of them that it may not do all the same.
    pub not_actions: Vec<String>,
}

/// What it takes to diagnose.
const READS: [&str; 5] = [
    "*/read",
    "Microsoft.Network/applicationGateways/backendhealth/action",
    "Microsoft.Network/applicationGateways/getBackendHealthOnDemand/action",
    "Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action",
    "Microsoft.Network/networkInterfaces/effectiveRouteTable/action",
];

/// What it takes to mend, besides.
const WRITES: [&str; 11] = [
    "Microsoft.Network/applicationGateways/write",
    "Microsoft.Network/applicationGateways/start/action",
    "Microsoft.Network/applicationGateways/stop/action",
    "Microsoft.Network/applicationGatewayWebApplicationFirewallPolicies/join/action",
    "Microsoft.Network/networkSecurityGroups/securityRules/write",
    "Microsoft.Network/networkSecurityGroups/securityRules/delete",
    "Microsoft.Network/publicIPAddresses/join/action",
    "Microsoft.Network/virtualNetworks/subnets/join/action",
    "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
    "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    "Microsoft.Web/sites/config/write",
];

impl Default for Principal {
    /// One that diagnoses and changes nothing.
    fn default() -> Self {
        Self {
            id: "99999999-8888-7777-6666-555555555555".to_owned(),
            object_id: "11111111-2222-3333-4444-555555555555".to_owned(),
            secret: "not-a-secret".to_owned(),
            assertion: None,
            actions: READS.map(str::to_owned).to_vec(),
            not_actions: Vec::new(),
        }
    }
}

impl Principal {
    /// One that reads as the default one does, and may do all that mends a gateway.
    pub fn writer() -> Self {
        let all = READS.into_iter().chain(WRITES);
        Self {
            id: "77777777-8888-9999-aaaa-bbbbbbbbbbbb".to_owned(),
            object_id: "22222222-3333-4444-5555-666666666666".to_owned(),
            secret: "not-a-secret-either".to_owned(),
            actions: all.map(str::to_owned).collect(),
            ..Self::default()
        }
    }

    /// The same without an action; `*` stands for any run of characters.
    #[must_use]
    pub fn without(mut self, action: &str) -> Self {
        self.not_actions.push(action.to_owned());
        self
    }

    /// Whether it may do that.
    pub(in crate::sim) fn may(&self, action: &str) -> bool {
        let among = |all: &[String]| all.iter().any(|known| like(known, action));
        among(&self.actions) && !among(&self.not_actions)
    }
}
