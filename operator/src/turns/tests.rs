use super::*;
use futures::{FutureExt, future::join};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn now_or_never(turns: &Turns<u32>) -> Option<Seat<u32>> {
    turns.next().now_or_never().flatten()
}

#[tokio::test]
async fn who_waited_first_is_next() {
    let turns = Turns::new(1, 1);
    for key in [3, 1, 2] {
        turns.wake(&key, Lane::Routine);
    }
    for key in [3, 1, 2] {
        assert_eq!(*turns.next().await.unwrap().key(), key);
    }
}

#[tokio::test]
async fn a_run_now_does_not_wait_for_routine_visits_nor_they_for_it() {
    let turns = Turns::new(1, 1);
    for key in 0..10 {
        turns.wake(&key, Lane::Routine);
    }
    let busy = turns.next().await.unwrap();
    turns.wake(&9, Lane::Pressing);
    let pressing = turns.next().await.unwrap();
    assert_eq!((*busy.key(), *pressing.key()), (0, 9));
    turns.wake(&8, Lane::Pressing);
    drop(busy);
    assert_eq!(
        *turns.next().await.unwrap().key(),
        1,
        "pressing lane is full, routine goes on"
    );
    drop(pressing);
    assert_eq!(*turns.next().await.unwrap().key(), 8);
    let rest: Vec<u32> =
        std::iter::from_fn(|| now_or_never(&turns).map(|seat| *seat.key())).collect();
    assert_eq!(rest, [2, 3, 4, 5, 6, 7], "8 and 9 had their visit");
}

#[tokio::test]
async fn events_during_a_visit_lead_to_one_more_visit() {
    let turns = Turns::new(4, 4);
    turns.wake(&1, Lane::Routine);
    turns.wake(&1, Lane::Routine);
    let visit = turns.next().await.unwrap();
    for _ in 0..3 {
        turns.wake(&1, Lane::Routine);
    }
    assert!(
        now_or_never(&turns).is_none(),
        "one turn an object at a time"
    );
    drop(visit);
    drop(turns.next().await.unwrap());
    assert!(now_or_never(&turns).is_none());
    assert!(
        turns.0.book().entries.is_empty(),
        "nothing to know, nothing kept"
    );
}

