//! What schedules have found, each as the shortest story that shows it.
use crate::{
    azure::{Fate, How},
    kinds::{Kind, gateway, path},
    random::{rest, visit},
    world::{EXPIRES, Frame, World, second},
};
use appgw_runbook::{
    approval::{Decision, Outcome},
    effect::Effect,
    facts::{Facts, Gap, Said},
    plan::PlanId,
    visit::{Thought, Visitor, think},
};

use serde_json::json;

fn world(kinds: &[&[Kind]]) -> World {
    let mut world = World::new(&Frame::new(), kinds, true, 1);
    for at in 0..kinds.len() {
        visit(&mut world, 0, at);
        world.approve_all(at);
    }
    world
}

fn outcome(world: &World) -> Option<Outcome> {
    let approvals = &world.store.get(0).record.approvals;
    approvals.first().and_then(|it| it.outcome)
}

#[test]
fn the_end_of_an_approval_is_the_one_it_was_first_seen_with() {
    let mut world = world(&[&[Kind::Site]]);
    world.writes = Err("switched off".into());
    visit(&mut world, 0, 0);
    world.pass(EXPIRES - 600);
    world.writes = Ok(());
    // On offer again, with a later end.
    visit(&mut world, 0, 0);
    world.next = Some(How::Busy);
    visit(&mut world, 0, 0);
    world.pass(1_200);
    visit(&mut world, 0, 0);
    assert_eq!(world.azure.accepted.len(), 0);
    assert_eq!(outcome(&world), Some(Outcome::Expired));
}

#[test]
fn what_azure_refuses_is_over_and_not_begun_again() {
    let mut world = world(&[&[Kind::Edit]]);
    world.next = Some(How::Refused);
    visit(&mut world, 0, 0);
    let object = world.store.get(0);
    assert_eq!(outcome(&world), Some(Outcome::Failed));
    assert_eq!(object.record.ledger.epoch, 1);
    rest(&mut world, 1);
    assert_eq!(world.azure.accepted.len(), 0);
}

#[test]
fn a_claim_is_as_young_as_its_write_and_not_as_the_facts_behind_it() {
    let mut world = world(&[&[Kind::Site]]);
    let step = |world: &mut World| world.step(1, false);
    for _ in 0..4 {
        step(&mut world);
    }
    // It has decided to send, and stalls before it claims.
    world.pass(900);
    for _ in 0..2 {
        step(&mut world);
    }
    // It has had its last look. The other must not take its claim for an old one.
    visit(&mut world, 0, 0);
    step(&mut world);
    assert_eq!(world.azure.accepted.len(), 1);
}

#[test]
fn an_operation_that_never_ends_is_judged_by_what_is_there() {
    let never = |takes| How::Taken {
        takes,
        fate: Fate::NeverTells,
        lag: 0,
    };
    let mut started = world(&[&[Kind::Start]]);
    started.next = Some(never(60));
    visit(&mut started, 0, 0);
    rest(&mut started, 1);
    assert_eq!(outcome(&started), Some(Outcome::Settled));
    // One that is at work for ever.
    let mut stuck = world(&[&[Kind::Edit]]);
    stuck.next = Some(never(1_000_000));
    visit(&mut stuck, 0, 0);
    for _ in 0..2 {
        assert_eq!(outcome(&stuck), None);
        stuck.pass(1_900);
        visit(&mut stuck, 0, 0);
    }
    assert_eq!(outcome(&stuck), Some(Outcome::Failed));
}

#[test]
fn nobody_waits_for_ever_for_the_effect_on_a_gateway_that_is_gone() {
    let mut world = world(&[&[Kind::Edit]]);
    visit(&mut world, 0, 0);
    world.pass(30);
    visit(&mut world, 0, 0);
    assert_eq!(outcome(&world), Some(Outcome::Settled));
    world.azure.replace(&gateway(), None);
    visit(&mut world, 0, 0);
    assert!(world.store.get(0).is_verifying());
    world.pass(1_900);
    visit(&mut world, 0, 0);
    let effect = world.store.get(0).record.approvals[0].effect;
    assert_eq!(effect, Some(Effect::CannotTell));
}

#[test]
fn a_plan_that_is_carried_out_is_settled_though_another_of_its_entry_fails() {
    let mut world = world(&[&[Kind::Create, Kind::Edit]]);
    visit(&mut world, 0, 0);
    world.pass(30);
    world.next = Some(How::Refused);
    visit(&mut world, 0, 0);
    let approvals = &world.store.get(0).record.approvals;
    let of = |method: &str| {
        approvals
            .iter()
            .find(|it| it.id.method() == method)
            .unwrap()
            .outcome
    };
    assert_eq!(
        (of("A.3"), of("B.2")),
        (Some(Outcome::Settled), Some(Outcome::Failed))
    );
}

