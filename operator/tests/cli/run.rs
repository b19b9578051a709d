//! Runs the binary.
use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

pub const GATEWAY: &str = "/subscriptions/7c0e1f52-6a3b-4c1d-9e8f-000000000001/resourceGroups/rg-edge/providers/Microsoft.Network/applicationGateways/shop";

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// Its output, after a look at its exit code; whoever succeeds has nothing to say on stderr.
    #[track_caller]
    pub fn with(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.err, "");
        self.out
    }

    /// What it said on stderr; there is nothing on stdout.
    #[track_caller]
    pub fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.out, "");
        self.err
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code().expect("it ends by itself"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

/// The binary with these arguments and an environment of its own.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-appgw"));
    command.args(args).env_clear().stdin(Stdio::null());
    command
}

pub fn run(args: &[&str]) -> Ended {
    command(args).output().unwrap().into()
}

/// The same with a text on stdin.
pub fn run_with(args: &[&str], stdin: &str) -> Ended {
    let mut command = command(args);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that fails before it reads has closed the pipe.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap().into()
}

/// The path of a bundle that was written by hand.
pub fn bundle(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cli/bundles");
    folder
        .join(format!("{name}.json"))
        .to_str()
        .unwrap()
        .to_owned()
}

pub fn bundle_text(name: &str) -> String {
    fs::read_to_string(bundle(name)).unwrap()
}

/// The bundle in one format.
pub fn replayed(name: &str, output: &str) -> Ended {
    run(&["replay", &bundle(name), "-o", output])
}
