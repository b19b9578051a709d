use super::*;
use clap::Parser;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    azure: AzureArgs,
}

fn args(line: &[&str]) -> AzureArgs {
    Line::try_parse_from(["x"].iter().chain(line))
        .unwrap()
        .azure
}

fn settings(line: &[&str], env: &[(&str, &str)]) -> Result<Settings, String> {
    let env = |name: &str| {
        env.iter()
            .find(|(own, _)| *own == name)
            .map(|(_, value)| (*value).to_owned())
    };
    args(line)
        .settings_in(&env)
        .map_err(|error| error.to_string())
}

const SP: &[(&str, &str)] = &[
    ("AZURE_TENANT_ID", "t"),
    ("AZURE_CLIENT_ID", "c"),
    ("AZURE_CLIENT_SECRET", "s3cr3t"),
];

#[test]
fn the_usual_is_the_public_cloud_by_the_azure_cli() {
    let public = settings(&[], &[]).unwrap();
    assert_eq!(public.arm.as_str(), "https://management.azure.com");
    assert_eq!(public.authority, "https://login.microsoftonline.com");
    assert_eq!(public.audience, "https://management.azure.com");
    assert_eq!(public.logs.as_str(), "https://api.loganalytics.azure.com");
    assert_eq!(public.login, Login::Cli { tenant: None });
}

#[test]
fn auto_takes_a_secret_before_a_federated_token_before_the_cli() {
    let token = ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/token");
    let both: Vec<_> = SP.iter().copied().chain([token]).collect();
    let login = |line: &[&str], env: &[(&str, &str)]| settings(line, env).map(|s| s.login);
    assert!(matches!(login(&[], &both), Ok(Login::ClientSecret { .. })));
    assert!(matches!(login(&[], &both[..2]), Ok(Login::Cli { .. })));
    let federated = [both[0], both[1], both[3]];
    let Ok(Login::Workload {
        tenant,
        client,
        file,
    }) = login(&[], &federated)
    else {
        panic!()
    };
    assert_eq!(
        (tenant.as_str(), client.as_str(), file.to_str()),
        ("t", "c", Some("/var/run/token"))
    );
    assert!(matches!(
        login(&["--auth", "workload"], &both),
        Ok(Login::Workload { .. })
    ));
    let managed = login(&["--auth", "managed", "--client-id", "m"], &both);
    assert_eq!(
        managed,
        Ok(Login::Managed {
            client: Some("m".to_owned())
        }),
        "a flag before the environment"
    );
    let cli = login(&["--auth", "cli", "--tenant", "u"], &both);
    assert_eq!(
        cli,
        Ok(Login::Cli {
            tenant: Some("u".to_owned())
        })
    );
    let empty = [("AZURE_CLIENT_SECRET", ""), token];
    assert_eq!(
        login(&[], &empty).unwrap_err(),
        "--auth workload needs --tenant or AZURE_TENANT_ID"
    );
    assert_eq!(
        login(&["--auth", "env"], &[]).unwrap_err(),
        "--auth env needs --tenant or AZURE_TENANT_ID"
    );
    assert_eq!(
        login(&["--auth", "env"], &SP[..2]).unwrap_err(),
        "--auth env needs AZURE_CLIENT_SECRET"
    );
}

#[test]
fn a_secret_is_not_shown() {
    let shown = format!("{:?}", settings(&[], SP).unwrap());
    assert!(
        !shown.contains("s3cr3t") && shown.contains("(hidden)"),
        "{shown}"
    );
}