#[tokio::test(start_paused = true)]
async fn a_timer_wakes_once_and_the_last_one_set_counts() {
    let turns = Turns::new(1, 1);
    let start = Instant::now();
    turns.wake_at(&1, start + SECOND);
    turns.wake_at(&1, start + 5 * SECOND);
    turns.wake_at(&2, start + 3 * SECOND);
    let second = turns.next().await.unwrap();
    assert_eq!((*second.key(), second.timed()), (2, true));
    drop(second);
    assert_eq!(start.elapsed(), 3 * SECOND);
    turns.wake_at(&3, start + 9 * SECOND);
    turns.forget(&3);
    assert_eq!(*turns.next().await.unwrap().key(), 1);
    assert_eq!(start.elapsed(), 5 * SECOND);
    assert!(turns.0.book().timers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_visit_for_another_reason_makes_the_timer_pointless() {
    let turns = Turns::new(1, 1);
    turns.wake_at(&1, Instant::now() + SECOND);
    turns.wake(&1, Lane::Routine);
    assert!(!turns.next().await.unwrap().timed());
    tokio::time::sleep(2 * SECOND).await;
    assert!(now_or_never(&turns).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_permit_is_given_back_while_a_visit_rests_and_is_its_again_before_newcomers_get_it() {
    let turns = Turns::new(1, 1);
    for key in 1..=3 {
        turns.wake(&key, Lane::Routine);
    }
    let first = turns.next().await.unwrap();
    let resting = tokio::spawn(async move {
        first.turn().rest(tokio::time::sleep(SECOND)).await;
        first
    });
    let second = turns.next().await.unwrap();
    assert_eq!(*second.key(), 2, "the first one rests");
    tokio::time::sleep(2 * SECOND).await;
    assert!(!resting.is_finished(), "back, and waits for a permit");
    drop(second);
    assert!(now_or_never(&turns).is_none(), "the newcomer comes after");
    let first = resting.await.unwrap();
    drop(first);
    assert_eq!(*turns.next().await.unwrap().key(), 3);
}

#[tokio::test(start_paused = true)]
async fn parts_of_one_visit_rest_side_by_side() {
    let turns = Turns::new(1, 1);
    turns.wake(&1, Lane::Routine);
    let seat = turns.next().await.unwrap();
    let rest = |seconds| seat.turn().rest(tokio::time::sleep(seconds * SECOND));
    tokio::time::timeout(10 * SECOND, join(join(rest(1), rest(1)), rest(3)))
        .await
        .expect("two that come back at once share the one permit");
    assert!(turns.0.pools[1].0.try_acquire().is_err(), "and hold it");
    drop(seat);
    assert!(turns.0.pools[1].0.try_acquire().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_visit_dropped_while_it_rests_or_comes_back_loses_no_permit() {
    let turns = Turns::new(1, 1);
    turns.wake(&1, Lane::Routine);
    turns.wake(&2, Lane::Routine);
    let first = turns.next().await.unwrap();
    let mut resting = Box::pin(async move {
        first.turn().rest(tokio::time::sleep(SECOND)).await;
        first
    });
    assert!((&mut resting).now_or_never().is_none());
    let second = turns.next().await.unwrap();
    tokio::time::sleep(2 * SECOND).await;
    assert!(
        (&mut resting).now_or_never().is_none(),
        "in the semaphore's queue"
    );
    drop(resting);
    drop(second);
    assert!(turns.0.pools[1].0.try_acquire().is_ok());
}

#[tokio::test]
async fn after_closing_there_are_no_turns() {
    let turns = Turns::new(1, 1);
    turns.wake(&1, Lane::Routine);
    turns.close();
    assert!(turns.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn resting_visits_are_bounded() {
    let turns = Turns::new(1, 1);
    for key in 0..100 {
        turns.wake(&key, Lane::Routine);
    }
    let mut under_way = Vec::new();
    while let Some(seat) = now_or_never(&turns) {
        seat.turn().give_back();
        under_way.push(seat);
    }
    assert_eq!(under_way.len(), UNDER_WAY_PER_PERMIT);
    under_way.clear();
    assert!(now_or_never(&turns).is_some());
}

/// 10,000 objects that want twice what the workers can do, for 1,000 virtual seconds; a person asks
/// for something every seven seconds.
#[tokio::test(start_paused = true)]
async fn nobody_starves_at_twice_the_load() {
    const OBJECTS: u32 = 10_000;
    const WORKERS: u32 = 64;
    let turns = Turns::new(WORKERS as usize, 4);
    let interval = SECOND * OBJECTS / (2 * WORKERS); // each visit takes a second
    let start = Instant::now();
    let end = start + 1_000 * SECOND;
    for key in 0..OBJECTS {
        turns.wake(&key, Lane::Routine);
    }
    let visitor = tokio::spawn({
        let turns = turns.clone();
        async move {
            for asked in 0.. {
                tokio::time::sleep(7 * SECOND).await;
                turns.wake(&(OBJECTS + asked), Lane::Pressing);
            }
        }
    });
    let mut visits = vec![0_u32; OBJECTS as usize];
    let (mut pressing, mut slowest) = (0_u32, Duration::ZERO);
    while let Ok(seat) = tokio::time::timeout_at(end, turns.next()).await {
        let seat = seat.unwrap();
        if let Some(count) = visits.get_mut(*seat.key() as usize) {
            *count += 1;
        } else {
            let asked = start + 7 * SECOND * (*seat.key() - OBJECTS + 1);
            (pressing, slowest) = (pressing + 1, slowest.max(asked.elapsed()));
        }
        let turns = turns.clone();
        tokio::spawn(async move {
            tokio::time::sleep(SECOND).await;
            if *seat.key() < OBJECTS {
                turns.wake_at(seat.key(), Instant::now() + interval);
            }
            drop(seat);
        });
    }
    visitor.abort();
    let (most, fewest) = (*visits.iter().max().unwrap(), *visits.iter().min().unwrap());
    println!(
        "visits of an object: {fewest} to {most}; run-now: {pressing}, slowest start {slowest:?}"
    );
    assert!(
        fewest > 0 && f64::from(most) / f64::from(fewest) <= 1.5,
        "{fewest} to {most}"
    );
    assert!(
        pressing >= 140 && slowest < Duration::from_millis(10),
        "{pressing}, {slowest:?}"
    );
}
