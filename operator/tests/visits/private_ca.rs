//! `spec.hints.privateCa`: read from beside the object, and said where it cannot be.
use super::{World, deny};
use appgw_crds::AppGatewayDiagnosis;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};

/// A root, in a file with a private key before it.
fn root() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let root = CertificateParams::default().self_signed(&key).unwrap();
    let file = format!("{}{}", key.serialize_pem(), root.pem());
    (root.pem().replace("\r\n", "\n"), file)
}

async fn visited(kept: &str, what: Value, hint: Value) -> (World, Option<String>) {
    let world = World::new(deny());
    world.server.state(|state| {
        state.kept.insert(kept.to_owned(), Ok(what));
    });
    world
        .server
        .edit(|object| object["spec"]["hints"] = json!({"privateCa": hint}));
    world.visit().await;
    let (hinted, pem) = world.eyes.seen(|seen| seen.authorities[0].clone());
    assert!(hinted);
    (world, pem.map(|pem| pem.replace("\r\n", "\n")))
}

fn gaps(of: &AppGatewayDiagnosis) -> Vec<String> {
    let gaps = of.status.as_ref().unwrap().gaps.clone();
    gaps.into_iter()
        .filter(|gap| gap.starts_with("spec."))
        .collect()
}

#[tokio::test]
async fn the_certificate_is_read_and_nothing_else_is_kept() {
    let (pem, file) = root();
    let map = json!({"data": {"root.crt": file}});
    let hint = json!({"configMapRef": {"name": "corp-ca", "key": "root.crt"}});
    let (world, read) = visited("configmaps/corp-ca", map, hint).await;
    assert_eq!(read.unwrap(), pem);
    assert!(gaps(&world.server.now()).is_empty());

    let bytes = k8s_openapi::ByteString(file.into_bytes());
    let secret = json!({"data": {"ca": bytes}});
    let hint = json!({"secretRef": {"name": "corp", "key": "ca"}});
    let (_, read) = visited("secrets/corp", secret, hint).await;
    assert_eq!(read.unwrap(), pem);
}

#[tokio::test]
async fn what_cannot_be_read_is_a_gap_and_the_visit_goes_on() {
    let hint = || json!({"configMapRef": {"name": "corp-ca", "key": "root.crt"}});
    for (what, words) in [
        (
            json!({"data": {"other": "x"}}),
            "ConfigMap corp-ca: no key root.crt",
        ),
        (json!({}), "ConfigMap corp-ca: no key root.crt"),
        (
            json!({"data": {"root.crt": "-----BEGIN CERTIFICATE-----"}}),
            "ConfigMap corp-ca: root.crt is no certificate in PEM",
        ),
    ] {
        let (world, read) = visited("configmaps/corp-ca", what, hint()).await;
        assert_eq!(read, None);
        let said = format!("spec.hints.privateCa: {words}");
        assert_eq!(gaps(&world.server.now()), [said]);
        assert_eq!(world.reason("Ready"), "Diagnosed");
    }
    for (code, reason, words) in [
        (403, "Forbidden", "not permitted"),
        (404, "NotFound", "not found"),
    ] {
        let world = World::new(deny());
        world.server.state(|state| {
            let refused = Err((code, reason));
            state.kept.insert("configmaps/corp-ca".to_owned(), refused);
        });
        world
            .server
            .edit(|object| object["spec"]["hints"] = json!({"privateCa": hint()}));
        world.visit().await;
        let said = format!("spec.hints.privateCa: ConfigMap corp-ca: {words}");
        assert_eq!(gaps(&world.server.now()), [said]);
    }
}
