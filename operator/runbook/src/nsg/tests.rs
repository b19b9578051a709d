use super::*;
use serde_json::json;

fn nets(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().map(|t| t.parse().unwrap()).collect()
}

/// Gateway subnet to one server on 8443, in a network of 10.0.0.0/8.
fn flow() -> Flow {
    Flow {
        source: End::Nets(nets(&["10.1.0.0/24"])),
        destination: nets(&["10.2.0.4/32"]),
        destination_asgs: None,
        ports: (8443, 8443),
        space: nets(&["10.0.0.0/8"]),
    }
}

fn rule(
    name: &str,
    priority: i64,
    access: &str,
    source: &str,
    destination: &str,
    ports: &str,
) -> Value {
    json!({"name": name, "properties": {"priority": priority, "access": access, "direction": "Inbound", "protocol": "Tcp",
        "sourceAddressPrefix": source, "destinationAddressPrefix": destination,
        "sourcePortRange": "*", "destinationPortRange": ports}})
}

fn nsg(rules: &[Value]) -> Value {
    json!({"properties": {"securityRules": rules}})
}

fn inbound(rules: &[Value], flow: &Flow) -> Outcome {
    evaluate(&nsg(rules), Direction::Inbound, flow)
}

fn by(rule: &str, priority: i64) -> Deciding {
    Deciding {
        rule: rule.into(),
        priority,
    }
}

#[test]
fn without_own_rules_the_network_may_talk_to_itself_and_nobody_else_comes_in() {
    assert_eq!(
        inbound(&[], &flow()),
        Outcome::Allowed(by("AllowVnetInBound", 65000))
    );
    let stranger = Flow {
        source: End::Nets(nets(&["203.0.113.0/24"])),
        ..flow()
    };
    // VirtualNetwork might cover it through a route, so the Deny is not certain: that is what is said.
    assert!(matches!(inbound(&[], &stranger), Outcome::Unclear(_)));
    let closed = rule("no-vnet", 4000, "Deny", "*", "*", "*");
    assert_eq!(
        inbound(&[closed], &stranger),
        Outcome::Denied(by("no-vnet", 4000))
    );
}

#[test]
fn the_lower_number_wins_whatever_the_order_of_the_list() {
    let deny = rule("deny", 200, "Deny", "*", "*", "*");
    let allow = rule(
        "allow",
        199,
        "Allow",
        "10.1.0.0/16",
        "10.2.0.0/24",
        "8000-9000",
    );
    let late = rule("late", 201, "Allow", "*", "*", "*");
    assert_eq!(
        inbound(&[late.clone(), deny.clone(), allow], &flow()),
        Outcome::Allowed(by("allow", 199))
    );
    assert_eq!(
        inbound(&[late, deny], &flow()),
        Outcome::Denied(by("deny", 200))
    );
}

#[test]
fn udp_other_ports_other_ends_and_other_directions_do_not_match() {
    let mut udp = rule("udp", 100, "Deny", "*", "*", "*");
    udp["properties"]["protocol"] = "Udp".into();
    let mut out = rule("out", 101, "Deny", "*", "*", "*");
    out["properties"]["direction"] = "Outbound".into();
    let port = rule("port", 102, "Deny", "*", "*", "8444-9000");
    let elsewhere = rule("elsewhere", 103, "Deny", "*", "10.3.0.0/24", "*");
    let others = rule("others", 104, "Deny", "10.9.0.0/24", "*", "*");
    let outcome = inbound(&[udp, out, port, elsewhere, others], &flow());
    assert_eq!(outcome, Outcome::Allowed(by("AllowVnetInBound", 65000)));
}

#[test]
fn plural_fields_are_read() {
    let deny = json!({"name": "many", "properties": {"priority": "150", "access": "deny", "direction": "inbound", "protocol": "*",
        "sourceAddressPrefix": null, "sourceAddressPrefixes": ["192.0.2.1", "10.1.0.0/24"], "destinationAddressPrefix": "",
        "destinationAddressPrefixes": ["10.2.0.0/24"], "sourcePortRange": "*", "destinationPortRanges": ["22", "8443"]}});
    assert_eq!(inbound(&[deny], &flow()), Outcome::Denied(by("many", 150)));
}

#[test]
fn a_deny_for_one_instance_address_is_partial() {
    let deny = rule("one", 150, "Deny", "10.1.0.7", "*", "*");
    assert_eq!(inbound(&[deny], &flow()), Outcome::Partly(by("one", 150)));
    let ports = rule("half", 150, "Deny", "*", "*", "65200-65300");
    let range = Flow {
        ports: (65200, 65535),
        ..flow()
    };
    assert_eq!(inbound(&[ports], &range), Outcome::Partly(by("half", 150)));
}

#[test]
fn an_unknown_tag_matters_only_where_it_could_change_the_outcome() {
    let mut tag = rule("tag", 100, "Deny", "Sql.WestEurope", "*", "*");
    let public = Flow {
        source: End::Nets(nets(&["203.0.113.0/24"])),
        ..flow()
    };
    let allow = rule("allow", 200, "Allow", "*", "*", "*");
    assert!(matches!(
        inbound(&[tag.clone(), allow.clone()], &public),
        Outcome::Unclear(_)
    ));
    tag["properties"]["access"] = "Allow".into();
    assert_eq!(
        inbound(&[tag.clone(), allow.clone()], &public),
        Outcome::Allowed(by("allow", 200))
    );
    tag["properties"]["access"] = "Deny".into();
    // A service's tag holds public addresses, so it never covers the network itself.
    assert_eq!(
        inbound(&[tag, allow], &flow()),
        Outcome::Allowed(by("allow", 200))
    );
}

