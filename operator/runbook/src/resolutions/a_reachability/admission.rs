//! A rule that lets something through, as a document and as a command.
use super::rules::word;
use crate::{facts::json::one_line, id::ArmId, nsg::Direction};
use ipnet::IpNet;
use serde_json::{Map, Value, json};

/// A rule that lets something through.
pub(in crate::resolutions) struct Admission {
    pub(in crate::resolutions) name: String,
    pub(in crate::resolutions) priority: i64,
    pub(in crate::resolutions) direction: Direction,
    pub(in crate::resolutions) protocol: &'static str,
    pub(in crate::resolutions) from: Vec<String>,
    pub(in crate::resolutions) to: Vec<String>,
    pub(in crate::resolutions) ports: Vec<String>,
}

impl Admission {
    /// Every member said, one value in the singular form and several in the plural one.
    pub(in crate::resolutions) fn document(&self) -> Value {
        let mut members = Map::new();
        let mut put = |name: &str, all: &[String]| match all {
            [one] => members.insert(name.to_owned(), json!(one)),
            all => {
                let plural = if name.ends_with("Prefix") {
                    format!("{name}es")
                } else {
                    format!("{name}s")
                };
                members.insert(plural, json!(all))
            }
        };
        put("sourceAddressPrefix", &self.from);
        put("destinationAddressPrefix", &self.to);
        put("destinationPortRange", &self.ports);
        put("sourcePortRange", &["*".to_owned()]);
        members.insert("access".into(), json!("Allow"));
        members.insert("direction".into(), json!(word(self.direction)));
        members.insert("priority".into(), json!(self.priority));
        members.insert("protocol".into(), json!(self.protocol));
        json!({"name": self.name, "properties": members})
    }
    /// The same as a command.
    pub(in crate::resolutions) fn az(&self, group: &ArmId) -> String {
        let many = |all: &[String]| {
            let all: Vec<String> = all.iter().map(|it| shell(it)).collect();
            all.join(" ")
        };
        format!(
            "az network nsg rule create{} --name {} --priority {} --direction {} --access Allow --protocol {} --source-address-prefixes {} --source-port-ranges '*' --destination-address-prefixes {} --destination-port-ranges {}",
            of_group(group),
            shell(&self.name),
            self.priority,
            word(self.direction),
            shell(self.protocol),
            many(&self.from),
            many(&self.to),
            many(&self.ports),
        )
    }
    /// `10.1.0.0/24 -> 10.2.0.4:443,8443`.
    pub(in crate::resolutions) fn words(&self) -> String {
        format!(
            "{} -> {}:{}",
            self.from.join(","),
            self.to.join(","),
            self.ports.join(",")
        )
    }
}

/// The options that name a group.
pub(in crate::resolutions) fn of_group(group: &ArmId) -> String {
    format!("{} --nsg-name {}", place(group), shell(group.name()))
}

/// The options that name subscription and resource group.
pub(in crate::resolutions) fn place(id: &ArmId) -> String {
    let part = |kind: &str| shell(id.segment(kind).unwrap_or("?"));
    format!(
        " --subscription {} --resource-group {}",
        part("subscriptions"),
        part("resourceGroups")
    )
}

/// A word as a shell takes it.
pub(in crate::resolutions) fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=".contains(c);
    let text = one_line(text);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A range as rules have it: one machine without its length.
pub(in crate::resolutions) fn prefix(net: &IpNet) -> String {
    if net.prefix_len() == net.max_prefix_len() {
        net.addr().to_string()
    } else {
        net.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_a_word_for_a_word() {
        for (text, wanted) in [
            ("allow-appgw_1.x", "allow-appgw_1.x"),
            ("10.1.0.0/24", "10.1.0.0/24"),
            ("fd00::/64", "fd00::/64"),
            ("*", "'*'"),
            ("rg (1)", "'rg (1)'"),
            ("it's; $(rm)", r"'it'\''s; $(rm)'"),
            ("a\nb", "'a b'"),
            ("", "''"),
        ] {
            assert_eq!(shell(text), wanted);
        }
        let group = ArmId::new(
            "/subscriptions/s/resourceGroups/r&d/providers/Microsoft.Network/networkSecurityGroups/n",
        );
        assert_eq!(
            of_group(&group),
            " --subscription s --resource-group 'r&d' --nsg-name n"
        );
    }
}
