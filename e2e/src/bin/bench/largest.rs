//! What the largest gateway costs: 200 listeners, and health with 120,000 servers. The plugin replays one bundle: the same
//! engine and the same status as in a cluster, in a process that does nothing else.
use crate::print::ms;
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const POOLS: usize = 100;
const LISTENERS: usize = 200;
const SERVERS: usize = 1_200;
const CPU: Duration = Duration::from_secs(1);
const MEBIBYTES: u64 = 300;
const STATUS: usize = 256 * 1024;

/// What one replay took.
struct Cost {
    wall: Duration,
    cpu: Duration,
    mebibytes: u64,
    status: usize,
}

/// Replays it. What was missed.
///
/// # Errors
/// If the plugin cannot be run.
pub(crate) fn measure(plugin: &Path, quick: bool) -> Result<Vec<String>> {
    println!("\n## The largest gateway\n");
    println!("| servers down | bundle | wall | CPU | peak memory | status |");
    println!("|---|---|---|---|---|---|");
    let folder = TempDir::new().context("a folder for the bundle")?;
    let file = folder.path().join("bundle.json");
    let mut missed = Vec::new();
    for down in [0, SERVERS / 2, SERVERS] {
        let text = bundle(down).to_string();
        fs::write(&file, &text).context("writing the bundle")?;
        let runs = if quick { 1 } else { 5 };
        let mut costs = Vec::new();
        for _ in 0..runs {
            costs.push(replay(plugin, &file)?);
        }
        costs.sort_by_key(|cost| cost.cpu);
        let cost = costs.get(runs / 2).context("no run")?;
        println!(
            "| {} | {} MiB | {} | {} | {} MiB | {} KiB |",
            down * POOLS,
            text.len() / 1024 / 1024,
            ms(cost.wall),
            ms(cost.cpu),
            cost.mebibytes,
            cost.status / 1024
        );
        if cost.cpu > CPU || cost.mebibytes > MEBIBYTES || cost.status > STATUS {
            missed.push(format!("largest gateway, {} servers down", down * POOLS));
        }
    }
    Ok(missed)
}

/// One run, watched from outside. The kernel counts CPU in hundredths of a second.
fn replay(plugin: &Path, bundle: &Path) -> Result<Cost> {
    let printed = bundle.with_extension("out");
    let began = Instant::now();
    let mut child = Command::new(plugin)
        .args(["replay", "-o", "json"])
        .arg(bundle)
        .stdin(Stdio::null())
        .stdout(fs::File::create(&printed)?)
        .spawn()
        .context("running the plugin")?;
    let process = Path::new("/proc").join(child.id().to_string());
    let (mut ticks, mut peak) = (0, 0);
    let ended = loop {
        if let Some(now) = ticks_of(&process) {
            ticks = now;
        }
        if let Some(now) = peak_of(&process) {
            peak = now;
        }
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    ensure!(matches!(ended.code(), Some(0..=2)), "the plugin: {ended}");
    let object: Value = serde_json::from_str(&fs::read_to_string(&printed)?)?;
    Ok(Cost {
        wall: began.elapsed(),
        cpu: Duration::from_millis(10 * ticks),
        mebibytes: peak / 1024,
        status: object["status"].to_string().len(),
    })
}

/// User and system time so far.
fn ticks_of(process: &Path) -> Option<u64> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    let (_, after) = stat.rsplit_once(") ")?;
    let mut fields = after.split(' ').skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// The most memory so far, in KiB.
fn peak_of(process: &Path) -> Option<u64> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn bundle(down: usize) -> Value {
    let group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-edge/providers/Microsoft.Network";
    let gateway = format!("{group}/applicationGateways/shop");
    let network = format!("{group}/virtualNetworks/vnet-edge");
    let security = format!("{group}/networkSecurityGroups/nsg-backend");
    let get = |path: &str, body: Value| json!({"method": "GET", "path": path, "status": 200, "body": body});
    let rules: Vec<Value> = (0..100)
        .map(|n| json!({"name": format!("allow-{n}"), "properties": {"priority": 100 + n, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
            "sourceAddressPrefix": format!("10.1.{n}.0/24"), "destinationAddressPrefix": "*", "sourcePortRange": "*", "destinationPortRange": "8443"}}))
        .chain([json!({"name": "deny-all-in", "properties": {"priority": 4000, "direction": "Inbound", "access": "Deny", "protocol": "*",
            "sourceAddressPrefix": "*", "destinationAddressPrefix": "*", "sourcePortRange": "*", "destinationPortRange": "*"}})])
        .collect();
    let subnets = json!([
        {"id": format!("{network}/subnets/snet-gateway"), "name": "snet-gateway", "properties": {"addressPrefix": "10.1.0.0/16"}},
        {"id": format!("{network}/subnets/snet-backend"), "name": "snet-backend", "properties": {"addressPrefix": "10.2.0.0/15", "networkSecurityGroup": {"id": security}}},
    ]);
    json!({
        "kind": "Bundle",
        "apiVersion": "appgwdiag.dev/v1alpha1",
        "takenAt": "2026-11-22T09:41:00Z",
        "spec": {"gateway": {"resourceId": gateway}},
        "exchanges": [
            get(&gateway, document(&gateway, &network)),
            {"method": "POST", "path": format!("{gateway}/backendhealth"), "status": 200, "body": health(&gateway, down)},
            get(&network, json!({"id": network, "name": "vnet-edge", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}, "subnets": subnets}})),
            get(&security, json!({"id": security, "name": "nsg-backend", "properties": {"securityRules": rules, "defaultSecurityRules": []}})),
            get(&format!("{gateway}/providers/Microsoft.Insights/diagnosticSettings"), json!({"value": []})),
        ],
    })
}

