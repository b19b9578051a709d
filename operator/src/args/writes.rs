//! What the installation allows to be written, by whom, and behind which guard.
use crate::azure::{AzureArgs, Settings, SetupError, args::Auth};
use appgw_runbook::{id::Letter, resolutions::LETTERS};
use clap::Args;
use std::time::Duration;

/// Nothing is written unless it is switched on.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct WriteArgs {
    /// Carry out approved plans; without it plans are shown and none can be approved
    #[arg(long)]
    pub writes_enabled: bool,
    /// Letters of the resolutions that may be approved, such as A,B (default: none)
    #[arg(long, value_name = "LETTER", value_delimiter = ',', value_parser = letter)]
    pub writes_allowed_resolutions: Vec<Letter>,
    /// Allow plans that delete a security rule; an object has to ask for it as well
    #[arg(long)]
    pub writes_allow_deletes: bool,
    /// Write only while the admission policies that guard approvals are in force
    #[arg(
        long,
        value_name = "BOOL",
        default_value = "true",
        action = clap::ArgAction::Set
    )]
    pub writes_require_guard: bool,
    /// `ConfigMap` in the namespace of the lease that stops every write while its key stop is true (default: none)
    #[arg(long, value_name = "NAME")]
    pub writes_kill_switch: Option<String>,
    /// User name of this operator, as the policies name it (default: what the API server says)
    #[arg(long, value_name = "USER")]
    pub guard_account: Option<String>,
    /// Service account that may approve, such as system:serviceaccount:ci:approver; may be repeated
    #[arg(long, value_name = "USER", value_delimiter = ',')]
    pub guard_approvers: Vec<String>,
    /// Whoever changed a spec may not approve its plans, in every object
    #[arg(long)]
    pub guard_forbid_self_approval: bool,
    /// How the writer logs in: env (`AZURE_WRITER_CLIENT_SECRET`), workload (`AZURE_WRITER_FEDERATED_TOKEN_FILE`),
    /// managed or cli (default: the first of the two variables that is set)
    #[arg(long, value_enum)]
    pub writer_auth: Option<Auth>,
    /// Client id of the writer (default: `AZURE_WRITER_CLIENT_ID`)
    #[arg(long, value_name = "ID")]
    pub writer_client_id: Option<String>,
    /// Tenant of the writer (default: `AZURE_WRITER_TENANT_ID`, else `AZURE_TENANT_ID`)
    #[arg(long, value_name = "ID")]
    pub writer_tenant: Option<String>,
    /// How long until requests after a change can be seen in the logs
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = super::wait)]
    pub wait_logs: Duration,
}

fn letter(text: &str) -> Result<Letter, String> {
    let known = LETTERS.into_iter().find(|it| it.as_str() == text.trim());
    known.ok_or_else(|| format!("{text:?} is no letter from A to I"))
}

impl WriteArgs {
    /// Where the writer writes and as whom; none where nothing is written.
    pub fn settings(&self, azure: &AzureArgs) -> Result<Option<Settings>, SetupError> {
        self.settings_in(azure, &|name| std::env::var(name).ok())
    }

    /// The same with another environment.
    pub fn settings_in(
        &self,
        azure: &AzureArgs,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Settings>, SetupError> {
        if !self.writes_enabled {
            return Ok(None);
        }
        let own = |name: &str| match name.strip_prefix("AZURE_") {
            Some("TENANT_ID") => env("AZURE_WRITER_TENANT_ID").or_else(|| env(name)),
            Some("AUTHORITY_HOST") | None => env(name),
            // Never the reader's: what looks must not be able to change anything.
            Some(rest) => env(&format!("AZURE_WRITER_{rest}")),
        };
        let args = AzureArgs {
            auth: self.writer_auth,
            client_id: self.writer_client_id.clone(),
            tenant: self.writer_tenant.clone(),
            ..azure.clone()
        };
        let told = |error| match error {
            SetupError::Usage(why) => SetupError::Usage(format!("writer: {why}")),
            other => other,
        };
        args.settings_in(&own).map(Some).map_err(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::Login;
    use clap::Parser as _;

    fn settings(argv: &[&str], env: &[(&str, &str)]) -> Result<Option<Settings>, SetupError> {
        let argv = ["appgw-operator"].iter().chain(argv);
        let args = crate::args::Args::try_parse_from(argv).unwrap();
        let env = |name: &str| {
            let found = env.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        args.writes.settings_in(&args.azure, &env)
    }

    #[test]
    fn nothing_is_written_unless_it_is_switched_on() {
        assert_eq!(
            settings(&[], &[("AZURE_WRITER_CLIENT_SECRET", "s")]),
            Ok(None)
        );
    }

    #[test]
    fn the_writer_never_takes_the_login_of_the_reader() {
        let reader = [
            ("AZURE_TENANT_ID", "t"),
            ("AZURE_CLIENT_ID", "reader"),
            ("AZURE_CLIENT_SECRET", "secret"),
        ];
        let on = ["--writes-enabled", "--writer-auth", "env"];
        let Err(SetupError::Usage(why)) = settings(&on, &reader) else {
            panic!("the reader's secret was taken");
        };
        assert!(why.starts_with("writer: "), "{why}");
        let own = [
            ("AZURE_TENANT_ID", "t"),
            ("AZURE_CLIENT_ID", "reader"),
            ("AZURE_WRITER_CLIENT_ID", "writer"),
            ("AZURE_WRITER_CLIENT_SECRET", "secret"),
        ];
        let found = settings(&on, &own).unwrap().unwrap();
        assert!(
            matches!(found.login, Login::ClientSecret { client, tenant, .. } if client == "writer" && tenant == "t")
        );
    }
}
