use super::*;
use serde_json::json;

/// A gateway with a canary in every place that could hold a secret, and what must survive.
fn planted() -> Value {
    json!({
        "tags": {"contact": "CANARY-1", "managed-by-k8s-ingress": "true"},
        "properties": {
            "sslCertificates": [{"name": "c", "properties":
                {"data": "CANARY-2", "password": "CANARY-3", "keyVaultSecretId": "https://v/secrets/c"}}],
            "trustedRootCertificates": [{"properties": {"data": "MIIC-public"}}],
            "authenticationCertificates": [{"properties": {"data": "MIIC-leaf"}}],
            "trustedClientCertificates": [{"properties":
                {"data": "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCANARY-4"}}],
            "rewriteRuleSets": [{"properties": {"rewriteRules": [{"actionSet": {
                "requestHeaderConfigurations": [
                    {"headerName": "X-Api", "headerValue": "CANARY-5"},
                    {"headerName": "Host", "headerValue": "shop.internal"}]}}]}}],
            "customErrorConfigurations": [{"customErrorPageUrl":
                "https://a.blob.core.windows.net/p?sv=2020&sig=CANARY-6&se=x"}],
            "probes": [{"properties": {"path": "/h?token=CANARY-7&a=b"}}],
            "servers": [{"healthProbeLog": "got Authorization: Bearer CANARY-8-abcdefgh, 401"}],
            "workspace": {"primarySharedKey": "CANARY-9", "nested": {"clientSecret": {"value": "CANARY-10"}}},
            "timeseries": [{"data": [{"maximum": 1}]}],
            "headers": {"Authorization": "CANARY-11"},
            "authorization": {"action": "a/b/listKeys/action"},
        },
    })
}

#[test]
fn a30_planted_secrets_go_and_everything_else_stays() {
    let mut value = planted();
    body(&mut value);
    let text = value.to_string();
    assert!(!text.contains("CANARY"), "{text}");
    for kept in [
        "https://v/secrets/c",
        "MIIC-public",
        "MIIC-leaf",
        "shop.internal",
        "sv=2020",
        "/h?token=REDACTED&a=b",
        "\"maximum\":1",
        "a/b/listKeys/action",
        "\"managed-by-k8s-ingress\":\"true\"",
        ", 401",
    ] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
    let once = value.clone();
    body(&mut value);
    assert_eq!(value, once, "twice is once");
}

/// What the App Service, an activity log and a log answer can give away, and what must survive.
#[test]
fn a30_sites_and_logs_give_nothing_away() {
    let sent =
        json!({"sslCertificates": [{"properties": {"data": "CANARY-1", "password": "CANARY-2"}}]});
    let failed =
        json!({"error": {"code": "BadRequest", "message": "m", "adminPassword": "CANARY-3"}});
    let mut value = json!({
        "site": {"state": "Running", "ftpUsername": "CANARY-4", "siteProperties": {"appSettings": {"K": "CANARY-5"}},
            "siteConfig": {"appSettings": [{"name": "CANARY-6", "value": "CANARY-7"}], "connectionStrings": null,
                "machineKey": {"decryptionKey": "CANARY-8"}}},
        "config": {"publishingUsername": "$CANARY-9", "publishingPassword": "CANARY-10", "appSettings": null,
            "connectionStrings": [{"name": "CANARY-11", "connectionString": "CANARY-12", "type": "Custom"}],
            "azureStorageAccounts": {"a": {"accountName": "acct", "accessKey": "CANARY-13"}},
            "appCommandLine": "run --password CANARY-14",
            "ipSecurityRestrictions": [{"ipAddress": "Any", "headers": {"x-azure-fdid": ["guid"]}}]},
        "event": {"claims": {"name": "CANARY-15"}, "caller": "ops@contoso.com",
            "authorization": {"action": "a/b/write", "evidence": {"role": "CANARY-16"}},
            "httpRequest": {"clientIpAddress": "CANARY-17", "method": "PUT"},
            "properties": {"requestbody": sent.to_string(), "responseBody": "CANARY-18",
                "statusMessage": failed.to_string(), "more": "run --password=CANARY-21 --port 80", "cut": format!("{{\"sharedKey\": \"CANARY-19")}},
        "tables": [{"columns": [{"name": "ErrorInfo"}], "rows": [["https://h/p?sig=CANARY-20", 502]]}],
    });
    body(&mut value);
    let text = value.to_string();
    assert!(!text.contains("CANARY"), "{text}");
    for kept in [
        "\"state\":\"Running\"",
        "\"connectionStrings\":null",
        "x-azure-fdid",
        "\"guid\"",
        "--port 80",
        "ops@contoso.com",
        "a/b/write",
        "\"method\":\"PUT\"",
        "\\\"code\\\":\\\"BadRequest\\\"",
        "https://h/p?sig=REDACTED",
        "502",
    ] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
    assert!(
        !text.contains("claims") && !text.contains("evidence"),
        "{text}"
    );
    let once = value.clone();
    body(&mut value);
    assert_eq!(value, once, "twice is once");
}

#[test]
fn a_document_within_a_text_stays_as_it_was_written_where_nothing_is_hidden() {
    let text = "{ \"error\": {\"code\": \"X\",  \"message\": \"m\"} }";
    let mut value = json!({"statusMessage": text, "open": "{\"a\": ", "list": "[1, 2"});
    let before = value.clone();
    body(&mut value);
    assert_eq!(value, before);
}

#[test]
fn headers_are_kept_by_name_only() {
    assert!(keeps_header("Content-Type") && keeps_header("retry-after"));
    for name in [
        "Authorization",
        "Location",
        "azure-asyncoperation",
        "set-cookie",
    ] {
        assert!(!keeps_header(name));
    }
}