#[test]
fn clouds_and_endpoints_of_ones_own() {
    let gov = settings(&["--cloud", "AzureUSGovernment"], &[]).unwrap();
    assert_eq!(gov.arm.as_str(), "https://management.usgovcloudapi.net");
    assert_eq!(gov.audience, "https://management.core.usgovcloudapi.net");
    assert_eq!(gov.authority, "https://login.microsoftonline.us");
    assert_eq!(gov.logs.as_str(), "https://api.loganalytics.us");
    let china = settings(&["--cloud", "AzureChina"], &[]).unwrap();
    assert_eq!(china.logs.as_str(), "https://api.loganalytics.azure.cn");
    let webhook = [("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/")];
    assert_eq!(
        settings(&[], &webhook).unwrap().authority,
        "https://login.microsoftonline.us"
    );
    let own = [
        "--cloud",
        "Custom",
        "--arm-endpoint",
        "https://127.0.0.1:8443/",
        "--authority",
        "https://login:1",
    ];
    let own = settings(&own, &webhook).unwrap();
    assert_eq!(
        (own.audience.as_str(), own.logs.as_str()),
        ("https://127.0.0.1:8443", "https://127.0.0.1:8443")
    );
    assert_eq!(
        own.authority, "https://login:1",
        "a flag before the environment"
    );
    let audience = [
        "--arm-endpoint",
        "https://a",
        "--audience",
        "https://b/",
        "--logs-endpoint",
        "https://l",
    ];
    let audience = settings(&audience, &[]).unwrap();
    assert_eq!(
        (audience.audience.as_str(), audience.logs.as_str()),
        ("https://b/", "https://l")
    );
    let logs = ["--cloud", "AzureChina", "--logs-endpoint", "https://l:1/"];
    let logs = settings(&logs, &[]).unwrap();
    assert_eq!(
        (logs.arm.as_str(), logs.logs.as_str()),
        ("https://management.chinacloudapi.cn", "https://l:1")
    );
}

#[test]
fn what_cannot_be_is_refused_by_the_flag_that_says_it() {
    for (line, said) in [
        (
            &["--arm-endpoint", "http://127.0.0.1:1"][..],
            "--arm-endpoint: \"http://127.0.0.1:1\" is not https",
        ),
        (
            &["--authority", "http://login"],
            "--authority: \"http://login\" is not https",
        ),
        (
            &["--authority", "https://login/tenant"],
            "--authority: \"https://login/tenant\" must be scheme, host and port; the tenant goes into --tenant",
        ),
        (
            &["--logs-endpoint", "x"],
            "--logs-endpoint: \"x\" is not a URL: relative URL without a base",
        ),
        (
            &["--cloud", "Custom"],
            "--cloud: Custom needs --arm-endpoint",
        ),
        (
            &["--ca", "/nowhere"],
            "--ca: /nowhere: No such file or directory (os error 2)",
        ),
    ] {
        assert_eq!(settings(line, &[]).unwrap_err(), said);
    }
    assert!(Line::try_parse_from(["x", "--cloud", "Mars"]).is_err());
}

#[test]
fn flags_come_before_a_file() {
    let file: AzureArgs = serde_json::from_value(serde_json::json!({
        "auth": "managed", "cloud": "AzureChina", "armEndpoint": "https://file", "clientId": "file"}))
    .unwrap();
    let both = args(&["--auth", "cli", "--tenant", "t"]).or(file);
    assert_eq!(
        (both.auth, both.cloud),
        (Some(Auth::Cli), Some(Cloud::AzureChina))
    );
    assert_eq!(
        (both.tenant.as_deref(), both.client_id.as_deref()),
        (Some("t"), Some("file"))
    );
    let odd = serde_json::from_value::<AzureArgs>(serde_json::json!({"armEndpiont": "x"}));
    assert!(odd.unwrap_err().to_string().contains("armEndpiont"));
}

#[test]
fn a_file_that_is_no_certificate_is_refused() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut settings = settings(&[], &[]).unwrap();
    settings.ca = Some(b"not a certificate".to_vec());
    let error = crate::azure::Reader::new(&settings, crate::azure::Limits::default()).unwrap_err();
    assert!(error.to_string().starts_with("--ca: "), "{error}");
}

#[test]
fn a_handshake_look_goes_where_it_is_allowed_and_never_to_the_api_server() {
    let lets = |line: &[&str], env: &[(&str, &str)], address: &str| {
        let guard = settings(line, env).unwrap().guard;
        guard.lets(address.parse().unwrap())
    };
    assert!(!lets(&[], &[], "10.2.0.4"), "off by default");
    let line = ["--tls-look", "10.2.0.0/16, 10.3.0.4"];
    assert!(lets(&line, &[], "10.2.9.9") && lets(&line, &[], "10.3.0.4"));
    assert!(!lets(&line, &[], "10.3.0.5"));
    let cluster = [("KUBERNETES_SERVICE_HOST", "10.2.0.1")];
    assert!(!lets(&line, &cluster, "10.2.0.1") && lets(&line, &cluster, "10.2.0.2"));
    let wrong = settings(&["--tls-look", "10.2.0.0/16,shop"], &[]).unwrap_err();
    assert_eq!(
        wrong,
        "--tls-look: \"shop\" is no range such as 10.2.0.0/16"
    );
}
