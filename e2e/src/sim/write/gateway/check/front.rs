//! Front ends, ports, listeners and the certificates of both sides.

use super::{
    Checked, Part,
    certificate::{is_certificate, is_store},
    in_range, is_word, missing, one_of, refuse, text,
};
use crate::sim::{arm::Refused, errors};

/// The most host names of a listener.
const MOST_NAMES: usize = 5;

pub(super) fn check(checked: &Checked) -> Result<(), Refused> {
    ports(checked)?;
    certificates(checked)?;
    let listeners: Vec<Part> = checked.parts("httpListeners").collect();
    for own in &listeners {
        listener(checked, own)?;
    }
    for (at, own) in listeners.iter().enumerate() {
        if let Some(other) = listeners[..at].iter().find(|other| collide(own, other)) {
            let message = format!(
                "Two Http Listeners of Application Gateway {} and {} are using the same Frontend \
                Port {} and HostName.",
                other.id, own.id, own.own["frontendPort"]["id"]
            );
            return Err(refuse(
                "ApplicationGatewayHttpListenersUsingSameFrontendPortAndFrontendIpConfig",
                &message,
            ));
        }
    }
    Ok(())
}

fn ports(checked: &Checked) -> Result<(), Refused> {
    let all: Vec<Part> = checked.parts("frontendPorts").collect();
    for (at, own) in all.iter().enumerate() {
        if own.own["port"].is_null() {
            return Err(missing("port", &own.id).into());
        }
        in_range(own, "port", 1..=65_535)?;
        let port = own.own["port"].as_i64().unwrap_or_default();
        let platform = if checked.v2 {
            65_200..=65_535
        } else {
            65_503..=65_534
        };
        if platform.contains(&port) {
            let detail = format!("Port {port} of {} is reserved for the platform.", own.id);
            return Err(errors::unparsed(&detail).into());
        }
        if let Some(other) = all[..at]
            .iter()
            .find(|other| other.own["port"] == own.own["port"])
        {
            let message = format!(
                "Frontend ports {} and {} cannot use the same port number {port}.",
                other.id, own.id
            );
            let code = "ApplicationGatewayFrontendPortsCannotUseSamePortNumber";
            return Err(refuse(code, &message));
        }
    }
    Ok(())
}

fn listener(checked: &Checked, own: &Part) -> Result<(), Refused> {
    one_of(own, "protocol", &["Http", "Https"])?;
    for field in ["frontendIPConfiguration", "frontendPort"] {
        if own.own[field]["id"].is_null() {
            return Err(missing(field, &own.id).into());
        }
    }
    let https = is_word(&own.own["protocol"], "Https");
    let port = checked.referred("frontendPorts", &own.own["frontendPort"]);
    let port = port.and_then(|port| port.own["port"].as_i64());
    if !https && port == Some(443) {
        let message = format!(
            "Port 443 is not valid for protocol Http of listener {}.",
            own.id
        );
        return Err(refuse(
            "ApplicationGatewayPortNotValidForProtocol",
            &message,
        ));
    }
    if https && own.own["sslCertificate"]["id"].is_null() && own.own["sslProfile"].is_null() {
        let message = format!(
            "Https Listener {} must reference an SSL certificate.",
            own.id
        );
        let code = "ApplicationGatewayHttpsListenerMustReferenceSslCert";
        return Err(refuse(code, &message));
    }
    let names = own.own["hostNames"].as_array().map_or(0, Vec::len);
    if names > MOST_NAMES || names > 0 && text(&own.own["hostName"]).is_some() {
        let detail = format!(
            "Listener {} may have either one hostName or up to {MOST_NAMES} hostNames.",
            own.id
        );
        return Err(errors::unparsed(&detail).into());
    }
    Ok(())
}

/// Whether requests could be for either of two listeners.
fn collide(one: &Part, other: &Part) -> bool {
    let same = |field: &str| {
        let [one, other] =
            [one, other].map(|own| own.own[field]["id"].as_str().unwrap_or_default());
        one.eq_ignore_ascii_case(other)
    };
    let names = |own: &Part| -> Vec<String> {
        let many = own.own["hostNames"].as_array().into_iter().flatten();
        let all = many.chain([&own.own["hostName"]]).filter_map(text);
        all.map(str::to_ascii_lowercase).collect()
    };
    let [one_names, other_names] = [names(one), names(other)];
    let names_meet = one_names.is_empty() && other_names.is_empty()
        || one_names.iter().any(|own| other_names.contains(own));
    same("frontendIPConfiguration") && same("frontendPort") && names_meet
}

fn certificates(checked: &Checked) -> Result<(), Refused> {
    for own in checked.parts("sslCertificates").filter(|own| own.changed) {
        let code = match (text(&own.own["data"]), text(&own.own["keyVaultSecretId"])) {
            (Some(data), _) if !is_store(data) => "ApplicationGatewaySslCertificateInvalidData",
            (None, None) => "ApplicationGatewaySslCertificateDataMustBeSpecified",
            _ => continue,
        };
        let message = format!("Data for certificate {} is invalid or missing.", own.id);
        return Err(refuse(code, &message));
    }
    for (list, only_v2) in [
        ("trustedRootCertificates", true),
        ("authenticationCertificates", false),
    ] {
        for own in checked.parts(list) {
            if only_v2 != checked.v2 {
                let message = format!(
                    "Application Gateway {} does not support {list} with the selected SKU tier.",
                    checked.id
                );
                let code = "ApplicationGatewayFeatureCannotBeEnabledForSelectedSku";
                return Err(refuse(code, &message));
            }
            let vault = text(&own.own["keyVaultSecretId"]).is_some();
            let good = text(&own.own["data"]).map_or(vault, is_certificate);
            // What is there already was taken once.
            if own.changed && !good {
                let code = if only_v2 {
                    "ApplicationGatewayTrustedRootCertificateInvalidData"
                } else {
                    "ApplicationGatewayAuthenticationCertificateInvalidData"
                };
                let message = format!("Data for certificate {} is invalid.", own.id);
                return Err(refuse(code, &message));
            }
        }
    }
    Ok(())
}
