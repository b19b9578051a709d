//! The short form of a back end's answers: `/healthz: 200`.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use super::{Answer, Named};

/// From `[HOST][/PATH[*]]` or `*` to `STATUS`, `STATUS after SECONDS` or `reset`; the first that fits counts.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Answer>, D::Error> {
    let written = Named::<Value>::deserialize(deserializer)?;
    written
        .into_iter()
        .map(|(asked, answer)| {
            let text = answer
                .as_str()
                .map_or_else(|| answer.to_string(), str::to_owned);
            one(&asked, &text).ok_or_else(|| {
                D::Error::custom(format!(
                    "`{asked}: {text}` is no HOST/PATH: STATUS [after SECONDS] or reset"
                ))
            })
        })
        .collect()
}

fn one(asked: &str, text: &str) -> Option<Answer> {
    let (host, path) = match asked.find('/') {
        _ if asked == "*" => (None, None),
        Some(at) => {
            let (host, path) = asked.split_at(at);
            (Some(host).filter(|host| !host.is_empty()), Some(path))
        }
        None => (Some(asked), None),
    };
    let mut answer = Answer {
        host: host.map(str::to_owned),
        path: path.map(str::to_owned),
        ..Answer::default()
    };
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["reset"] => answer.closes = true,
        [status] => answer.status = status.parse().ok()?,
        [status, "after", seconds] => {
            answer.status = status.parse().ok()?;
            answer.delay = seconds.parse().ok()?;
        }
        _ => return None,
    }
    Some(answer)
}
