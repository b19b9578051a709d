//! Names, and commands of the Azure CLI.
use super::PICKS;
use crate::{
    facts::probe::is_address,
    id::ArmId,
    resolutions::a_reachability::admission::{place, shell},
};
use serde_json::Value;

/// Names, the first of them; how many more there are.
pub(in crate::resolutions) fn listed(all: &[String]) -> String {
    let shown = all.iter().take(12).map(String::as_str).collect::<Vec<_>>();
    match all.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{}, +{more}", shown.join(", ")),
    }
}

/// A name that may stand in a Host header or in a certificate, and no address.
pub(in crate::resolutions) fn is_name(name: &str) -> bool {
    let label = |it: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        (1..=63).contains(&it.len())
            && it.chars().all(inner)
            && !it.starts_with('-')
            && !it.ends_with('-')
    };
    name.len() <= 253 && !is_address(name) && name.split('.').all(label)
}

/// `az network application-gateway VERB … --name NAME`.
pub(in crate::resolutions) fn command(id: &ArmId, verb: &str, name: &str) -> String {
    format!(
        "az network application-gateway {verb}{} --gateway-name {} --name {}",
        place(id),
        shell(id.name()),
        shell(name)
    )
}

/// The members of a probe as switches of the Azure CLI.
pub(in crate::resolutions) fn switches<'v>(
    members: impl IntoIterator<Item = (&'v str, &'v Value)>,
) -> String {
    use std::fmt::Write as _;
    let mut line = String::new();
    for (member, value) in members {
        let switch = match member {
            "protocol" => "--protocol",
            "host" => "--host",
            "path" => "--path",
            "port" => "--port",
            "interval" => "--interval",
            "timeout" => "--timeout",
            "unhealthyThreshold" => "--threshold",
            "minServers" => "--min-servers",
            "match/body" => "--match-body",
            "match/statusCodes" => "--match-status-codes",
            PICKS => "--host-name-from-http-settings",
            _ => continue,
        };
        let words: Vec<String> = match value {
            Value::Array(all) => all.iter().map(word).collect(),
            one => vec![word(one)],
        };
        // Writing to a String does not fail.
        let _ = write!(line, " {switch} {}", words.join(" "));
    }
    line
}

fn word(value: &Value) -> String {
    shell(
        &value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
    )
}

/// The members of a whole probe as switches.
pub(in crate::resolutions) fn all_switches(properties: &Value) -> String {
    let own = properties.as_object().into_iter().flatten();
    let own = own.map(|(key, value)| (key.as_str(), value));
    let inner = |member: &str| properties.get("match").and_then(|it| it.get(member));
    let of_match = [
        ("match/body", inner("body")),
        ("match/statusCodes", inner("statusCodes")),
    ];
    let of_match = of_match
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .filter(|(_, value)| !value.is_null() && *value != "");
    let mut all: Vec<(&str, &Value)> = own.chain(of_match).collect();
    all.sort_by_key(|(key, _)| *key);
    switches(all)
}
