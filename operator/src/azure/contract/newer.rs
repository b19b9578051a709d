//! What the service sends and the model of 2024-03-01 lacks, and which is known here and fine.
use super::held::Step;
use serde_json::Value;

/// Members, by name, wherever they are: seen in live traffic at every api-version, or added since.
const MEMBERS: [&str; 35] = [
    // Back-references between the parts of a gateway.
    "backendHttpSettings",
    "frontendIPConfigurations",
    "frontendIpConfigurations",
    "httpListeners",
    "listeners",
    "pathRules",
    "redirectConfiguration",
    "requestRoutingRules",
    "urlPathMaps",
    // Sent at every version, in no model.
    "enableHttp3",
    // Of redirect configurations and of rewrite rule sets.
    "provisioningState",
    "type",
    // 2024-10-01
    "dedicatedBackendConnection",
    "sniName",
    "validateCertChainAndExpiry",
    "validateSNI",
    // 2025-03-01
    "enableL4ClientIpPreservation",
    "enableProbeProxyProtocolHeader",
    "entraJWTValidationConfig",
    "entraJWTValidationConfigs",
    "networkIsolationEnabled",
    "verifyClientAuthMode",
    // 2025-07-01 and later
    "disableDefaultServerHeaderInResponse",
    "hsm",
    // Health
    "backendCertificateChainMetadata",
    "healthProbeErrorName",
    "healthProbeLogDetail",
    // Networks
    "allowPort25Out",
    "defaultOutboundConnectivityEnabled",
    "ipamPoolPrefixAllocations",
    "kind",
    "nextHop",
    "peeringSyncLevel",
    "systemData",
    "subnetPeering",
];

/// Words, by the member they stand in.
const WORDS: [(&str, &str); 3] = [
    ("health", "Healthy"),
    ("health", "Unhealthy"),
    // Of an identity; the model has it with a capital.
    ("type", "userAssigned"),
];

/// Whether a member of this name, that the model does not have, is newer than it and fine.
pub(super) fn is_known_member(name: &str) -> bool {
    MEMBERS.contains(&name)
}

/// Whether this is a word that the model does not have in this member, and is fine.
pub(super) fn is_known_word(steps: &[Step], value: &Value) -> bool {
    let Some(Step::Member(name)) = steps.last() else {
        return false;
    };
    let word = value.as_str().unwrap_or_default();
    WORDS.contains(&(name.as_str(), word))
}
