//! Wrong usage is 64, and says what is wrong; help and version are no failures.
use crate::run::{GATEWAY, command, run};

#[test]
fn wrong_usage_is_64_and_says_why() {
    for (args, why) in [
        (&[][..], "Usage: kubectl appgw <COMMAND>"),
        (
            &["bless", "shop", "A.3-00"],
            "unrecognized subcommand 'bless'",
        ),
        (&["run", "shop"], "unrecognized subcommand 'run'"),
        (&["diagnose"], "--resource-id <ID>|--filename <MANIFEST>"),
        (
            &["diagnose", "--resource-id", GATEWAY, "-f", "x"],
            "cannot be used with",
        ),
        (&["diagnose", "--resource-id", ""], "--resource-id"),
        (
            &["diagnose", "--resource-id", GATEWAY, "-o", "xml"],
            "invalid value 'xml'",
        ),
        (
            &["diagnose", "--resource-id", GATEWAY, "--frobnicate"],
            "unexpected argument '--frobnicate'",
        ),
        (
            &["diagnose", "--resource-id", GATEWAY, "--host", "a b"],
            "expected a host name",
        ),
        (
            &["diagnose", "--resource-id", GATEWAY, "--path", "cart"],
            "expected a path",
        ),
        (
            &["diagnose", "--resource-id", GATEWAY, "--port", "0"],
            "0 is not in 1..=65535",
        ),
        (
            &["diagnose", "--resource-id", GATEWAY, "--window", "1d"],
            "expected a duration from 5m to 24h",
        ),
        (
            &["diagnose", "--resource-id", GATEWAY, "--scheme", "ftp"],
            "invalid value 'ftp'",
        ),
        (
            &["diagnose", "--resource-id", GATEWAY, "--auth", "magic"],
            "invalid value 'magic'",
        ),
        (
            &["diagnose", "--resource-id", GATEWAY, "--auth", "env"],
            "--auth env needs --tenant or AZURE_TENANT_ID",
        ),
        (
            &["diagnose", "--resource-id", GATEWAY, "--cloud", "Custom"],
            "--cloud: Custom needs --arm-endpoint",
        ),
        (
            &[
                "diagnose",
                "--resource-id",
                GATEWAY,
                "--arm-endpoint",
                "http://x",
            ],
            "--arm-endpoint: \"http://x\" is not https",
        ),
        (
            &["diagnose", "--resource-id", GATEWAY, "--ca", "/nowhere"],
            "--ca: /nowhere: No such file",
        ),
        (&["replay"], "<FILE>"),
        (&["replay", "x", "y"], "unexpected argument 'y'"),
        (&["rows", "9"], "\"9\" is no step; there are 1a, 1b, 2a"),
        (&["rows", "-o", "bundle"], "invalid value 'bundle'"),
        (&["explain"], "<ROW|FINDING|METHOD>"),
        (
            &["explain", "2c-1"],
            "2c-1 is a step: kubectl appgw rows 2c-1 lists its rows",
        ),
        (&["explain", "A.9"], "\"A.9\" is neither a row"),
        (&["explain", "nonsense"], "\"nonsense\" is neither a row"),
    ] {
        let said = run(args).failed(64);
        assert!(said.contains(why), "{args:?}: {said}");
    }
}

#[test]
fn help_and_version() {
    let help = run(&["--help"]).with(0);
    for word in [
        "diagnose",
        "replay",
        "rows",
        "explain",
        "changes nothing",
        "64 wrong usage",
    ] {
        assert!(help.contains(word), "{help}");
    }
    let help = run(&["diagnose", "--help"]).with(0);
    for flag in [
        "--resource-id <ID>",
        "-f, --filename",
        "--scheme",
        "--host",
        "--path",
        "--port",
        "--window",
        "--auth",
        "--cloud",
        "--arm-endpoint",
        "--authority",
        "--tenant",
        "--audience",
        "--logs-endpoint",
        "--ca",
        "--save",
        "-o, --output",
    ] {
        assert!(help.contains(flag), "{flag}: {help}");
    }
    let version = run(&["--version"]).with(0);
    assert_eq!(
        version,
        format!("kubectl-appgw {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let output = command(&["rows"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: stdout: "));
}
