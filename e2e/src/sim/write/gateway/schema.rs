//! The members that the parts of a gateway have, and since which api-version.

/// One part of a gateway.
#[derive(Debug)]
pub(super) struct Part {
    /// The list that it stands in; empty for the gateway itself.
    pub(super) list: &'static str,
    /// The provider's name for its properties.
    pub(super) kind: &'static str,
    /// What it has in every api-version, with a space between.
    members: &'static str,
    /// What it has from an api-version on.
    newer: &'static [(&'static str, &'static str)],
    /// What only the provider may say: who refers to it.
    pub(super) back: &'static [&'static str],
}

#[rustfmt::skip]
pub(super) const PARTS: &[Part] = &[
    Part {
        list: "", kind: "ApplicationGatewayPropertiesFormat",
        members: "sku sslPolicy operationalState resourceGuid provisioningState gatewayIPConfigurations authenticationCertificates \
            trustedRootCertificates trustedClientCertificates sslCertificates frontendIPConfigurations frontendPorts probes \
            backendAddressPools backendHttpSettingsCollection backendSettingsCollection httpListeners listeners sslProfiles urlPathMaps \
            requestRoutingRules routingRules rewriteRuleSets redirectConfigurations webApplicationFirewallConfiguration firewallPolicy \
            enableHttp2 enableFips autoscaleConfiguration privateLinkConfigurations privateEndpointConnections customErrorConfigurations \
            forceFirewallPolicyAssociation loadDistributionPolicies globalConfiguration defaultPredefinedSslPolicy",
        newer: &[
            ("2025-03-01", "entraJWTValidationConfigs"),
            ("2026-01-01", "advancedRoutingMaps advancedRoutingConditionSets reservedCapacity"),
        ],
        back: &[],
    },
    Part {
        list: "gatewayIPConfigurations", kind: "ApplicationGatewayIPConfigurationPropertiesFormat",
        members: "subnet", newer: &[], back: &[],
    },
    Part {
        list: "frontendIPConfigurations", kind: "ApplicationGatewayFrontendIPConfigurationPropertiesFormat",
        members: "privateIPAddress privateIPAllocationMethod subnet publicIPAddress privateLinkConfiguration",
        newer: &[], back: &["httpListeners"],
    },
    Part {
        list: "frontendPorts", kind: "ApplicationGatewayFrontendPortPropertiesFormat",
        members: "port", newer: &[], back: &["httpListeners"],
    },
    Part {
        list: "sslCertificates", kind: "ApplicationGatewaySslCertificatePropertiesFormat",
        members: "data password publicCertData keyVaultSecretId",
        newer: &[("2025-07-01", "hsm")], back: &["httpListeners"],
    },
    Part {
        list: "trustedRootCertificates", kind: "ApplicationGatewayTrustedRootCertificatePropertiesFormat",
        members: "data keyVaultSecretId", newer: &[], back: &["backendHttpSettings"],
    },
    Part {
        list: "authenticationCertificates", kind: "ApplicationGatewayAuthenticationCertificatePropertiesFormat",
        members: "data", newer: &[], back: &["backendHttpSettings"],
    },
    Part {
        list: "probes", kind: "ApplicationGatewayProbePropertiesFormat",
        members: "protocol host path interval timeout unhealthyThreshold pickHostNameFromBackendHttpSettings \
            pickHostNameFromBackendSettings minServers match port",
        newer: &[("2025-03-01", "enableProbeProxyProtocolHeader")], back: &["backendHttpSettings"],
    },
    Part {
        list: "backendAddressPools", kind: "ApplicationGatewayBackendAddressPoolPropertiesFormat",
        members: "backendAddresses",
        newer: &[], back: &["requestRoutingRules", "urlPathMaps", "pathRules", "backendIPConfigurations"],
    },
    Part {
        list: "backendHttpSettingsCollection", kind: "ApplicationGatewayBackendHttpSettingsPropertiesFormat",
        members: "port protocol cookieBasedAffinity requestTimeout probe authenticationCertificates trustedRootCertificates \
            connectionDraining hostName pickHostNameFromBackendAddress affinityCookieName probeEnabled path",
        newer: &[("2024-10-01", "dedicatedBackendConnection validateCertChainAndExpiry validateSNI sniName")],
        back: &["requestRoutingRules", "urlPathMaps", "pathRules"],
    },
    Part {
        list: "httpListeners", kind: "ApplicationGatewayHttpListenerPropertiesFormat",
        members: "frontendIPConfiguration frontendPort protocol hostName hostNames sslCertificate sslProfile \
            requireServerNameIndication customErrorConfigurations firewallPolicy enableHttp3",
        newer: &[], back: &["requestRoutingRules", "redirectConfiguration"],
    },
    Part {
        list: "requestRoutingRules", kind: "ApplicationGatewayRequestRoutingRulePropertiesFormat",
        members: "ruleType priority backendAddressPool backendHttpSettings httpListener urlPathMap rewriteRuleSet \
            redirectConfiguration loadDistributionPolicy",
        newer: &[("2025-03-01", "entraJWTValidationConfig"), ("2026-01-01", "advancedRoutingMap authConfigs")],
        back: &[],
    },
    Part {
        list: "urlPathMaps", kind: "ApplicationGatewayUrlPathMapPropertiesFormat",
        members: "defaultBackendAddressPool defaultBackendHttpSettings defaultRewriteRuleSet defaultRedirectConfiguration \
            defaultLoadDistributionPolicy pathRules",
        newer: &[], back: &["requestRoutingRules"],
    },
    PATH_RULE,
    Part {
        list: "redirectConfigurations", kind: "ApplicationGatewayRedirectConfigurationPropertiesFormat",
        members: "redirectType targetListener targetUrl includePath includeQueryString",
        newer: &[], back: &["requestRoutingRules", "urlPathMaps", "pathRules"],
    },
];

/// The rules of a path map, which stand in no list of the gateway.
pub(super) const PATH_RULE: Part = Part {
    list: "pathRules",
    kind: "ApplicationGatewayPathRulePropertiesFormat",
    members: "paths backendAddressPool backendHttpSettings redirectConfiguration rewriteRuleSet \
        loadDistributionPolicy firewallPolicy",
    newer: &[],
    back: &[],
};

impl Part {
    /// Whether it ever has a member of that name, or is given one by the provider.
    pub(super) fn has(&self, member: &str) -> bool {
        let mut known = self.members.split_whitespace();
        known.any(|own| own.eq_ignore_ascii_case(member))
            || member == "provisioningState"
            || self.back.contains(&member)
    }

    /// The api-version from which on it has a member, if not from the first.
    pub(super) fn since(&self, member: &str) -> Option<&'static str> {
        let named = |(_, names): &&(&str, &str)| names.split(' ').any(|own| own == member);
        self.newer.iter().find(named).map(|(version, _)| *version)
    }
}
