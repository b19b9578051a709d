use super::*;
use crate::azure::{exchange::Raw, handshake::door};
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, Issuer,
    KeyPair, SanType, date_time_ymd,
};
use serde_json::Map;
use std::slice::from_ref;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn params(name: &str, authority: bool) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    if authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

fn root(name: &str) -> Authority {
    Authority::self_signed(params(name, true), KeyPair::generate().unwrap()).unwrap()
}

fn under(root: &Authority, name: &str) -> Authority {
    let key = KeyPair::generate().unwrap();
    Authority::signed_by(params(name, true), key, root).unwrap()
}

fn leaf(issuer: &Authority, names: &[&str]) -> Vec<u8> {
    let mut params = params("shop", false);
    let name = |name: &&str| SanType::DnsName((*name).try_into().unwrap());
    params.subject_alt_names = names.iter().map(name).collect();
    let key = KeyPair::generate().unwrap();
    params.signed_by(&key, issuer).unwrap().der().to_vec()
}

fn base64(der: &[u8]) -> String {
    let pem = pem::encode(&pem::Pem::new("CERTIFICATE", der));
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

fn shown(chain: &[Vec<u8>], roots: &[String], more: &Value) -> Answer {
    crate::tls::install();
    let chain: Vec<String> = chain
        .iter()
        .map(|der| pem::encode(&pem::Pem::new("CERTIFICATE", der.as_slice())))
        .collect();
    let mut all: Map<String, Value> = more.as_object().cloned().unwrap();
    all.insert("chain".to_owned(), json!(chain));
    let raw = Raw {
        method: "TLS".to_owned(),
        path: door("10.2.0.4", 8443),
        more: all,
        ..Raw::default()
    };
    read(roots, &raw.clean())
}

fn said(chain: &[Vec<u8>], roots: &[String]) -> Value {
    shown(chain, roots, &json!({})).unwrap()
}

#[test]
fn a_certificate_in_plain_words() {
    let root = root("Corp CA");
    let answer = said(&[leaf(&root, &["shop.contoso.com", "*.contoso.com"])], &[]);
    assert_eq!(
        answer["chain"][0],
        json!({"subject": "CN=shop", "issuer": "CN=Corp CA", "commonNames": ["shop"],
            "names": ["shop.contoso.com", "*.contoso.com"], "addresses": [],
            "notBefore": "2026-01-01T00:00:00Z", "notAfter": "2027-01-01T00:00:00Z", "authority": false})
    );
    assert_eq!(
        (&answer["leaf"], &answer["public"]),
        (&json!(0), &json!("UnknownIssuer"))
    );
    assert_eq!(answer["given"], "UnknownIssuer");
}

#[test]
fn a_private_root_counts_where_the_settings_have_it_in_either_encoding() {
    let root = root("Corp CA");
    let middle = under(&root, "Corp Issuing");
    let own = leaf(&middle, &["a"]);
    let whole = [own.clone(), middle.der().to_vec()];
    let der = base64(root.der());
    let pem = base64(root.pem().as_bytes());
    for data in [der.clone(), pem, format!("{}\n{}", &der[..40], &der[40..])] {
        assert_eq!(said(&whole, from_ref(&data))["given"], "ok");
    }
    // The intermediate is missing; the root of somebody else; a root that is none.
    assert_eq!(said(&whole[..1], from_ref(&der))["given"], "UnknownIssuer");
    let other = base64(self::root("Other CA").der());
    assert_eq!(said(&whole, from_ref(&other))["given"], "UnknownIssuer");
    let answer = said(
        &whole,
        &["REDACTED".to_owned(), "%%%".to_owned(), der, other],
    );
    assert_eq!(
        (&answer["given"], &answer["givenUnread"]),
        (&json!("ok"), &json!(2))
    );
    // The first platform wants the very certificate.
    assert_eq!(said(&whole, &[base64(&own)])["leafIsGiven"], true);
    assert_eq!(answer["leafIsGiven"], false);
}

#[test]
fn the_authority_that_a_person_names_is_judged_like_a_root() {
    let root = root("Corp CA");
    let own = [leaf(&root, &["a"])];
    let told = |pem: String| shown(&own, &[], &json!({"told": pem})).unwrap()["told"].clone();
    assert_eq!(told(root.pem()), "ok");
    assert_eq!(told(self::root("Other CA").pem()), "UnknownIssuer");
    assert_eq!(told("no PEM".to_owned()), Value::Null);
    assert_eq!(said(&own, &[])["told"], Value::Null);
}

#[test]
fn the_order_of_a_chain_is_seen_and_set_aside_for_the_judgement() {
    let root = root("Corp CA");
    let middle = under(&root, "Corp Issuing");
    let (own, middle, data) = (
        leaf(&middle, &["a"]),
        middle.der().to_vec(),
        base64(root.der()),
    );
    let answer = said(&[middle.clone(), own], from_ref(&data));
    assert_eq!(
        (&answer["leaf"], &answer["given"]),
        (&json!(1), &json!("ok"))
    );
    let answer = said(&[middle, root.der().to_vec()], &[data]);
    assert_eq!(
        (&answer["leaf"], &answer["given"]),
        (&Value::Null, &json!("NoLeaf"))
    );
}

#[test]
fn one_that_signed_itself_is_its_own_issuer() {
    let mut alone = params("shop", false);
    alone.subject_alt_names = vec![SanType::IpAddress("10.2.0.4".parse().unwrap())];
    let own = alone.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let answer = said(&[own.der().to_vec()], &[]);
    assert_eq!(answer["chain"][0]["subject"], answer["chain"][0]["issuer"]);
    assert_eq!(answer["chain"][0]["addresses"], json!(["10.2.0.4"]));
    assert_eq!(
        (&answer["leaf"], &answer["public"]),
        (&json!(0), &json!("UnknownIssuer"))
    );
    // Also one that may sign others, and is the only one there is.
    let answer = said(&[root("shop").der().to_vec()], &[]);
    assert_eq!(
        (&answer["leaf"], &answer["public"]),
        (&json!(0), &json!("CaUsedAsEndEntity"))
    );
}

/// Dates are for those who know what time it is: an old chain is judged as of its own days.
#[test]
fn what_is_out_of_date_is_judged_for_the_rest() {
    let root = root("Corp CA");
    let mut old = params("shop", false);
    old.not_before = date_time_ymd(2026, 2, 1);
    old.not_after = date_time_ymd(2026, 2, 2);
    let issuer: &Issuer<'_, KeyPair> = &root;
    let own = old
        .signed_by(&KeyPair::generate().unwrap(), issuer)
        .unwrap();
    let answer = said(&[own.der().to_vec()], &[base64(root.der())]);
    assert_eq!(answer["given"], "ok");
    assert_eq!(answer["chain"][0]["notAfter"], "2026-02-02T00:00:00Z");
}

#[test]
fn what_is_no_certificate_is_said_and_not_guessed() {
    assert!(
        matches!(shown(&[], &[], &json!({"failed": "a\nb"})).unwrap(), answer if answer["failed"] == "a b")
    );
    let answer = said(&[b"no certificate".to_vec()], &[]);
    assert_eq!(answer["chain"][0], Value::Null);
    assert_ne!(answer["given"], "ok");
    let many = vec![b"x".to_vec(); 200];
    assert_eq!(said(&many, &[])["chain"].as_array().unwrap().len(), MOST);
    for chain in [json!("x"), json!(null), json!([7]), json!(["no PEM"])] {
        let mut raw = Raw::default();
        raw.more.insert("chain".to_owned(), chain);
        assert!(read(&[], &raw.clean()).is_err());
    }
}

proptest! {
    #[test]
    fn odd_bytes_are_borne(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let answer = shown(from_ref(&bytes), &[base64(&bytes)], &json!({}));
        prop_assert!(answer.is_ok());
    }

    #[test]
    fn so_is_a_certificate_with_odd_bytes_in_it(at in 0_usize..400, byte in any::<u8>()) {
        let mut own = leaf(&root("Corp CA"), &["a.contoso.com"]);
        let at = at % own.len();
        own[at] = byte;
        let answer = shown(&[own], &[], &json!({}));
        prop_assert!(answer.is_ok());
    }
}
