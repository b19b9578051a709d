use super::*;
use clap::error::ErrorKind;
use std::path::Path;

/// Parses flags over variables over the text of a file named `f`.
fn read(flags: &[&str], variables: &[(&str, &str)], file: &str) -> Result<Args, clap::Error> {
    let argv = ["appgw-operator"].iter().chain(flags).map(OsString::from);
    let env = |name: &str| {
        let (_, value) = variables.iter().find(|(key, _)| *key == name)?;
        Some(OsString::from(value))
    };
    let file = |path: &Path| match path.to_str() {
        Some("f") => Ok(file.to_owned()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    Args::read_in(argv, env, file)
}

fn refusal(flags: &[&str], variables: &[(&str, &str)], file: &str) -> String {
    read(flags, variables, file).unwrap_err().to_string()
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn the_defaults_are_those_of_the_documents() {
    let args = read(&[], &[], "").unwrap();
    assert_eq!(args.interval, 900 * SECOND);
    assert_eq!(args.wait_unknown, 180 * SECOND);
    assert_eq!(args.admin_address, None);
    assert!(args.namespaces.is_empty() && !args.no_lease);
    Args::command().debug_assert();
}

#[test]
fn flags_then_environment_then_file() {
    let file = "interval: 3m\nwaitUnknown: 3s\nworkers: 3\nauth: managed";
    let variables = [
        ("APPGWDIAG_INTERVAL", "2m"),
        ("APPGWDIAG_WAIT_UNKNOWN", "2s"),
        ("APPGWDIAG_CONFIG", "f"),
    ];
    let args = read(&["--interval", "1m"], &variables, file).unwrap();
    assert_eq!(args.interval, 60 * SECOND, "the flag");
    assert_eq!(args.wait_unknown, 2 * SECOND, "the variable");
    assert_eq!(args.workers.get(), 3, "the file");
    assert_eq!(args.wait_transition, 90 * SECOND, "nobody");
    assert_eq!(args.azure.auth, Some(crate::azure::args::Auth::Managed));
}

#[test]
fn the_endpoint_of_the_logs_comes_from_any_layer() {
    let (file, variable) = (
        "logsEndpoint: https://f",
        ("APPGWDIAG_LOGS_ENDPOINT", "https://v"),
    );
    let said = |flags: &[&str], variables: &[(&str, &str)]| {
        let args = read(&[&["--config=f"], flags].concat(), variables, file);
        args.unwrap().azure.logs_endpoint.unwrap()
    };
    assert_eq!(said(&[], &[]), "https://f");
    assert_eq!(said(&[], &[variable]), "https://v");
    assert_eq!(
        said(&["--logs-endpoint", "https://l"], &[variable]),
        "https://l"
    );
}

#[test]
fn lists_switches_and_groups() {
    let file = "tlsLook: [10.2.0.0/16, 10.3.0.0/16]\nnamespace: [a, b]\nnoLease: true\nlease: {name: x, duration: 3s}\nadminAddress:";
    let args = read(&["--config=f"], &[], file).unwrap();
    assert_eq!(args.namespaces, ["a", "b"]);
    assert_eq!(args.azure.tls_look, ["10.2.0.0/16", "10.3.0.0/16"]);
    assert!(args.no_lease);
    assert_eq!(
        (args.lease_name.as_str(), args.lease_duration),
        ("x", 3 * SECOND)
    );

    let variables = [
        ("APPGWDIAG_NAMESPACE", "c, d"),
        ("APPGWDIAG_NO_LEASE", "false"),
    ];
    let args = read(&["--config=f"], &variables, "namespace: [a, b]").unwrap();
    assert_eq!(args.namespaces, ["c", "d"], "one layer says it whole");
    assert!(!args.no_lease);
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    for (file, says) in [
        ("intervall: 15m", "f: intervall is not a setting"),
        ("config: g", "f: config is not a setting"),
        (
            "tenancy: {grants: []}",
            "f: tenancy-grants is not a setting",
        ),
        ("noLease: maybe", "f: no-lease: true or false"),
        (
            "interval: [{}]",
            "f: interval is neither a value nor a list",
        ),
        (
            "lease: {name: a}\nleaseName: b",
            "f: lease-name is said twice",
        ),
        ("- interval", "f: not a map of settings"),
        ("interval: -5m", "a duration such as"),
        ("waitUnknown: 0s", "at least 100ms"),
        ("a: [", "f: "),
    ] {
        let refusal = refusal(&["--config=f"], &[], file);
        assert!(refusal.contains(says), "{file}: {refusal}");
    }
    assert!(refusal(&["--config=g"], &[], "").contains("g: entity not found"));
    assert!(refusal(&[], &[("APPGWDIAG_WORKERS", "0")], "").contains("--workers"));
    let help = read(&["--help"], &[], "").unwrap_err();
    assert_eq!(help.kind(), ErrorKind::DisplayHelp);
}

#[test]
fn pages_are_linked_to_over_https_and_without_ornaments() {
    let page = |url: &str| read(&["--docs-url", url], &[], "").map(|args| args.docs_url);
    let fine = page("https://docs.contoso.com/appgw/").unwrap();
    assert_eq!(fine.as_deref(), Some("https://docs.contoso.com/appgw"));
    for wrong in [
        "http://docs.contoso.com",
        "docs",
        "https://a@b.c",
        "https://b.c/?x",
        "https://b.c/#x",
    ] {
        assert!(page(wrong).is_err(), "{wrong}");
    }
}
