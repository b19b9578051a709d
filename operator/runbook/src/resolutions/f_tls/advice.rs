//! What only the back end, or a migration, mends.
use super::{
    roots::{ABOUT_ROOTS, is_v1},
    target::target,
};
use crate::{
    draft::{Case, Draft, Drafted},
    report::Finding,
};

pub(super) fn chain(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let there = finding.id.starts_with("certificate-") && finding.id != "certificate-name";
    let Some(target) = target(case, finding)?.filter(|_| there) else {
        return Ok(vec![]);
    };
    let what = match finding.id {
        "certificate-expired" | "certificate-invalid" => {
            "renew the certificate and install it on every server of the pool"
        }
        "certificate-order" => {
            "have the server send its own certificate first, then the intermediates"
        }
        "certificate-leaf-missing" => {
            "have the server send its own certificate, not only those of the authority"
        }
        _ => "have the server send its whole chain, intermediates included",
    };
    let steps = vec![
        what.to_owned(),
        format!(
            "servers of pool {}, asked by {}",
            target.pool, target.setting
        ),
        "check with: openssl s_client -connect SERVER:PORT -servername NAME -showcerts".to_owned(),
        "switching the checks of the gateway off hides it and is not offered".to_owned(),
    ];
    Ok(vec![Draft::advice(
        "Mend the certificate on the back end",
        steps,
    )])
}

pub(super) fn authentication(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)?.filter(|_| ABOUT_ROOTS.contains(&finding.id)) else {
        return Ok(vec![]);
    };
    if !is_v1(case)? {
        return Ok(vec![]);
    }
    let steps = vec![
        "v1 takes the very certificate of the server (authenticationCertificates), not a root"
            .to_owned(),
        format!("it would be attached to {}", target.setting),
        "v1 was retired on 2026-04-28: migrate to v2, which takes roots".to_owned(),
    ];
    Ok(vec![Draft::advice(
        "Give the v1 gateway the server's own certificate",
        steps,
    )])
}
