//! The evaluator of security groups, against what Azure documents about them.

use std::net::IpAddr;

use serde_json::json;

use super::{
    super::{Decision, Direction, Packet, Tags, Transport, nsg_decides},
    *,
};

/// A rule; `fields` stands over the usual ones.
fn rule(name: &str, priority: u32, access: &str, fields: Value) -> Value {
    let mut properties = json!({
        "priority": priority, "access": access, "direction": "Inbound", "protocol": "*",
        "sourceAddressPrefix": "*", "sourcePortRange": "*",
        "destinationAddressPrefix": "*", "destinationPortRange": "*",
    });
    for (field, value) in fields.as_object().unwrap() {
        properties[field] = value.clone();
    }
    json!({"name": name, "properties": properties})
}

fn nsg(rules: &[Value]) -> Value {
    json!({"properties": {"securityRules": rules}})
}

fn packet(source: &str, destination: &str, port: u16) -> Packet {
    Packet {
        source: source.parse().unwrap(),
        source_port: 50_000,
        destination: destination.parse().unwrap(),
        destination_port: port,
        protocol: Transport::Tcp,
    }
}

fn tags() -> Tags {
    Tags::new(vec!["10.0.0.0/16".parse().unwrap()])
}

fn inbound(nsg: &Value, source: &str, destination: &str, port: u16) -> Decision {
    nsg_decides(
        nsg,
        Direction::Inbound,
        &packet(source, destination, port),
        &tags(),
    )
}

fn outbound(nsg: &Value, source: &str, destination: &str, port: u16) -> Decision {
    nsg_decides(
        nsg,
        Direction::Outbound,
        &packet(source, destination, port),
        &tags(),
    )
}

fn allow(rule: &str) -> Decision {
    Decision::Allow(rule.to_owned())
}

fn deny(rule: &str) -> Decision {
    Decision::Deny(rule.to_owned())
}

fn undecided(rule: &str) -> Decision {
    Decision::Undecided(rule.to_owned())
}

#[test]
fn default_rules() {
    let full = load("all-healthy")
        .get(&id("networkSecurityGroups/nsg-backend"))
        .unwrap();
    let mut without = full.clone();
    without["properties"]
        .as_object_mut()
        .unwrap()
        .remove("defaultSecurityRules");
    for group in [&full, &without, &json!(null)] {
        assert_eq!(
            inbound(group, "10.0.1.4", "10.0.2.4", 80),
            allow("AllowVnetInBound")
        );
        assert_eq!(
            inbound(group, "168.63.129.16", "10.9.2.4", 80),
            allow("AllowAzureLoadBalancerInBound")
        );
        assert_eq!(
            inbound(group, "20.1.1.1", "10.0.2.4", 80),
            deny("DenyAllInBound")
        );
        assert_eq!(
            inbound(group, "10.9.1.4", "10.0.2.4", 80),
            deny("DenyAllInBound")
        );
        assert_eq!(
            outbound(group, "10.0.1.4", "10.0.2.4", 80),
            allow("AllowVnetOutBound")
        );
        assert_eq!(
            outbound(group, "10.0.1.4", "20.1.1.1", 80),
            allow("AllowInternetOutBound")
        );
        assert_eq!(
            outbound(group, "10.0.1.4", "10.9.1.4", 80),
            deny("DenyAllOutBound")
        );
    }
}

#[test]
fn the_first_match_by_priority_wins_whatever_the_order_of_the_list() {
    let group = nsg(&[
        rule("late-allow", 300, "Allow", json!({})),
        rule("deny", 200, "Deny", json!({})),
        rule(
            "other-port",
            100,
            "Allow",
            json!({"destinationPortRange": "443"}),
        ),
    ]);
    assert_eq!(inbound(&group, "10.0.1.4", "10.0.2.4", 80), deny("deny"));
    assert_eq!(
        inbound(&group, "10.0.1.4", "10.0.2.4", 443),
        allow("other-port")
    );
    // Directions are apart.
    assert_eq!(
        outbound(&group, "10.0.1.4", "10.0.2.4", 80),
        allow("AllowVnetOutBound")
    );
    // A custom rule comes before a default one even with a higher number.
    let group = nsg(&[rule("last", 65400, "Deny", json!({}))]);
    assert_eq!(inbound(&group, "10.0.1.4", "10.0.2.4", 80), deny("last"));
}

