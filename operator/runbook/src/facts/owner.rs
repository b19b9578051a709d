//! Who keeps a gateway's configuration, by the marks on it (azure-facts §11.1).
use super::{
    Owner,
    gateway::Gateway,
    json::{at, list, text},
};
use serde_json::Value;

impl Gateway<'_> {
    /// The owner its marks speak for, and the mark; `None` without a mark, which proves nothing.
    pub fn owner_by_marks(self) -> Option<(Owner, String)> {
        let tags = at(self.0, &["tags"]).and_then(Value::as_object);
        let tag = |wanted: &str| {
            let mut keys = tags.into_iter().flat_map(|tags| tags.keys());
            keys.find(|key| key.eq_ignore_ascii_case(wanted))
        };
        for key in ["managed-by-k8s-ingress", "ingress-for-aks-cluster-id"] {
            if let Some(key) = tag(key) {
                return Some((Owner::Agic, format!("tag {key}")));
            }
        }
        if let Some(key) =
            tag("serviceoperator.azure.com").or_else(|| tag("azure-service-operator"))
        {
            return Some((Owner::Aso, format!("tag {key}")));
        }
        let by_value = tags.into_iter().flatten().find_map(|(key, value)| {
            let key_says = ["managed-by", "managedby", "provisioner", "createdby", "iac"];
            let value = value.as_str()?.to_ascii_lowercase();
            key_says
                .contains(&key.to_ascii_lowercase().as_str())
                .then_some(())?;
            let owner = [
                ("terraform", Owner::Terraform),
                ("bicep", Owner::Bicep),
                ("aso", Owner::Aso),
                ("agic", Owner::Agic),
            ];
            let (_, owner) = owner.into_iter().find(|(word, _)| value.contains(word))?;
            Some((owner, format!("tag {key}: {value}")))
        });
        by_value.or_else(|| {
            // Names that the ingress controller gives, with or without a prefix.
            let mut probes =
                list(self.0, &["properties", "probes"]).filter_map(|probe| text(probe, &["name"]));
            let own =
                probes.find(|name| name.to_ascii_lowercase().contains("defaultprobe-http"))?;
            Some((Owner::Agic, format!("probe {own}")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn marks_speak_and_their_lack_says_nothing() {
        let owner = |gateway: &Value| Gateway(gateway).owner_by_marks().map(|(owner, _)| owner);
        assert_eq!(
            owner(&json!({"tags": {"Managed-By-K8s-Ingress": "1.7"}})),
            Some(Owner::Agic)
        );
        assert_eq!(
            owner(&json!({"tags": {"managed-by": "Terraform Cloud"}})),
            Some(Owner::Terraform)
        );
        assert_eq!(owner(&json!({"tags": {"team": "terraform"}})), None);
        assert_eq!(
            owner(&json!({"properties": {"probes": [{"name": "x-defaultprobe-Https"}]}})),
            Some(Owner::Agic)
        );
        assert_eq!(owner(&json!({"tags": null})), None);
    }
}
