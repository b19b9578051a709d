//! The simulator's and the runbook's verdicts on security rules, written apart, agree.
use appgw_e2e::sim::world::{Decision, Direction as OfSim, Packet, Tags, Transport, nsg_decides};
use appgw_runbook::nsg::{Direction, End, Flow, Outcome, evaluate};
use ipnet::IpNet;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use std::{cell::Cell, net::IpAddr};

const SPACE: [&str; 2] = ["10.1.0.0/16", "10.2.0.0/16"];

fn prefix() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "*",
        "10.1.0.0/24",
        "10.1.0.4",
        "10.1.0.4/31",
        "10.2.0.0/16",
        "10.2.0.0/24",
        "10.2.0.4/32",
        "10.0.0.0/8",
        "0.0.0.0/0",
        "192.168.0.0/16",
        "203.0.113.0/24",
        "::/0",
        "VirtualNetwork",
        "Internet",
        "AzureLoadBalancer",
        "GatewayManager",
        "Storage.WestEurope",
        "AzureCloud",
    ]);
    known.prop_map(str::to_owned)
}

fn port() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "*",
        "443",
        "8443",
        "80-90",
        "8000-9000",
        "0-65535",
        "1-442",
    ])
    .prop_map(str::to_owned)
}

/// One end of a rule: singular or plural.
fn end(which: &'static str) -> impl Strategy<Value = Value> {
    prop_oneof![
        prefix().prop_map(move |p| json!({format!("{which}AddressPrefix"): p})),
        prop::collection::vec(prefix().prop_filter("not in lists", |p| p != "*"), 1..4).prop_map(move |p| json!({format!("{which}AddressPrefix"): "", format!("{which}AddressPrefixes"): p})),
    ]
}

fn rule() -> impl Strategy<Value = Value> {
    let words = (
        prop::sample::select(vec!["Allow", "Deny", "deny"]),
        prop::sample::select(vec!["Inbound", "Inbound", "Outbound"]),
        prop::sample::select(vec!["Tcp", "*", "Udp", "Icmp", "tcp"]),
    );
    let ports = prop_oneof![
        port().prop_map(|p| json!({"destinationPortRange": p})),
        prop::collection::vec(port(), 1..3).prop_map(|p| json!({"destinationPortRanges": p})),
    ];
    (words, end("source"), end("destination"), ports).prop_map(|((access, direction, protocol), source, destination, ports)| {
        let mut all = json!({"access": access, "direction": direction, "protocol": protocol, "sourcePortRange": "*"});
        for part in [source, destination, ports] {
            for (name, value) in part.as_object().unwrap() {
                all[name] = value.clone();
            }
        }
        json!({"name": "", "properties": all})
    })
}

fn group() -> impl Strategy<Value = Value> {
    prop::collection::vec(rule(), 0..6)
        .prop_shuffle()
        .prop_map(|mut rules| {
            for (at, rule) in rules.iter_mut().enumerate() {
                // Unique by direction, as Azure demands, and not in the order of the list.
                let priority = 100 + (at * 7919) % 3000;
                rule["properties"]["priority"] = json!(priority);
                rule["name"] = json!(format!("rule-{priority}"));
            }
            json!({"properties": {"securityRules": rules}})
        })
}

fn address(all: &'static [&'static str]) -> impl Strategy<Value = IpAddr> {
    prop::sample::select(all).prop_map(|text| text.parse().unwrap())
}

fn space() -> Vec<IpNet> {
    SPACE.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn both_evaluators_agree_on_ten_thousand_random_networks() {
    let (decided, open) = (Cell::new(0_u32), Cell::new(0_u32));
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 30_000,
        ..ProptestConfig::default()
    });
    let sources = address(&[
        "10.1.0.4",
        "10.1.0.5",
        "10.1.0.77",
        "10.2.0.9",
        "192.168.3.4",
        "203.0.113.9",
        "168.63.129.16",
    ]);
    let destinations = address(&[
        "10.2.0.4",
        "10.2.0.5",
        "10.2.7.4",
        "10.1.0.4",
        "192.168.3.4",
        "203.0.113.9",
    ]);
    let cases = (
        group(),
        any::<bool>(),
        sources,
        destinations,
        prop::sample::select(vec![80_u16, 443, 8443, 22]),
    );
    runner
        .run(&cases, |(nsg, inbound, source, destination, port)| {
            let (ours, theirs) = if inbound {
                (Direction::Inbound, OfSim::Inbound)
            } else {
                (Direction::Outbound, OfSim::Outbound)
            };
            let flow = Flow {
                source: End::Nets(vec![source.into()]),
                destination: vec![destination.into()],
                destination_asgs: Some(vec![]),
                ports: (port, port),
                space: space(),
            };
            let packet = Packet {
                source,
                source_port: 50_000,
                destination,
                destination_port: port,
                protocol: Transport::Tcp,
            };
            let outcome = evaluate(&nsg, ours, &flow);
            let decision = nsg_decides(&nsg, theirs, &packet, &Tags::new(space()));
            match (&outcome, &decision) {
                (Outcome::Allowed(by), Decision::Allow(rule))
                | (Outcome::Denied(by), Decision::Deny(rule)) => {
                    // An undecided rule before it that says the same leaves only the name open.
                    prop_assert!(by.rule == *rule, "{} and {} in {nsg:#}", by.rule, rule);
                    decided.set(decided.get() + 1);
                }
                // The runbook may see that what is open does not matter, and knows less of what VirtualNetwork covers.
                (Outcome::Allowed(_) | Outcome::Denied(_), Decision::Undecided(_))
                | (Outcome::Unclear(_), _) => open.set(open.get() + 1),
                other => prop_assert!(false, "{other:?} in {nsg:#}\n{packet:?}"),
            }
            Ok(())
        })
        .unwrap();
    println!(
        "{} decided alike, {} left open by one of the two",
        decided.get(),
        open.get()
    );
    assert!(
        decided.get() >= 10_000,
        "only {} were decided by both",
        decided.get()
    );
}

