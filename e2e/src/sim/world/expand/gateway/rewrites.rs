//! Rewrite rule sets, of one rule without conditions each.

use serde_json::{Value, json};

use crate::sim::world::file::Named;

pub(super) fn sets(written: &Named<Named<String>>) -> Value {
    let set = |(name, headers): &(String, Named<String>)| {
        let headers = headers
            .iter()
            .map(|(header, value)| json!({"headerName": header, "headerValue": value}));
        let headers: Vec<Value> = headers.collect();
        json!({"name": name, "properties": {"rewriteRules": [{
            "name": "set",
            "ruleSequence": 100,
            "conditions": [],
            "actionSet": {
                "requestHeaderConfigurations": headers,
                "responseHeaderConfigurations": [],
            },
        }]}})
    };
    written.iter().map(set).collect()
}
