//! The patterns and rules of the CRD, by hand: an engine for regular expressions and one for CEL
//! would be much for so few. A test holds that every one of them is known here.
use serde_json::Value;
use std::{ops::RangeInclusive, time::Duration};

/// What a host name must be, in the words of the CRD.
pub(super) const HOST: &str = "a host name, without scheme, port or path";
/// What a path must be.
pub(super) const PATH: &str =
    "a path: it starts with /, has no fragment, and what is not plain ASCII is percent-encoded";
/// What a window must be.
pub(super) const WINDOW: &str = "a duration from 5m to 24h, such as 15m or 1h";
/// What an id must be.
pub(super) const ARM_ID: &str =
    "an Azure resource id: /subscriptions/ID/resourceGroups/GROUP/providers/NAMESPACE/TYPE/NAME";

/// Whether the text fits the pattern; none for a pattern nobody here knows.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    let all = |good: fn(char) -> bool| !text.is_empty() && text.chars().all(good);
    let plain = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    Some(match pattern {
        "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" => {
            let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            framed(text, edge, |c| edge(c) || ".-".contains(c), edge)
        }
        "^[A-Za-z0-9._-]+$" => all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)),
        "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_])?$" => {
            framed(text, plain, inner, |c| plain(c) || c == '_')
        }
        "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$" => framed(text, plain, inner, plain),
        "^/[!\"$-~]*$" => is_path(text),
        "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$" => {
            let (from, to) = text.split_once('-').unwrap_or((text, text));
            is_status_code(from) && is_status_code(to)
        }
        _ => return None,
    })
}

/// Whether the value obeys the rule with this message; none for a rule nobody here knows.
pub(super) fn obeys(message: &str, value: &Value) -> Option<bool> {
    let text = value.as_str().unwrap_or_default();
    let has = |field: &str| value.get(field).is_some();
    let minutes = |n: u64| Duration::from_secs(60 * n);
    Some(match message {
        "interval or schedule, not both" => !(has("interval") && has("schedule")),
        "allowedResolutions needs mode Review" => {
            let letters = value.get("allowedResolutions").and_then(Value::as_array);
            letters.is_none_or(Vec::is_empty) || value["mode"] == "Review"
        }
        // Nothing came before.
        "approval.forbidSelfApproval can be switched on, not off"
        | "gateway.resourceId cannot be changed: another gateway is another diagnosis" => true,
        "0s, or a duration from 1m to 24h, such as 15m or 1h" => {
            let zero = Duration::ZERO..=Duration::ZERO;
            is_duration(text, zero) || is_duration(text, minutes(1)..=minutes(24 * 60))
        }
        "a duration from 5m to 720h, such as 15m or 1h" => {
            is_duration(text, minutes(5)..=minutes(720 * 60))
        }
        WINDOW => is_window(text),
        ARM_ID => is_arm_id(text),
        HOST => is_host(text),
        PATH => is_path(text),
        "five fields as in crontab: minute, hour, day of month, month, day of week" => {
            is_cron(text)
        }
        "a time zone such as Europe/Berlin" => {
            let good = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
            text.split('/')
                .all(|part| !part.is_empty() && part.chars().all(good))
        }
        "exactly one of configMapRef and secretRef" => has("configMapRef") != has("secretRef"),
        "listener and port, or pathRule" => {
            if has("pathRule") {
                !has("listener") && !has("port")
            } else {
                has("listener") && has("port")
            }
        }
        _ => return None,
    })
}

/// A host name or an IPv4 address.
pub(super) fn is_host(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric();
    framed(text, plain, |c| plain(c) || "._-".contains(c), plain)
}

/// A path of a URL, with its query, without a fragment.
pub(super) fn is_path(text: &str) -> bool {
    let good = |c: char| c.is_ascii_graphic() && c != '#';
    text.starts_with('/') && text.chars().all(good)
}

/// A duration for `spec.window`.
pub(super) fn is_window(text: &str) -> bool {
    is_duration(text, Duration::from_secs(300)..=Duration::from_secs(86_400))
}

/// The id of a resource within a resource group, of whatever type.
pub(super) fn is_arm_id(text: &str) -> bool {
    let segment = |part: &&str| {
        let bad = |c: char| "?#%<>".contains(c) || c.is_ascii_control() || c == ' ';
        !part.is_empty() && !part.chars().any(bad)
    };
    let is = |part: &str, word: &str| part.eq_ignore_ascii_case(word);
    let made_of = |part: &str, more: char| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == more)
    };
    let parts: Vec<&str> = text.split('/').collect();
    let [
        "",
        subscriptions,
        subscription,
        groups,
        group,
        providers,
        provider,
        names @ ..,
    ] = parts.as_slice()
    else {
        return false;
    };
    is(subscriptions, "subscriptions")
        && made_of(subscription, '-')
        && is(groups, "resourceGroups")
        && segment(group)
        && is(providers, "providers")
        && made_of(provider, '.')
        && !names.is_empty()
        && names.len() % 2 == 0
        && names.iter().all(segment)
}

fn is_duration(text: &str, within: RangeInclusive<Duration>) -> bool {
    appgw_crds::duration(text).is_some_and(|duration| within.contains(&duration))
}

fn is_status_code(text: &str) -> bool {
    matches!(text.as_bytes(), [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'])
}

fn is_cron(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || "*/,?#-".contains(c);
    let fields: Vec<&str> = text.split(' ').filter(|field| !field.is_empty()).collect();
    text.trim() == text && fields.len() == 5 && fields.iter().all(|field| field.chars().all(good))
}

/// One character of `first`, or that, any of `inner` and one of `last`.
fn framed(
    text: &str,
    first: impl Fn(char) -> bool,
    inner: impl Fn(char) -> bool,
    last: impl Fn(char) -> bool,
) -> bool {
    let mut chars = text.chars();
    if !chars.next().is_some_and(first) {
        return false;
    }
    chars.next_back().is_none_or(last) && chars.all(inner)
}

#[cfg(test)]
mod tests;
