use super::*;
use crate::azure::exchange::Raw;
use appgw_runbook::id::ArmId;

const NIC: &str =
    "/subscriptions/s/resourceGroups/r/providers/microsoft.network/NETWORKINTERFACES/n";

fn answered(query: &Query, status: u16, body: Value) -> Answer {
    let raw = Raw {
        status: Some(status),
        body: Some(body),
        ..Raw::default()
    };
    read(query, &raw.clean())
}

#[test]
fn the_documented_action_is_said_where_azure_does_not_say_it() {
    let denied = |query: &Query| match answered(query, 403, json!({"error": {"code": "Forbidden"}}))
    {
        Err(Gap::Denied { action }) => action,
        other => panic!("{other:?}"),
    };
    let document = |id: &str| denied(&Query::Document(ArmId::new(id)));
    assert_eq!(document(NIC), "Microsoft.Network/networkInterfaces/read");
    let odd = "/subscriptions/s/resourceGroups/r/providers/Contoso.Odd/things/x";
    assert_eq!(document(odd), "contoso.odd/things/read");
    assert_eq!(
        document("/subscriptions/s"),
        "Microsoft.Resources/subscriptions/read"
    );
    let gateway =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/applicationGateways/g";
    assert_eq!(
        denied(&Query::BackendHealth(ArmId::new(gateway))),
        "Microsoft.Network/applicationGateways/backendhealth/action"
    );
}

#[test]
fn a_page_that_refuses_is_a_refusal_too() {
    let query = Query::Document(ArmId::new(NIC));
    let page = Value::String("<html>".to_owned());
    assert!(matches!(
        answered(&query, 403, page.clone()),
        Err(Gap::Denied { .. })
    ));
    assert!(
        matches!(
            answered(&query, 404, page.clone()),
            Err(Gap::Unreadable { .. })
        ),
        "whether it is there, it does not say"
    );
    assert!(matches!(
        answered(&query, 200, page),
        Err(Gap::Unreadable { .. })
    ));
}

#[test]
fn a_health_document_may_have_a_status_of_its_own() {
    let query = Query::BackendHealth(ArmId::new(NIC));
    let body = json!({"status": "Failed", "backendAddressPools": []});
    assert_eq!(answered(&query, 200, body.clone()), Ok(body.clone()));
    let gateway = Query::Document(ArmId::new(NIC));
    let failed = json!({"status": "Failed"});
    assert_eq!(
        answered(&gateway, 200, failed.clone()),
        Ok(failed),
        "any document may"
    );
}