#[test]
fn application_security_groups_need_the_nic() {
    let mut deny = rule("asg", 100, "Deny", "*", "", "*");
    deny["properties"]["destinationApplicationSecurityGroups"] = json!([{"id": "/asg/Web"}]);
    let of = |groups: Option<&[&str]>| Flow {
        destination_asgs: groups.map(|g| g.iter().map(|id| ArmId::new(id)).collect()),
        ..flow()
    };
    assert_eq!(
        inbound(&[deny.clone()], &of(Some(&["/asg/web"]))),
        Outcome::Denied(by("asg", 100))
    );
    assert!(matches!(
        inbound(&[deny.clone()], &of(Some(&[]))),
        Outcome::Allowed(_)
    ));
    assert!(matches!(inbound(&[deny], &of(None)), Outcome::Unclear(_)));
}

#[test]
fn management_comes_from_its_tag_from_the_internet_or_from_anywhere() {
    let management = Flow {
        source: End::GatewayManager,
        destination: nets(&["10.1.0.0/24"]),
        ports: (65200, 65535),
        ..flow()
    };
    assert_eq!(
        inbound(&[], &management),
        Outcome::Denied(by("DenyAllInBound", 65500))
    );
    for source in ["GatewayManager", "Internet", "*", "0.0.0.0/0"] {
        let allow = rule("allow", 100, "Allow", source, "*", "65200-65535");
        assert_eq!(
            inbound(&[allow], &management),
            Outcome::Allowed(by("allow", 100)),
            "{source}"
        );
    }
    let narrow = rule("narrow", 100, "Allow", "GatewayManager", "*", "65503-65534");
    assert!(matches!(
        inbound(&[narrow], &management),
        Outcome::Partly(_)
    ));
    let probes = Flow {
        source: End::AzureLoadBalancer,
        ..management
    };
    assert_eq!(
        inbound(&[], &probes),
        Outcome::Allowed(by("AllowVnetInBound", 65000))
    );
    let closed = rule("closed", 4096, "Deny", "*", "*", "*");
    assert_eq!(
        inbound(&[closed], &probes),
        Outcome::Denied(by("closed", 4096))
    );
}

#[test]
fn what_cannot_be_read_is_unclear_and_never_a_match() {
    let mut odd = rule("odd", 100, "Deny", "*", "*", "*");
    odd["properties"]["destinationPortRange"] = "http".into();
    assert!(matches!(
        inbound(&[odd.clone()], &flow()),
        Outcome::Unclear(_)
    ));
    odd["properties"] = json!(null);
    assert!(matches!(inbound(&[odd], &flow()), Outcome::Unclear(_)));
    assert!(matches!(
        evaluate(&json!([]), Direction::Outbound, &flow()),
        Outcome::Allowed(_)
    ));
}

#[test]
fn the_internet_is_what_is_not_the_network() {
    let out = |destination: &str| {
        let flow = Flow {
            destination: nets(&[destination]),
            ..flow()
        };
        evaluate(&nsg(&[]), Direction::Outbound, &flow)
    };
    // VirtualNetwork may or may not cover it: allowed either way.
    assert_eq!(
        out("203.0.113.9/32"),
        Outcome::Allowed(by("AllowInternetOutBound", 65001))
    );
    assert!(matches!(out("192.168.0.4/32"), Outcome::Unclear(_)));
}

#[test]
fn ipv6_rules_leave_ipv4_alone() {
    let six = rule("six", 100, "Deny", "::/0", "*", "*");
    assert!(matches!(inbound(&[six], &flow()), Outcome::Allowed(_)));
}

/// One group that has decided many flows says of each what a fresh one would.
#[test]
fn machines_that_a_rule_tells_apart_are_not_taken_for_alike() {
    let rules = [
        rule("some", 100, "Allow", "10.1.0.0/25", "10.2.0.0/30", "8443"),
        rule("one", 110, "Deny", "10.1.0.64/26", "10.2.0.5", "*"),
        rule("tag", 120, "Deny", "*", "Sql", "8443"),
        rule("outside", 130, "Deny", "*", "Internet", "*"),
        rule("few", 140, "Deny", "10.1.0.4", "10.2.0.0/28", "8000-9000"),
    ];
    let group = Group::read(&nsg(&rules), Direction::Inbound);
    let mut seen = std::collections::BTreeSet::new();
    for port in [8443, 80] {
        for asgs in [None, Some(vec![ArmId::new("/asg/a")])] {
            for host in ["10.2.0", "10.9.9", "20.1.1"] {
                for last in 0..20 {
                    let flow = Flow {
                        destination: nets(&[&format!("{host}.{last}/32")]),
                        destination_asgs: asgs.clone(),
                        ports: (port, port),
                        ..flow()
                    };
                    let fresh = Group::read(&nsg(&rules), Direction::Inbound);
                    let decision = group.decide(&flow);
                    assert_eq!(decision, fresh.evaluated(&flow), "{flow:?}");
                    seen.insert(format!("{decision:?}"));
                }
            }
        }
    }
    assert!(seen.len() > 4, "{seen:#?}");
}
