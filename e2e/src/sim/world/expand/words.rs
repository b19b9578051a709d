//! The one-line forms of security rules and routes.

use serde_json::{Value, json};

use super::{Builder, Kind, WorldError};

impl Builder<'_> {
    /// A security rule from `PRIORITY ACCESS DIRECTION [PROTOCOL] [from …] [to …] [ports …] [sourcePorts …]`. What is
    /// left out is `*`; lists have commas and no spaces; `asg:NAME` is an application security group.
    pub(super) fn security_rule(
        &mut self,
        name: &str,
        written: &str,
        place: &str,
    ) -> Result<Value, WorldError> {
        let wrong = |what: &str| WorldError::wrong(place, format!("{what} in `{written}`"));
        let mut words = written.split_whitespace().peekable();
        let priority: u32 = words
            .next()
            .and_then(|word| word.parse().ok())
            .ok_or_else(|| wrong("no priority"))?;
        let one_of = |word: Option<&str>, all: &[&'static str]| {
            all.iter()
                .copied()
                .find(|known| word.is_some_and(|word| known.eq_ignore_ascii_case(word)))
        };
        let access = one_of(words.next(), &["Allow", "Deny"])
            .ok_or_else(|| wrong("neither Allow nor Deny"))?;
        let direction = match words.next().map(str::to_ascii_lowercase).as_deref() {
            Some("in" | "inbound") => "Inbound",
            Some("out" | "outbound") => "Outbound",
            _ => return Err(wrong("neither In nor Out")),
        };
        let protocol = one_of(
            words.peek().copied(),
            &["Tcp", "Udp", "Icmp", "Esp", "Ah", "*"],
        );
        if protocol.is_some() {
            words.next();
        }
        let mut properties = json!({
            "protocol": protocol.unwrap_or("*"),
            "access": access,
            "priority": priority,
            "direction": direction,
        });
        let mut parts = [
            ("from", "sourceAddressPrefix", "sourceAddressPrefixes", "*"),
            (
                "to",
                "destinationAddressPrefix",
                "destinationAddressPrefixes",
                "*",
            ),
            (
                "ports",
                "destinationPortRange",
                "destinationPortRanges",
                "*",
            ),
            ("sourcePorts", "sourcePortRange", "sourcePortRanges", "*"),
        ];
        while let Some(word) = words.next() {
            let value = words
                .next()
                .ok_or_else(|| wrong("nothing after the last word"))?;
            let part = parts.iter_mut().find(|(known, ..)| *known == word);
            part.ok_or_else(|| wrong(&format!("no meaning for `{word}`")))?
                .3 = value;
        }
        for (word, one, many, value) in parts {
            let (groups, others): (Vec<&str>, Vec<&str>) =
                value.split(',').partition(|each| each.starts_with("asg:"));
            properties[many] = json!([]);
            match others.as_slice() {
                [] => {}
                [single] => properties[one] = json!(single),
                several => properties[many] = json!(several),
            }
            if !groups.is_empty() {
                let field = match word {
                    "from" => "sourceApplicationSecurityGroups",
                    "to" => "destinationApplicationSecurityGroups",
                    _ => return Err(wrong("a security group for a port")),
                };
                let ids = groups.iter().map(|group| self.security_group(group));
                properties[field] = ids.map(|id| json!({"id": id})).collect();
            }
        }
        Ok(json!({"name": name, "properties": properties}))
    }

    /// A route from `PREFIX HOP-TYPE [ADDRESS]`.
    pub(super) fn written_route(
        name: &str,
        written: &str,
        place: &str,
    ) -> Result<Value, WorldError> {
        let words: Vec<&str> = written.split_whitespace().collect();
        let (prefix, hop, address) = match words.as_slice() {
            [prefix, hop] => (prefix, hop, None),
            [prefix, hop, address] => (prefix, hop, Some(address)),
            _ => {
                let what = format!("`{written}` is no PREFIX HOP-TYPE [ADDRESS]");
                return Err(WorldError::wrong(place, what));
            }
        };
        let mut properties = json!({
            "addressPrefix": prefix,
            "nextHopType": hop,
            "hasBgpOverride": false,
        });
        if let Some(address) = address {
            properties["nextHopIpAddress"] = json!(address);
        }
        Ok(json!({"name": name, "properties": properties}))
    }

    /// The id of an application security group, which comes into being by being named.
    pub(super) fn security_group(&mut self, written: &str) -> String {
        let name = written.trim_start_matches("asg:");
        if let Ok(id) = self.id(Kind::SecurityGroup, name, "") {
            return id;
        }
        let id = self.know(Kind::SecurityGroup, name, None);
        self.store(&id, &json!({}), None);
        id
    }
}
