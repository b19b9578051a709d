//! The gateways of all world files, put back as they were read.

use std::{fs, path::Path};

use serde_json::json;

use crate::sim::{
    World,
    tests::fixture::{Azure, held},
};

/// The worlds whose gateways nobody can put as they are, and what is said to it.
const REFUSED: &[(&str, &str)] = &[
    (
        "gatewaymanager-blocked-v2",
        "ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup",
    ),
    ("health-locked", "ScopeLocked"),
    (
        "unknown-by-udr",
        "ApplicationGatewaySubnetUserDefinedRouteNotAllowed",
    ),
];

#[tokio::test]
async fn what_was_read_can_be_put_and_changes_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds");
    let mut seen = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let ids = World::from_yaml(&text).unwrap().gateway_ids();
        let azure = Azure::around(&text, held()).await;
        for id in ids {
            let before = azure.sim.world(|world| world.back_end_health(&id));
            let url = format!("{id}?api-version=2025-07-01");
            let document = azure.get(&url).await.json();
            let put = azure.write("PUT", &url, &document).await;
            if put.status != 200 {
                seen.push((name.clone(), put.error().1));
                continue;
            }
            azure.sim.finish_operations();
            let mut after = azure.get(&url).await.json();
            let running = document["properties"]["operationalState"] == "Running";
            if running && document["properties"]["provisioningState"] == "Succeeded" {
                assert_eq!(
                    azure.sim.world(|world| world.back_end_health(&id)),
                    before,
                    "{name}"
                );
                let mut document = document.clone();
                for own in [&mut after, &mut document] {
                    own["etag"] = json!(null);
                    strip(own);
                }
                // There numbers are texts, and what is null comes back as nothing.
                assert!(after == document || name == "odd-documents", "{name}");
            }
        }
    }
    let expected: Vec<_> = REFUSED
        .iter()
        .map(|(name, code)| ((*name).to_owned(), (*code).to_owned()))
        .collect();
    seen.sort();
    assert_eq!(seen, expected);
}

fn strip(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(own) => {
            own.remove("etag");
            own.values_mut().for_each(strip);
        }
        serde_json::Value::Array(own) => own.iter_mut().for_each(strip),
        _ => {}
    }
}
