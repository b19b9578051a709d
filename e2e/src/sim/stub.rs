//! Placeholder until the world model is there.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Placeholder.
#[derive(Debug, Default)]
pub struct World {
    /// Documents.
    pub documents: BTreeMap<String, Value>,
    /// Denied actions.
    pub denied: Vec<String>,
    /// Locked scope.
    pub lock: Option<String>,
}

#[allow(missing_docs)]
impl World {
    pub fn load(path: &std::path::Path) -> anyhow::Result<Self> {
        let list: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path)?)?;
        Ok(Self {
            documents: list
                .into_iter()
                .map(|d| (d["id"].as_str().unwrap_or_default().to_ascii_lowercase(), d))
                .collect(),
            ..Self::default()
        })
    }
    pub fn subscriptions(&self) -> Vec<Value> {
        vec![
            json!({"id": "/subscriptions/00000000-0000-0000-0000-000000000001", "subscriptionId": "00000000-0000-0000-0000-000000000001", "state": "Enabled", "displayName": "Sim", "tenantId": "t"}),
        ]
    }
    pub fn subscription(&self, id: &str) -> Option<Value> {
        self.subscriptions()
            .into_iter()
            .find(|s| s["subscriptionId"] == id)
    }
    pub fn group(&self, _: &str, name: &str) -> Option<Value> {
        (name.eq_ignore_ascii_case("rg")).then(|| json!({"name": name}))
    }
    pub fn get(&self, id: &str) -> Option<Value> {
        self.documents.get(&id.to_ascii_lowercase()).cloned()
    }
    pub fn list(&self, path: &str) -> Vec<Value> {
        let path = path.to_ascii_lowercase() + "/";
        self.documents
            .iter()
            .filter(|(k, _)| k.starts_with(&path))
            .map(|(_, v)| v.clone())
            .collect()
    }
    pub fn is_denied(&self, action: &str, _: &str) -> bool {
        self.denied.iter().any(|d| d == action)
    }
    pub fn locked(&self, _: &str) -> Option<String> {
        self.lock.clone()
    }
    pub fn locks(&self, _: &str) -> Vec<Value> {
        Vec::new()
    }
    pub fn back_end_health(&self, id: &str) -> Option<Value> {
        self.get(id)?;
        Some(json!({"backendAddressPools": []}))
    }
}