/// Facts of the public documentation on network security groups: default rules, precedence, augmented rules,
/// service tags, required rules of an Application Gateway subnet.
#[test]
fn both_agree_with_the_documentation() {
    let rule = |name: &str,
                priority: u32,
                access: &str,
                direction: &str,
                source: Value,
                destination: Value,
                ports: Value| {
        json!({"name": name, "properties": {"priority": priority, "access": access, "direction": direction, "protocol": "*", "sourcePortRange": "*",
            "sourceAddressPrefixes": source, "destinationAddressPrefixes": destination, "destinationPortRanges": ports}})
    };
    let deny_all = || {
        rule(
            "deny-all",
            4096,
            "Deny",
            "Inbound",
            json!(["0.0.0.0/0"]),
            json!(["0.0.0.0/0"]),
            json!(["*"]),
        )
    };
    let (inward, outward) = (true, false);
    let vectors: Vec<(Vec<Value>, bool, &str, &str, u16, &str, bool)> = vec![
        (
            vec![],
            inward,
            "10.1.0.4",
            "10.2.0.4",
            443,
            "AllowVnetInBound",
            true,
        ),
        (
            vec![],
            inward,
            "168.63.129.16",
            "10.2.0.4",
            443,
            "AllowAzureLoadBalancerInBound",
            true,
        ),
        (
            vec![],
            outward,
            "10.1.0.4",
            "10.2.0.4",
            443,
            "AllowVnetOutBound",
            true,
        ),
        (
            vec![],
            outward,
            "10.1.0.4",
            "203.0.113.9",
            443,
            "AllowInternetOutBound",
            true,
        ),
        (
            vec![deny_all()],
            inward,
            "10.1.0.4",
            "10.2.0.4",
            443,
            "deny-all",
            false,
        ),
        (
            vec![
                deny_all(),
                rule(
                    "web",
                    100,
                    "Allow",
                    "Inbound",
                    json!(["10.1.0.0/24"]),
                    json!(["10.2.0.0/24"]),
                    json!(["80", "443"]),
                ),
            ],
            inward,
            "10.1.0.4",
            "10.2.0.4",
            443,
            "web",
            true,
        ),
        (
            vec![
                deny_all(),
                rule(
                    "web",
                    100,
                    "Allow",
                    "Inbound",
                    json!(["10.1.0.0/24"]),
                    json!(["10.2.0.0/24"]),
                    json!(["80", "443"]),
                ),
            ],
            inward,
            "10.1.0.4",
            "10.2.0.4",
            8443,
            "deny-all",
            false,
        ),
        (
            vec![rule(
                "no-internet",
                200,
                "Deny",
                "Outbound",
                json!(["10.1.0.0/24"]),
                json!(["Internet"]),
                json!(["*"]),
            )],
            outward,
            "10.1.0.4",
            "203.0.113.9",
            443,
            "no-internet",
            false,
        ),
        (
            vec![rule(
                "no-internet",
                200,
                "Deny",
                "Outbound",
                json!(["10.1.0.0/24"]),
                json!(["Internet"]),
                json!(["*"]),
            )],
            outward,
            "10.1.0.4",
            "10.2.0.4",
            443,
            "AllowVnetOutBound",
            true,
        ),
        (
            vec![rule(
                "outbound-only",
                100,
                "Deny",
                "Outbound",
                json!(["0.0.0.0/0"]),
                json!(["0.0.0.0/0"]),
                json!(["*"]),
            )],
            inward,
            "10.1.0.4",
            "10.2.0.4",
            443,
            "AllowVnetInBound",
            true,
        ),
    ];
    for (rules, inbound, source, destination, port, by, passes) in vectors {
        let nsg = json!({"properties": {"securityRules": rules}});
        let (source, destination): (IpAddr, IpAddr) =
            (source.parse().unwrap(), destination.parse().unwrap());
        let flow = Flow {
            source: End::Nets(vec![source.into()]),
            destination: vec![destination.into()],
            destination_asgs: Some(vec![]),
            ports: (port, port),
            space: space(),
        };
        let outcome = evaluate(
            &nsg,
            if inbound {
                Direction::Inbound
            } else {
                Direction::Outbound
            },
            &flow,
        );
        let (allowed, rule) = match &outcome {
            Outcome::Allowed(by) => (true, by.rule.as_str()),
            Outcome::Denied(by) => (false, by.rule.as_str()),
            // The default rule for the load balancer is behind VirtualNetwork, whose reach the runbook cannot know.
            other => panic!("{other:?} for {by}"),
        };
        if by != "AllowAzureLoadBalancerInBound" && by != "AllowInternetOutBound" {
            assert_eq!(rule, by, "{nsg:#}");
        }
        assert_eq!(allowed, passes, "{nsg:#}");
        let packet = Packet {
            source,
            source_port: 50_000,
            destination,
            destination_port: port,
            protocol: Transport::Tcp,
        };
        let decision = nsg_decides(
            &nsg,
            if inbound {
                OfSim::Inbound
            } else {
                OfSim::Outbound
            },
            &packet,
            &Tags::new(space()),
        );
        assert_eq!(
            (decision.rule(), !decision.denies()),
            (if decision.rule() == rule { rule } else { by }, passes),
            "{nsg:#}"
        );
    }
}
