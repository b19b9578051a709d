//! F.5 and F.6: what only the back end, or a migration, mends.
use crate::{
    down, drafts, none, one, probed,
    roots::{PRIVATE, WRONG_ROOT},
    world::World,
};
use serde_json::json;

const EXPIRED: &str = "Backend certificate is invalid. Current date is not within the \"Valid from\" and \"Valid to\" date range on the certificate.";
const NO_INTERMEDIATE: &str = "The Intermediate certificate is missing from the certificate chain presented by the backend server.";
const LEAF: &str = "The Leaf certificate is missing from the certificate chain presented by the backend server. Ensure the certificate chain is complete and correctly ordered on the backend server.";
const ORDER: &str = "The Leaf certificate is not the topmost certificate in the chain presented by the backend server.";
const NAME: &str = "The Common Name of the leaf certificate presented by the backend server does not match the Probe or Backend Setting hostname of the application gateway.";

fn tls(log: &str) -> World {
    down(
        probed(&json!({"hostName": "shop.internal"}), &json!({})),
        log,
    )
}

#[test]
fn what_the_back_end_has_to_do_is_said_and_nothing_is_written() {
    for (log, words) in [
        (EXPIRED, "renew the certificate"),
        (NO_INTERMEDIATE, "all intermediates into one file"),
        (LEAF, "the server's own certificate"),
        (ORDER, "own certificate first"),
        (NAME, "issued anew, with shop.internal among its names"),
        (WRONG_ROOT, "its intermediates"),
    ] {
        let mut world = tls(log);
        if log == WRONG_ROOT {
            let root = crate::reference("trustedRootCertificates", "corp");
            let all = &mut world.gateway()["properties"]["backendHttpSettingsCollection"][0];
            all["properties"]["trustedRootCertificates"] = json!([root]);
        }
        let draft = one(&world, "F.5");
        assert!(draft.changes.is_empty() && draft.withheld.is_none());
        assert!(
            draft.effects[0].starts_with("On 10.2.0.4: ") && draft.effects[0].contains(words),
            "{:?}",
            draft.effects
        );
        assert!(
            draft.effects[2].ends_with(
                "openssl s_client -connect 10.2.0.4:443 -servername shop.internal -showcerts"
            ),
            "{:?}",
            draft.effects
        );
    }
}

/// 71: no write to the gateway mends those.
#[test]
fn w71_no_root_and_no_name_is_offered_for_a_fault_of_the_chain() {
    for log in [EXPIRED, NO_INTERMEDIATE, LEAF, ORDER] {
        let mut world = tls(log);
        world.said.private_ca = true;
        world.said.private_ca_pem = Some(crate::roots::pem(crate::roots::ROOT));
        world.said.inputs.tls_host = Some("shop.internal".into());
        for method in ["F.1", "F.2", "F.3", "F.4"] {
            none(&world, method);
        }
    }
}

/// 72: the checks stay on.
#[test]
fn w72_no_plan_switches_a_check_off() {
    for log in [
        EXPIRED,
        NO_INTERMEDIATE,
        LEAF,
        ORDER,
        NAME,
        WRONG_ROOT,
        PRIVATE,
    ] {
        let mut world = tls(log);
        world.said.private_ca = true;
        world.said.private_ca_pem = Some(crate::roots::pem(crate::roots::ROOT));
        world.said.inputs.tls_host = Some("other.internal".into());
        for method in ["F.1", "F.2", "F.3", "F.4"] {
            for draft in drafts(&world, method).unwrap() {
                let text = format!("{:?} {:?}", draft.changes, draft.az);
                assert!(!text.contains("validate"), "{text}");
            }
        }
    }
}

#[test]
fn the_first_platform_is_given_the_certificate_itself_by_hand() {
    let mut world = tls("Backend server certificate is not whitelisted with Application Gateway.");
    world.gateway()["properties"]["sku"] = json!({"name": "Standard_Medium", "tier": "Standard"});
    world.said.private_ca = true;
    world.said.private_ca_pem = Some(crate::roots::pem(crate::roots::ROOT));
    let draft = one(&world, "F.6");
    assert!(draft.changes.is_empty() && draft.effects[0].contains("authenticationCertificates"));
    for method in ["F.1", "F.2", "F.3"] {
        none(&world, method);
    }
    none(&tls(PRIVATE), "F.6");
}
