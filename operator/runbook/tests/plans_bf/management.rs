//! B.3: the status path of an API Management.
use crate::{
    Drive, down, edits, held, none, one, planned, probed, reference, status, tried, verified,
    world::World,
};
use appgw_runbook::draft::Reason;
use serde_json::{Value, json};

const PATH: &str = "/status-0123456789abcdef";

fn managed(probe: &Value) -> World {
    let mut world = probed(&json!({}), probe);
    world.gateway()["properties"]["backendAddressPools"][0]["properties"]["backendAddresses"] =
        json!([{"fqdn": "contoso.azure-api.net"}]);
    world.health(&[(
        "contoso.azure-api.net",
        "Unhealthy",
        &status(404, "200-399"),
    )]);
    world
}

#[test]
fn w60_the_probe_is_made_and_attached() {
    let world = managed(&json!(null));
    let draft = one(&world, "B.3");
    let name = "probe-https-api";
    assert_eq!(
        edits(&draft),
        [
            (
                format!("properties/probes/{name}"),
                json!({"name": name, "properties": {"protocol": "Https", "host": "contoso.azure-api.net", "path": PATH,
                    "interval": 30, "timeout": 30, "unhealthyThreshold": 3, "minServers": 0,
                    "pickHostNameFromBackendHttpSettings": false}})
            ),
            (
                "properties/backendHttpSettingsCollection/https-api/properties/probe".into(),
                reference("probes", name)
            ),
        ]
    );
    assert_eq!(draft.withheld, None);
    assert!(
        draft
            .effects
            .iter()
            .any(|it| it.contains("not that the APIs behind it are"))
    );
    assert!(
        draft.az[0].contains(&format!("--path {PATH}"))
            && draft.az[1].ends_with("--probe probe-https-api")
    );
    verified(&draft, 30);
}

#[test]
fn the_old_probe_stays_and_its_match_is_not_taken_over() {
    let world = managed(
        &json!({"path": "/x", "host": "contoso.azure-api.net", "interval": 60, "timeout": 20,
        "match": {"body": "hello", "statusCodes": ["200"]}}),
    );
    let draft = one(&world, "B.3");
    let after = planned(&world, &draft);
    let probes = after["properties"]["probes"].as_array().unwrap();
    assert_eq!(
        (probes.len(), &probes[0]["properties"]["path"]),
        (2, &json!("/x"))
    );
    let new = &probes[1]["properties"];
    assert!(new["match"].is_null());
    assert_eq!(
        (&new["interval"], &new["timeout"]),
        (&json!(60), &json!(20))
    );
    assert!(
        draft
            .effects
            .iter()
            .any(|it| it == "probe p-api stays on the gateway, and nothing uses it any more")
    );
    verified(&draft, 60);
}

#[test]
fn the_gateway_host_is_the_one_that_a_person_names() {
    let mut world = managed(&json!(null));
    world.said.api_management_host = Some("api.contoso.com".into());
    assert_eq!(
        edits(&one(&world, "B.3"))[0].1["properties"]["host"],
        "api.contoso.com"
    );
    world.said.inputs.probe_host = Some("apim.contoso.com".into());
    assert_eq!(
        edits(&one(&world, "B.3"))[0].1["properties"]["host"],
        "apim.contoso.com"
    );
    world.said.inputs.probe_host = Some("https://apim".into());
    let draft = one(&world, "B.3");
    assert!(draft.changes.is_empty());
    assert_eq!(
        held(&draft),
        (
            Reason::NeedsInput,
            "spec.inputs.B.host: \"https://apim\" is no host name"
        )
    );
}

#[test]
fn w60_other_hosts_of_it_have_other_paths() {
    for (host, path) in [
        ("contoso.portal.azure-api.net", "/signin"),
        ("contoso.developer.azure-api.net", "/"),
        ("contoso.management.azure-api.us", "/ServiceStatus"),
        ("contoso.scm.azure-api.cn", "nowhere"),
    ] {
        let mut world = managed(&json!(null));
        world.health(&[(host, "Unhealthy", &status(404, "200-399"))]);
        let draft = one(&world, "B.3");
        assert!(draft.changes.is_empty(), "{host}");
        assert!(
            held(&draft)
                .1
                .contains(&format!("whose health is at {path}:")),
            "{host}"
        );
    }
    let mut world = managed(&json!(null));
    let regional = "contoso-westeurope-01.regional.azure-api.net";
    world.health(&[(regional, "Unhealthy", &status(404, "200-399"))]);
    assert_eq!(one(&world, "B.3").withheld, None);
}

#[test]
fn it_is_tried_from_the_gateway() {
    let mut world = managed(&json!(null));
    world.said.rehearse = true;
    let mut drive = Drive::new(&world, tried("Up", "Success. Received 200 status code"));
    let draft = drive.drafts("B.3").unwrap().remove(0);
    assert!(draft.stands_alone && draft.checks.last().unwrap().contains(PATH));
    assert_eq!(drive.tries[0]["host"], "contoso.azure-api.net");
    let mut drive = Drive::new(&world, tried("Down", "Received invalid status code: 404"));
    let draft = drive.drafts("B.3").unwrap().remove(0);
    assert_eq!(held(&draft).0, Reason::EvidenceTooWeak);
}

#[test]
fn a_back_end_that_is_none_gets_no_such_probe() {
    let world = down(probed(&json!({}), &json!(null)), &status(404, "200-399"));
    none(&world, "B.3");
}
