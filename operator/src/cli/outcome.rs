//! An object with its verdict, and the ways to show it.
use super::{
    failed::{COULD_NOT_RUN, Failed},
    files,
    flags::Output,
    markdown, table,
};
use crate::azure::Bundle;
use appgw_crds::{AppGatewayDiagnosisStatus, Verdict};
use serde::{Deserialize as _, Serialize};
use serde_json::Value;
use std::path::Path;

/// What was found out, and what from.
pub(super) struct Outcome {
    object: Value,
    status: AppGatewayDiagnosisStatus,
    bundle: Bundle,
}

impl Outcome {
    /// From the object as the API server would hold it.
    pub(super) fn new(object: Value, bundle: Bundle) -> Result<Self, Failed> {
        let status = AppGatewayDiagnosisStatus::deserialize(&object["status"])
            .map_err(|error| Failed::Run(format!("this is a bug: status: {error}")))?;
        Ok(Self {
            object,
            status,
            bundle,
        })
    }

    /// Shows it, and says with which code to end. With `save`, its bundle is kept there; where that
    /// fails, it is shown all the same.
    pub(super) fn end(&self, output: Output, save: Option<&Path>) -> Result<u8, Failed> {
        let saved = save.map_or(Ok(()), |path| files::save(path, &self.bundle.write()));
        files::print(&self.shown(output)?)?;
        saved?;
        Ok(exit(self.status.verdict))
    }

    fn shown(&self, output: Output) -> Result<String, Failed> {
        Ok(match output {
            Output::Table => table::outcome(&self.status),
            Output::Json => json(&self.object)?,
            Output::Yaml => yaml(&self.object)?,
            Output::Markdown => {
                let id = self.object["spec"]["gateway"]["resourceId"].as_str();
                markdown::outcome(id.unwrap_or_default(), &self.status)
            }
            Output::Bundle => self.bundle.write(),
        })
    }
}

/// The exit code. Without a verdict nothing was found out.
const fn exit(verdict: Option<Verdict>) -> u8 {
    match verdict {
        Some(Verdict::Healthy) => 0,
        Some(Verdict::RootCauseFound) => 1,
        Some(
            Verdict::WaitingForAzure
            | Verdict::NeedsInput
            | Verdict::Inconclusive
            | Verdict::NoFaultFound,
        ) => 2,
        Some(Verdict::CannotDiagnose) | None => COULD_NOT_RUN,
    }
}

/// As JSON, a newline at the end.
pub(super) fn json(value: &impl Serialize) -> Result<String, Failed> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n")
        .map_err(|error| Failed::Run(format!("this is a bug: JSON: {error}")))
}

/// As YAML, each text on one line.
pub(super) fn yaml(value: &impl Serialize) -> Result<String, Failed> {
    let plain = serde_saphyr::ser_options! { prefer_block_scalars: false };
    serde_saphyr::to_string_with_options(value, plain)
        .map_err(|error| Failed::Run(format!("this is a bug: YAML: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_its_exit_code() {
        let codes = Verdict::ALL
            .iter()
            .map(|verdict| (verdict.as_str(), exit(Some(*verdict))));
        let wanted = [
            ("CannotDiagnose", 3),
            ("RootCauseFound", 1),
            ("WaitingForAzure", 2),
            ("NeedsInput", 2),
            ("Inconclusive", 2),
            ("NoFaultFound", 2),
            ("Healthy", 0),
        ];
        assert_eq!(codes.collect::<Vec<_>>(), wanted);
        assert_eq!(exit(None), 3);
    }
}
