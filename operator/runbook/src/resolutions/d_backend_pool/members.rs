//! What a person gave as a member of a pool, and why some of it can be none.
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};

/// The platform's own address: name servers, agents, probes of load balancers.
const PLATFORM: IpAddr = IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16));

/// Names that mean the machine itself, or its metadata service.
const OWN: [&str; 3] = ["localhost", "metadata", "metadata.azure.internal"];

/// An address or a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Address(IpAddr),
    Name(String),
}

impl Member {
    /// As a pool has it.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Address(ip) => json!({"ipAddress": ip.to_string()}),
            Self::Name(name) => json!({"fqdn": name}),
        }
    }
    /// As people have it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Address(ip) => ip.to_string(),
            Self::Name(name) => name.clone(),
        }
    }
}

/// An address, or a host name in lower case; an error says what it is instead.
pub(super) fn read(given: &str) -> Result<Member, String> {
    let given = given.trim();
    if let Ok(ip) = given.parse::<IpAddr>() {
        return match unfit(ip.to_canonical()) {
            Some(what) => Err(format!("{given} is {what}")),
            None => Ok(Member::Address(ip.to_canonical())),
        };
    }
    let name = given.to_ascii_lowercase();
    if let Some(what) = no_name(&name) {
        let shown: String = given.chars().filter(|c| !c.is_control()).take(80).collect();
        return Err(format!("{shown:?} {what}"));
    }
    if OWN.contains(&name.as_str()) || name.ends_with(".localhost") {
        return Err(format!(
            "{name} is the gateway's own machine, or its metadata service"
        ));
    }
    Ok(Member::Name(name))
}

fn unfit(ip: IpAddr) -> Option<&'static str> {
    if ip == PLATFORM {
        return Some("the platform's own address");
    }
    if ip.is_loopback() {
        return Some("a loopback address: the gateway itself");
    }
    if ip.is_unspecified() || ip.is_multicast() {
        return Some("no address of a machine");
    }
    match ip {
        IpAddr::V4(ip) if ip.is_link_local() => {
            Some("a link-local address, where the metadata service is")
        }
        IpAddr::V4(ip) if matches!(ip.octets(), [0 | 240.., ..]) => Some("no address of a machine"),
        IpAddr::V6(ip) if ip.is_unicast_link_local() => Some("a link-local address"),
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

/// What keeps a text from being a host name.
fn no_name(name: &str) -> Option<&'static str> {
    if name.contains("://") || name.contains('/') {
        return Some("is an address with a scheme, path or length: give the host alone");
    }
    if name.contains(':') {
        return Some("has a port: ports are those of the settings");
    }
    if name.is_empty() || name.len() > 253 {
        return Some("is neither an address nor a host name");
    }
    let label = |it: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&it.len())
            && it.chars().all(plain)
            && !it.starts_with('-')
            && !it.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    if !name.split('.').all(label) || last.chars().all(|c| c.is_ascii_digit()) {
        return Some("is neither an address nor a host name");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_are_told_apart() {
        let of = |text: &str| read(text).unwrap().value();
        assert_eq!(of(" 10.2.0.4 "), json!({"ipAddress": "10.2.0.4"}));
        assert_eq!(of("::ffff:10.2.0.4"), json!({"ipAddress": "10.2.0.4"}));
        assert_eq!(of("fd00::4"), json!({"ipAddress": "fd00::4"}));
        assert_eq!(of("Shop.Contoso.com"), json!({"fqdn": "shop.contoso.com"}));
        assert_eq!(of("backend"), json!({"fqdn": "backend"}));
        assert_eq!(read("10.2.0.4").unwrap().words(), "10.2.0.4");
    }

    #[test]
    fn what_can_be_no_member_is_refused_with_the_reason() {
        for (text, why) in [
            ("127.0.0.1", "loopback"),
            ("::1", "loopback"),
            ("::ffff:127.0.0.1", "loopback"),
            ("169.254.169.254", "metadata"),
            ("fe80::1", "link-local"),
            ("168.63.129.16", "platform"),
            ("0.0.0.0", "no address"),
            ("224.0.0.1", "no address"),
            ("255.255.255.255", "no address"),
            ("localhost", "own machine"),
            ("x.localhost", "own machine"),
            ("metadata.azure.internal", "metadata"),
            ("https://shop.contoso.com", "scheme"),
            ("10.2.0.0/24", "length"),
            ("shop.contoso.com:8443", "port"),
            ("10.2.0.256", "neither"),
            ("10.2.0", "neither"),
            ("-a.example", "neither"),
            ("a..example", "neither"),
            ("shop.contoso.com.", "neither"),
            ("*.contoso.com", "neither"),
            ("bücher.example", "neither"),
            ("", "neither"),
            ("a b", "neither"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
        assert!(read(&"a".repeat(254)).is_err());
    }
}
