//! What Azure keeps of a gateway: where its logs go, who changed it, and what the platform says of it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{World, gateway::Gateway, guid, lenient, traffic::Workspace};

impl World {
    /// The workspace with that customer id.
    pub(crate) fn workspace(&self, customer: &str) -> Option<Workspace> {
        let mut all = self.facts.watched.workspaces.iter();
        all.find(|own| own.customer.eq_ignore_ascii_case(customer))
            .filter(|own| self.look(&own.id).is_some())
            .cloned()
    }

    /// Whether a gateway is of the second generation.
    pub(crate) fn is_v2(&self, gateway: &str) -> bool {
        Gateway::find(self, gateway).is_ok_and(|own| own.is_v2())
    }

    /// The gateways whose settings ship the access log to a workspace, and whether into a table of its own.
    pub(crate) fn shipping_to(&self, workspace: &str) -> Vec<(String, bool)> {
        let part = "/providers/microsoft.insights/diagnosticsettings/";
        let settings = self.documents.iter().filter(|(key, _)| key.contains(part));
        let ships = |own: &&Value| {
            let logs = lenient::items(&own["properties"]["logs"]);
            logs.into_iter().any(|log| {
                let is = |field: &str, word| lenient::is_word(&log[field], word);
                log["enabled"] == true
                    && (is("category", "ApplicationGatewayAccessLog")
                        || is("categoryGroup", "allLogs"))
            })
        };
        settings
            .map(|(_, own)| own)
            .filter(|own| {
                let to = lenient::text(&own["properties"]["workspaceId"]);
                to.is_some_and(|to| lenient::same_id(to, workspace))
            })
            .filter(ships)
            .filter_map(|own| {
                let id = lenient::id(own)?;
                let end = id
                    .to_ascii_lowercase()
                    .find("/providers/microsoft.insights/")?;
                let gateway = id.get(..end)?;
                let to = &own["properties"]["logAnalyticsDestinationType"];
                Some((gateway.to_owned(), lenient::is_word(to, "Dedicated")))
            })
            .collect()
    }

    /// The events of the activity log about a resource, newest first.
    pub(crate) fn activity(
        &self,
        on: &str,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> Vec<Value> {
        let mut events = Vec::new();
        for (id, change) in &self.facts.watched.changes {
            let at = now - SignedDuration::from_mins(i64::from(change.ago));
            if !lenient::same_id(id, on) || at < from || at > to {
                continue;
            }
            let words = [on, &change.operation, &change.ago.to_string()];
            let correlation = guid::guid(&words);
            for (status, before) in [("Started", 60), (change.status.as_str(), 0)] {
                let at = at - SignedDuration::from_secs(before);
                events.push(json!({
                    "caller": change.caller,
                    "correlationId": correlation,
                    "eventTimestamp": at.to_string(),
                    "operationName": {"value": change.operation, "localizedValue": change.operation},
                    "status": {"value": status, "localizedValue": status},
                    "resourceId": id,
                    "category": {"value": "Administrative", "localizedValue": "Administrative"},
                    "level": "Informational",
                }));
            }
        }
        events.extend(self.entries(on, from, to));
        events.sort_by_key(|event| std::cmp::Reverse(event["eventTimestamp"].to_string()));
        events
    }

    /// What the platform says of a resource.
    pub(crate) fn availability(&self, on: &str) -> Value {
        let said = self.facts.watched.availability.as_ref();
        let mut properties = json!({
            "availabilityState": said.map_or("Available", |own| &own.state),
            "title": said.map_or("Available", |own| &own.title),
            "summary": said.map_or("There aren't any known Azure platform problems affecting this resource.", |own| &own.summary),
            "reasonType": said.map_or("", |own| &own.reason_type),
            "reasonChronicity": "Persistent",
        });
        if said.is_some() {
            properties["context"] = json!("Platform Initiated");
        }
        json!({
            "id": format!("{on}/providers/Microsoft.ResourceHealth/availabilityStatuses/current"),
            "name": "current",
            "type": "Microsoft.ResourceHealth/AvailabilityStatuses",
            "properties": properties,
        })
    }
}
