//! F.2 and F.3: trust the root of a private authority.
use crate::{
    down, drafts, edits, held, missing, name::shows, none, one, planned, probed, reference,
    verified, world::World,
};
use appgw_runbook::{
    draft::{Reason, Risk, part},
    plan::Need,
};
use serde_json::{Value, json};

/// Signed by itself, from 2026 to 2046.
pub(crate) const ROOT: &str = "MIIBSDCB8KADAgECAgIQADAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlDb3JwIFJvb3QwHhcNMjYwMTAxMDAwMDAwWhcNNDYwMTAxMDAwMDAwWjAUMRIwEAYDVQQDDAlDb3JwIFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARTa1qwdSGt6FyKp0w7UKGvgmfYTPkCoIKITJ+I5k2jWLowAqX/lw+vYracYDR5dVs89/7b3NrLWvvCeG1PTgxEozIwMDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBT5GuzpAf/HkdM2+OUmT98gwf8AOzAKBggqhkjOPQQDAgNHADBEAiBzH+5iFNHaNBKyNCIDsXyXoRJA3u5/lfrgJ0zcOFqLuQIgOQ3HUINgTjzzPvS/caJj1H3pwmAdfJzQun9oC9N/LJ4=";
/// Signed by itself, from 2026 to 2056, which has another form.
const OTHER: &str = "MIIBTjCB9KADAgECAgIQADAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDApPdGhlciBSb290MCAXDTI2MDEwMTAwMDAwMFoYDzIwNTYwMTAxMDAwMDAwWjAVMRMwEQYDVQQDDApPdGhlciBSb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEp/2A9UnZa9lvrrermJ+wJlro+Daa8dz/hOWTBUsofzbZvU5GW94a/XCcZSoktBa+iK/9qWCvH78iYG/7/7oPn6MyMDAwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUlCuALB4IQO4xXMWOrT/eMhLsRoQwCgYIKoZIzj0EAwIDSQAwRgIhAIZnaEDswG3DACwaWbTedgmaCnjnAXIEwHa+iTfS5A/TAiEAzsms+E14umcPT8mcMK6N6LXjHlAOH5L3UFZ3wUEeAIM=";
/// Signed by itself, until 2020.
const EXPIRED: &str = "MIIBRjCB7qADAgECAgIQADAKBggqhkjOPQQDAjATMREwDwYDVQQDDAhPbGQgUm9vdDAeFw0xMDAxMDEwMDAwMDBaFw0yMDAxMDEwMDAwMDBaMBMxETAPBgNVBAMMCE9sZCBSb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7fuZSV/wdN3S6hZ8VTuoSpdlNtMtB+Wwiyz4i9ywojEqVKfUF1w647GKTz4dMyOggKysZ5YKinb3IcpNd7Nb06MyMDAwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQULoe9sLz3WPFIJjGOB/TdFnmCeHwwCgYIKoZIzj0EAwIDRwAwRAIgUruMS2k/LO5dxHZXOrg1VhVLT6h47etX3XM2N0CO60sCIB9YG8mjIfzZ75fLkmyFD6eicXDFZ0n9aqt0PqnqYPvw";
/// Signed by itself, and says that it signs nobody else.
const NO_AUTHORITY: &str = "MIIBPDCB46ADAgECAgIQADAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARzZWxmMB4XDTI2MDEwMTAwMDAwMFoXDTQ2MDEwMTAwMDAwMFowDzENMAsGA1UEAwwEc2VsZjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOTB+jzHhFCDUVssciO7VGvN88Q8gapHISzi+a3DD7tI966VK87mLr5rb4cwoXE+jaAl3gGEwI269YhrrVH/8YGjLzAtMAwGA1UdEwEB/wQCMAAwHQYDVR0OBBYEFA9DPaSXXccsj3iW/xK873aWTTSzMAoGCCqGSM49BAMCA0gAMEUCIC+kXwk++pQoxGEY7MT5ORyjZLSWDa8gqKBvWaXzZtF3AiEAozZ/teKBE/PnKa6HsdfkNOxE/1jNXSgL+9Z0tXtlbVQ=";
/// Signed by the root.
const INTERMEDIATE: &str = "MIIBejCCASGgAwIBAgIUQ/b5znym4guUhsPaHmZLpY8DSAQwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJQ29ycCBSb290MB4XDTI2MTEyNzE0MTMzOFoXDTQ2MTEyMjE0MTMzOFowEjEQMA4GA1UEAwwHSXNzdWluZzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMsJdA3eykkMVPT22lvnNteDjrTEnnbM8MoSTb9MNjp8nvA72Phv5zYD1Gktkv4zIeSqI4FLvuMCwqIiYwt16hujUzBRMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFFCnpjuMblpGjsYL5WxfXarlmuKqMB8GA1UdIwQYMBaAFPka7OkB/8eR0zb45SZP3yDB/wA7MAoGCCqGSM49BAMCA0cAMEQCIHb6vRVNToIfpRn0nyWsPA/XPb3cDimgD8ujzsW07KQKAiANN1+GH4iRWFXKnKJfIo5IMSUaAiEGC5b/XicH2ZcWIA==";
pub(crate) const PRIVATE: &str = "The backend Server certificate is not signed by a well-known Certificate Authority (CA). To use unknown CA certificates, its Root certificate must be uploaded to the Backend Setting of the application gateway.";
pub(crate) const WRONG_ROOT: &str = "The root certificate of the server certificate used by the backend does not match the trusted root certificate added to the application gateway.";
const CORRUPT: &str = "Application gateway could not find any certificate-related information in the trusted root certificate. Ensure the certificate file is not corrupt and re-add.";
const AT: &str =
    "properties/backendHttpSettingsCollection/https-api/properties/trustedRootCertificates";

