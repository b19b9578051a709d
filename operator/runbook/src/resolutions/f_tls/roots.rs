//! F.2 and F.3: trust the root of a private authority.
use super::target::{Target, group, target};
use crate::{
    draft::{Case, Drafted, Reason, part, reference},
    facts::{
        Blocked,
        gateway::{Gateway, Generation},
        json::{list, text},
    },
    id::ArmId,
    plan::Edit,
    report::Finding,
};
use serde_json::{Value, json};

pub(super) const ABOUT_ROOTS: [&str; 3] = [
    "trusted-root-missing",
    "trusted-root-wrong",
    "trusted-root-corrupt",
];

pub(super) fn is_v1(case: &Case<'_, '_>) -> Result<bool, Blocked> {
    Ok(case.gateway()?.generation() == Generation::V1)
}

/// The certificate of `spec.hints.privateCa` as Azure takes it: base64 of one certificate in DER.
pub(super) fn root(case: &Case<'_, '_>) -> Result<Result<String, String>, Blocked> {
    let pem = case.facts().said().private_ca_pem.as_deref();
    let pem = pem.ok_or(Blocked::Tell("spec.hints.privateCa"))?;
    let inner = pem
        .split_once("-----BEGIN CERTIFICATE-----")
        .and_then(|(_, rest)| rest.split_once("-----END CERTIFICATE-----"));
    let Some((inner, after)) = inner else {
        return Ok(Err("spec.hints.privateCa: not a certificate in PEM".into()));
    };
    if after.contains("BEGIN CERTIFICATE") {
        return Ok(Err(
            "spec.hints.privateCa: more than one certificate, and only the root belongs there"
                .into(),
        ));
    }
    let data: String = inner.chars().filter(|c| !c.is_whitespace()).collect();
    // A certificate is a sequence with a length of two bytes, which in base64 begins so.
    let plain = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    if !data.starts_with("MII") || !data.chars().all(plain) {
        return Ok(Err(
            "spec.hints.privateCa: what stands in the PEM is no certificate".into(),
        ));
    }
    Ok(Ok(data))
}

/// A root of the gateway that is this very certificate.
pub(super) fn held<'c>(gateway: Gateway<'c>, data: &str) -> Option<&'c str> {
    let same = |it: &&Value| {
        let own: String = text(it, &["properties", "data"])
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        own == data
    };
    let found = list(gateway.0, &["properties", "trustedRootCertificates"]).find(same);
    found.and_then(|it| text(it, &["name"]))
}

pub(super) fn trusts(target: &Target<'_>, root: &str) -> bool {
    list(target.document, &["properties", "trustedRootCertificates"]).any(|it| {
        let id = text(it, &["id"]).map(ArmId::new);
        id.is_some_and(|id| id.name().eq_ignore_ascii_case(root))
    })
}

/// One more root in the list of the settings; those that are there stay.
pub(super) fn attached(case: &Case<'_, '_>, target: &Target<'_>, root: &str) -> Edit {
    let item = reference(case.view.id(), "trustedRootCertificates", root);
    Edit {
        at: target.of("trustedRootCertificates").item(item.clone()),
        before: Value::Null,
        after: item,
    }
}

pub(super) fn upload(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)?.filter(|_| ABOUT_ROOTS.contains(&finding.id)) else {
        return Ok(vec![]);
    };
    if is_v1(case)? {
        return Ok(vec![]);
    }
    let setting = &target.setting;
    let title = format!("Upload the root of the private authority and let {setting} trust it");
    let data = match root(case)? {
        Ok(data) => data,
        Err(why) => {
            return Ok(vec![
                target
                    .draft(case, title, vec![])
                    .withheld(Reason::NeedsInput, why),
            ]);
        }
    };
    if held(target.gateway, &data).is_some() {
        return Ok(vec![]);
    }
    let name = case.free_name("trustedRootCertificates", "private-root")?;
    let edits = vec![
        Edit {
            at: part("trustedRootCertificates", &name),
            before: Value::Null,
            after: json!({"name": name, "properties": {"data": data}}),
        },
        attached(case, &target, &name),
    ];
    let id = case.view.id();
    let draft = target
        .draft(case, title, edits)
        .effect("whatever that authority signs is trusted for these settings")
        .check("the certificate is the one of spec.hints.privateCa")
        .az(format!(
            "az network application-gateway root-cert create -g {} --gateway-name {} -n {name} --cert-file root.cer",
            group(id), id.name()
        ))
        .az(format!(
            "az network application-gateway http-settings update --ids {id}/backendHttpSettingsCollection/{setting} --add trustedRootCertificates id={id}/trustedRootCertificates/{name}"
        ));
    Ok(vec![draft])
}

pub(super) fn attach(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)?.filter(|_| ABOUT_ROOTS.contains(&finding.id)) else {
        return Ok(vec![]);
    };
    // Without the certificate nobody can say that a root of the gateway is the right one.
    if is_v1(case)? || case.facts().said().private_ca_pem.is_none() {
        return Ok(vec![]);
    }
    let Ok(data) = root(case)? else {
        return Ok(vec![]);
    };
    let Some(root) = held(target.gateway, &data).filter(|it| !trusts(&target, it)) else {
        return Ok(vec![]);
    };
    let setting = &target.setting;
    let id = case.view.id();
    let draft = target
        .draft(
            case,
            format!("Let {setting} trust root {root}"),
            vec![attached(case, &target, root)],
        )
        .effect("whatever that authority signs is trusted for these settings")
        .check(format!("root {root} of the gateway is the certificate of spec.hints.privateCa"))
        .az(format!(
            "az network application-gateway http-settings update --ids {id}/backendHttpSettingsCollection/{setting} --add trustedRootCertificates id={id}/trustedRootCertificates/{root}"
        ));
    Ok(vec![draft])
}