fn document(gateway: &str, network: &str) -> Value {
    let sub = |kind: &str, name: &str| json!({"id": format!("{gateway}/{kind}/{name}")});
    let named = |kind: &str, name: String, properties: Value| json!({"id": format!("{gateway}/{kind}/{name}"), "name": name, "properties": properties});
    let pools = (0..POOLS).map(|n| {
        let members: Vec<Value> = (0..SERVERS)
            .map(|m| json!({"ipAddress": address(n, m)}))
            .collect();
        named(
            "backendAddressPools",
            format!("p-{n}"),
            json!({"backendAddresses": members}),
        )
    });
    let settings = (0..POOLS).map(|n| {
        named("backendHttpSettingsCollection", format!("s-{n}"), json!({"port": 8443, "protocol": "Https", "hostName": format!("h-{n}.contoso.com"), "requestTimeout": 30, "probe": sub("probes", &format!("q-{n}"))}))
    });
    let probes = (0..POOLS).map(|n| {
        named("probes", format!("q-{n}"), json!({"protocol": "Https", "host": format!("h-{n}.contoso.com"), "path": "/healthz", "interval": 30, "timeout": 30, "unhealthyThreshold": 3}))
    });
    let listeners = (0..LISTENERS).map(|n| {
        named("httpListeners", format!("l-{n}"), json!({"protocol": "Https", "hostName": format!("www-{n}.contoso.com"), "frontendPort": sub("frontendPorts", "443"), "frontendIPConfiguration": sub("frontendIPConfigurations", "public")}))
    });
    let rules = (0..LISTENERS).map(|n| {
        let at = n % POOLS;
        named("requestRoutingRules", format!("r-{n}"), json!({"ruleType": "Basic", "priority": n + 1, "httpListener": sub("httpListeners", &format!("l-{n}")),
            "backendAddressPool": sub("backendAddressPools", &format!("p-{at}")), "backendHttpSettings": sub("backendHttpSettingsCollection", &format!("s-{at}"))}))
    });
    json!({"id": gateway, "name": "shop", "location": "westeurope", "properties": {
        "provisioningState": "Succeeded", "operationalState": "Running",
        "sku": {"name": "Standard_v2", "tier": "Standard_v2"}, "autoscaleConfiguration": {"minCapacity": 10, "maxCapacity": 125},
        "gatewayIPConfigurations": [{"name": "ip", "properties": {"subnet": {"id": format!("{network}/subnets/snet-gateway")}}}],
        "frontendIPConfigurations": [named("frontendIPConfigurations", "public".into(), json!({"publicIPAddress": {"id": format!("{gateway}-ip")}}))],
        "frontendPorts": [named("frontendPorts", "443".into(), json!({"port": 443}))],
        "backendAddressPools": pools.collect::<Vec<_>>(),
        "backendHttpSettingsCollection": settings.collect::<Vec<_>>(),
        "probes": probes.collect::<Vec<_>>(),
        "httpListeners": listeners.collect::<Vec<_>>(),
        "requestRoutingRules": rules.collect::<Vec<_>>(),
    }})
}

/// One of the 120,000: `10.2.0.0` and on.
fn address(pool: usize, member: usize) -> String {
    let n = pool * SERVERS + member;
    format!("10.{}.{}.{}", 2 + n / 65_536, n / 256 % 256, n % 256)
}

/// The first `down` members of each pool fail, a pool at a time in another way.
fn health(gateway: &str, down: usize) -> Value {
    let ways = [
        "Time taken by the backend to respond to application gateway's health probe is more than the time-out threshold in the probe configuration.",
        "Cannot connect to backend server. Check whether any NSG/UDR/Firewall is blocking access to the server.",
        "Received invalid status code: 404 in the backend server's HTTP response. As per the health probe configuration, 200-399 is the acceptable status code.",
        "The Common Name of the leaf certificate presented by the backend server does not match the Probe or Backend Setting hostname of the application gateway.",
        "Something that nobody has seen before.",
    ];
    let pools: Vec<Value> = (0..POOLS)
        .map(|n| {
            let servers: Vec<Value> = (0..SERVERS)
                .map(|m| {
                    let (word, log) = if m < down {
                        ("Unhealthy", ways.get(n % ways.len()).copied().unwrap_or_default())
                    } else {
                        ("Healthy", "Success. Received 200 status code")
                    };
                    json!({"address": address(n, m), "health": word, "healthProbeLog": log})
                })
                .collect();
            json!({"backendAddressPool": {"id": format!("{gateway}/backendAddressPools/p-{n}")},
                "backendHttpSettingsCollection": [{"backendHttpSettings": {"id": format!("{gateway}/backendHttpSettingsCollection/s-{n}")}, "servers": servers}]})
        })
        .collect();
    json!({"backendAddressPools": pools})
}
