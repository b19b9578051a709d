//! App Service sites as documents: the site, its configuration, its host names.

use serde_json::{Value, json};

use super::{Builder, WorldError, addresses, lenient, overlay};
use crate::sim::world::{
    BackEnd,
    file::{Named, Site},
};

/// The front end of App Service that a site is on unless it says otherwise; kept for documents, so that it is
/// nobody's.
const ADDRESS: &str = "203.0.113.80";
const DOMAIN: &str = "azurewebsites.net";

impl Builder<'_> {
    pub(super) fn sites(&mut self) -> Result<(), WorldError> {
        let file = self.file;
        for (name, own) in &file.sites {
            self.site(name, own, &format!("sites.{name}"))?;
        }
        Ok(())
    }

    fn site(&mut self, name: &str, own: &Site, place: &str) -> Result<(), WorldError> {
        let group = own.group.clone().unwrap_or_else(|| self.group.clone());
        let group_id = self.know_group(&group);
        let id = format!("{group_id}/providers/Microsoft.Web/sites/{name}");
        let address = own.address.clone().unwrap_or_else(|| ADDRESS.to_owned());
        addresses(std::slice::from_ref(&address), &format!("{place}.address"))?;
        let default = format!("{name}.{DOMAIN}");
        let mut hosts = vec![default.clone()];
        let mut states =
            vec![json!({"name": default, "sslState": "Disabled", "hostType": "Standard"})];
        for (host, state) in &own.hosts {
            hosts.push(host.clone());
            states.push(json!({"name": host, "sslState": state, "hostType": "Standard"}));
        }
        let scm = format!("{name}.scm.{DOMAIN}");
        states.push(json!({"name": scm, "sslState": "Disabled", "hostType": "Repository"}));
        let mut enabled = hosts.clone();
        enabled.push(scm);
        let document = json!({
            "id": id,
            "name": name,
            "type": "Microsoft.Web/sites",
            "kind": "app,linux",
            "location": self.location,
            "properties": {
                "name": name,
                "state": own.state.as_deref().unwrap_or("Running"),
                "enabled": true,
                "adminEnabled": true,
                "availabilityState": "Normal",
                "hostNames": hosts,
                "enabledHostNames": enabled,
                "hostNameSslStates": states,
                "defaultHostName": default,
                "httpsOnly": own.https_only,
                "clientCertEnabled": false,
                "clientCertMode": "Required",
                "publicNetworkAccess": own.public_network_access,
                "hostingEnvironmentProfile": null,
                "virtualNetworkSubnetId": null,
                "inboundIpAddress": address,
                "resourceGroup": group,
                "siteConfig": null,
                "privateEndpointConnections": endpoints(&id, &group_id, own, place)?,
            },
        });
        self.web(document, own.raw.as_ref());
        for host in &hosts {
            let document = json!({
                "id": format!("{id}/hostNameBindings/{host}"),
                "name": format!("{name}/{host}"),
                "type": "Microsoft.Web/sites/hostNameBindings",
                "location": self.location,
                "properties": {"siteName": name, "hostNameType": "Verified"},
            });
            self.web(document, None);
        }
        let config = json!({
            "id": format!("{id}/config/web"),
            "name": name,
            "type": "Microsoft.Web/sites/config",
            "location": self.location,
            "properties": {
                "http20Enabled": false,
                "minTlsVersion": "1.2",
                "alwaysOn": false,
                "ipSecurityRestrictions": self.restrictions(&own.access, own.default_action.as_ref(), &format!("{place}.access"))?,
                "ipSecurityRestrictionsDefaultAction": own.default_action,
                "scmIpSecurityRestrictions": self.restrictions(&own.scm_access, own.scm_default_action.as_ref(), &format!("{place}.scmAccess"))?,
                "scmIpSecurityRestrictionsDefaultAction": own.scm_default_action,
                "scmIpSecurityRestrictionsUseMain": false,
                "publicNetworkAccess": own.public_network_access,
            },
        });
        self.web(config, own.raw_config.as_ref());
        let app = BackEnd {
            answers: own.answers.clone(),
            responds: own.responds.clone(),
            ..BackEnd::default()
        };
        self.facts.apps.insert(lenient::key(&id), app);
        Ok(())
    }

    /// Stores a document that has neither `ETag` nor provisioning state, as those of App Service.
    fn web(&mut self, mut document: Value, raw: Option<&Value>) {
        let key = lenient::key(document["id"].as_str().unwrap_or_default());
        if let Some(raw) = raw {
            overlay::overlay(&mut document, raw);
        }
        self.documents.insert(key, document);
    }

    /// A site without restrictions lists one that lets everybody in; with any, what comes after them is not listed.
    fn restrictions(
        &self,
        written: &Named<String>,
        default: Option<&String>,
        place: &str,
    ) -> Result<Value, WorldError> {
        if written.is_empty() && default.is_none_or(|word| word == "Allow") {
            return Ok(json!([{
                "ipAddress": "Any",
                "action": "Allow",
                "priority": i32::MAX,
                "name": "Allow all",
                "description": "Allow all access",
            }]));
        }
        let all = written
            .iter()
            .map(|(name, written)| self.restriction(name, written, &format!("{place}.{name}")));
        Ok(Value::Array(all.collect::<Result<_, WorldError>>()?))
    }

    /// `PRIORITY ACTION SOURCE [HEADER=VALUE …]`.
    fn restriction(&self, name: &str, written: &str, place: &str) -> Result<Value, WorldError> {
        let wrong = |what: &str| WorldError::wrong(place, format!("{what} in `{written}`"));
        let mut words = written.split_whitespace();
        let priority: u32 = words
            .next()
            .and_then(|word| word.parse().ok())
            .ok_or_else(|| wrong("no priority"))?;
        let action = words.next().ok_or_else(|| wrong("no action"))?;
        let source = words.next().ok_or_else(|| wrong("no source"))?;
        let mut rule =
            json!({"name": name, "priority": priority, "action": action, "tag": "Default"});
        if let Some(subnet) = source.strip_prefix("subnet:") {
            rule["vnetSubnetResourceId"] = json!(self.subnet(subnet, place)?);
        } else if let Some(tag) = source.strip_prefix("tag:") {
            rule["ipAddress"] = json!(tag);
            rule["tag"] = json!("ServiceTag");
        } else if let Some(proxied) = source.strip_prefix("xff:") {
            rule["ipAddress"] = json!(proxied);
            rule["tag"] = json!("XffProxy");
        } else {
            rule["ipAddress"] = json!(source);
        }
        for header in words {
            let (header, values) = header
                .split_once('=')
                .ok_or_else(|| wrong("no HEADER=VALUE at the end"))?;
            let values: Vec<&str> = values.split(',').collect();
            rule["headers"][header] = json!(values);
        }
        Ok(rule)
    }
}

fn endpoints(id: &str, group: &str, own: &Site, place: &str) -> Result<Value, WorldError> {
    let all = own.private_endpoints.iter().map(|(name, address)| {
        let place = format!("{place}.privateEndpoints.{name}");
        addresses(std::slice::from_ref(address), &place)?;
        let endpoint = format!("{group}/providers/Microsoft.Network/privateEndpoints/{name}");
        Ok(json!({
            "id": format!("{id}/privateEndpointConnections/{name}"),
            "name": name,
            "type": "Microsoft.Web/sites/privateEndpointConnections",
            "properties": {
                "provisioningState": "Succeeded",
                "privateEndpoint": {"id": endpoint},
                "privateLinkServiceConnectionState": {"status": "Approved", "actionsRequired": "None"},
                "ipAddresses": [address],
            },
        }))
    });
    Ok(Value::Array(all.collect::<Result<_, WorldError>>()?))
}
