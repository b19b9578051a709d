//! Traffic, logs and what else Azure keeps of a gateway.

use serde_json::{Value, json};
use url::Url;

use super::{Builder, Kind, WorldError};
use crate::sim::world::{
    back_end::address_and_port,
    guid,
    traffic::{Stream, Then, Workspace},
};

impl Builder<'_> {
    pub(super) fn watched(&mut self) -> Result<(), WorldError> {
        self.workspaces();
        self.shipped()?;
        let file = self.file;
        let mut watched = std::mem::take(&mut self.facts.watched);
        for (at, own) in file.traffic.iter().enumerate() {
            let place = format!("traffic[{at}]");
            if own.from <= own.until {
                return Err(WorldError::wrong(&place, "`from` is not before `until`"));
            }
            let url = Url::parse(&own.url);
            if !url.is_ok_and(|url| ["http", "https"].contains(&url.scheme())) {
                let what = format!("`{}` is no http or https URL", own.url);
                return Err(WorldError::wrong(&place, what));
            }
            watched.streams.push(Stream {
                gateway: self.gateway_of(own.gateway.as_deref(), &place)?,
                url: own.url.clone(),
                per_minute: own.per_minute,
                connections: own.connections,
                from: own.from,
                until: own.until,
            });
        }
        for (at, own) in file.before.iter().enumerate() {
            let place = format!("before[{at}]");
            let mut back_ends = Vec::new();
            for (written, back_end) in &own.back_ends {
                let (host, port) = address_and_port(written).ok_or_else(|| {
                    WorldError::wrong(&place, format!("`{written}` is no ADDRESS:PORT"))
                })?;
                back_ends.push((host, port, back_end.clone()));
            }
            watched.then.push(Then {
                from: own.from,
                until: own.until,
                back_ends,
            });
        }
        for (at, own) in file.changes.iter().enumerate() {
            let place = format!("changes[{at}]");
            let on = match own.on.as_deref() {
                Some(id) if id.starts_with('/') => id.to_owned(),
                other => self.gateway_of(other, &place)?,
            };
            watched.changes.push((on, own.clone()));
        }
        watched.availability.clone_from(&file.availability);
        watched.unmeasured = file.unmeasured;
        self.facts.watched = watched;
        Ok(())
    }

    fn gateway_of(&self, name: Option<&str>, place: &str) -> Result<String, WorldError> {
        let first = self.file.gateways.iter().next();
        let name = name.or(first.map(|(name, _)| name.as_str()));
        let name = name.ok_or_else(|| WorldError::wrong(place, "there is no gateway"))?;
        self.id(Kind::Gateway, name, place)
    }

    fn workspaces(&mut self) {
        let file = self.file;
        for (name, own) in &file.workspaces {
            let group = own.group.clone().unwrap_or_else(|| self.group.clone());
            let id = format!(
                "{}/providers/Microsoft.OperationalInsights/workspaces/{name}",
                self.know_group(&group)
            );
            let customer = guid::guid(&["customer", &id]);
            let properties = json!({
                "customerId": customer,
                "provisioningState": "Succeeded",
                "publicNetworkAccessForIngestion": "Enabled",
                "publicNetworkAccessForQuery": "Enabled",
            });
            self.store(&id, &properties, None);
            self.facts.watched.workspaces.push(Workspace {
                id,
                customer,
                tables: own.tables.clone(),
                partial: own.partial,
                delay: own.delay,
                error_info: own.error_info,
            });
        }
    }

    fn shipped(&mut self) -> Result<(), WorldError> {
        let file = self.file;
        for (at, own) in file.logs.iter().enumerate() {
            let place = format!("logs[{at}]");
            let gateway = self.gateway_of(own.gateway.as_deref(), &place)?;
            let workspace = match own.workspace.as_deref() {
                Some(name) if !name.starts_with('/') => {
                    let known = self.facts.watched.workspaces.iter();
                    let known = known.map(|own| &own.id);
                    let end = format!("/{name}");
                    let id = known.into_iter().find(|id| id.ends_with(&end)).cloned();
                    Some(id.ok_or_else(|| {
                        WorldError::wrong(&place, format!("no workspace `{name}`"))
                    })?)
                }
                other => other.map(str::to_owned),
            };
            let id = format!("{gateway}/providers/Microsoft.Insights/diagnosticSettings/logs-{at}");
            let logs: Vec<Value> = own
                .categories
                .iter()
                .map(|category| {
                    let is_group = category.eq_ignore_ascii_case("allLogs");
                    let (name, none) = if is_group {
                        ("categoryGroup", "category")
                    } else {
                        ("category", "categoryGroup")
                    };
                    json!({name: category, none: null, "enabled": own.enabled,
                        "retentionPolicy": {"days": 0, "enabled": false}})
                })
                .collect();
            let document = json!({
                "id": id,
                "name": format!("logs-{at}"),
                "type": "Microsoft.Insights/diagnosticSettings",
                "location": null, "kind": null, "tags": null, "identity": null,
                "properties": {
                    "storageAccountId": null, "serviceBusRuleId": null, "eventHubName": null,
                    "workspaceId": workspace,
                    "logAnalyticsDestinationType": own.dedicated.then_some("Dedicated"),
                    "metrics": [],
                    "logs": logs,
                },
            });
            self.documents
                .insert(crate::sim::world::lenient::key(&id), document);
        }
        Ok(())
    }
}
