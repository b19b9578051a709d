//! Back ends that really answer TLS, seen by a client that takes any certificate and looks at it.

mod look;

use rustls::{AlertDescription, CertificateError, Error, ProtocolVersion};
use tokio::net::TcpStream;

use self::look::{look, root, verdict};
use crate::sim::{
    AzureSim, Options, World,
    world::{BackEnd, Certificate, Listens, Protocol},
};

const SHOP: &str = "shop.contoso.com";

async fn start(world: &str) -> AzureSim {
    let world = World::from_yaml(world).unwrap();
    AzureSim::start(world, Options::default()).await.unwrap()
}

async fn back_end(at: &str, own: &str) -> AzureSim {
    start(&format!(
        "backEnds: {{'{at}': {{protocol: https, {own}}}}}\n"
    ))
    .await
}

#[tokio::test]
async fn chains_are_as_the_world_says() {
    let invalid = |why| Some(Error::InvalidCertificate(why));
    let other_name = Error::InvalidCertificate(CertificateError::NotValidForName);
    let unknown = || invalid(CertificateError::UnknownIssuer);
    let cases = [
        ("", 2, None),
        ("names: [shop.contoso.com]", 2, None),
        ("names: ['*.contoso.com']", 2, None),
        ("names: [x.contoso.com]", 2, Some(other_name)),
        ("sends: [leaf, intermediate, root]", 3, None),
        ("sends: [leaf]", 1, unknown()),
        ("problem: onlyLeaf", 1, unknown()),
        ("problem: intermediateMissing", 2, unknown()),
        ("problem: intermediateUnknown", 2, unknown()),
        ("root: Q29udG9zbw==", 2, unknown()),
        ("selfSigned: true", 1, unknown()),
        (
            "problem: unverifiable",
            2,
            invalid(CertificateError::BadSignature),
        ),
    ];
    for (at, (own, sent, wrong)) in cases.into_iter().enumerate() {
        let address = format!("127.16.1.{}:18443", at + 1);
        let sim = back_end(&address, &format!("certificate: {{{own}}}")).await;
        let (chain, _) = look(&address, Some(SHOP)).await.unwrap();
        assert_eq!(chain.len(), sent, "{own}");
        let said = verdict(&chain, &root(&sim.public_ca_pem()), SHOP).err();
        // Some errors come with more to say.
        match wrong {
            Some(Error::InvalidCertificate(CertificateError::NotValidForName)) => {
                let said = format!("{said:?}");
                assert!(said.contains("NotValidForName"), "{own}: {said}");
            }
            wrong => assert_eq!(said, wrong, "{own}"),
        }
        // Shown again it is the same.
        let (again, _) = look(&address, Some(SHOP)).await.unwrap();
        assert_eq!(chain, again, "{own}");
        sim.stop().await;
    }
}

#[tokio::test]
async fn dates_are_over_or_still_to_come() {
    for (own, word) in [
        ("expired", "Expired"),
        ("markedInvalid", "Expired"),
        ("notYetValid", "NotValidYet"),
    ] {
        let address = "127.16.2.1:18443";
        let sim = back_end(address, &format!("certificate: {{problem: {own}}}")).await;
        let (chain, _) = look(address, Some(SHOP)).await.unwrap();
        let said = verdict(&chain, &root(&sim.public_ca_pem()), SHOP).unwrap_err();
        assert!(format!("{said:?}").contains(word), "{own}: {said:?}");
        sim.stop().await;
    }
}

