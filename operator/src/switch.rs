//! The kill switch: a `ConfigMap` that stops every write while it says so. What cannot be read stops, too.
use crate::{error::chain, status::in_time};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Client};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Key of the `ConfigMap`: `true` stops.
pub const STOP: &str = "stop";
/// How long an answer serves visits that send nothing.
const KEPT: Duration = Duration::from_secs(10);

/// A switch, or none.
pub struct Switch {
    at: Option<(Api<ConfigMap>, String)>,
    last: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Switch {
    /// The `ConfigMap` of this name; without a name nothing is ever stopped.
    pub fn new(client: &Client, namespace: &str, name: Option<&str>) -> Self {
        let api = || Api::namespaced(client.clone(), namespace);
        Self {
            at: name.map(|name| (api(), name.to_owned())),
            last: Mutex::new(None),
        }
    }

    /// Whether writing goes on, by an answer of the last seconds.
    pub async fn is_on(&self) -> Result<(), String> {
        let last = self
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match last {
            Some((at, said)) if at.elapsed() < KEPT => said,
            _ => self.is_on_now().await,
        }
    }

    /// The same, asked now.
    pub async fn is_on_now(&self) -> Result<(), String> {
        let Some((api, name)) = &self.at else {
            return Ok(());
        };
        let said = match in_time(api.get_opt(name)).await {
            Ok(None) => Ok(()),
            Ok(Some(map)) => {
                let stop = map.data.unwrap_or_default().remove(STOP);
                if stop.is_some_and(|it| it.trim().eq_ignore_ascii_case("true")) {
                    Err(format!("the kill switch is on (ConfigMap {name})"))
                } else {
                    Ok(())
                }
            }
            Err(error) => Err(format!(
                "the kill switch cannot be read (ConfigMap {name}): {}",
                chain(&error)
            )),
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((Instant::now(), said.clone()));
        said
    }
}
