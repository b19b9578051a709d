//! `spec.hints.privateCa`: the certificate of an authority of one's own, from a `ConfigMap` or a `Secret` beside the object.
use crate::error::chain;
use appgw_crds::{AppGatewayDiagnosis, KeyRef, PrivateCa};
use appgw_runbook::facts::Said;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{Api, Client, ResourceExt as _};
use rustls::pki_types::{CertificateDer, pem::PemObject};

/// Adds the certificate to what the person said; where it cannot be read, a line for `status.gaps`.
pub(crate) async fn learn(
    told: &mut Said,
    client: &Client,
    cr: &AppGatewayDiagnosis,
) -> Option<String> {
    let hint = cr.spec.hints.private_ca.as_ref()?;
    let namespace = cr.namespace().unwrap_or_default();
    match read(client, &namespace, hint).await {
        Ok(pem) => {
            told.private_ca_pem = Some(pem);
            None
        }
        Err(why) => Some(why),
    }
}

/// The first certificate under the key, as PEM. Nothing else of what lies there is kept: a key may lie beside it.
async fn read(client: &Client, namespace: &str, hint: &PrivateCa) -> Result<String, String> {
    let (kind, at) = match (&hint.config_map_ref, &hint.secret_ref) {
        (Some(at), _) => ("ConfigMap", at),
        (None, Some(at)) => ("Secret", at),
        (None, None) => return Err(said("names neither ConfigMap nor Secret")),
    };
    let KeyRef { name, key } = at;
    let wrong = |why: &str| said(&format!("{kind} {name}: {why}"));
    let found = if kind == "ConfigMap" {
        config_map(client, namespace, name, key).await
    } else {
        secret(client, namespace, name, key).await
    };
    let bytes = match found {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(wrong(&format!("no key {key}"))),
        Err(kube::Error::Api(status)) if status.code == 403 => return Err(wrong("not permitted")),
        Err(kube::Error::Api(status)) if status.code == 404 => return Err(wrong("not found")),
        Err(error) => return Err(wrong(&chain(&error))),
    };
    match CertificateDer::from_pem_slice(&bytes) {
        Ok(der) => Ok(pem::encode(&pem::Pem::new("CERTIFICATE", der.to_vec()))),
        Err(_) => Err(wrong(&format!("{key} is no certificate in PEM"))),
    }
}

/// What is wrong with the hint.
pub(crate) fn said(why: &str) -> String {
    format!("spec.hints.privateCa: {why}")
}

async fn config_map(
    client: &Client,
    namespace: &str,
    name: &str,
    key: &str,
) -> kube::Result<Option<Vec<u8>>> {
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
    let map = api.get(name).await?;
    let text = map.data.and_then(|mut data| data.remove(key));
    let binary = || Some(map.binary_data?.remove(key)?.0);
    Ok(text.map(String::into_bytes).or_else(binary))
}

async fn secret(
    client: &Client,
    namespace: &str,
    name: &str,
    key: &str,
) -> kube::Result<Option<Vec<u8>>> {
    let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let data = api.get(name).await?.data;
    Ok(data.and_then(|mut data| data.remove(key)).map(|it| it.0))
}