#[tokio::test]
async fn what_is_sent_comes_in_the_order_of_the_world() {
    let world = |address: &str| {
        format!(
            "
backEnds:
  {address}:1: {{protocol: https, certificate: {{sends: [leaf, intermediate, root]}}}}
  {address}:2: {{protocol: https, certificate: {{problem: leafNotTopmost}}}}
  {address}:3: {{protocol: https, certificate: {{sends: [root, leaf]}}}}
  {address}:4: {{protocol: https, certificate: {{problem: leafMissing}}}}
  {address}:5: {{protocol: https, certificate: {{problem: intermediateMissing}}}}
  {address}:6: {{protocol: https, certificate: {{sends: []}}}}
"
        )
        .replace("127.16.3.1:", "127.16.3.1:1844")
    };
    let sim = start(&world("127.16.3.1")).await;
    let seen = async |n: u8| look(&format!("127.16.3.1:1844{n}"), Some(SHOP)).await;
    let chain = async |n: u8| seen(n).await.unwrap().0;
    let whole = chain(1).await;
    let [_, intermediate, own_root] = &whole[..] else {
        panic!("{whole:?}")
    };
    assert_eq!(*own_root, root(&sim.public_ca_pem()));
    let wrong = chain(2).await;
    assert_eq!((wrong.len(), &wrong[0]), (2, intermediate));
    assert_eq!(chain(3).await[0], *own_root);
    assert_eq!(
        chain(4).await,
        [intermediate.clone(), own_root.clone()],
        "no leaf"
    );
    let gap = chain(5).await;
    assert_eq!((gap.len(), &gap[1]), (2, own_root));
    assert!(seen(6).await.is_err(), "nothing to send");
}

#[tokio::test]
async fn the_certificate_goes_by_the_name_asked_for() {
    let own = "certificate: {names: [plain.contoso.com]}, certificates: {shop.contoso.com: {names: [shop.contoso.com]}, '*.fabrikam.com': {names: ['*.fabrikam.com']}}";
    let sim = back_end("127.16.4.1:18443", own).await;
    let good = async |asked: Option<&str>, name: &str| {
        let (chain, _) = look("127.16.4.1:18443", asked).await.unwrap();
        verdict(&chain, &root(&sim.public_ca_pem()), name)
    };
    good(Some(SHOP), SHOP).await.unwrap();
    good(Some("a.fabrikam.com"), "a.fabrikam.com")
        .await
        .unwrap();
    good(Some("other.com"), "plain.contoso.com").await.unwrap();
    good(None, "plain.contoso.com").await.unwrap();
    good(None, SHOP).await.unwrap_err();
    let own = "needsName: true, certificates: {shop.contoso.com: {}}";
    let _needs = back_end("127.16.4.2:18443", own).await;
    let asked = async |name| look("127.16.4.2:18443", name).await;
    asked(Some(SHOP)).await.unwrap();
    for name in [None, Some("other.com")] {
        let error = asked(name).await.unwrap_err();
        let kind = std::io::ErrorKind::UnexpectedEof;
        assert_eq!(error.kind(), kind, "{name:?}: {error}");
    }
}

#[tokio::test]
async fn versions_and_what_a_client_has_to_show() {
    let alert = |error: std::io::Error| match error.get_ref().and_then(|own| own.downcast_ref()) {
        Some(Error::AlertReceived(alert)) => *alert,
        other => panic!("{error}: {other:?}"),
    };
    for (at, own, expected) in [
        (
            1,
            "tls: ['1.0', '1.1']",
            Err(AlertDescription::ProtocolVersion),
        ),
        (2, "tls: ['1.2']", Ok(ProtocolVersion::TLSv1_2)),
        (3, "tls: ['1.3']", Ok(ProtocolVersion::TLSv1_3)),
        (4, "", Ok(ProtocolVersion::TLSv1_3)),
        (
            5,
            "needsClientCertificate: true",
            Err(AlertDescription::HandshakeFailure),
        ),
    ] {
        let address = format!("127.16.5.{at}:18443");
        let _sim = back_end(&address, own).await;
        let seen = look(&address, Some(SHOP)).await;
        let seen = seen.map(|(_, version)| version.unwrap()).map_err(alert);
        assert_eq!(seen, expected, "{own}");
    }
}

