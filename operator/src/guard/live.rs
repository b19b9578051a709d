//! The guard as the API server has it now.
use super::Stand;
use appgw_crds::AppGatewayDiagnosis;
use kube::Client;

/// Looks after the guard.
pub struct Guard {
    required: bool,
}

impl Guard {
    /// One that has to be in force.
    pub fn new(
        _client: &Client,
        _account: Option<String>,
        _approvers: Vec<String>,
        _forbid: bool,
    ) -> Self {
        Self { required: true }
    }

    /// The installation does without a guard.
    pub fn not_required() -> Self {
        Self { required: false }
    }

    /// How it stands. `waits`: a decision waits, so it is looked at now.
    pub async fn stand(&self, _cr: &AppGatewayDiagnosis, _waits: bool) -> Stand {
        if self.required {
            Stand::Missing("no guard".into())
        } else {
            Stand::NotRequired
        }
    }

    /// It is still the one that the plans of the claimed entry name.
    pub async fn still(&self, _claimed: &AppGatewayDiagnosis) -> Result<(), String> {
        Ok(())
    }
}
