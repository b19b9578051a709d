use super::*;

#[test]
fn the_service_s_own_texts() {
    let cases = [
        ("Success. Received 200 status code", LogClass::Success),
        (
            "Time taken by the backend to respond to application gateway\u{2019}s health probe is more than the time-out threshold in the probe configuration. Either increase the time-out threshold",
            LogClass::TimedOut,
        ),
        (
            "Cannot connect to backend server. Check whether any NSG/UDR/Firewall is blocking access to the server. To learn more visit - https://aka.ms/servernotreachable.",
            LogClass::CannotConnect,
        ),
        (
            "Cannot connect to server. Check whether any NSG/UDR/Firewall is blocking access to server. Check if application is running on correct port.",
            LogClass::CannotConnect,
        ),
        (
            "Received invalid status code: 404 in the backend server's HTTP response. As per the health probe configuration, 200-399 is the acceptable status code.",
            LogClass::Status {
                received: Some(404),
            },
        ),
        (
            "The Common Name (CN) of the backend server certificate does not match the host header entered in the health probe configuration (v2 SKU)",
            LogClass::CertificateName,
        ),
        (
            "The root certificate of the server certificate used by the backend does not match the trusted root certificate added to the application gateway.",
            LogClass::CertificateRoot,
        ),
        (
            "The backend health status could not be retrieved. This happens when an NSG/UDR/Firewall on the application gateway subnet is blocking traffic on ports 65503-65534",
            LogClass::NotRetrieved,
        ),
        ("Unknown error. Please try again.", LogClass::UnknownError),
        ("", LogClass::Silent),
        ("The moon is in the wrong phase.", LogClass::Other),
    ];
    for (text, class) in cases {
        assert_eq!(classify(text, ""), class, "{text}");
    }
}

#[test]
fn the_published_texts() {
    let cases = [
        (
            "Status code of the backend\u{2019}s HTTP response did not match the probe setting. Expected:200-399 Received:403.",
            LogClass::Status {
                received: Some(403),
            },
        ),
        (
            "Application Gateway could not connect to the backend. Check that the backend responds on the port used for the probe.",
            LogClass::CannotConnect,
        ),
        (
            "Application Gateway could not create a probe for this backend.",
            LogClass::NameNotResolved,
        ),
        (
            "Body of the backend's HTTP response did not match the probe setting. Received response body doesn't contain {string}.",
            LogClass::Body,
        ),
        (
            "Backend certificate is invalid. Current date is not within the \"Valid from\" and \"Valid to\" date range on the certificate.",
            LogClass::CertificateDates,
        ),
        (
            "The Leaf certificate is missing from the certificate chain presented by the backend server.",
            LogClass::LeafMissing,
        ),
        (
            "The backend Server certificate is not signed by a well-known Certificate Authority (CA).",
            LogClass::CertificateAuthority,
        ),
        (
            "The Intermediate certificate not signed by any Root certificates uploaded to the application gateway.",
            LogClass::CertificateRoot,
        ),
        (
            "The validity of the backend certificate could not be verified. To find out the reason, check OpenSSL diagnostics for the message associated with error code 19",
            LogClass::Unverified { code: Some(19) },
        ),
    ];
    for (text, class) in cases {
        assert_eq!(classify(text, ""), class, "{text}");
    }
}

#[test]
fn the_error_name_helps_where_the_text_says_nothing() {
    let mismatch = classify("", "HttpStatusCodeMismatchWithStatusCode");
    assert_eq!(mismatch, LogClass::Status { received: None });
    assert_eq!(classify("", "SuccessWithStatusCode"), LogClass::Success);
    assert_eq!(classify("Success.", "CNMismatch"), LogClass::Success);
}

#[test]
fn every_tls_text_has_a_class_of_its_own() {
    let cases = [
        (
            "Backend server certificate expired. Please upload a valid certificate.",
            LogClass::CertificateDates,
        ),
        (
            "Backend certificate has been marked invalid. Either the certificate is not within its validity period, or it has been revoked",
            LogClass::CertificateInvalid,
        ),
        (
            "The Intermediate certificate is missing from the certificate chain presented by the backend server.",
            LogClass::CertificateChain,
        ),
        (
            "The backend server is presenting an incomplete certificate chain, including only the leaf certificate.",
            LogClass::CertificateChain,
        ),
        (
            "The Leaf certificate is not the topmost certificate in the chain presented by the backend server.",
            LogClass::ChainOrder,
        ),
        (
            "The Intermediate certificate is not signed by a well-known Certificate Authority (CA).",
            LogClass::CertificateAuthority,
        ),
        (
            "Invalid certificate - Invalid CA.",
            LogClass::CertificateAuthority,
        ),
        (
            "Invalid certificate - Invalid CN.",
            LogClass::CertificateName,
        ),
        (
            "Backend server certificate is not whitelisted with Application Gateway.",
            LogClass::CertificateRoot,
        ),
        (
            "Application gateway could not find any certificate-related information in the trusted root certificate. Ensure the certificate file is not corrupt and re-add.",
            LogClass::RootCorrupt,
        ),
        (
            "The validity of the backend certificate could not be verified. Check Open SSL diagnostics for associated error code.",
            LogClass::Unverified { code: None },
        ),
        (
            "The validity of the backend certificate could not be verified. To find out the reason, check OpenSSL diagnostics for the message associated with error code {62}",
            LogClass::CertificateName,
        ),
        (
            "HTTPS probe connection error. Check if backend server certificate is whitelisted. Check for backend certificate validity.",
            LogClass::Tls,
        ),
    ];
    for (text, class) in cases {
        assert_eq!(classify(text, ""), class, "{text}");
        assert!(class.is_tls(), "{text}");
    }
    for (name, class) in [
        (
            "IncorrectBackendCertificateChainLeafCertificateIsNotTopmostCertificate",
            LogClass::ChainOrder,
        ),
        (
            "IncompleteBackendCertificateChainOnlyLeafCertificateIsPresent",
            LogClass::CertificateChain,
        ),
        (
            "CertificateNotTrustedByWellKnownCA",
            LogClass::CertificateAuthority,
        ),
    ] {
        assert_eq!(classify("", name), class, "{name}");
    }
}

#[test]
fn both_the_code_received_and_the_accepted_ones_are_read() {
    let live = "Received invalid status code: 404 in the backend server\u{2019}s HTTP response. As per the health probe configuration, 200-299,401 is the acceptable status code. Either modify";
    let published = "Status code of the backend's HTTP response did not match the probe setting. Expected:200-399 Received:403.";
    assert_eq!(accepted(live).as_deref(), Some("200-299,401"));
    assert_eq!(accepted(published).as_deref(), Some("200-399"));
    assert_eq!(
        accepted("Probe status code mismatch. Expected vs Received."),
        None
    );
    let class = |code| LogClass::Status {
        received: Some(code),
    };
    assert_eq!(
        (classify(live, ""), classify(published, "")),
        (class(404), class(403))
    );
}