#[test]
fn augmented_rules() {
    let many = json!({
        "sourceAddressPrefix": null, "sourceAddressPrefixes": ["10.0.1.0/24", "10.0.9.9"],
        "destinationAddressPrefix": "", "destinationAddressPrefixes": ["10.0.2.0/24"],
        "destinationPortRange": null, "destinationPortRanges": ["80", "8000-8999"],
        "sourcePortRanges": [],
    });
    let mut group = nsg(&[rule("many", 100, "Deny", many)]);
    let decided = |group: &Value, source, port| inbound(group, source, "10.0.2.4", port);
    for (source, port, hit) in [
        ("10.0.1.4", 80, true),
        ("10.0.9.9", 8000, true),
        ("10.0.9.8", 8000, false),
        ("10.0.1.4", 8999, true),
        ("10.0.1.4", 9000, false),
        ("10.0.1.4", 79, false),
    ] {
        assert_eq!(
            decided(&group, source, port).rule() == "many",
            hit,
            "{source} {port}"
        );
    }
    assert_eq!(
        inbound(&group, "10.0.1.4", "10.0.3.4", 80),
        allow("AllowVnetInBound")
    );
    // Absent says the same as null.
    let properties = group["properties"]["securityRules"][0]["properties"]
        .as_object_mut()
        .unwrap();
    for field in [
        "sourceAddressPrefix",
        "destinationAddressPrefix",
        "destinationPortRange",
    ] {
        properties.remove(field);
    }
    assert_eq!(decided(&group, "10.0.1.4", 80), deny("many"));
}

#[test]
fn protocols_source_ports_and_partial_ranges() {
    let group = nsg(&[
        rule("udp", 100, "Deny", json!({"protocol": "Udp"})),
        rule("from-https", 110, "Deny", json!({"sourcePortRange": "443"})),
        rule(
            "one-host",
            120,
            "Deny",
            json!({"sourceAddressPrefix": "10.0.1.5/32"}),
        ),
    ]);
    assert_eq!(
        inbound(&group, "10.0.1.4", "10.0.2.4", 80),
        allow("AllowVnetInBound")
    );
    assert_eq!(
        inbound(&group, "10.0.1.5", "10.0.2.4", 80),
        deny("one-host")
    );
    let udp = Packet {
        protocol: Transport::Udp,
        ..packet("10.0.1.4", "10.0.2.4", 53)
    };
    assert_eq!(
        nsg_decides(&group, Direction::Inbound, &udp, &tags()),
        deny("udp")
    );
    let from = Packet {
        source_port: 443,
        ..packet("10.0.1.4", "10.0.2.4", 80)
    };
    assert_eq!(
        nsg_decides(&group, Direction::Inbound, &from, &tags()),
        deny("from-https")
    );
}

#[test]
fn service_tags() {
    let from = |tag: &str| {
        nsg(&[rule(
            "tag",
            100,
            "Deny",
            json!({"sourceAddressPrefix": tag}),
        )])
    };
    for (tag, source, hit) in [
        ("VirtualNetwork", "10.0.1.4", true),
        ("virtualnetwork", "10.0.1.4", true),
        ("VirtualNetwork", "168.63.129.16", true),
        ("VirtualNetwork", "10.1.1.4", false),
        ("AzureLoadBalancer", "168.63.129.16", true),
        ("AzureLoadBalancer", "10.0.1.4", false),
        ("Internet", "20.1.1.1", true),
        ("Internet", "10.0.1.4", false),
        // Private and reserved addresses are no Internet, even outside of the network.
        ("Internet", "10.200.0.1", false),
        ("Internet", "100.64.0.1", false),
        ("Internet", "169.254.1.1", false),
        ("Internet", "192.168.0.1", false),
        ("Internet", "172.31.0.1", false),
        ("Internet", "172.32.0.1", true),
        ("Internet", "168.63.129.16", false),
        ("0.0.0.0/0", "20.1.1.1", true),
        ("0.0.0.0/0", "10.0.1.4", true),
        ("::/0", "10.0.1.4", false),
        ("*", "10.0.1.4", true),
    ] {
        let decided = inbound(&from(tag), source, "10.0.2.4", 80);
        assert_eq!(decided.rule() == "tag", hit, "{tag} {source}: {decided:?}");
    }
    // Public addresses used inside the network are not the Internet.
    let own = Tags::new(vec!["20.0.0.0/8".parse().unwrap()]);
    let decided = nsg_decides(
        &from("Internet"),
        Direction::Inbound,
        &packet("20.1.1.1", "20.1.1.2", 80),
        &own,
    );
    assert_eq!(decided, allow("AllowVnetInBound"));
}

#[test]
fn an_unknown_tag_leaves_it_open_unless_something_earlier_decides() {
    let unknown = rule(
        "tag",
        200,
        "Deny",
        json!({"sourceAddressPrefix": "Storage.WestEurope"}),
    );
    let open = nsg(std::slice::from_ref(&unknown));
    assert_eq!(inbound(&open, "10.0.1.4", "10.0.2.4", 80), undecided("tag"));
    let earlier = nsg(&[unknown.clone(), rule("earlier", 100, "Allow", json!({}))]);
    assert_eq!(
        inbound(&earlier, "10.0.1.4", "10.0.2.4", 80),
        allow("earlier")
    );
    // Another part of the rule may rule it out.
    let mut other = unknown.clone();
    other["properties"]["destinationPortRange"] = json!("443");
    assert_eq!(
        inbound(&nsg(&[other]), "10.0.1.4", "10.0.2.4", 80),
        allow("AllowVnetInBound")
    );
    // One of several sources may fit without it.
    let mut more = unknown;
    more["properties"]["sourceAddressPrefixes"] = json!(["10.0.1.0/24"]);
    assert_eq!(
        inbound(&nsg(&[more]), "10.0.1.4", "10.0.2.4", 80),
        deny("tag")
    );
    // Known, it decides; in a closed world it covers nothing.
    let packet = packet("10.0.1.4", "10.0.2.4", 80);
    let known = tags().with_tag("STORAGE.westeurope", vec!["10.0.1.0/24".parse().unwrap()]);
    assert_eq!(
        nsg_decides(&open, Direction::Inbound, &packet, &known),
        deny("tag")
    );
    assert_eq!(
        nsg_decides(&open, Direction::Inbound, &packet, &tags().closed()),
        allow("AllowVnetInBound")
    );
}

