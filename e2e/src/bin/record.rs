//! Records the row transcripts of `operator/tests/rows` anew: for each its world, a run of the plugin with `--save`,
//! and what came of it without the parts that differ from run to run.
#![expect(clippy::print_stdout, reason = "a tool says what it wrote")]
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use appgw_crds::{GROUP, KIND, VERSION};
use appgw_e2e::{
    operator::azure,
    programs::{self, Build},
    sim::{AzureSim, Fault, Matching, Options, Principal, Rule, World},
};
use clap::Parser;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::process::Command;

/// The clock of every transcript, so that recording again changes no line. It is after the day v1 was retired.
const TAKEN_AT: &str = "2026-11-22T09:41:00Z";

/// Where Azure is in a transcript, in place of the simulator's port.
const ORIGIN: &str = "https://management.azure.com";

/// What no replay reads and every run has another of.
const PASSING: [&str; 4] = [
    "etag",
    "x-ms-correlation-request-id",
    "x-ms-ratelimit-remaining-subscription-reads",
    "x-ms-request-id",
];

/// What leaves together with the question for the gateway is answered after it. So it is always the same questions
/// that are dropped because the gateway's document made them needless.
const LATER_MS: u64 = 200;

/// Records the row transcripts of operator/tests/rows anew.
#[derive(Debug, Parser)]
#[command(name = "record", version)]
struct Args {
    /// The transcripts to record; all, if none is named
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// What is to be recorded; whatever else an entry has is for the test that holds it to that.
#[derive(Deserialize)]
struct Entry {
    world: String,
    #[serde(default)]
    spec: Map<String, Value>,
}

/// A bundle as the plugin saves it, its members in the same order.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    kind: String,
    api_version: String,
    taken_at: String,
    spec: Value,
    exchanges: Vec<Exchange>,
}

#[derive(Deserialize, Serialize)]
struct Exchange {
    method: String,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("record: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<()> {
    let mut entries = entries()?;
    if let Some(unknown) = args.names.iter().find(|name| !entries.contains_key(*name)) {
        bail!(
            "no entry {unknown} in {}",
            rows().join("expected").display()
        );
    }
    entries.retain(|name, _| args.names.is_empty() || args.names.contains(name));
    let plugin = programs::built(Build::Alone)?.join(programs::PLUGIN);
    for (name, entry) in entries {
        let text = record(&plugin, entry).await.with_context(|| name.clone())?;
        let file = rows().join(format!("{name}.json"));
        let changed = fs::read_to_string(&file).is_ok_and(|before| before != text);
        fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
        println!("{name}{}", if changed { ": changed" } else { "" });
    }
    Ok(())
}

/// The folder of the transcripts.
fn rows() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../operator/tests/rows"
    ))
}

/// What is to be recorded, by name.
fn entries() -> Result<BTreeMap<String, Entry>> {
    let folder = rows().join("expected");
    let mut all = BTreeMap::new();
    for file in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let file = file?.path();
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let more: BTreeMap<String, Entry> =
            serde_saphyr::from_str(&text).with_context(|| file.display().to_string())?;
        all.extend(more);
    }
    Ok(all)
}

/// The world of that name: one that only the transcripts need, or one for everybody.
fn world(name: &str) -> Result<World> {
    let own = rows().join("worlds");
    let common = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/worlds"));
    let mut files = [own, common]
        .map(|folder| folder.join(format!("{name}.yaml")))
        .into_iter();
    let file = files
        .find(|file| file.is_file())
        .with_context(|| format!("there is no world {name}"))?;
    Ok(World::load(&file)?)
}

/// One transcript, as it is kept.
async fn record(plugin: &Path, entry: Entry) -> Result<String> {
    let world = world(&entry.world)?;
    let mut spec = entry.spec;
    if !spec.contains_key("gateway") {
        let id = world
            .gateway_ids()
            .first()
            .context("there is no gateway in this world")?
            .clone();
        spec.insert("gateway".to_owned(), json!({"resourceId": id}));
    }
    let options = Options {
        time_scale: 0.01,
        ..Options::default()
    };
    let sim = AzureSim::start(world, options).await?;
    for later in ["/backendhealth", "/diagnosticsettings"] {
        sim.inject(Rule {
            matching: Matching {
                path: Some(later.to_owned()),
                ..Matching::default()
            },
            fault: Fault::Latency { ms: LATER_MS },
        });
    }
    let saved = diagnose(plugin, &sim, &spec).await?;
    let text = kept(&saved, &sim)?;
    sim.stop().await;
    Ok(text)
}

