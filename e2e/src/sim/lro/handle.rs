//! What a client holds of a long-running operation: its URLs, and how long it is asked to wait.

use std::{collections::HashSet, time::Duration};

use jiff::Timestamp;
use uuid::Uuid;

use crate::sim::{answer::Answer, arm::Call};

/// Where the two kinds of operation URLs lead.
pub(in crate::sim) const RESULTS: &str = "operationResults";
pub(in crate::sim) const STATUS: &str = "operations";

/// The outside of an operation.
#[derive(Debug)]
pub(in crate::sim) struct Handle {
    pub(in crate::sim) id: String,
    subscription: String,
    location: String,
    version: String,
    /// Every URL handed out, path and query: a client has to poll one of them byte for byte.
    urls: HashSet<String>,
    pub(in crate::sim) polls: usize,
    /// How many answers have asked to wait.
    waits: usize,
}

impl Handle {
    pub(in crate::sim) fn new(call: &Call<'_>, subscription: &str, location: Option<&str>) -> Self {
        let other = call.options.health.other_api_version.clone();
        Self {
            id: Uuid::new_v4().to_string(),
            subscription: subscription.to_owned(),
            location: location.unwrap_or("westeurope").to_owned(),
            version: other.unwrap_or_else(|| call.version.to_owned()),
            urls: HashSet::new(),
            polls: 0,
            waits: 0,
        }
    }

    /// Whether it may be polled like this.
    pub(in crate::sim) fn is_at(&self, subscription: &str, asked: &str) -> bool {
        self.subscription.eq_ignore_ascii_case(subscription) && self.urls.contains(asked)
    }

    /// A URL under which it can be polled from now on: each one is new, older ones go on working.
    pub(in crate::sim) fn url(&mut self, call: &Call<'_>, kind: &str) -> String {
        let options = &call.options.health;
        let Self {
            subscription,
            location,
            id,
            version,
            ..
        } = self;
        let path = format!(
            "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/{kind}/{id}"
        );
        let time = Timestamp::now().as_microsecond();
        let [c, s, h] = [(); 3].map(|()| Uuid::new_v4().simple().to_string());
        let c = if options.long_urls { c.repeat(128) } else { c };
        let url = format!("{path}?api-version={version}&t={time}&c={c}&s={s}&h={h}");
        self.urls.insert(url.clone());
        format!(
            "{}{url}",
            options
                .other_origin
                .as_deref()
                .unwrap_or(call.origin.as_sent())
        )
    }

    /// Asks to wait; whole seconds as the service does, and milliseconds where the scale makes less of them.
    pub(in crate::sim) fn waiting(
        &mut self,
        call: &Call<'_>,
        waits: &[Duration],
        answer: Answer,
    ) -> Answer {
        let wait = waits.get(self.waits).or(waits.last()).copied();
        self.waits += 1;
        let answer = answer.with("azure-asyncnotification", "Enabled");
        match wait.map(|wait| call.options.scaled(wait)) {
            Some(wait) => asking_to_wait(answer, wait),
            None => answer,
        }
    }
}

fn asking_to_wait(mut answer: Answer, wait: Duration) -> Answer {
    answer.set("retry-after", wait.as_secs().to_string());
    if wait.subsec_nanos() != 0 {
        answer.set("x-ms-retry-after-ms", wait.as_millis().max(1).to_string());
    }
    answer
}
