use super::*;
use serde_json::json;

fn rule(name: &str, priority: i64, action: &str, more: &Value) -> Value {
    let mut rule = json!({"name": name, "priority": priority, "action": action, "tag": "Default"});
    for (key, value) in more.as_object().into_iter().flatten() {
        rule[key] = value.clone();
    }
    rule
}

const GW: &str =
    "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/gw";

fn judged(rules: &[Value], default: Option<&str>) -> [char; 2] {
    let config = json!({"properties": {"ipSecurityRestrictions": rules, "ipSecurityRestrictionsDefaultAction": default}});
    let public = Origin::Public("20.1.2.3".parse().unwrap());
    [public, Origin::Subnet(ArmId::new(GW))].map(|origin| match access(&config, &origin) {
        Access::Open => 'o',
        Access::Shut(_) => 's',
        Access::Unsure(_) => '?',
    })
}

#[test]
fn defaults_said_and_unsaid() {
    let office = || rule("office", 100, "Allow", &json!({"ipAddress": "9.9.9.9/32"}));
    let all = || {
        rule(
            "Allow all",
            2_147_483_647,
            "Allow",
            &json!({"ipAddress": "Any"}),
        )
    };
    assert_eq!(judged(&[], None), ['o', 'o']);
    assert_eq!(judged(&[], Some("Deny")), ['s', 's']);
    assert_eq!(judged(&[office()], None), ['s', 's']);
    assert_eq!(judged(&[office()], Some("Allow")), ['o', 'o']);
    assert_eq!(judged(&[office(), all()], None), ['o', 'o']);
    assert_eq!(judged(&[office()], Some("Perhaps")), ['?', '?']);
}

#[test]
fn the_first_by_priority_and_who_it_fits() {
    let ip =
        |priority, action, range: &str| rule("ip", priority, action, &json!({"ipAddress": range}));
    let subnet = |priority, action| {
        rule(
            "net",
            priority,
            action,
            &json!({"vnetSubnetResourceId": GW.to_uppercase()}),
        )
    };
    assert_eq!(judged(&[ip(100, "Allow", "20.1.2.0/24")], None), ['o', 's']);
    assert_eq!(
        judged(&[ip(100, "Allow", "9.9.9.9, 20.1.2.3/32")], None),
        ['o', 's']
    );
    assert_eq!(judged(&[subnet(100, "Allow")], None), ['s', 'o']);
    assert_eq!(
        judged(
            &[
                ip(200, "Allow", "20.1.2.3/32"),
                ip(100, "Deny", "20.0.0.0/8")
            ],
            None
        ),
        ['s', 's']
    );
    assert_eq!(
        judged(&[ip(100, "Allow", "0.0.0.0/0"), subnet(50, "Deny")], None),
        ['o', 's']
    );
    // The gateway's private range means nothing on the shared front ends.
    assert_eq!(judged(&[ip(100, "Allow", "10.1.0.0/24")], None), ['s', 's']);
}

#[test]
fn what_is_not_looked_up_decides_nothing_unless_it_changes_nothing() {
    let tag = |action| {
        rule(
            "tag",
            100,
            action,
            &json!({"ipAddress": "AzureCloud", "tag": "ServiceTag"}),
        )
    };
    let door = |action| {
        rule(
            "door",
            100,
            action,
            &json!({"ipAddress": "20.1.2.3/32", "headers": {"x-azure-fdid": ["1"]}}),
        )
    };
    let all = |action| rule("all", 200, action, &json!({"ipAddress": "Any"}));
    assert_eq!(judged(&[tag("Allow")], None), ['?', '?']);
    assert_eq!(judged(&[tag("Deny"), all("Deny")], None), ['s', 's']);
    assert_eq!(judged(&[tag("Deny"), all("Allow")], None), ['?', '?']);
    assert_eq!(judged(&[door("Allow")], None), ['?', 's']);
    let proxy = rule(
        "p",
        1,
        "Allow",
        &json!({"ipAddress": "20.1.2.3/32", "tag": "XffProxy"}),
    );
    assert_eq!(judged(&[proxy], None), ['?', '?']);
    assert_eq!(
        judged(&[rule("odd", 1, "Allow", &json!({}))], None),
        ['?', '?']
    );
    assert_eq!(
        judged(
            &[rule("odd", 1, "Allow", &json!({"ipAddress": "moon"}))],
            None
        ),
        ['?', '?']
    );
    assert_eq!(
        judged(&[json!(7), json!(null), json!("x")], None),
        ['?', '?']
    );
}

#[test]
fn hosts_of_a_site_and_of_a_setting() {
    let site = json!({"properties": {"hostNames": ["Shop.contoso.com", "*.shop.com"], "defaultHostName": "shop.azurewebsites.net",
        "hostNameSslStates": [{"name": "shop.contoso.com", "sslState": "Disabled"}, {"name": "shop.azurewebsites.net", "sslState": "SniEnabled"}]}});
    let site = Site(&site);
    assert!(
        site.has_host("SHOP.contoso.com")
            && site.has_host("a.shop.com")
            && !site.has_host("contoso.com")
    );
    assert!(site.has_host_like("*.contoso.com") && !site.has_host_like("*.contoso.org"));
    assert!(!site.has_default_hosts_only());
    assert!(
        site.lacks_certificate("shop.contoso.com")
            && !site.lacks_certificate("shop.azurewebsites.net")
    );
    assert!(
        is_default_host("app-h4sh.westeurope-01.AzureWebsites.net")
            && !is_default_host("azurewebsites.net.evil.com")
    );
    let sent = |properties: Value| format!("{:?}", host_sent(&json!({"properties": properties})));
    assert_eq!(sent(json!({})), "Client");
    assert_eq!(
        sent(json!({"hostName": "", "pickHostNameFromBackendAddress": false})),
        "Client"
    );
    assert_eq!(sent(json!({"hostName": "a"})), "Own(\"a\")");
    assert_eq!(
        sent(json!({"hostName": "a", "pickHostNameFromBackendAddress": true})),
        "Member"
    );
}
