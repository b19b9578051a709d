use super::*;
use serde_json::json;

const NOW: &str = "2026-11-26T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn leaf(more: &Value) -> Value {
    let mut leaf = json!({"subject": "CN=shop", "issuer": "CN=Corp CA", "commonNames": ["old.contoso.com"],
        "names": ["shop.contoso.com", "*.api.contoso.com"], "addresses": [],
        "notBefore": "2026-01-01T00:00:00Z", "notAfter": "2027-01-01T00:00:00Z", "authority": false});
    for (member, value) in more.as_object().unwrap() {
        leaf[member] = value.clone();
    }
    json!({"chain": [leaf], "leaf": 0, "public": "UnknownIssuer", "given": "UnknownIssuer"})
}

#[test]
fn names_are_those_listed_and_a_common_name_counts_only_without_them() {
    let answer = leaf(&json!({}));
    let shown = Shown(&answer);
    for (host, good) in [
        ("SHOP.contoso.com", true),
        ("a.api.contoso.com", true),
        ("a.b.api.contoso.com", false),
        ("api.contoso.com", false),
        ("old.contoso.com", false),
    ] {
        assert_eq!(shown.covers(host), Some(good), "{host}");
    }
    let answer = leaf(&json!({"names": []}));
    assert_eq!(Shown(&answer).covers("old.contoso.com"), Some(true));
    // A certificate for an address has no name at all.
    let answer = leaf(&json!({"names": [], "addresses": ["10.2.0.4"]}));
    assert_eq!(Shown(&answer).covers("old.contoso.com"), Some(false));
}

#[test]
fn nothing_is_said_of_a_certificate_that_is_not_there() {
    for answer in [
        json!({}),
        json!({"chain": [], "leaf": null}),
        json!({"chain": [null], "leaf": 0}),
        json!({"chain": "x", "leaf": "y"}),
    ] {
        let shown = Shown(&answer);
        assert_eq!(shown.covers("shop.contoso.com"), None, "{answer}");
        assert_eq!(shown.out_of_date(now()), None);
        assert!(!shown.contradicts(&LogClass::CertificateDates, None, now()));
        assert!(!shown.words(now()).is_empty());
    }
}

#[test]
fn dates_are_judged_by_the_clock_of_the_facts() {
    let answer = leaf(&json!({"notAfter": "2026-11-25T00:00:00Z"}));
    let said = Shown(&answer).out_of_date(now());
    assert_eq!(said.as_deref(), Some("expired on 2026-11-25"));
    let answer = leaf(&json!({"notBefore": "2026-12-01T00:00:00Z"}));
    let said = Shown(&answer).out_of_date(now());
    assert_eq!(said.as_deref(), Some("not good before 2026-12-01"));
}

#[test]
fn what_is_seen_here_speaks_against_the_log_only_where_it_is_about_the_same() {
    let answer = leaf(&json!({}));
    let shown = Shown(&answer);
    let against = |class| shown.contradicts(&class, Some("shop.contoso.com"), now());
    assert!(against(LogClass::CertificateName) && against(LogClass::CertificateDates));
    assert!(against(LogClass::ChainOrder) && against(LogClass::LeafMissing));
    assert!(!against(LogClass::CertificateAuthority) && !against(LogClass::CertificateRoot));
    assert!(!against(LogClass::CertificateChain) && !against(LogClass::Tls));
    assert!(!shown.contradicts(&LogClass::CertificateName, Some("x.contoso.com"), now()));
    assert!(!shown.contradicts(&LogClass::CertificateName, None, now()));
    let mut known = answer.clone();
    known["public"] = json!("ok");
    assert!(Shown(&known).contradicts(&LogClass::CertificateAuthority, None, now()));
}

#[test]
fn private_is_a_root_that_the_leaf_leads_to_and_nobody_knows() {
    let with = |root: Value, why: &str| {
        let mut answer = leaf(&json!({}));
        answer["chain"].as_array_mut().unwrap().push(root);
        answer["public"] = json!(why);
        Shown(&answer).is_private()
    };
    let own = || json!({"subject": "CN=Corp CA", "issuer": "CN=Corp CA"});
    assert_eq!(with(own(), "UnknownIssuer"), Some(true));
    // A root that everybody knows, and nothing between it and the leaf.
    let other = json!({"subject": "CN=Known Root", "issuer": "CN=Known Root"});
    assert_eq!(with(other, "UnknownIssuer"), None);
    // It fails for another reason than its root.
    assert_eq!(with(own(), "UnsupportedSignatureAlgorithm"), None);
    assert_eq!(with(own(), "ok"), Some(false));
    // Issuers that lead in a circle.
    let circle = json!({"subject": "CN=Corp CA", "issuer": "CN=shop"});
    assert_eq!(with(circle, "UnknownIssuer"), None);
}

#[test]
fn one_line_has_names_issuer_dates_and_where_the_chain_leads() {
    let mut answer = leaf(&json!({}));
    assert_eq!(
        Shown(&answer).words(now()),
        "a certificate for shop.contoso.com, *.api.contoso.com, issued by CN=Corp CA, good until 2027-01-01, sent alone, leads to no public root and to none that the settings trust (UnknownIssuer)"
    );
    answer["told"] = json!("ok");
    let words = Shown(&answer).words(now());
    assert!(
        words.ends_with("spec.hints.privateCa, which the settings do not trust"),
        "{words}"
    );
    answer["given"] = json!("ok");
    answer["failed"] = json!("received fatal alert: HandshakeFailure");
    answer["wantsCertificate"] = json!(true);
    let words = Shown(&answer).words(now());
    assert!(words.ends_with("leads to a root that the settings trust, a certificate is asked of the client, the handshake broke off: received fatal alert: HandshakeFailure"), "{words}");
}
