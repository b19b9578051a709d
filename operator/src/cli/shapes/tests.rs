use super::*;
use serde_json::json;

const SHOP: &str = "/subscriptions/7c0e1f52-6a3b-4c1d-9e8f-000000000001/resourceGroups/rg-edge/providers/Microsoft.Network/applicationGateways/shop";

fn all(message: &str, good: &[Value], bad: &[Value]) {
    for value in good {
        assert_eq!(obeys(message, value), Some(true), "{message}: {value}");
    }
    for value in bad {
        assert_eq!(obeys(message, value), Some(false), "{message}: {value}");
    }
}

fn texts(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|text| json!(text)).collect()
}

#[test]
fn one_field_excludes_or_needs_another() {
    all(
        "interval or schedule, not both",
        &[
            json!({}),
            json!({"interval": "1h"}),
            json!({"schedule": {}}),
        ],
        &[json!({"interval": "1h", "schedule": {}})],
    );
    all(
        "allowedResolutions needs mode Review",
        &[
            json!({"allowedResolutions": []}),
            json!({"allowedResolutions": ["A"], "mode": "Review"}),
        ],
        &[
            json!({"allowedResolutions": ["A"]}),
            json!({"allowedResolutions": ["A"], "mode": "ReadOnly"}),
        ],
    );
    all(
        "exactly one of configMapRef and secretRef",
        &[json!({"configMapRef": {}}), json!({"secretRef": {}})],
        &[json!({}), json!({"configMapRef": {}, "secretRef": {}})],
    );
    all(
        "listener and port, or pathRule",
        &[json!({"listener": "l", "port": 1}), json!({"pathRule": {}})],
        &[
            json!({}),
            json!({"listener": "l"}),
            json!({"port": 1}),
            json!({"pathRule": {}, "port": 1}),
            json!({"pathRule": {}, "listener": "l"}),
        ],
    );
}

#[test]
fn durations_within_their_bounds() {
    all(
        WINDOW,
        &texts(&["5m", "1h30m", "24h"]),
        &texts(&["299s", "24h1s", "1", "soon", "", "1d"]),
    );
    all(
        "0s, or a duration from 1m to 24h, such as 15m or 1h",
        &texts(&["0s", "1m", "24h", "0h0m"]),
        &texts(&["1s", "59s", "1441m", "-5m", "1.5h", "90"]),
    );
    all(
        "a duration from 5m to 720h, such as 15m or 1h",
        &texts(&["5m", "720h"]),
        &texts(&["4m59s", "721h", "1d"]),
    );
}

#[test]
fn ids_hosts_paths_and_times_of_day() {
    let good = [
        SHOP.to_owned(),
        SHOP.to_uppercase(),
        format!("{SHOP}/backendAddressPools/api"),
        SHOP.replace(
            "Microsoft.Network/applicationGateways",
            "Microsoft.ServiceNetworking/trafficControllers",
        ),
    ];
    let bad = [
        "shop".to_owned(),
        String::new(),
        format!("{SHOP}/"),
        format!("{SHOP}/backendAddressPools"),
        format!("https://management.azure.com{SHOP}"),
        SHOP.replace("/shop", ""),
        SHOP.replace("shop", "<name>"),
        SHOP.replace("shop", "a b"),
        SHOP.replace("rg-edge", "\u{7}"),
        SHOP.replace("rg-edge", ""),
        SHOP.replace("7c0e1f52", "7c0e_f52"),
        SHOP.replace("resourceGroups", "groups"),
        format!("{SHOP}?api-version=2024-03-01"),
    ];
    for (ids, fits) in [(&good[..], true), (&bad[..], false)] {
        for id in ids {
            assert_eq!(is_arm_id(id), fits, "{id}");
        }
    }
    all(
        HOST,
        &texts(&["shop.contoso.com", "10.2.0.4", "x", "a_b"]),
        &texts(&[
            "https://shop",
            "shop:443",
            "shop/cart",
            "-shop",
            "shop-",
            "a b",
            "",
        ]),
    );
    all(
        PATH,
        &texts(&["/", "/cart?id=1", "/k%C3%A4se", "/a\"b"]),
        &texts(&["cart", "/a b", "/a#b", "https://shop/", "/käse", ""]),
    );
    all(
        "five fields as in crontab: minute, hour, day of month, month, day of week",
        &texts(&["*/15 6-20 * * 1-5", "0 0 1 JAN MON", "0  0 * * *"]),
        &texts(&[
            "@hourly",
            "* * * *",
            "0 0 6 * * *",
            " 0 0 * * *",
            "0 0 * * * ",
        ]),
    );
    all(
        "a time zone such as Europe/Berlin",
        &texts(&["Europe/Berlin", "UTC", "Etc/GMT+1"]),
        &texts(&["Europe/ Berlin", "../etc/passwd", "/Europe", "Europe/", ""]),
    );
}

#[test]
fn patterns_of_names_and_codes() {
    for (pattern, good, bad) in [
        (
            "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
            &["a", "a-b.c", "9"][..],
            &["", "A", "-a", "a-", "a_b"][..],
        ),
        (
            "^[A-Za-z0-9._-]+$",
            &["root.crt", "-", "_"],
            &["", "a b", "a/b"],
        ),
        (
            "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_])?$",
            &["api", "a_", "A.b-c"],
            &["", "_a", "a-", "a b"],
        ),
        (
            "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
            &["10.2.0.4", "x"],
            &["", "a_", "a.", ".a"],
        ),
        ("^/[!\"$-~]*$", &["/", "/cart/*"], &["", "cart", "/#"]),
        (
            "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$",
            &["200", "200-399"],
            &["", "600", "20", "200-", "-399", "200-399-400", "2000"],
        ),
    ] {
        for text in good {
            assert_eq!(matches(pattern, text), Some(true), "{pattern}: {text}");
        }
        for text in bad {
            assert_eq!(matches(pattern, text), Some(false), "{pattern}: {text}");
        }
    }
    assert_eq!(matches("^x$", "x"), None);
    assert_eq!(obeys("another rule", &json!({})), None);
}
