//! `POST {gateway}/getBackendHealthOnDemand`: how members would be by a probe that nothing has been given yet.

use serde_json::Value;

use super::{
    arm::{Call, Refused},
    errors,
    lro::Asked,
};

/// The question, if it can be asked of that gateway.
pub(super) fn asked(call: &Call<'_>, gateway: &Value) -> Result<Asked, Refused> {
    let probe: Value = serde_json::from_slice(&call.request.body)
        .map_err(|error| errors::unreadable(&error.to_string()))?;
    let refuse = |detail: &str| Err(errors::unparsed(detail).into());
    let find = |field: &str, list: &str| {
        let id = probe[field]["id"].as_str().unwrap_or_default();
        let all = gateway["properties"][list].as_array();
        let same = |own: &&Value| {
            own["id"]
                .as_str()
                .is_some_and(|own| own.eq_ignore_ascii_case(id))
        };
        let found = all.into_iter().flatten().find(same);
        found.ok_or_else(|| -> Refused {
            let message = format!("Resource {id} referenced by the request was not found.");
            errors::invalid("InvalidResourceReference", &message).into()
        })
    };
    find("backendAddressPool", "backendAddressPools")?;
    let settings = find("backendHttpSettings", "backendHttpSettingsCollection")?;
    let protocol = probe["protocol"].as_str().unwrap_or_default();
    let used = settings["properties"]["protocol"]
        .as_str()
        .unwrap_or_default();
    if !["Http", "Https"]
        .iter()
        .any(|own| own.eq_ignore_ascii_case(protocol))
    {
        return refuse("Required property 'protocol' not found in JSON. Path ''.");
    }
    if !protocol.eq_ignore_ascii_case(used) {
        let code = "ApplicationGatewayProbeProtocolMustMatchBackendHttpSettinsProtocol";
        let message = format!(
            "Probe protocol ({protocol}) does not match Backend Http Setting protocol ({used})."
        );
        return Err(errors::invalid(code, &message).into());
    }
    if !probe["path"]
        .as_str()
        .is_some_and(|own| own.starts_with('/'))
    {
        return refuse("The value of 'path' must begin with '/'.");
    }
    Ok(Asked::Rehearsal(probe))
}