/// What the plugin saves of a run.
async fn diagnose(plugin: &Path, sim: &AzureSim, spec: &Map<String, Value>) -> Result<String> {
    let folder = TempDir::new().context("a folder for the run")?;
    let manifest = json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": KIND,
        "metadata": {"name": "shop-502"},
        "spec": spec,
    });
    let (given, saved) = (
        folder.path().join("manifest.json"),
        folder.path().join("bundle.json"),
    );
    fs::write(&given, manifest.to_string()).context("writing the manifest")?;
    let (variables, flags) = azure(sim, folder.path())?;
    let output = Command::new(plugin)
        .env_clear()
        .envs(variables)
        .envs(std::env::var_os("SSL_CERT_FILE").map(|file| ("SSL_CERT_FILE", file)))
        .args(["diagnose", "--filename"])
        .arg(&given)
        .arg("--save")
        .arg(&saved)
        .args(flags)
        .stdin(Stdio::null())
        .output()
        .await
        .with_context(|| format!("running {}", plugin.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    // Each verdict has its code; anything else is no verdict.
    let code = output.status.code();
    ensure!(matches!(code, Some(0..=3)), "{}: {said}", output.status);
    fs::read_to_string(&saved).with_context(|| format!("no bundle was saved: {said}"))
}

/// The bundle, a line an exchange: metrics have a number for each minute.
fn lines(bundle: &Bundle) -> Result<String> {
    let exchanges = bundle.exchanges.iter().map(serde_json::to_string);
    let exchanges = exchanges.collect::<Result<Vec<_>, _>>()?.join(",\n");
    let Bundle {
        kind,
        api_version,
        taken_at,
        spec,
        exchanges: _,
    } = bundle;
    Ok(format!(
        "{{\"kind\": \"{kind}\", \"apiVersion\": \"{api_version}\", \"takenAt\": \"{taken_at}\",\n\"spec\": {spec},\n\"exchanges\": [\n{exchanges}\n]}}\n"
    ))
}

/// Every moment around the run, moved to where the clock of the transcript has it, in whole minutes.
fn moved(text: &str, taken_at: Timestamp) -> Result<String> {
    let minute = Timestamp::from_second(taken_at.as_second().div_euclid(60) * 60)?;
    let by = TAKEN_AT.parse::<Timestamp>()?.duration_since(minute);
    let near = SignedDuration::from_hours(72);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("20") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.find('Z').map_or(0, |end| end + 1);
        let written = from.get(..end).filter(|it| it.len() <= 44).unwrap_or("20");
        let plain = written.replace("%3A", ":");
        let moment = plain.parse::<Timestamp>().ok();
        let Some(moment) = moment.filter(|it| it.duration_since(taken_at).abs() < near) else {
            out.push_str("20");
            rest = from.get(2..).unwrap_or_default();
            continue;
        };
        let there = (moment + by).to_string();
        out.push_str(&if written.contains("%3A") {
            there.replace(':', "%3A")
        } else {
            there
        });
        rest = from.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(out)
}

/// The same without what differs from run to run.
fn kept(saved: &str, sim: &AzureSim) -> Result<String> {
    let bundle: Bundle = serde_json::from_str(saved).context("reading the bundle")?;
    let saved = moved(saved, bundle.taken_at.parse().context("its clock")?)?;
    let mut bundle: Bundle = serde_json::from_str(&saved).context("reading the bundle again")?;
    TAKEN_AT.clone_into(&mut bundle.taken_at);
    for exchange in &mut bundle.exchanges {
        exchange
            .headers
            .retain(|name, _| !PASSING.contains(&name.as_str()));
    }
    let text = lines(&bundle)?;
    let text = text.replace(&sim.origin(), ORIGIN);
    let host = sim.origin().replace("https://", "");
    let secrets = sim
        .tokens()
        .into_iter()
        .chain([Principal::default().secret, host]);
    for never in secrets {
        ensure!(!text.contains(&never), "the bundle holds {never}");
    }
    Ok(text)
}
