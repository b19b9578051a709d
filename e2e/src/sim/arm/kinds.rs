//! The resource types that this cloud has, and the api-versions it knows for each.

/// A resource type.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The namespace in the service's own case.
    pub(crate) namespace: &'static str,
    /// The type, with the types of its parents.
    pub(crate) name: &'static str,
    /// Oldest first, with a space between.
    pub(crate) versions: &'static str,
}

const NETWORK: &str = "\
    2015-06-15 2016-03-30 2016-06-01 2016-09-01 2016-12-01 2017-03-01 2017-06-01 2017-08-01 \
    2017-10-01 2017-11-01 2018-01-01 2018-02-01 2018-04-01 2018-06-01 2018-07-01 2018-08-01 \
    2018-10-01 2018-11-01 2018-12-01 2019-02-01 2019-04-01 2019-06-01 2019-07-01 2019-08-01 \
    2019-09-01 2019-11-01 2019-12-01 2020-03-01 2020-04-01 2020-05-01 2020-06-01 2020-07-01 \
    2020-08-01 2020-11-01 2021-02-01 2021-03-01 2021-05-01 2021-08-01 2022-01-01 2022-05-01 \
    2022-07-01 2022-09-01 2022-11-01 2023-02-01 2023-04-01 2023-05-01 2023-06-01 2023-09-01 \
    2023-11-01 2024-01-01 2024-03-01 2024-05-01 2024-07-01 2024-10-01 2025-01-01 2025-03-01 \
    2025-05-01 2025-07-01 2025-09-01 2026-01-01 2026-03-01";
const COMPUTE: &str = "2022-11-01 2023-03-01 2023-09-01 2024-03-01 2024-07-01 2024-11-01";
const METRICS: &str = "2016-09-01 2017-05-01-preview 2018-01-01 2019-07-01 2021-05-01 2023-10-01";
const ACTIVITY: &str = "2014-04-01 2015-04-01 2017-03-01-preview";
const AVAILABILITY: &str =
    "2015-01-01 2017-07-01 2018-07-01 2020-05-01 2022-10-01 2023-10-01-preview 2025-05-01";
const DIAGNOSTIC_SETTINGS: &str = "2016-09-01 2017-05-01-preview 2021-05-01-preview";
const WORKSPACES: &str = "2020-08-01 2021-06-01 2022-10-01 2023-09-01 2025-02-01";
const WEB: &str =
    "2020-06-01 2021-02-01 2022-03-01 2022-09-01 2023-01-01 2023-12-01 2024-04-01 2025-05-01";
const LOCKS: &str = "2015-01-01 2016-09-01 2017-04-01 2020-05-01";
const CONTAINERS: &str = "2023-11-01 2025-01-01";
/// Of subscriptions and resource groups, which have no provider in their path.
const RESOURCES: &str = "\
    2015-01-01 2016-06-01 2018-05-01 2019-11-01 2020-01-01 2020-06-01 2021-01-01 2021-04-01 \
    2022-09-01 2022-12-01 2023-07-01 2024-03-01 2024-11-01 2025-04-01";

const NETWORK_TYPES: &[&str] = &[
    "applicationGateways",
    "applicationGatewayWebApplicationFirewallPolicies",
    "applicationSecurityGroups",
    "azureFirewalls",
    "firewallPolicies",
    "loadBalancers",
    "natGateways",
    "networkInterfaces",
    "networkInterfaces/ipConfigurations",
    "networkSecurityGroups",
    "networkSecurityGroups/defaultSecurityRules",
    "networkSecurityGroups/securityRules",
    "privateEndpoints",
    "publicIPAddresses",
    "routeTables",
    "routeTables/routes",
    "virtualNetworkGateways",
    "virtualNetworks",
    "virtualNetworks/subnets",
    "virtualNetworks/virtualNetworkPeerings",
];

const OTHER_TYPES: &[Kind] = &[
    Kind {
        namespace: "Microsoft.Authorization",
        name: "locks",
        versions: LOCKS,
    },
    Kind {
        namespace: "Microsoft.Compute",
        name: "virtualMachines",
        versions: COMPUTE,
    },
    Kind {
        namespace: "Microsoft.Compute",
        name: "virtualMachineScaleSets",
        versions: COMPUTE,
    },
    Kind {
        namespace: "Microsoft.Insights",
        name: "diagnosticSettings",
        versions: DIAGNOSTIC_SETTINGS,
    },
    Kind {
        namespace: "Microsoft.Insights",
        name: "eventtypes/values",
        versions: ACTIVITY,
    },
    Kind {
        namespace: "Microsoft.Insights",
        name: "metrics",
        versions: METRICS,
    },
    Kind {
        namespace: "Microsoft.OperationalInsights",
        name: "workspaces",
        versions: WORKSPACES,
    },
    Kind {
        namespace: "Microsoft.ResourceHealth",
        name: "availabilityStatuses",
        versions: AVAILABILITY,
    },
    Kind {
        namespace: "Microsoft.Resources",
        name: "subscriptions",
        versions: RESOURCES,
    },
    Kind {
        namespace: "Microsoft.Resources",
        name: "subscriptions/resourceGroups",
        versions: RESOURCES,
    },
    Kind {
        namespace: "Microsoft.ServiceNetworking",
        name: "trafficControllers",
        versions: CONTAINERS,
    },
    Kind {
        namespace: "Microsoft.Web",
        name: "sites",
        versions: WEB,
    },
    Kind {
        namespace: "Microsoft.Web",
        name: "sites/config",
        versions: WEB,
    },
    Kind {
        namespace: "Microsoft.Web",
        name: "sites/hostNameBindings",
        versions: WEB,
    },
    Kind {
        namespace: "Microsoft.Web",
        name: "sites/privateEndpointConnections",
        versions: WEB,
    },
];

impl Kind {
    /// The type of that name, whatever its case.
    pub(crate) fn find(namespace: &str, name: &str) -> Option<Self> {
        if namespace.eq_ignore_ascii_case("Microsoft.Network") {
            let name = NETWORK_TYPES
                .iter()
                .find(|known| known.eq_ignore_ascii_case(name))?;
            return Some(Self {
                namespace: "Microsoft.Network",
                name,
                versions: NETWORK,
            });
        }
        let known = OTHER_TYPES.iter().find(|kind| {
            kind.namespace.eq_ignore_ascii_case(namespace) && kind.name.eq_ignore_ascii_case(name)
        })?;
        Some(Self { ..*known })
    }

    /// Whether any type has that namespace.
    pub(crate) fn has_namespace(namespace: &str) -> bool {
        namespace.eq_ignore_ascii_case("Microsoft.Network")
            || OTHER_TYPES
                .iter()
                .any(|kind| kind.namespace.eq_ignore_ascii_case(namespace))
    }

    /// The api-versions known up to `newest`, oldest first.
    pub(crate) fn known(&self, newest: Option<&str>) -> Vec<&'static str> {
        self.versions
            .split(' ')
            .filter(|version| newest.is_none_or(|newest| *version <= newest))
            .collect()
    }

    /// The action of reading, writing or deleting it, or of an action of its own.
    pub(crate) fn action(&self, verb: &str) -> String {
        format!("{}/{}/{verb}", self.namespace, self.name)
    }
}
