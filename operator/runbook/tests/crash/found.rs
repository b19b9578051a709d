//! What schedules have found, each as the shortest story that shows it.
use crate::{
    azure::How,
    kinds::Kind,
    random::{rest, visit},
    world::{EXPIRES, Frame, World},
};
use appgw_runbook::approval::Outcome;

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
