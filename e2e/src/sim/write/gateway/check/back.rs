//! Pools, probes and settings, and how they fit each other.

use std::{collections::BTreeSet, net::IpAddr};

use serde_json::Value;

use super::{Checked, Part, in_range, is_true, is_word, missing, one_of, refuse, text};
use crate::sim::{arm::Refused, errors};

/// The most members of a pool.
const MOST_MEMBERS: usize = 1200;
/// The longest wait or interval, in seconds.
const DAY: i64 = 86_400;

pub(super) fn check(checked: &Checked) -> Result<(), Refused> {
    checked
        .parts("backendAddressPools")
        .try_for_each(|own| pool(&own))?;
    checked.parts("probes").try_for_each(|own| probe(&own))?;
    checked
        .parts("backendHttpSettingsCollection")
        .try_for_each(|own| settings(checked, &own))
}

fn pool(own: &Part) -> Result<(), Refused> {
    let members = own.own["backendAddresses"].as_array();
    let members = members.map_or(&[][..], Vec::as_slice);
    let mut known = BTreeSet::new();
    for member in members {
        let (address, name) = (text(&member["ipAddress"]), text(&member["fqdn"]));
        let (Some(shown), true) = (address.or(name), address.is_none() || name.is_none()) else {
            let detail = format!("A member of {} needs either 'ipAddress' or 'fqdn'.", own.id);
            return Err(errors::unparsed(&detail).into());
        };
        let good = match address {
            Some(address) => address.parse::<IpAddr>().is_ok(),
            None => is_name(shown),
        };
        if own.changed && !good {
            let message = format!("Backend address {shown} of pool {} is invalid.", own.id);
            return Err(refuse("ApplicationGatewayBackendAddressInvalid", &message));
        }
        if !known.insert(shown.to_ascii_lowercase()) && own.changed {
            let message = format!("Backend address {shown} is there twice in pool {}.", own.id);
            return Err(refuse(
                "ApplicationGatewayBackendAddressPoolDuplicateAddress",
                &message,
            ));
        }
    }
    if members.len() > MOST_MEMBERS {
        let detail = format!("Pool {} has more than {MOST_MEMBERS} members.", own.id);
        return Err(errors::unparsed(&detail).into());
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    text.len() <= 253
        && text.parse::<IpAddr>().is_err()
        && text.trim_end_matches('.').split('.').all(|label| {
            let inner = |own: char| own.is_ascii_alphanumeric() || own == '-' || own == '_';
            !label.is_empty()
                && label.len() <= 63
                && label.chars().all(inner)
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

fn probe(own: &Part) -> Result<(), Refused> {
    one_of(own, "protocol", &["Http", "Https", "Tcp", "Tls"])?;
    in_range(own, "interval", 1..=DAY)?;
    in_range(own, "timeout", 1..=DAY)?;
    in_range(own, "unhealthyThreshold", 1..=20)?;
    in_range(own, "port", 1..=65_535)?;
    if !["Http", "Https"]
        .iter()
        .any(|word| is_word(&own.own["protocol"], word))
    {
        return Ok(());
    }
    let path = text(&own.own["path"]).ok_or_else(|| missing("path", &own.id))?;
    let picks = is_true(&own.own["pickHostNameFromBackendHttpSettings"]);
    let host = text(&own.own["host"]);
    let wrong = if !path.starts_with('/') {
        Some((
            "ApplicationGatewayProbePathIsInvalid",
            "Path must begin with '/'",
        ))
    } else if picks && host.is_some() {
        Some((
            "ApplicationGatewayProbeHostNameFieldConflict",
            "Host may only be specified if PickHostNameFromBackendHttpSettings is set to false",
        ))
    } else if own.changed && !picks && host.is_none() {
        Some((
            "ApplicationGatewayProbeHostIsNull",
            "Host must be specified unless PickHostNameFromBackendHttpSettings is set to true",
        ))
    } else if own.changed && own.own["timeout"].as_i64() > own.own["interval"].as_i64() {
        Some((
            "ApplicationGatewayProbeTimeoutGreaterThanInterval",
            "Timeout must not be greater than the interval",
        ))
    } else {
        None
    };
    if let Some((code, why)) = wrong {
        return Err(refuse(code, &format!("{why} (probe {}).", own.id)));
    }
    let codes = own.own["match"]["statusCodes"].as_array();
    let odd = codes.into_iter().flatten().find(|own| !is_status(own));
    match odd {
        Some(odd) => {
            let detail = format!("The status code {odd} of probe {} is invalid.", own.id);
            Err(errors::unparsed(&detail).into())
        }
        None => Ok(()),
    }
}

/// Whether it is a status, or a range of them.
fn is_status(code: &Value) -> bool {
    let text = code
        .as_str()
        .map_or_else(|| code.to_string(), str::to_owned);
    let (first, last) = text.split_once('-').unwrap_or((&text, &text));
    let status = |own: &str| {
        let own = own.trim().parse::<u16>().ok();
        own.filter(|own| (100..=599).contains(own))
    };
    let both = status(first).zip(status(last));
    both.is_some_and(|(first, last)| first <= last)
}

fn settings(checked: &Checked, own: &Part) -> Result<(), Refused> {
    one_of(own, "protocol", &["Http", "Https"])?;
    if own.own["port"].is_null() {
        return Err(missing("port", &own.id).into());
    }
    in_range(own, "port", 1..=65_535)?;
    in_range(own, "requestTimeout", 1..=DAY)?;
    let draining = Part {
        id: own.id.clone(),
        own: &own.own["connectionDraining"],
        ..*own
    };
    in_range(&draining, "drainTimeoutInSec", 1..=3600)?;
    let https = is_word(&own.own["protocol"], "Https");
    let picks = is_true(&own.own["pickHostNameFromBackendAddress"]);
    let host = text(&own.own["hostName"]);
    if picks && host.is_some() {
        let code = "ApplicationGatewayBackendHttpSettingsHostNameFieldConflict";
        let message = format!(
            "HostName may only be specified if PickHostNameFromBackendAddress is set to false in \
            Backend Http Setting {}.",
            own.id
        );
        return Err(refuse(code, &message));
    }
    let roots = own.own["trustedRootCertificates"].as_array();
    if !https && roots.is_some_and(|all| !all.is_empty()) {
        let code = "ApplicationGatewayBackendHttpSettingsCannotHaveTrustedRootCertificate";
        let message = format!(
            "Backend Http Setting {} with protocol Http cannot have trusted root certificates.",
            own.id
        );
        return Err(refuse(code, &message));
    }
    if text(&own.own["sniName"]).is_some() && own.own["validateSNI"] == false {
        let detail = format!("'sniName' of {} needs 'validateSNI' to be true.", own.id);
        return Err(errors::unparsed(&detail).into());
    }
    let Some(probe) = checked.referred("probes", &own.own["probe"]) else {
        return Ok(());
    };
    let [probes, sets] =
        [probe.own, own.own].map(|own| own["protocol"].as_str().unwrap_or_default());
    if !probes.eq_ignore_ascii_case(sets) {
        // The provider's own spelling.
        let code = "ApplicationGatewayProbeProtocolMustMatchBackendHttpSettinsProtocol";
        let message = format!(
            "Probe {} protocol ({probes}) does not match Backend Http Setting {} protocol ({sets}).",
            probe.id, own.id
        );
        return Err(refuse(code, &message));
    }
    let asks = is_true(&probe.own["pickHostNameFromBackendHttpSettings"]);
    if asks && !picks && host.is_none() {
        let code = "ApplicationGatewayBackendHttpSettingsIncompatibleProbeSettingPickHostName";
        let message = format!(
            "Probe {} picks its host name from Backend Http Setting {}, which has none.",
            probe.id, own.id
        );
        return Err(refuse(code, &message));
    }
    Ok(())
}
