//! How many requests several diagnoses of one gateway send, when they come in the same moment.
use crate::{
    print::ms,
    stage::{Scene, Stage},
    time::{file, world},
};
use anyhow::Result;
use appgw_e2e::sim::{Health, LoggedRequest, Options};
use std::time::{Duration, Instant};

/// What is kept of an answer is forgotten after two seconds; the next group of diagnoses starts from nothing.
const FORGOTTEN: Duration = Duration::from_secs(4);

/// One diagnosis, two, ten: made at once, and asked for by run-now at once. What was missed.
///
/// # Errors
/// If a diagnosis does not end.
pub(crate) async fn measure(stage: &Stage, quick: bool) -> Result<Vec<String>> {
    println!("\n## Shared requests\n\nRTT 100 ms, health 2 s, one gateway, one identity.\n");
    println!(
        "| diagnoses in the same moment | how | requests to Azure | of them back-end health | all done after |"
    );
    println!("|---|---|---|---|---|");
    let (world, gateway) = world(&file("deny-on-backend-subnet"))?;
    let options = Options {
        rtt: Duration::from_millis(100),
        health: Health {
            takes: Duration::from_secs(2),
            retry_after: vec![Duration::from_secs(2)],
            ..Health::default()
        },
        ..Options::default()
    };
    let mut scene = stage.scene(world, options).await?;
    stage.operate(&mut scene, &["--interval", "0s"])?;
    made(&mut scene, &gateway, &["warm".to_owned()]).await?;
    let mut alone = None;
    let mut missed = Vec::new();
    for count in if quick { vec![1, 2] } else { vec![1, 2, 10] } {
        let names: Vec<String> = (0..count)
            .map(|number| format!("of-{count}-{number}"))
            .collect();
        let (requests, took) = made(&mut scene, &gateway, &names).await?;
        row(count, "made", &requests, took);
        let (asked, alone) = (requests.len(), *alone.get_or_insert(requests.len()));
        if asked > alone {
            missed.push(format!(
                "{count} diagnoses made at once sent {asked} requests, one alone {alone}"
            ));
        }
        // For information: a run-now wants answers to questions that were put after it.
        tokio::time::sleep(FORGOTTEN).await;
        let run = scene.run_now(&names).await?;
        row(count, "run-now", &run.requests, run.took);
    }
    Ok(missed)
}

/// Make these at once; what they asked of Azure, and how long until the last had its verdict.
async fn made(
    scene: &mut Scene,
    gateway: &str,
    names: &[String],
) -> Result<(Vec<LoggedRequest>, Duration)> {
    tokio::time::sleep(FORGOTTEN).await;
    scene.sim.clear_log();
    let began = Instant::now();
    let all = names.iter().map(|name| scene.diagnose(name, gateway));
    futures::future::try_join_all(all).await?;
    let ended = scene.all_ran(names).await?;
    let took = ended.saturating_duration_since(began);
    Ok((scene.sim.requests_to("/subscriptions/"), took))
}

fn row(count: usize, how: &str, requests: &[LoggedRequest], took: Duration) {
    let health = requests.iter().filter(|request| request.method == "POST");
    println!(
        "| {count} | {how} | {} | {} | {} |",
        requests.len(),
        health.count(),
        ms(took)
    );
}