#[test]
fn a_no_to_what_is_not_on_offer_is_a_no_in_history() {
    let mut world = World::new(&Frame::new(), &[&[Kind::Edit]], true, 1);
    visit(&mut world, 0, 0);
    let id = PlanId::typed("B.2-00000000000000000000000000000000");
    world.store.touch(0, |it| {
        it.said.reject.push(id);
        it.said.rejected_by = "zoe".into();
    });
    visit(&mut world, 0, 0);
    let past = world.store.get(0).record.approvals[0].clone();
    assert_eq!(
        (past.decision, past.by.as_str()),
        (Decision::Rejected, "zoe")
    );
    assert_eq!(past.outcome, Some(Outcome::Stale));
}

#[test]
fn an_id_that_still_stands_is_never_dropped_from_history() {
    let mut world = World::new(&Frame::new(), &[&[Kind::Edit]], true, 1);
    visit(&mut world, 0, 0);
    let wrong = |n: u32| PlanId::typed(&format!("B.2-{n:032x}"));
    world.approve(0, wrong(0));
    visit(&mut world, 0, 0);
    for n in 1..=25 {
        world.approve(0, wrong(n));
        visit(&mut world, 0, 0);
        world
            .store
            .touch(0, |it| it.said.approve.retain(|id| *id != wrong(n)));
    }
    let record = &world.store.get(0).record;
    assert!(record.approvals.iter().any(|it| it.id == wrong(0)));
    assert_eq!((record.approvals.len(), record.ledger.epoch), (20, 26));
}

#[test]
fn an_approval_for_a_gateway_that_is_gone_is_void() {
    let mut world = World::new(&Frame::new(), &[&[Kind::Edit]], true, 1);
    world.approve(0, PlanId::typed("B.2-00000000000000000000000000000000"));
    let visitor = Visitor {
        hand: Some(Box::new(world.hand(world.store.get(0), false))),
        ..world.visitor.clone()
    };
    let mut facts = Facts::about(Said::about(gateway()), second(world.now));
    let visit = loop {
        match think(&visitor, &facts) {
            Thought::Decided(visit) => break visit,
            Thought::Needs(all) => all
                .into_iter()
                .for_each(|it| facts.learn(it, Err(Gap::NotFound))),
        }
    };
    let record = visit.deciding.unwrap().record;
    assert_eq!(record.approvals[0].outcome, Some(Outcome::Stale));
    assert!(record.pending.is_empty());
}

#[test]
fn a_try_that_surely_was_not_taken_is_given_back() {
    for kind in [Kind::Edit, Kind::Touch, Kind::Start] {
        let mut world = world(&[&[kind]]);
        for _ in 0..5 {
            world.next = Some(How::Busy);
            visit(&mut world, 0, 0);
            world.pass(10);
        }
        rest(&mut world, 1);
        assert_eq!(outcome(&world), Some(Outcome::Settled), "{kind:?}");
        let entry = world.store.get(0).record.ledger.entry.clone().unwrap();
        assert_eq!((entry.tries, entry.sends.len()), (1, 1), "{kind:?}");
    }
}

#[test]
fn two_that_claim_one_gateway_at_once_give_way_and_both_come_to_an_end() {
    let mut world = world(&[&[Kind::Edit], &[Kind::Count]]);
    (world.minds[0].at, world.minds[1].at) = (0, 1);
    // Both have claimed before either looks again.
    for _ in 0..5 {
        world.step(0, false);
        world.step(1, false);
    }
    for _ in 0..3 {
        world.step(0, false);
        world.step(1, false);
    }
    assert_eq!(world.azure.accepted.len(), 0, "neither may be first");
    rest(&mut world, 2);
    assert_eq!(world.azure.accepted.len(), 2);
    for object in world.store.all() {
        assert_eq!(object.record.approvals[0].outcome, Some(Outcome::Settled));
    }
}

#[test]
fn what_may_have_been_taken_is_not_sent_again_once_the_target_moved() {
    for undone in [true, false] {
        let mut world = world(&[&[Kind::Edit]]);
        world.next = Some(How::LostAfter { takes: 5, lag: 0 });
        visit(&mut world, 0, 0);
        world.pass(10);
        let now = world.now;
        if undone {
            // Somebody does not want it.
            world.azure.outside(&gateway(), now, 0, |it| {
                assert!(path().set(it, &json!("/")));
            });
        }
        rest(&mut world, 1);
        assert_eq!(world.azure.accepted.len(), 1);
        let wanted = if undone {
            Outcome::Drifted
        } else {
            Outcome::Settled
        };
        assert_eq!(outcome(&world), Some(wanted));
    }
}
