//! Where a handshake look may connect to: nowhere, unless a range was allowed.
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Never a back end of a gateway, or more than one to whoever connects from here: this machine, the link,
/// Azure's own services on every virtual machine (`169.254.169.254`, `168.63.129.16`), and many at once.
const FORBIDDEN: [(IpAddr, u8); 10] = [
    (IpAddr::V4(Ipv4Addr::UNSPECIFIED), 8),
    (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)), 32),
    (IpAddr::V4(Ipv4Addr::new(224, 0, 0, 0)), 3),
    (IpAddr::V6(Ipv6Addr::UNSPECIFIED), 128),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
    (IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
    (IpAddr::V6(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0)), 8),
    // Translated, it is an address of the fourth version again, and that one was not looked at.
    (
        IpAddr::V6(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0)),
        96,
    ),
];

/// The ranges that were allowed, and what they do not cover all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    allowed: Vec<IpNet>,
    forbidden: Vec<IpNet>,
}

impl Guard {
    /// `own` are addresses of what this runs on, such as the API server.
    pub fn new(allowed: Vec<IpNet>, own: impl IntoIterator<Item = IpAddr>) -> Self {
        let fixed = FORBIDDEN.iter();
        let fixed = fixed.filter_map(|(at, length)| IpNet::new(*at, *length).ok());
        let own = own.into_iter().map(|it| IpNet::from(it.to_canonical()));
        Self {
            allowed,
            forbidden: fixed.chain(own).collect(),
        }
    }

    /// Nothing was allowed at all.
    pub fn is_shut(&self) -> bool {
        self.allowed.is_empty()
    }

    /// An address that may be connected to. A range that lies within a forbidden one was meant: a
    /// laboratory. One that merely covers it was not.
    pub fn lets(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let mut allowed = self.allowed.iter().filter(|range| range.contains(&address));
        let mut forbidden = self.forbidden.iter();
        match forbidden.find(|range| range.contains(&address)) {
            None => allowed.next().is_some(),
            Some(forbidden) => allowed.any(|range| forbidden.contains(range)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn guard(allowed: &[&str]) -> Guard {
        let own = ["10.0.0.1".parse().unwrap()];
        Guard::new(allowed.iter().map(|it| it.parse().unwrap()).collect(), own)
    }

    fn lets(allowed: &[&str], address: &str) -> bool {
        guard(allowed).lets(address.parse().unwrap())
    }

    #[test]
    fn nothing_is_let_through_that_was_not_allowed() {
        assert!(guard(&[]).is_shut() && !lets(&[], "10.2.0.4"));
        assert!(lets(&["10.2.0.0/16"], "10.2.0.4"));
        assert!(lets(&["10.2.0.0/16"], "::ffff:10.2.0.4"));
        assert!(!lets(&["10.2.0.0/16"], "10.3.0.4"));
        assert!(!lets(&["10.2.0.0/16"], "fd00::4"));
    }

    #[test]
    fn what_is_no_back_end_stays_shut_under_a_wide_range() {
        for address in [
            "169.254.169.254",
            "168.63.129.16",
            "127.0.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "10.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "ff02::1",
            "64:ff9b::a9fe:a9fe",
            "::ffff:169.254.169.254",
            "::ffff:127.0.0.1",
        ] {
            assert!(!lets(&["0.0.0.0/0", "::/0"], address), "{address}");
        }
    }

    #[test]
    fn a_range_within_a_forbidden_one_was_meant() {
        assert!(lets(&["127.16.0.0/16"], "127.16.0.4"));
        assert!(!lets(&["127.16.0.0/16"], "127.0.0.1"));
        assert!(!lets(&["126.0.0.0/7"], "127.16.0.4"));
        assert!(lets(&["10.0.0.1/32"], "10.0.0.1"));
    }

    proptest! {
        #[test]
        fn a_wide_range_never_opens_the_link_or_this_machine(last in any::<[u8; 3]>()) {
            let [b, c, d] = last;
            let wide = guard(&["0.0.0.0/0"]);
            prop_assert!(!wide.lets(IpAddr::from([127, b, c, d])));
            prop_assert!(!wide.lets(IpAddr::from([169, 254, c, d])));
            prop_assert!(wide.lets(IpAddr::from([20, b, c, d])));
        }
    }
}
