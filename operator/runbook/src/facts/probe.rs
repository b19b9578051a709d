//! What a pair is asked by its probe: the custom one of its settings, or the default one (azure-facts §7, §15.2).
use super::{
    gateway::{Gateway, Generation},
    json::{at, flag, list, number, one_line, text},
};
use crate::id::ArmId;
use serde_json::Value;
use std::{net::IpAddr, ops::RangeInclusive};

/// The host a probe sends where nothing names another.
pub(crate) const NO_HOST: &str = "127.0.0.1";

/// A name that the gateway sends to a member, and where it takes it from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sent {
    /// The name, on one line.
    pub name: String,
    /// In a few words.
    pub from: &'static str,
}

/// The probe in force on some settings, and those settings.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'f> {
    custom: Option<&'f Value>,
    setting: &'f Value,
    generation: Generation,
}

impl<'f> Gateway<'f> {
    /// The probe in force on a setting; what counts is the setting's own reference, not what probes the
    /// gateway lists. An error says what leads nowhere.
    pub fn effective_probe(self, setting: &str) -> Result<Probe<'f>, String> {
        let found = self.named("backendHttpSettingsCollection", setting);
        let found =
            found.ok_or_else(|| format!("the gateway's document has no settings {setting}"))?;
        let custom = match at(found, &["properties", "probe"]) {
            None => None,
            Some(reference) => {
                let id = ArmId::new(text(reference, &["id"]).unwrap_or("(unnamed)"));
                let probe = self.named("probes", id.name());
                Some(probe.ok_or_else(|| {
                    let name = id.name();
                    format!(
                        "settings {setting} refer to a probe {name} that the gateway does not have"
                    )
                })?)
            }
        };
        Ok(Probe {
            custom,
            setting: found,
            generation: self.generation(),
        })
    }
    /// Every setting speaks plain HTTP; `None` where there are none, or one that cannot be read.
    pub fn is_plain_http(self) -> Option<bool> {
        let settings = list(self.0, &["properties", "backendHttpSettingsCollection"]);
        let mut plain = settings.map(|setting| {
            let protocol = text(setting, &["properties", "protocol"])?;
            Some(protocol.eq_ignore_ascii_case("Http"))
        });
        let first = plain.next()??;
        plain.try_fold(first, |all, this| Some(this? && all))
    }
    /// The certificates that settings trust, in base64 as the gateway has them: roots, on v1 the very ones.
    pub fn certificates_of(self, probe: &Probe<'_>) -> Vec<String> {
        let kind = probe.kind_of_roots();
        let data = |name: String| text(self.named(kind, &name)?, &["properties", "data"]);
        let all = probe.trusted().into_iter().filter_map(data);
        all.map(str::to_owned).collect()
    }
    /// Names of the trusted roots the gateway holds, whether or not a setting refers to them.
    pub fn trusted_roots(self) -> Vec<String> {
        list(self.0, &["properties", "trustedRootCertificates"])
            .filter_map(|root| Some(one_line(text(root, &["name"])?)))
            .collect()
    }
}

