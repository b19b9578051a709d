//! One kill at every point of the pipeline, with both truths, for every kind of write and its way back.
use crate::{
    azure::How,
    kinds::Kind,
    operator::{MOMENTS, Stage},
    random::{rest, visit},
    world::{EXPIRES, Frame, GOOD, World},
};
use appgw_runbook::approval::Outcome;
use std::{collections::BTreeMap, fmt::Write as _};

/// Where a step of an operator is cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    /// Before it does anything.
    Before,
    /// What others see is done, and the operator does not learn of it.
    During,
    /// After it, before anything is made of it.
    After,
}
const CUTS: [Cut; 3] = [Cut::Before, Cut::During, Cut::After];
/// Seconds until somebody carries on: at once, after a quarantine, after an hour, after the approval's end.
const RESTARTS: [i64; 4] = [0, 40, 3_700, EXPIRES + 60];

/// A plan approved, and nobody has seen that yet; how much Azure took before.
fn begin(frame: &Frame, kind: Kind, undo: bool) -> (World, usize) {
    let mut world = World::new(frame, &[&[kind]], true, 7);
    visit(&mut world, 0, 0);
    world.approve_all(0);
    if undo {
        rest(&mut world, 1);
        let done = world.store.get(0).record.approvals[0].id.clone();
        world.store.touch(0, |it| it.said.rollback = Some(done));
        visit(&mut world, 0, 0);
        world.approve_all(0);
        assert_eq!(
            world.store.get(0).said.approve.len(),
            2,
            "the way back of {kind:?} is on offer"
        );
    }
    let before = world.azure.accepted.len();
    (world, before)
}

fn is_over(world: &World) -> bool {
    let object = world.store.get(0);
    object.is_at_rest() && !object.is_verifying()
}

/// On to the next step; between visits time passes as the last one asked for.
fn step(world: &mut World, dies: bool) -> usize {
    let moment = world.step(0, dies);
    if matches!(world.minds[0].stage, Stage::Idle) && !dies {
        world.pass((world.minds[0].wake - world.now).clamp(1, 60));
    }
    moment
}

/// The world before every step of a run in which nobody dies, and the step's moment.
fn steps(world: &World, taken: bool) -> Vec<(World, usize)> {
    let mut world = world.clone();
    world.next = Some(how(taken));
    let mut all = vec![];
    while !(is_over(&world) && matches!(world.minds[0].stage, Stage::Idle)) {
        let before = world.clone();
        all.push((before, step(&mut world, false)));
        assert!(all.len() < 200, "it does not end");
    }
    all
}

fn how(taken: bool) -> How {
    if taken { GOOD } else { How::LostBefore }
}

fn kill(mut world: World, kind: Kind, undo: bool, before: usize, cut: Cut, restart: i64) {
    match cut {
        Cut::Before => {}
        Cut::During => {
            step(&mut world, true);
        }
        Cut::After => {
            world.step(0, false);
        }
    }
    world.minds[0].stage = Stage::Idle;
    world.pass(restart);
    rest(&mut world, 1);
    let times = world.azure.accepted.len() - before;
    assert!(times <= 1, "taken {times} times");
    let past = &world.store.get(0).record.approvals[0];
    let sure = restart < EXPIRES && kind != Kind::Touch;
    let wanted = if undo {
        Outcome::RolledBack
    } else {
        Outcome::Settled
    };
    match past.outcome {
        Some(outcome) if outcome == wanted => assert_eq!(times, 1),
        Some(Outcome::Expired) if !sure => assert_eq!(times, 0),
        // Whether an update that alters nothing was taken cannot be told by looking, so it is never sent again.
        Some(Outcome::Failed) if kind == Kind::Touch => {}
        other => panic!("ended as {other:?}"),
    }
}

/// An update whose answer is lost before Azure took it is given up at the next look: there is nothing to poll, and
/// no effect to wait for.
fn cannot_be(kind: Kind, taken: bool, moment: usize) -> bool {
    kind == Kind::Touch && !taken && matches!(moment, 7 | 9)
}

#[test]
fn every_single_kill_ends_well() {
    let frame = Frame::new();
    let mut hits: BTreeMap<(String, usize, Cut, bool), u32> = BTreeMap::new();
    let ways = Kind::SINGLE
        .iter()
        .flat_map(|it| [(*it, false), (*it, true)]);
    let ways: Vec<(Kind, bool)> = ways
        .filter(|(kind, undo)| !undo || kind.has_undo())
        .collect();
    let mut runs = 0;
    for (kind, undo) in &ways {
        let (world, before) = begin(&frame, *kind, *undo);
        for taken in [true, false] {
            let mut met = [0; MOMENTS.len()];
            for (at, (world, moment)) in steps(&world, taken).into_iter().enumerate() {
                met[moment] += 1;
                for (nth, cut) in CUTS.into_iter().enumerate() {
                    // Visits that are much alike take turns.
                    let own = &RESTARTS[(at + nth) % 4..=(at + nth) % 4];
                    for restart in if met[moment] > 2 { own } else { &RESTARTS } {
                        let _told = Told(format!(
                            "{kind:?} undo {undo} taken {taken}: K{moment} {cut:?}, step {at}, restart after {restart}"
                        ));
                        kill(world.clone(), *kind, *undo, before, cut, *restart);
                        runs += 1;
                    }
                    *hits
                        .entry((name(*kind, *undo), moment, cut, taken))
                        .or_default() += 1;
                }
            }
        }
    }
    println!(
        "{runs} runs with one kill each; steps cut short, where Azure took the write | where it did not"
    );
    println!(
        "{:12} {}",
        "",
        MOMENTS.map(|it| format!("{it:>6}")).join("")
    );
    let mut missed = vec![];
    for (kind, undo) in ways {
        let mut line = String::new();
        for (moment, k) in MOMENTS.iter().enumerate() {
            let cell = |taken: bool| {
                let of = |cut| {
                    hits.get(&(name(kind, undo), moment, cut, taken))
                        .copied()
                        .unwrap_or(0)
                };
                CUTS.map(of)
            };
            for taken in [true, false] {
                if cell(taken).contains(&0) && !cannot_be(kind, taken, moment) {
                    missed.push(format!("{} {} taken {taken}", name(kind, undo), k));
                }
            }
            let sum = |taken| cell(taken).iter().sum::<u32>();
            let cell = format!("{}|{}", sum(true), sum(false));
            let _ = write!(line, "{cell:>6}");
        }
        println!("{:12} {line}", name(kind, undo));
    }
    assert!(missed.is_empty(), "never hit: {missed:#?}");
}

fn name(kind: Kind, undo: bool) -> String {
    format!("{kind:?}{}", if undo { " undo" } else { "" })
}

struct Told(String);
impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}
