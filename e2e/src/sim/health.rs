//! The back-end health document as the API gives it, computed from the world.

use serde_json::Value;

use super::shared::Shared;

/// The document of a gateway as things are now; `None` if the gateway is gone.
pub(super) fn document(shared: &Shared, gateway: &str, expand: bool) -> Option<Value> {
    let (mut health, gateway) = shared.world(|world| {
        let health = world.back_end_health(gateway)?;
        Some((health, world.get(gateway)?))
    })?;
    if expand {
        for pool in elements(&mut health["backendAddressPools"]) {
            expanded(
                &mut pool["backendAddressPool"],
                &gateway["properties"]["backendAddressPools"],
            );
            for setting in elements(&mut pool["backendHttpSettingsCollection"]) {
                let all = &gateway["properties"]["backendHttpSettingsCollection"];
                expanded(&mut setting["backendHttpSettings"], all);
            }
        }
    }
    Some(health)
}

fn elements(list: &mut Value) -> impl Iterator<Item = &mut Value> {
    list.as_array_mut().into_iter().flatten()
}

/// Puts the whole object in the place of a reference to it.
fn expanded(reference: &mut Value, all: &Value) {
    let Some(id) = reference["id"].as_str() else {
        return;
    };
    let same = |element: &&Value| {
        element["id"]
            .as_str()
            .is_some_and(|known| known.eq_ignore_ascii_case(id))
    };
    if let Some(whole) = all.as_array().into_iter().flatten().find(same) {
        *reference = whole.clone();
    }
}