/// As PEM, in lines of 64.
pub(crate) fn pem(data: &str) -> String {
    let bytes = data.as_bytes().chunks(64);
    let lines: Vec<&str> = bytes.map(|it| std::str::from_utf8(it).unwrap()).collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

fn rooted(roots: &[(&str, &str, bool)], log: &str) -> World {
    let mut world = down(
        probed(&json!({"hostName": "shop.internal"}), &json!({})),
        log,
    );
    let all = &mut world.gateway()["properties"];
    all["trustedRootCertificates"] = roots
        .iter()
        .map(|(name, data, _)| json!({"name": name, "properties": {"data": data}}))
        .collect();
    let of = roots.iter().filter(|(.., attached)| *attached);
    all["backendHttpSettingsCollection"][0]["properties"]["trustedRootCertificates"] = of
        .map(|(name, ..)| reference("trustedRootCertificates", name))
        .collect();
    world
}

fn told(mut world: World, pem: String) -> World {
    world.said.private_ca = true;
    world.said.private_ca_pem = Some(pem);
    world
}

fn given(roots: &[(&str, &str, bool)], log: &str) -> World {
    told(rooted(roots, log), pem(ROOT))
}

#[test]
fn the_root_is_uploaded_and_attached_in_one_write() {
    assert_eq!(
        missing(&rooted(&[], PRIVATE), "F.2"),
        "spec.hints.privateCa"
    );
    let world = given(&[], PRIVATE);
    let draft = one(&world, "F.2");
    let item = reference("trustedRootCertificates", "private-root");
    assert_eq!(
        edits(&draft),
        [
            (
                "properties/trustedRootCertificates/private-root".into(),
                json!({"name": "private-root", "properties": {"data": ROOT}})
            ),
            (format!("{AT}/{item}"), item),
        ]
    );
    let of = world.said.gateway.clone();
    assert_eq!(
        draft.needs[0],
        Need::Is {
            of,
            at: part("trustedRootCertificates", "private-root"),
            value: Value::Null
        }
    );
    assert_eq!((draft.risk, &draft.withheld), (Risk::Medium, &None));
    assert!(draft.az[0].ends_with("root-cert create --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-edge --gateway-name shop --name private-root --cert-file root.cer"));
    assert!(draft.az[1].ends_with("--name https-api --root-certs private-root"));
    verified(&draft, 30);
    none(&world, "F.3");
}

#[test]
fn w70_roots_that_are_trusted_stay_so() {
    let world = given(
        &[("Private-Root", OTHER, true), ("spare", OTHER, false)],
        WRONG_ROOT,
    );
    let draft = one(&world, "F.2");
    let after = planned(&world, &draft);
    let all = &after["properties"];
    assert_eq!(
        all["backendHttpSettingsCollection"][0]["properties"]["trustedRootCertificates"],
        json!([
            reference("trustedRootCertificates", "Private-Root"),
            reference("trustedRootCertificates", "private-root-2")
        ])
    );
    assert_eq!(all["trustedRootCertificates"].as_array().unwrap().len(), 3);
    assert!(
        draft.az[1].ends_with("--root-certs Private-Root private-root-2"),
        "the whole list: {}",
        draft.az[1]
    );
    assert!(
        draft
            .effects
            .iter()
            .any(|it| it == "trusted as before: Private-Root")
    );
}

#[test]
fn w70_a_root_that_the_gateway_has_is_attached_beside_the_others() {
    let lined = pem(ROOT)
        .lines()
        .filter(|it| !it.starts_with('-'))
        .collect::<Vec<_>>()
        .join("\r\n");
    let world = given(&[("one", OTHER, true), ("corp", &lined, false)], WRONG_ROOT);
    let draft = one(&world, "F.3");
    let item = reference("trustedRootCertificates", "corp");
    assert_eq!(edits(&draft), [(format!("{AT}/{item}"), item)]);
    assert!(draft.az[0].ends_with("--root-certs one corp"));
    assert_eq!(draft.withheld, None);
    none(&world, "F.2");
    // Which of them is the right one only the certificate says.
    assert_eq!(
        missing(&rooted(&[("corp", ROOT, false)], PRIVATE), "F.3"),
        "spec.hints.privateCa"
    );
    none(&rooted(&[], PRIVATE), "F.3");
    none(&given(&[("corp", ROOT, true)], WRONG_ROOT), "F.3");
    none(&given(&[("else", OTHER, false)], WRONG_ROOT), "F.3");
}

#[test]
fn w73_only_what_a_person_put_into_the_cluster_is_uploaded() {
    let mut world = rooted(&[], PRIVATE);
    world.shows = Ok(shows(&["shop.internal"], None));
    assert_eq!(
        missing(&world, "F.2"),
        "spec.hints.privateCa",
        "whatever the back end shows"
    );
    world.said.private_ca = true;
    assert_eq!(
        missing(&world, "F.2"),
        "spec.hints.privateCa",
        "named, and could not be read"
    );
}

#[test]
fn a_certificate_that_is_none_is_refused_with_its_reason() {
    let key = format!(
        "{}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(ROOT)
    );
    let short: String = ROOT.chars().take(ROOT.len() - 8).collect();
    let odd = format!("{}AAAA", ROOT.trim_end_matches('='));
    for (text, words) in [
        (String::new(), "no certificate in PEM"),
        ("hello".into(), "no certificate in PEM"),
        (ROOT.into(), "no certificate in PEM"),
        (pem("TUlJQg=="), "is no certificate"),
        (pem(&short), "is no certificate"),
        (pem(&odd), "is no certificate"),
        (pem("%%%%"), "is no certificate"),
        (pem(""), "is no certificate"),
        (key, "a private key lies there"),
        (
            format!("{}{}", pem(ROOT), pem(OTHER)),
            "more than one certificate",
        ),
        (pem(INTERMEDIATE), "signed by another one"),
        (pem(EXPIRED), "expired on 2020-01-01"),
        (pem(NO_AUTHORITY), "may not sign others"),
    ] {
        let draft = one(&told(rooted(&[], PRIVATE), text), "F.2");
        assert!(draft.changes.is_empty(), "{words}");
        let (reason, why) = held(&draft);
        assert_eq!(reason, Reason::NeedsInput);
        assert!(
            why.starts_with("spec.hints.privateCa: ") && why.contains(words),
            "{why}"
        );
    }
    let later = told(rooted(&[], PRIVATE), pem(OTHER));
    assert_eq!(
        one(&later, "F.2").withheld,
        None,
        "a year after 2049 is read as well"
    );
}

#[test]
fn a_certificate_before_its_time_is_refused() {
    let mut world = given(&[], PRIVATE);
    world.now = "2025-12-31T00:00:00Z".parse().unwrap();
    let all = drafts(&world, "F.2").unwrap();
    assert!(
        held(&all[0]).1.ends_with("not good before 2026-01-01"),
        "{all:?}"
    );
}

#[test]
fn a_chain_that_was_seen_speaks_for_or_against_the_root() {
    let mut world = given(&[], PRIVATE);
    world.shows = Ok(shows(&["shop.internal"], Some("ok")));
    let draft = one(&world, "F.2");
    assert_eq!(
        draft.checks.last().unwrap(),
        "the chain that 10.2.0.4 shows leads to this root (Operator)"
    );
    world.shows = Ok(shows(&["shop.internal"], Some("UnknownIssuer")));
    let draft = one(&world, "F.2");
    assert!(draft.changes.is_empty());
    assert_eq!(
        held(&draft),
        (
            Reason::EvidenceTooWeak,
            "spec.hints.privateCa: the chain that 10.2.0.4 shows does not lead to it (UnknownIssuer, Operator)"
        )
    );
}

#[test]
fn a_root_that_cannot_be_read_is_written_anew_and_one_that_can_is_not() {
    let broken = "TFMwdExTMUNSVWRKVGc9PQ==";
    let world = given(&[("bad", broken, true)], CORRUPT);
    let draft = one(&world, "F.2");
    assert_eq!(
        edits(&draft),
        [(
            "properties/trustedRootCertificates/bad/properties/data".into(),
            json!(ROOT)
        )]
    );
    assert!(
        draft
            .effects
            .iter()
            .any(|it| it == "bad is trusted by https-api")
    );
    assert!(draft.az[0].contains(" root-cert update "));
    let world = given(&[("good", OTHER, true)], CORRUPT);
    assert_eq!(edits(&one(&world, "F.2")).len(), 2, "one more");
}

#[test]
fn numbers_of_openssl_that_speak_of_a_root_lead_here() {
    let log = |code: u16| {
        format!(
            "The validity of the backend certificate could not be verified. To find out the reason, check OpenSSL diagnostics for the message associated with error code {code}"
        )
    };
    assert_eq!(
        missing(&rooted(&[], &log(19)), "F.2"),
        "spec.hints.privateCa"
    );
    for code in [18, 19, 20, 21] {
        assert_eq!(one(&given(&[], &log(code)), "F.2").withheld, None, "{code}");
    }
    for code in [18, 20, 21, 23] {
        none(&rooted(&[], &log(code)), "F.2");
    }
    none(&given(&[("corp", OTHER, true)], &log(23)), "F.2");
}

#[test]
fn w69_a_root_is_no_reason_to_change_protocol_and_port() {
    let mut world = given(&[], PRIVATE);
    let all = &mut world.gateway()["properties"]["backendHttpSettingsCollection"][0]["properties"];
    all["port"] = json!(8443);
    let draft = one(&world, "F.2");
    let after = planned(&world, &draft);
    let own = &after["properties"]["backendHttpSettingsCollection"][0]["properties"];
    assert_eq!(
        (&own["port"], &own["protocol"]),
        (&json!(8443), &json!("Https"))
    );
    let text = draft.az.join(" ");
    assert!(
        !text.contains("--port") && !text.contains("--protocol"),
        "{text}"
    );
}
