//! Scratch.
#![allow(warnings)]
use anyhow::Result;
use appgw_crds::*;
use appgw_e2e::{
    control_plane::{self, ControlPlane, Options as PO},
    operator::Operator,
    sim::{AzureSim, Options, world::World},
};
use kube::{Api, ResourceExt, api::*};
use serde_json::json;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

async fn until<F: AsyncFn() -> bool>(what: &str, f: F) -> Duration {
    let t = Instant::now();
    while !f().await {
        if t.elapsed() > Duration::from_secs(60) {
            println!("NEVER: {what}");
            return t.elapsed();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("{what}: {:?}", t.elapsed());
    t.elapsed()
}
async fn http(addr: &str, path: &str) -> String {
    match reqwest::get(format!("http://{addr}{path}")).await {
        Ok(r) => format!(
            "{} {}",
            r.status(),
            r.text().await.unwrap_or_default().trim()
        ),
        Err(e) => format!("ERR {e}"),
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    control_plane::install_crypto();
    let program = PathBuf::from("target/debug/appgw-operator");
    let mut plane = ControlPlane::start(PO::default()).await?;
    let world = World::load(&PathBuf::from("e2e/worlds/deny-on-backend-subnet.yaml"))?;
    let gateway = world.gateway_ids()[0].clone();
    let sim = AzureSim::start(
        world,
        Options {
            time_scale: 0.01,
            ..Default::default()
        },
    )
    .await?;
    let rbac = std::fs::read_to_string("e2e/rbac.yaml")?;
    plane
        .kubectl_as(plane.kubeconfig_path(), ["apply", "-f", "-"], &rbac)
        .await?;
    let user = plane.user_kubeconfig(
        "system:serviceaccount:appgw-system:appgw-operator",
        &["system:serviceaccounts", "system:authenticated"],
    )?;
    let lease = [
        "--lease-namespace",
        "appgw-system",
        "--lease-duration",
        "6s",
        "--interval",
        "1s",
        "--wait-transition",
        "1s",
        "--wait-unknown",
        "1s",
    ];
    let flags = |port: &str| {
        lease
            .iter()
            .map(|s| s.to_string())
            .chain(["--admin-address".into(), format!("127.0.0.1:{port}")])
            .collect::<Vec<String>>()
    };

    println!("== CRD missing at the start");
    let mut a = Operator::start(&program, &user, &sim, flags("19101"))?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!("readyz: {}", http("127.0.0.1:19101", "/readyz").await);
    println!("livez: {}", http("127.0.0.1:19101", "/livez").await);
    plane.apply_crd(&appgw_crds::yaml()?).await?;
    until("ready after the CRD came", async || {
        http("127.0.0.1:19101", "/readyz").await.starts_with("200")
    })
    .await;
    let client = plane.client().await?;
    let api: Api<AppGatewayDiagnosis> = Api::namespaced(client.clone(), "default");
    let make = |name: &str| {
        AppGatewayDiagnosis::new(
            name,
            serde_json::from_value(json!({"gateway": {"resourceId": gateway}})).unwrap(),
        )
    };
    api.create(&PostParams::default(), &make("shop")).await?;
    until("verdict", async || {
        api.get("shop")
            .await
            .unwrap()
            .status
            .is_some_and(|s| s.verdict.is_some())
    })
    .await;
    let version = api.get("shop").await?.resource_version();
    let n = sim.count("POST", "backendhealth");
    until("5 more visits", async || {
        sim.count("POST", "backendhealth") >= n + 5
    })
    .await;
    println!(
        "unchanged: {} {:?}",
        version == api.get("shop").await?.resource_version(),
        version
    );

    println!("== second replica");
    let mut b = Operator::start(&program, &user, &sim, flags("19102"))?;
    until("standby ready", async || {
        http("127.0.0.1:19102", "/readyz").await.starts_with("200")
    })
    .await;
    println!("logs of b:\n{}", b.log());
    let holder = async || {
        let l: Api<k8s_openapi::api::coordination::v1::Lease> =
            Api::namespaced(client.clone(), "appgw-system");
        l.get("appgw-diagnosis")
            .await
            .unwrap()
            .spec
            .unwrap()
            .holder_identity
    };
    let first = holder().await;
    println!("holder {first:?}");
    println!("SIGKILL the leader");
    let log_a = a.log();
    drop(a);
    until("taken over after a crash (lease 6s)", async || {
        holder().await != first
    })
    .await;
    let n = sim.count("POST", "backendhealth");
    until("visits go on", async || {
        sim.count("POST", "backendhealth") > n
    })
    .await;
    println!("== third replica, then SIGTERM the leader");
    let c = Operator::start(&program, &user, &sim, flags("19103"))?;
    until("standby ready", async || {
        http("127.0.0.1:19103", "/readyz").await.starts_with("200")
    })
    .await;
    let second = holder().await;
    let t = Instant::now();
    println!("exit {:?} after {:?}", b.stop().await?, t.elapsed());
    until("taken over after SIGTERM", async || {
        let h = holder().await;
        h.is_some() && h != second
    })
    .await;

    println!("== API server away for 20 s (lease lost -> exit 75 expected)");
    let mut c = c;
    let mut d = Operator::start(
        &program,
        &user,
        &sim,
        [
            "--no-lease",
            "--interval",
            "1s",
            "--admin-address",
            "127.0.0.1:19104",
        ],
    )?;
    until("d ready", async || {
        http("127.0.0.1:19104", "/readyz").await.starts_with("200")
    })
    .await;
    plane.stop_apiserver().await?;
    let t = Instant::now();
    while c.is_alive().is_ok() && t.elapsed() < Duration::from_secs(30) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!(
        "c ended after {:?}: {:?}",
        t.elapsed(),
        c.is_alive()
            .err()
            .map(|e| e.to_string().lines().next().unwrap_or_default().to_owned())
    );
    tokio::time::sleep(Duration::from_secs(20).saturating_sub(t.elapsed())).await;
    println!("d alive {:?}", d.is_alive().is_ok());
    plane.restart_apiserver().await?;
    let t = Instant::now();
    let client = plane.client().await?;
    let api: Api<AppGatewayDiagnosis> = Api::namespaced(client.clone(), "default");
    api.create(&PostParams::default(), &make("after")).await?;
    until("new object diagnosed after the outage", async || {
        api.get("after")
            .await
            .unwrap()
            .status
            .is_some_and(|s| s.verdict.is_some())
    })
    .await;
    println!(
        "c log tail:\n{}",
        c.log()
            .lines()
            .rev()
            .take(6)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
            .join("\n")
    );
    println!(
        "d log tail:\n{}",
        d.log()
            .lines()
            .rev()
            .take(25)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
            .join("\n")
    );
    println!("exit d {:?}", d.stop().await?);

    println!("== 100 objects");
    for i in 0..100 {
        api.create(&PostParams::default(), &make(&format!("many-{i:03}")))
            .await?;
    }
    let t = Instant::now();
    let e = Operator::start(&program, &user, &sim, ["--no-lease", "--interval", "0s"])?;
    until("all written", async || {
        api.list(&ListParams::default())
            .await
            .unwrap()
            .items
            .iter()
            .all(|o| o.status.as_ref().is_some_and(|s| s.verdict.is_some()))
    })
    .await;
    let log = e.log();
    for l in log
        .lines()
        .filter(|l| l.contains("objects listed") || l.contains("lease"))
    {
        println!("{l}");
    }
    println!(
        "{}",
        log.lines()
            .filter(|l| l.contains("status written"))
            .take(3)
            .collect::<Vec<_>>()
            .join("\n")
    );
    let rss = std::fs::read_to_string(format!("/proc/{}/status", e.pid()))?;
    for l in rss
        .lines()
        .filter(|l| l.starts_with("VmRSS") || l.starts_with("RssAnon"))
    {
        println!("{l}");
    }
    for log in [&log_a, &log] {
        for l in log
            .lines()
            .filter(|l| l.contains("orbidden") || l.contains("WARN"))
        {
            println!("!! {l}");
        }
    }
    println!(
        "first log lines:\n{}",
        log_a.lines().take(12).collect::<Vec<_>>().join("\n")
    );
    drop(e);
    sim.stop().await;
    plane.stop().await?;
    Ok(())
}
