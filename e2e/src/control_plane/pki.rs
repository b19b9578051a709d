//! The certificates and keys of the control plane, and the kubeconfigs that quote them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use serde_json::json;

use super::client_certificate;

const CA_NAME: &str = "appgw-e2e control plane";
/// What a client may call the server; the address is the first one of the service range.
const SERVER_NAMES: [&str; 7] = [
    "127.0.0.1",
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "10.0.0.1",
];

/// A certificate authority and the folder in which it leaves its files.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    /// Makes an authority, a certificate for the server and a key pair for service account tokens in `folder`.
    pub(super) fn create(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        let mut ca = CertificateParams::default();
        ca.distinguished_name = named(CA_NAME);
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = Self {
            issuer: CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?,
            folder,
        };
        fs::write(authority.ca(), authority.issuer.pem())?;

        let mut server = CertificateParams::new(SERVER_NAMES.map(str::to_owned))?;
        server.distinguished_name = named("kube-apiserver");
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = server.signed_by(&key, &authority.issuer)?;
        fs::write(authority.server_certificate(), certificate.pem())?;
        fs::write(authority.server_key(), key.serialize_pem())?;

        let tokens = KeyPair::generate()?;
        fs::write(authority.token_key(), tokens.serialize_pem())?;
        fs::write(authority.token_public_key(), tokens.public_key_pem())?;
        Ok(authority)
    }

    pub(super) fn ca(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    pub(super) fn server_certificate(&self) -> PathBuf {
        self.folder.join("kube-apiserver.crt")
    }

    pub(super) fn server_key(&self) -> PathBuf {
        self.folder.join("kube-apiserver.key")
    }

    pub(super) fn token_key(&self) -> PathBuf {
        self.folder.join("sa.key")
    }

    pub(super) fn token_public_key(&self) -> PathBuf {
        self.folder.join("sa.pub")
    }

    /// Writes `NAME.crt`, `NAME.key` and `NAME.kubeconfig` and returns the path of the last one.
    ///
    /// `file` must be a plain file name; `user` and `groups` may be any text.
    pub(super) fn kubeconfig(
        &self,
        file: &str,
        server: &str,
        user: &str,
        groups: &[&str],
    ) -> Result<PathBuf> {
        let path = |extension: &str| self.folder.join(format!("{file}.{extension}"));
        let (certificate_path, key_path) = (path("crt"), path("key"));
        let key = KeyPair::generate()?;
        let certificate = client_certificate::pem(self.issuer.key(), CA_NAME, &key, user, groups)?;
        fs::write(&certificate_path, certificate)?;
        fs::write(&key_path, key.serialize_pem())?;

        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{
                "name": "local",
                "cluster": { "server": server, "certificate-authority": text(&self.ca())? },
            }],
            "users": [{
                "name": user,
                "user": { "client-certificate": text(&certificate_path)?, "client-key": text(&key_path)? },
            }],
            "contexts": [{ "name": "local", "context": { "cluster": "local", "user": user } }],
            "current-context": "local",
        });
        let kubeconfig = path("kubeconfig");
        fs::write(&kubeconfig, serde_json::to_string_pretty(&config)?)?;
        Ok(kubeconfig)
    }
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))
}
