//! Expectations by hand, from azure-facts §7 and §15.2 rows 15 to 18 and 30.
use super::*;
use serde_json::json;

/// Settings `s` and a probe `p`, each with these members; the settings refer to the probe if it has any.
fn gateway(tier: &str, setting: &Value, probe: &Value) -> Value {
    let mut setting = setting.clone();
    if *probe != json!({}) {
        setting["probe"] = json!({"id": "/g/probes/P"});
    }
    json!({"properties": {"sku": {"tier": tier},
        "backendHttpSettingsCollection": [{"name": "s", "properties": setting}],
        "probes": [{"name": "p", "properties": probe}, {"name": "unused", "properties": {"port": 1, "host": "unused"}}]}})
}

fn host(setting: &Value, probe: &Value, member: &str) -> String {
    let doc = gateway("Standard_v2", setting, probe);
    Gateway(&doc)
        .effective_probe("s")
        .unwrap()
        .host(member)
        .name
}

fn sni(tier: &str, setting: &Value, probe: &Value, member: &str) -> Option<String> {
    let doc = gateway(tier, setting, probe);
    let probe = Gateway(&doc).effective_probe("s").unwrap();
    probe.sni(member).map(|sent| sent.name)
}

#[test]
fn the_host_header_in_its_order() {
    let none = || json!({});
    let named = || json!({"hostName": "setting.contoso.com"});
    let picks = || json!({"pickHostNameFromBackendAddress": true});
    let own = || json!({"host": "probe.contoso.com"});
    let from_settings = || json!({"pickHostNameFromBackendHttpSettings": "true"});
    for (setting, probe, wanted) in [
        (none(), none(), "127.0.0.1"),
        (named(), none(), "setting.contoso.com"),
        (picks(), none(), "be.contoso.com"),
        (named(), own(), "probe.contoso.com"),
        (named(), from_settings(), "setting.contoso.com"),
        (picks(), from_settings(), "be.contoso.com"),
        // A custom probe that names nobody does not look at the settings.
        (named(), json!({"path": "/x"}), "127.0.0.1"),
        (none(), from_settings(), "127.0.0.1"),
    ] {
        let shown = format!("{setting} {probe}");
        assert_eq!(host(&setting, &probe, "be.contoso.com"), wanted, "{shown}");
    }
}

#[test]
fn the_server_name_in_its_order_and_none_for_an_address() {
    let v2 = "WAF_v2";
    let named = || json!({"hostName": "setting.contoso.com"});
    let own = || json!({"host": "probe.contoso.com"});
    let fixed = || json!({"hostName": "setting.contoso.com", "sniName": "sni.contoso.com"});
    for (tier, setting, probe, member, wanted) in [
        (
            v2,
            named(),
            own(),
            "be.contoso.com",
            Some("probe.contoso.com"),
        ),
        (
            v2,
            named(),
            json!({"path": "/"}),
            "be.contoso.com",
            Some("setting.contoso.com"),
        ),
        (
            v2,
            json!({}),
            json!({}),
            "be.contoso.com",
            Some("be.contoso.com"),
        ),
        (v2, json!({}), json!({}), "10.2.0.4", None),
        (
            v2,
            json!({"hostName": "10.9.9.9"}),
            json!({}),
            "be.contoso.com",
            Some("be.contoso.com"),
        ),
        (v2, fixed(), own(), "10.2.0.4", Some("sni.contoso.com")),
        (
            "Standard",
            named(),
            own(),
            "be.contoso.com",
            Some("be.contoso.com"),
        ),
        ("Standard", named(), own(), "10.2.0.4", None),
    ] {
        let shown = format!("{tier} {setting} {probe} {member}");
        let sent = sni(tier, &setting, &probe, member);
        assert_eq!(sent.as_deref(), wanted, "{shown}");
    }
}

#[test]
fn a_port_of_its_own_counts_on_v2_alone() {
    let probe = || json!({"port": "8443", "protocol": "Https"});
    let setting = || json!({"port": 443, "protocol": "Http"});
    for (tier, port) in [
        ("Standard_v2", 8443),
        ("Basic", 8443),
        ("Standard", 443),
        ("WAF", 443),
    ] {
        let doc = gateway(tier, &setting(), &probe());
        let probe = Gateway(&doc).effective_probe("S").unwrap();
        assert_eq!(probe.port(), Some(port), "{tier}");
        assert_eq!(probe.speaks_tls(), Some(true), "{tier}");
    }
    let doc = gateway("Standard_v2", &setting(), &json!({}));
    let default = Gateway(&doc).effective_probe("s").unwrap();
    assert_eq!(
        (default.port(), default.speaks_tls()),
        (Some(443), Some(false))
    );
    assert_eq!(default.title(), "default probe");
    assert_eq!(default.words(), "/, 30 s, 200-399");
}

#[test]
fn a_reference_that_leads_nowhere_is_no_default_probe() {
    let mut doc = gateway("Standard_v2", &json!({}), &json!({"path": "/"}));
    doc["properties"]["probes"] = json!([]);
    let why = Gateway(&doc).effective_probe("s").unwrap_err();
    assert_eq!(
        why,
        "settings s refer to a probe P that the gateway does not have"
    );
    let why = Gateway(&doc).effective_probe("t").unwrap_err();
    assert_eq!(why, "the gateway's document has no settings t");
}

#[test]
fn accepted_codes_by_default_by_match_and_unreadable() {
    let accepts = |codes: Value, code: u16| {
        let probe = json!({"path": "/", "match": {"statusCodes": codes}});
        let doc = gateway("Standard_v2", &json!({}), &probe);
        Gateway(&doc).effective_probe("s").unwrap().accepts(code)
    };
    assert_eq!(accepts(json!(null), 301), Some(true));
    assert_eq!(accepts(json!([]), 404), Some(false));
    assert_eq!(accepts(json!(["200", "300-302"]), 301), Some(true));
    assert_eq!(accepts(json!(["200", 401]), 401), Some(true));
    assert_eq!(accepts(json!(["200-299"]), 301), Some(false));
    assert_eq!(accepts(json!(["2xx"]), 301), None);
}

#[test]
fn plain_http_takes_every_setting() {
    let plain = |protocols: &[Value]| {
        let settings: Vec<Value> = protocols
            .iter()
            .map(|p| json!({"properties": {"protocol": p}}))
            .collect();
        let doc = json!({"properties": {"backendHttpSettingsCollection": settings}});
        Gateway(&doc).is_plain_http()
    };
    assert_eq!(plain(&[json!("Http"), json!("HTTP")]), Some(true));
    assert_eq!(plain(&[json!("Http"), json!("Https")]), Some(false));
    assert_eq!(plain(&[json!("Http"), json!(null)]), None);
    assert_eq!(plain(&[]), None);
}
