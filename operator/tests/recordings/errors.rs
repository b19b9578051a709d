//! Every recorded refusal: which gap it is.
use crate::{folder, read};
use appgw_runbook::facts::Gap;

/// What a refusal comes to.
enum Is {
    Denied(&'static str),
    NotFound,
    TimedOut,
    Throttled,
    /// Begins so.
    Unreadable(&'static str),
}
use Is::{Denied, NotFound, Throttled, TimedOut, Unreadable};

const ERRORS: &[(&str, Is)] = &[
    (
        "roleassignment-put-403",
        Denied("Microsoft.Authorization/roleAssignments/write"),
    ),
    ("agw-get-404-java-existing", NotFound),
    ("agw-get-404-net", NotFound),
    ("agw-get-404-rg-exists", NotFound),
    ("nsg-404-rg-missing", NotFound),
    ("subnet-get-404", NotFound),
    // A page of the web server in front: whether the network is there, it does not say.
    (
        "vnet-get-404",
        Unreadable("HTTP 404 without a code (text/html)"),
    ),
    ("web-put-504", TimedOut),
    // No Retry-After came with these: waited for until the question's time was over.
    ("lb-put-429-retryable", Throttled),
    ("vng-put-429-retryable", Throttled),
    (
        "dns-put-412-java",
        Unreadable(
            "HTTP 412 PreconditionFailed: The Record set www has been modified (etag mismatch).",
        ),
    ),
    (
        "agw-py-put-400-applicationgateways",
        Unreadable(
            "HTTP 400 ApplicationGatewayFeatureCannotBeEnabledForSelectedSku: Application Gateway /subscriptions/",
        ),
    ),
    (
        "diag-put-400",
        Unreadable("HTTP 400 BadRequest: The marketplace partner resource: /subscriptions/"),
    ),
    (
        "effective-nsg-400-xplat",
        Unreadable(
            "HTTP 400 NicMustBeAttachedToRunningVmToGetEffectiveSecurityGroups: A network interface",
        ),
    ),
    (
        "effective-routes-400-xplat",
        Unreadable(
            "HTTP 400 NicMustBeAttachedToRunningVmToGetEffectiveRoutes: A network interface",
        ),
    ),
    (
        "nsg-delete-400-in-use",
        Unreadable("HTTP 400 InUseNetworkSecurityGroupCannotBeDeleted: "),
    ),
    (
        "nsg-rule-put-400-destinationportoutofrange",
        Unreadable("HTTP 400 SecurityRuleInvalidPortRange: Security rule has invalid Port range."),
    ),
    (
        "nsg-rule-put-400-invaliddestinationaddressprefix",
        Unreadable("HTTP 400 SecurityRuleInvalidAddressPrefix: "),
    ),
    (
        "nsg-rule-put-400-invalidsourceaddressprefix",
        Unreadable("HTTP 400 SecurityRuleInvalidAddressPrefix: "),
    ),
    (
        "nsg-rule-put-400-rulepriorityunderrange",
        Unreadable(
            "HTTP 400 SecurityRuleInvalidPriority: Security rule has invalid Priority. Value provided: 99",
        ),
    ),
    (
        "nsg-rule-put-400-toolongdescription",
        Unreadable("HTTP 400 SecurityRuleDescriptionTooLong: "),
    ),
    (
        "pasted/nsg-rule-put-400-security-rule-conflict",
        Unreadable(
            "HTTP 400 SecurityRuleConflict: Security rule allow_ssh conflicts with rule NRMS-Rule-101.",
        ),
    ),
    (
        "pip-delete-400-in-use",
        Unreadable("HTTP 400 PublicIPAddressCannotBeDeleted: "),
    ),
    (
        "subnet-put-400-appgw-privatelink",
        Unreadable("HTTP 400 InvalidAddressPrefixFormat: Address prefix 10.0.4.0/24--no-wait"),
    ),
    (
        "vnet-delete-400-inuse",
        Unreadable("HTTP 400 InUseSubnetCannotBeDeleted: "),
    ),
    (
        "vnet-put-400-encryption",
        Unreadable("HTTP 400 MustSpecifyBothEncryptionIntentAndEnforcementPolicy: "),
    ),
    (
        "web-hostnamebindings-put-400",
        Unreadable(
            "HTTP 400 DomainResellerWebService_INVALID_RECORDS: One or more of the given records is invalid",
        ),
    ),
];

pub(crate) fn names() -> Vec<&'static str> {
    ERRORS.iter().map(|(name, _)| *name).collect()
}

#[tokio::test]
async fn every_refusal_is_the_gap_a_person_would_say_it_is() {
    if folder().is_none() {
        return;
    }
    for (name, is) in ERRORS {
        let (_, answer, _) = read(name).await;
        let gap = answer.unwrap_err();
        let fits = match (is, &gap) {
            (Denied(action), Gap::Denied { action: said }) => action == said,
            (NotFound, Gap::NotFound) | (TimedOut, Gap::TimedOut) => true,
            (Throttled, Gap::Throttled { retry_after }) => retry_after.is_none(),
            (Unreadable(begins), Gap::Unreadable { why }) => why.starts_with(begins),
            _ => false,
        };
        assert!(fits, "{name}: {gap:?}");
        let text = gap.to_string();
        assert!(
            !text.contains('\n') && text.chars().count() < 320,
            "{name}: {text}"
        );
    }
}
