//! The newcomer's check (`e2e/newcomer`) still fits the sources; whether it works there is for `check.sh` to say.
#![expect(clippy::print_stderr, reason = "says that it did not look")]
use std::{
    path::Path,
    process::{Command, Stdio},
};

#[test]
fn the_patch_applies() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let git = Command::new("git")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if git.is_err() || !root.join(".git").exists() {
        eprintln!("not looked at: there is no git, or this is no checkout");
        return;
    }
    let output = Command::new("git")
        // A hook that runs the tests points these at its own repository.
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .args(["apply", "--check", "e2e/newcomer/check.patch"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}make it anew as CONTRIBUTING.md says",
        String::from_utf8_lossy(&output.stderr)
    );
}
