//! The ports and flags of the servers.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
};

use anyhow::Result;

use super::pki::Authority;

/// Loopback ports.
#[derive(Clone, Copy)]
pub(super) struct Ports {
    apiserver: u16,
    etcd: u16,
    etcd_peer: u16,
}

impl Ports {
    /// Ports that were free a moment ago.
    pub(super) fn free() -> Result<Self> {
        // All held at once, or the same one could come twice.
        let held = [(); 3].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let mut ports = [0; 3];
        for (port, listener) in ports.iter_mut().zip(held) {
            *port = listener.and_then(|listener| listener.local_addr())?.port();
        }
        let [apiserver, etcd, etcd_peer] = ports;
        Ok(Self {
            apiserver,
            etcd,
            etcd_peer,
        })
    }

    pub(super) fn server(self) -> String {
        format!("https://127.0.0.1:{}", self.apiserver)
    }
}

pub(super) fn etcd(ports: Ports, data: &Path) -> Vec<String> {
    let (client, peer) = (
        format!("http://127.0.0.1:{}", ports.etcd),
        format!("http://127.0.0.1:{}", ports.etcd_peer),
    );
    vec![
        // The data need not survive the machine.
        "--unsafe-no-fsync".to_owned(),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
        format!("--data-dir={}", data.display()),
    ]
}

/// `extra` flags replace those of the same name.
pub(super) fn kube_apiserver(ports: Ports, authority: &Authority, extra: &[String]) -> Vec<String> {
    let name = |flag: &str| flag.split('=').next().unwrap_or_default().to_owned();
    let replaced: Vec<String> = extra.iter().map(|flag| name(flag)).collect();
    let ours = [
        format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd),
        format!("--secure-port={}", ports.apiserver),
        "--bind-address=127.0.0.1".to_owned(),
        "--advertise-address=127.0.0.1".to_owned(),
        // Or it ends at once: an advertised address may not be a loopback one.
        "--endpoint-reconciler-type=none".to_owned(),
        format!(
            "--tls-cert-file={}",
            authority.server_certificate().display()
        ),
        format!(
            "--tls-private-key-file={}",
            authority.server_key().display()
        ),
        format!("--client-ca-file={}", authority.ca().display()),
        "--authorization-mode=RBAC".to_owned(),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        // It waits for accounts that the controller manager would make.
        "--disable-admission-plugins=ServiceAccount".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!(
            "--service-account-key-file={}",
            authority.token_public_key().display()
        ),
        format!(
            "--service-account-signing-key-file={}",
            authority.token_key().display()
        ),
    ];
    ours.into_iter()
        .filter(|flag| !replaced.contains(&name(flag)))
        .chain(extra.iter().cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_of_the_caller_takes_the_place_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::create(folder.path().to_owned()).unwrap();
        let extra = ["--authorization-mode=AlwaysAllow", "--profiling=false"].map(str::to_owned);
        let flags = kube_apiserver(Ports::free().unwrap(), &authority, &extra);
        let modes: Vec<_> = flags
            .iter()
            .filter(|flag| flag.starts_with("--authorization-mode="))
            .collect();
        assert_eq!(modes, ["--authorization-mode=AlwaysAllow"]);
        assert!(flags.contains(&"--profiling=false".to_owned()));
        assert!(flags.contains(&"--bind-address=127.0.0.1".to_owned()));
    }
}
