//! The clouds and where their services are.
use clap::ValueEnum;
use serde::Deserialize;

/// A cloud by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
pub enum Cloud {
    /// The one most people mean.
    #[value(name = "AzurePublic")]
    AzurePublic,
    /// Of the US government.
    #[value(name = "AzureUSGovernment")]
    #[serde(rename = "AzureUSGovernment")]
    AzureUsGovernment,
    /// In China.
    #[value(name = "AzureChina")]
    AzureChina,
    /// None of these: its endpoints are given one by one.
    #[value(name = "Custom")]
    Custom,
}

/// Where the services of a cloud are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Endpoints {
    /// Azure Resource Manager.
    pub(crate) arm: &'static str,
    /// Entra ID, without tenant.
    pub(crate) authority: &'static str,
    /// What a token for the resource manager is asked for.
    pub(crate) audience: &'static str,
    /// Log Analytics.
    pub(crate) logs: &'static str,
}

const PUBLIC: Endpoints = Endpoints {
    arm: "https://management.azure.com",
    authority: "https://login.microsoftonline.com",
    audience: "https://management.azure.com",
    logs: "https://api.loganalytics.azure.com",
};
const US_GOVERNMENT: Endpoints = Endpoints {
    arm: "https://management.usgovcloudapi.net",
    authority: "https://login.microsoftonline.us",
    audience: "https://management.core.usgovcloudapi.net",
    logs: "https://api.loganalytics.us",
};
const CHINA: Endpoints = Endpoints {
    arm: "https://management.chinacloudapi.cn",
    authority: "https://login.chinacloudapi.cn",
    audience: "https://management.chinacloudapi.cn",
    logs: "https://api.loganalytics.azure.cn",
};

impl Cloud {
    /// The table. A custom cloud has no endpoints of its own, but logs in as the public one does.
    pub(crate) const fn endpoints(self) -> Endpoints {
        match self {
            Self::AzurePublic | Self::Custom => PUBLIC,
            Self::AzureUsGovernment => US_GOVERNMENT,
            Self::AzureChina => CHINA,
        }
    }
}
