//! World files: what is refused, and that the error says where.

use super::*;

fn error(text: &str) -> String {
    World::from_yaml(text).unwrap_err().to_string()
}

#[test]
fn unknown_fields_are_refused_by_name_and_line() {
    let text = "gateways:\n  shop:\n    subnet: a/b\n    settigns: {}\n";
    let error = error(text);
    assert!(
        error.contains("settigns") && error.contains("line 4"),
        "{error}"
    );
    for text in [
        "nonsense: 1",
        "networks: {v: {space: [], subnet: {}}}",
        "backEnds: {'10.0.0.1:80': {listen: refused}}",
        "health: {word: live}",
        "nics: {n: {address: 10.0.0.1, subnet: v/s, ip: x}}",
    ] {
        assert!(World::from_yaml(text).is_err(), "{text}");
    }
}

#[test]
fn what_does_not_fit_is_said_with_its_place() {
    for (text, place) in [
        (
            "gateways: {shop: {subnet: v/s}}",
            "gateways.shop.subnet: no `v` among the virtualNetworks",
        ),
        (
            "networks: {v: {space: [10.0.0.0/8]}}\ngateways: {shop: {subnet: v/s}}",
            "no subnet `s` in the network `v`",
        ),
        (
            "networks: {v: {space: [10.0.0.0/88]}}",
            "networks.v.space: `10.0.0.0/88` is no prefix",
        ),
        (
            "networks: {v: {space: [], subnets: {s: {}}}}",
            "networks.v.subnets.s: needs either",
        ),
        (
            "nsgs: {n: {rules: {r: 100 Maybe In}}}",
            "nsgs.n.rules.r: neither Allow nor Deny in",
        ),
        (
            "nsgs: {n: {rules: {r: Deny In}}}",
            "nsgs.n.rules.r: no priority in",
        ),
        ("nsgs: {n: {rules: {r: 100 Deny Up}}}", "neither In nor Out"),
        (
            "nsgs: {n: {rules: {r: 100 Deny In port 80}}}",
            "no meaning for `port`",
        ),
        (
            "nsgs: {n: {rules: {r: 100 Deny In from}}}",
            "nothing after the last word",
        ),
        (
            "nsgs: {n: {rules: {r: '100 Deny In ports asg:x'}}}",
            "a security group for a port",
        ),
        (
            "routeTables: {t: {routes: {r: 0.0.0.0/0}}}",
            "routeTables.t.routes.r:",
        ),
        (
            "backEnds: {10.0.0.1: {}}",
            "backEnds: `10.0.0.1` is no ADDRESS:PORT",
        ),
        ("names: {a: [b]}", "names.a: `b` is no IP address"),
        ("tags: {T: [x]}", "tags.T: `x` is no prefix"),
        ("documents: [{name: x}]", "documents[0]: needs an `id`"),
        ("denied: [read all of it]", "denied[0]:"),
        (
            "nics: {n: {address: x, subnet: /a}}",
            "nics.n.address: `x` is no IP address",
        ),
    ] {
        let error = error(text);
        assert!(error.contains(place), "{text}: {error}");
    }
    let gateway = |parts: &str| {
        error(&format!(
            "networks: {{v: {{space: [10.0.0.0/8], subnets: {{s: {{prefix: 10.0.0.0/24}}}}}}}}\ngateways: {{shop: {{subnet: v/s, {parts}}}}}"
        ))
    };
    for (parts, place) in [
        (
            "rules: {r: {listener: l}}",
            "gateways.shop.rules.r: no `l` among the httpListeners",
        ),
        (
            "settings: {s: {port: 1, probe: p}}",
            "gateways.shop.settings.s: no `p` among the probes",
        ),
        (
            "settings: {s: {port: 1, roots: [x]}}",
            "gateways.shop.settings.s.roots: no `x`",
        ),
        (
            "listeners: {l: {port: 80, frontend: f}}",
            "gateways.shop.listeners.l: no frontend `f`",
        ),
        (
            "frontends: {f: public}",
            "gateways.shop.frontends.f: `public` is neither",
        ),
        (
            "pools: {p: ['nic:n']}",
            "gateways.shop.pools.p[0]: no `n` among the networkInterfaces",
        ),
        (
            "pathMaps: {m: {default: {pool: p}}}",
            "gateways.shop.pathMaps.m.default: no `p` among the backendAddressPools",
        ),
        (
            "redirects: {r: {listener: l}}",
            "gateways.shop.redirects.r: no `l`",
        ),
        (
            "instances: [x]",
            "gateways.shop.instances: `x` is no IP address",
        ),
        ("pools: {p: [], P: []}", "`P` is there twice"),
    ] {
        let error = gateway(parts);
        assert!(error.contains(place), "{parts}: {error}");
    }
    let error = World::load(&directory().join("none.yaml"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("none.yaml"), "{error}");
}

#[test]
fn other_documents_are_kept_word_for_word() {
    let world = yaml(
        "
documents:
  - id: /subscriptions/S2/resourceGroups/rg-Odd/providers/Microsoft.ServiceNetworking/trafficControllers/alb
    type: Microsoft.ServiceNetworking/trafficControllers
    properties: {frontends: [], count: '7', nothing: null}
  - id: /subscriptions/S2/resourceGroups/rg-Odd/providers/Microsoft.Network/networkSecurityGroups/raw
    properties: {securityRules: 7}
",
    );
    let all = "/subscriptions/s2/resourceGroups/rg-odd/providers/Microsoft.ServiceNetworking/trafficControllers";
    let [document] = &world.list(all)[..] else {
        panic!()
    };
    assert_eq!(document["name"], "alb");
    assert_eq!(
        document["properties"],
        serde_json::json!({"frontends": [], "count": "7", "nothing": null})
    );
    assert_eq!(document.get("etag"), None);
    assert_eq!(world.group("s2", "RG-odd").unwrap()["name"], "rg-Odd");
    assert!(world.subscription("s2").is_some());
    let nsg = "/subscriptions/S2/resourceGroups/rg-Odd/providers/Microsoft.Network/networkSecurityGroups/raw";
    assert_eq!(
        world.get(nsg).unwrap()["properties"],
        serde_json::json!({"securityRules": 7})
    );
}

#[test]
fn an_empty_world_is_a_world() {
    let world = yaml("tenant: t\nlocation: northeurope\n");
    assert_eq!(world.tenant(), "t");
    assert!(world.gateway_ids().is_empty());
    let [group] = &world.groups("00000000-0000-0000-0000-000000000001")[..] else {
        panic!()
    };
    assert_eq!(
        (&group["name"], &group["location"]),
        (&"rg-edge".into(), &"northeurope".into())
    );
}