#[tokio::test]
async fn a_root_that_the_world_names_by_a_text_is_a_real_one_in_documents() {
    let world = |address: &str, own: &str| {
        format!(
            "
networks: {{v: {{space: [10.1.0.0/16, 127.16.0.0/16], subnets: {{s: {{prefix: 10.1.0.0/24}}}}}}}}
gateways:
  shop:
    subnet: v/s
    listeners: {{http: {{port: 80}}}}
    pools: {{api: [{address}]}}
    roots: {{mine: TUlORQ==, other: T1RIRVI=}}
    settings: {{s: {{port: 18443, protocol: Https, host: shop.contoso.com, roots: [mine]}}}}
    rules: {{main: {{listener: http, pool: api, settings: s}}}}
backEnds:
  {address}:18443: {{protocol: https, certificate: {{names: [shop.contoso.com], {own}}}}}
"
        )
    };
    let gateway = |sim: &AzureSim| {
        sim.world(|world| {
            let id = world.gateway_ids().swap_remove(0);
            let health = world.back_end_health(&id).unwrap().to_string();
            let all = world.get(&id).unwrap()["properties"]["trustedRootCertificates"].clone();
            let data = |at: usize| {
                let data = all[at]["properties"]["data"].as_str().unwrap();
                data.to_owned()
            };
            (health.contains("\"Healthy\""), data(0), data(1))
        })
    };
    let der = |data: &str| {
        root(&format!(
            "-----BEGIN CERTIFICATE-----\n{data}\n-----END CERTIFICATE-----\n"
        ))
    };
    for (at, own, good) in [
        ("127.16.6.1", "root: TUlORQ==", true),
        ("127.16.6.2", "root: TUlORQ==, selfSigned: true", true),
        ("127.16.6.3", "root: T1RIRVI=", false),
    ] {
        let sim = start(&world(at, own)).await;
        let (healthy, mine, other) = gateway(&sim);
        assert_eq!(healthy, good, "{own}");
        let (chain, _) = look(&format!("{at}:18443"), Some(SHOP)).await.unwrap();
        let said = |data: &str| verdict(&chain, &der(data), SHOP).is_ok();
        assert_eq!((said(&mine), said(&other)), (good, !good), "{own}");
        // The world still knows it by the text.
        let given = BackEnd {
            protocol: Protocol::Https,
            certificate: Certificate {
                root: Some("TUlORQ==".to_owned()),
                ..Certificate::default()
            },
            ..BackEnd::default()
        };
        sim.world(|world| world.set_back_end(&format!("{at}:18443"), given))
            .unwrap();
        assert!(gateway(&sim).0, "{own}");
    }
    // Nobody can connect to these, and nothing is changed.
    let sim = start(&world("10.1.1.4", "root: TUlORQ==")).await;
    assert_eq!(
        gateway(&sim),
        (true, "TUlORQ==".to_owned(), "T1RIRVI=".to_owned())
    );
}

#[tokio::test]
async fn listeners_follow_the_world_and_end_with_the_simulator() {
    let address = "127.16.7.1:18443";
    let text = format!(
        "backEnds: {{'{address}': {{protocol: https}}, '127.16.7.1:18444': {{}}, '127.16.7.1:18445': {{protocol: https, listens: refused}}}}\n"
    );
    let sim = start(&text).await;
    look(address, None).await.unwrap();
    // Plain HTTP and a port that refuses have no listener.
    for none in ["127.16.7.1:18444", "127.16.7.1:18445"] {
        let error = TcpStream::connect(none).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    }
    let taken = AzureSim::start(World::from_yaml(&text).unwrap(), Options::default()).await;
    let error = format!("{:#}", taken.err().unwrap());
    assert!(
        error.starts_with("listening on 127.16.7.1:18443 for a back end: "),
        "{error}"
    );
    let reset = BackEnd {
        listens: Listens::Reset,
        protocol: Protocol::Https,
        ..BackEnd::default()
    };
    sim.world(|world| world.set_back_end(address, reset))
        .unwrap();
    let error = look(address, None).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
    sim.stop().await;
    let error = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}