impl Probe<'_> {
    fn own(&self, member: &str) -> Option<String> {
        Some(one_line(text(self.custom?, &["properties", member])?))
    }
    fn of_setting(&self, member: &str) -> Option<String> {
        Some(one_line(text(self.setting, &["properties", member])?))
    }
    fn own_number(&self, member: &str, otherwise: i64) -> i64 {
        let own = self
            .custom
            .and_then(|probe| number(probe, &["properties", member]));
        own.unwrap_or(otherwise)
    }
    /// The custom probe's name; none for the default probe.
    pub fn name(&self) -> Option<String> {
        Some(one_line(
            text(self.custom?, &["name"]).unwrap_or("(unnamed)"),
        ))
    }
    /// The setting's name.
    pub fn setting(&self) -> String {
        one_line(text(self.setting, &["name"]).unwrap_or("(unnamed)"))
    }
    /// The first platform: no port of a probe's own, exact certificates in place of roots.
    pub fn is_v1(&self) -> bool {
        self.generation == Generation::V1
    }
    /// `Http`, `Https`, `Tcp` or `Tls`: the custom probe's, else the setting's.
    pub fn protocol(&self) -> Option<String> {
        match self.custom {
            Some(_) => self.own("protocol"),
            None => self.of_setting("protocol"),
        }
    }
    /// Begins with a TLS handshake; `None` where the protocol cannot be told.
    pub fn speaks_tls(&self) -> Option<bool> {
        match self.protocol()?.to_ascii_lowercase().as_str() {
            "https" | "tls" => Some(true),
            "http" | "tcp" => Some(false),
            _ => None,
        }
    }
    /// The probe's own port, which only the second platform heeds, else the setting's.
    pub fn port(&self) -> Option<u16> {
        let port = |v: &Value| number(v, &["properties", "port"]).filter(|port| *port > 0);
        let own = self.custom.filter(|_| !self.is_v1()).and_then(port);
        u16::try_from(own.or_else(|| port(self.setting))?).ok()
    }
    /// The path asked for.
    pub fn path(&self) -> String {
        self.own("path").unwrap_or_else(|| "/".to_owned())
    }

    /// The host the settings name for a member.
    fn host_of_setting(&self, member: &str) -> Option<Sent> {
        let named = self.of_setting("hostName").map(|name| Sent {
            name,
            from: "hostName of the settings",
        });
        let picks = flag(
            self.setting,
            &["properties", "pickHostNameFromBackendAddress"],
        ) == Some(true);
        named.or_else(|| {
            picks.then(|| Sent {
                name: member.to_owned(),
                from: "the member's own address, picked by the settings",
            })
        })
    }
    /// The Host header a member is probed with.
    pub fn host(&self, member: &str) -> Sent {
        let picks = |probe| {
            let path = ["properties", "pickHostNameFromBackendHttpSettings"];
            flag(probe, &path) == Some(true)
        };
        let own = self.own("host").map(|name| Sent {
            name,
            from: "host of the probe",
        });
        let found = match self.custom {
            Some(probe) => own.or_else(|| {
                let settings = picks(probe).then(|| self.host_of_setting(member));
                settings.flatten()
            }),
            None => self.host_of_setting(member),
        };
        found.unwrap_or_else(|| Sent {
            name: NO_HOST.to_owned(),
            from: "nothing names another",
        })
    }
    /// The server name in the TLS greeting of a probe; none is sent where all there is is an address.
    pub fn sni(&self, member: &str) -> Option<Sent> {
        let member_name = || Sent {
            name: member.to_owned(),
            from: "the member's own name",
        };
        let sent = if self.is_v1() {
            member_name()
        } else {
            let fixed = self.of_setting("sniName").map(|name| Sent {
                name,
                from: "sniName of the settings",
            });
            let names = [fixed, Some(self.host(member)), self.host_of_setting(member)];
            let mut names = names.into_iter().flatten();
            names
                .find(|sent| !is_address(&sent.name))
                .unwrap_or_else(member_name)
        };
        Some(sent).filter(|sent| !is_address(&sent.name))
    }
    /// The status codes taken for well: `200-399`, or what the probe's `match` lists.
    pub fn accepted(&self) -> String {
        let listed = self
            .custom
            .into_iter()
            .flat_map(|probe| list(probe, &["properties", "match", "statusCodes"]));
        let codes: Vec<String> = listed
            .map(|code| one_line(code.as_str().unwrap_or(&code.to_string())))
            .collect();
        if codes.is_empty() {
            "200-399".to_owned()
        } else {
            codes.join(",")
        }
    }
    /// A status is taken for well; `None` where the codes cannot be read.
    pub fn accepts(&self, code: u16) -> Option<bool> {
        let ranges = ranges(&self.accepted())?;
        Some(ranges.iter().any(|range| range.contains(&code)))
    }
    /// Roots, or exact certificates on the first platform, that the settings refer to.
    pub fn trusted(&self) -> Vec<String> {
        list(self.setting, &["properties", self.kind_of_roots()])
            .map(|root| {
                let id = ArmId::new(text(root, &["id"]).unwrap_or("(unnamed)"));
                id.name().to_owned()
            })
            .collect()
    }
    fn kind_of_roots(&self) -> &'static str {
        if self.is_v1() {
            "authenticationCertificates"
        } else {
            "trustedRootCertificates"
        }
    }
    /// A check of the certificate is switched off on the settings.
    pub fn is_off(&self, check: &str) -> bool {
        flag(self.setting, &["properties", check]) == Some(false)
    }
    /// `/healthz, 30 s, 200-399`.
    pub fn words(&self) -> String {
        let (path, timeout) = (self.path(), self.own_number("timeout", 30));
        format!("{path}, {timeout} s, {}", self.accepted())
    }
    /// `Https :8443`.
    pub fn door(&self) -> String {
        let protocol = self.protocol();
        let protocol = protocol.as_deref().unwrap_or("(no protocol)");
        let port = self.port().map(|port| format!(" :{port}"));
        format!("{protocol}{}", port.unwrap_or_default())
    }
    /// `default probe`, or `custom probe p-api`.
    pub fn title(&self) -> String {
        match self.name() {
            Some(name) => format!("custom probe {name}"),
            None => "default probe".to_owned(),
        }
    }
    /// The whole of it, in one line.
    pub fn describe(&self) -> String {
        let body = self
            .custom
            .and_then(|probe| text(probe, &["properties", "match", "body"]));
        let body = body.map_or(String::new(), |body| {
            format!(", body with {:?}", one_line(body))
        });
        let spared = self.own_number("minServers", 0);
        let spared = if spared > 0 {
            format!(", {spared} servers kept whatever they answer")
        } else {
            String::new()
        };
        format!(
            "{}: {}, {}{body}, every {} s, down after {} failures{spared}",
            self.title(),
            self.door(),
            self.words(),
            self.own_number("interval", 30),
            self.own_number("unhealthyThreshold", 3),
        )
    }
}

/// An IP address, and no name.
pub fn is_address(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok()
}

/// `200-399,404`; `None` if a part of it is no range.
pub fn ranges(text: &str) -> Option<Vec<RangeInclusive<u16>>> {
    text.split(',')
        .map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some(first.trim().parse().ok()?..=last.trim().parse().ok()?)
        })
        .collect()
}

#[cfg(test)]
mod tests;
