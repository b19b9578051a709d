//! Schedules by seed.
use crate::{
    kinds::Kind,
    operator::{Mind, Stage},
    rng::Rng,
    world::{Frame, World},
};
use std::thread;

/// Visits of one object within which everything has come to an end once nothing goes wrong any more.
const VISITS: u32 = 80;

/// What one schedule has seen.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) sends: usize,
    pub(crate) settled: u32,
    pub(crate) undone: usize,
}

fn objects(rng: &mut Rng) -> Vec<Vec<Kind>> {
    let single = |rng: &mut Rng| vec![*rng.pick(&Kind::SINGLE)];
    match rng.below(10) {
        0..=4 => vec![single(rng)],
        5 => vec![vec![Kind::Edit, Kind::Count]],
        6 => vec![vec![Kind::Create, Kind::Edit]],
        7 => vec![vec![Kind::Edit, Kind::Clash]],
        8 => vec![vec![Kind::Edit], vec![Kind::Count]],
        _ => vec![vec![Kind::Create], vec![Kind::Alter]],
    }
}

/// Says which seed failed.
struct Told(u64);
impl Drop for Told {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "schedule {0} failed; again, with what happened: CRASH_SEED={0} cargo test -p appgw-runbook --test crash schedules",
                self.0
            );
        }
    }
}

pub(crate) fn run(frame: &Frame, seed: u64, tell: bool) -> Seen {
    let _told = Told(seed);
    let mut rng = Rng::new(seed);
    let kinds = objects(&mut rng);
    let kinds: Vec<&[Kind]> = kinds.iter().map(Vec::as_slice).collect();
    let honours = rng.chance(65);
    let mut world = World::new(frame, &kinds, honours, rng.next());
    world.told = tell.then(Vec::new);
    world.faulty = true;
    world.tell(|_| format!("{kinds:?} honours {honours}"));
    let undo = rng.chance(25);
    // Plans are on offer before anybody decides.
    for at in 0..kinds.len() {
        visit(&mut world, 0, at);
        if rng.chance(85) {
            world.approve_all(at);
        }
    }
    let events = 24 + rng.below(32);
    for _ in 0..events {
        event(&mut world, &mut rng, kinds.len());
        assert!(world.minds.len() == 2);
    }
    if undo {
        rest(&mut world, kinds.len());
        world.faulty = true;
        for at in 0..kinds.len() {
            let last = world.store.get(at).record.ledger.entry.clone();
            let last = last.and_then(|it| it.plans.last().map(|it| it.id.clone()));
            world.store.touch(at, |it| it.said.rollback = last);
            visit(&mut world, 0, at);
            world.approve_all(at);
        }
        for _ in 0..events / 2 {
            event(&mut world, &mut rng, kinds.len());
        }
    }
    rest(&mut world, kinds.len());
    let undone = world
        .azure
        .accepted
        .iter()
        .filter(|it| it.1.iter().any(|id| id.method().ends_with("undo")));
    Seen {
        sends: world.azure.accepted.len(),
        settled: world.law.settled,
        undone: undone.count(),
    }
}

fn event(world: &mut World, rng: &mut Rng, objects: usize) {
    let who = usize::from(rng.chance(40));
    let at = usize::try_from(rng.below(objects as u64)).unwrap();
    match rng.below(100) {
        0..=71 => {
            if matches!(world.minds[who].stage, Stage::Idle) {
                world.minds[who].at = at;
            }
            let dies = rng.chance(6);
            let moment = world.step(who, dies);
            world.tell(|it| {
                format!(
                    "operator {who} K{moment}{} {:?}",
                    if dies { " and dies" } else { "" },
                    short(&it.minds[who])
                )
            });
        }
        72..=83 => world.pass(*rng.pick(&[1, 2, 7, 31, 130, 900])),
        84..=85 => world.pass(*rng.pick(&[3_700, 50_000, 90_000])),
        86..=91 => world.person(at),
        92..=96 => world.outside(),
        97 => world.forge(at),
        98 => {
            let words = [Ok("guard-1"), Ok("guard-2"), Err("no guard")];
            world.guard = rng.pick(&words).map(Into::into).map_err(Into::into);
        }
        _ => {
            world.writes = if rng.chance(50) {
                Ok(())
            } else {
                Err("switched off".into())
            }
        }
    }
}

fn short(mind: &Mind) -> String {
    let mut text = format!("{:?}", mind.stage);
    text.truncate(12);
    text
}

/// One whole visit by an operator that begins afresh.
pub(crate) fn visit(world: &mut World, who: usize, at: usize) {
    world.minds[who] = Mind {
        at,
        ..world.minds[who].clone()
    };
    world.minds[who].stage = Stage::Idle;
    for _ in 0..12 {
        let moment = world.step(who, false);
        world.tell(|_| format!("visit of {at}: K{moment}"));
        if matches!(world.minds[who].stage, Stage::Idle) {
            return;
        }
    }
    panic!("a visit without an end");
}

/// Nothing goes wrong any more: L2, L3.
pub(crate) fn rest(world: &mut World, objects: usize) {
    world.faulty = false;
    world.guard = Ok("guard-1".into());
    world.writes = Ok(());
    world.tell(|_| "faults stop".into());
    for at in 0..objects {
        world.store.touch(at, |it| it.paused = None);
    }
    for mind in [0, 1] {
        while !matches!(world.minds[mind].stage, Stage::Idle) {
            world.step(mind, false);
        }
    }
    let at_rest = |world: &World| {
        world
            .store
            .all()
            .iter()
            .all(|it| it.is_at_rest() && !it.is_verifying())
    };
    let mut pause = 5;
    for round in 0..VISITS {
        let before = world.saves;
        for at in 0..objects {
            visit(world, usize::from(round % 3 == 1), at);
        }
        if at_rest(world) && world.saves == before {
            break;
        }
        pause = if world.saves == before {
            (pause * 4).min(7_200)
        } else {
            5
        };
        world.pass(pause);
    }
    for object in world.store.all() {
        assert!(
            object.is_at_rest(),
            "L2: {:?} {:#?}",
            object.said,
            object.record
        );
        assert!(
            !object.is_verifying(),
            "L2: verifies for ever: {:#?}",
            object.record
        );
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a schedule is played again by its number"
)]
fn schedules() {
    let frame = Frame::new();
    if let Ok(seed) = std::env::var("CRASH_SEED") {
        let seed = seed.parse().unwrap();
        run(&frame, seed, true);
        return;
    }
    let many: u64 = std::env::var("CRASH_SCHEDULES").map_or(20_000, |it| it.parse().unwrap());
    let part = |from: u64| -> Seen {
        let mut all = Seen::default();
        for seed in (from..many).step_by(2) {
            let seen = run(&frame, seed, false);
            all.sends += seen.sends;
            all.settled += seen.settled;
            all.undone += seen.undone;
        }
        all
    };
    let all = thread::scope(|scope| {
        let other = scope.spawn(|| part(1));
        let own = part(0);
        let other = other.join().unwrap();
        Seen {
            sends: own.sends + other.sends,
            settled: own.settled + other.settled,
            undone: own.undone + other.undone,
        }
    });
    println!(
        "{many} schedules: {} writes taken, {} of them undo something, {} plans settled",
        all.sends, all.undone, all.settled
    );
    assert!(
        many < 20_000 || all.sends > 5_000 && all.undone > 500 && all.settled > 5_000,
        "the schedules do too little"
    );
}