#[test]
fn application_security_groups() {
    let fields = json!({
        "sourceAddressPrefix": "", "sourceApplicationSecurityGroups": [{"id": "/asgs/Web"}],
        "destinationAddressPrefix": null, "destinationApplicationSecurityGroups": [{"id": "/asgs/api"}],
    });
    let group = nsg(&[rule("asg", 100, "Deny", fields)]);
    let of = |ips: &[&str]| {
        ips.iter()
            .map(|ip| ip.parse::<IpAddr>().unwrap())
            .collect::<Vec<_>>()
    };
    let known = tags()
        .with_group("/asgs/web", of(&["10.0.1.4"]))
        .with_group("/ASGS/api", of(&["10.0.2.4"]));
    let decide = |source, destination, tags: &Tags| {
        nsg_decides(
            &group,
            Direction::Inbound,
            &packet(source, destination, 80),
            tags,
        )
    };
    assert_eq!(decide("10.0.1.4", "10.0.2.4", &known), deny("asg"));
    assert_eq!(
        decide("10.0.1.5", "10.0.2.4", &known),
        allow("AllowVnetInBound")
    );
    assert_eq!(
        decide("10.0.1.4", "10.0.2.5", &known),
        allow("AllowVnetInBound")
    );
    assert_eq!(decide("10.0.1.4", "10.0.2.4", &tags()), undecided("asg"));
}

#[test]
fn what_cannot_be_read_leaves_it_open() {
    for (field, value) in [
        ("sourceAddressPrefix", json!("10.0.0.0/99")),
        ("sourceAddressPrefix", json!("789")),
        ("sourceAddressPrefix", json!({})),
        ("sourceAddressPrefix", json!("")),
        ("destinationPortRange", json!("80,443")),
        ("destinationPortRange", json!("90-80")),
        ("destinationPortRange", json!("99999")),
        ("destinationPortRanges", json!("x")),
        ("sourcePortRange", json!(null)),
        ("protocol", json!("Sctp")),
        ("access", json!("Maybe")),
        ("direction", json!("Sideways")),
        ("priority", json!("soon")),
        ("destinationApplicationSecurityGroups", json!(["x"])),
    ] {
        let mut odd = rule("odd", 100, "Deny", json!({}));
        odd["properties"][field] = value.clone();
        if field == "destinationPortRanges" {
            odd["properties"]["destinationPortRange"] = json!(null);
        }
        if field == "destinationApplicationSecurityGroups" {
            odd["properties"]["destinationAddressPrefix"] = json!(null);
        }
        let decided = inbound(&nsg(&[odd]), "10.0.1.4", "10.0.2.4", 80);
        assert_eq!(decided, undecided("odd"), "{field}: {value}");
    }
    let group = json!({"properties": {"securityRules": ["no rule"]}});
    assert_eq!(
        inbound(&group, "10.0.1.4", "10.0.2.4", 80),
        undecided("securityRules[0]")
    );
}

#[test]
fn numbers_as_text_and_words_in_any_case() {
    let fields = json!({"priority": "100", "direction": "INBOUND", "protocol": "TCP", "access": "deny", "destinationPortRange": 80});
    let group = nsg(&[rule("odd", 0, "", fields)]);
    assert_eq!(inbound(&group, "10.0.1.4", "10.0.2.4", 80), deny("odd"));
    assert_eq!(
        inbound(&group, "10.0.1.4", "10.0.2.4", 81),
        allow("AllowVnetInBound")
    );
}

#[test]
fn the_sixth_version_of_the_protocol() {
    let group = nsg(&[
        rule(
            "v6",
            100,
            "Deny",
            json!({"sourceAddressPrefix": "fd00:1::/64"}),
        ),
        rule(
            "all-v6",
            200,
            "Allow",
            json!({"sourceAddressPrefix": "::/0"}),
        ),
    ]);
    assert_eq!(inbound(&group, "fd00:1::4", "fd00:2::4", 80), deny("v6"));
    assert_eq!(
        inbound(&group, "fd00:3::4", "fd00:2::4", 80),
        allow("all-v6")
    );
    assert_eq!(
        inbound(&group, "10.0.1.4", "10.0.2.4", 80),
        allow("AllowVnetInBound")
    );
    assert_eq!(
        outbound(&group, "fd00:1::4", "2603:1030::1", 80),
        allow("AllowInternetOutBound")
    );
}
