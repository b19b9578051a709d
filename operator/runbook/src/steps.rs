//! Every step, one file each.
use crate::{
    id::StepId,
    step::{Row, Step},
};

mod app_service;
mod app_service_access;
mod app_service_host;
mod capacity;
mod log_groups;
mod path_findings;
mod path_look;
mod probe_look;
mod probe_status;
mod routing_findings;
mod routing_hints;
mod routing_look;
mod s1a_gateway_state;
mod s1b_backend_health;
mod s2a_probe_in_use;
mod s2b_default_probe;
mod s2c1_network_path;
mod s2c_custom_probe;
mod s2d_tls;
mod s3_routing;
mod s4_capacity;
mod s5_app_service;
mod s6a_access_logs;
mod s6b_502_fingerprint;
mod tls_findings;
mod tls_look;
mod unknown_health;

pub(crate) use app_service::ahead as sites_ahead;
pub(crate) use app_service_access::origins as site_origins;

/// A step, by its id.
pub fn get(id: StepId) -> &'static Step {
    match id {
        StepId::S1a => &s1a_gateway_state::STEP,
        StepId::S1b => &s1b_backend_health::STEP,
        StepId::S2a => &s2a_probe_in_use::STEP,
        StepId::S2b => &s2b_default_probe::STEP,
        StepId::S2c => &s2c_custom_probe::STEP,
        StepId::S2c1 => &s2c1_network_path::STEP,
        StepId::S2d => &s2d_tls::STEP,
        StepId::S3 => &s3_routing::STEP,
        StepId::S4 => &s4_capacity::STEP,
        StepId::S5 => &s5_app_service::STEP,
        StepId::S6a => &s6a_access_logs::STEP,
        StepId::S6b => &s6b_502_fingerprint::STEP,
    }
}

/// Every row of every step, in the article's order, with its step.
pub fn rows() -> impl Iterator<Item = (&'static Step, &'static Row)> {
    StepId::ALL
        .into_iter()
        .map(get)
        .flat_map(|step| step.rows.iter().map(move |row| (step, row)))
}
