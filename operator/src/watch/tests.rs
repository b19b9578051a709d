use super::*;
use futures::FutureExt as _;
use serde_json::{Value, json};

fn object(name: &str, more: &Value) -> Guarded {
    let mut object = json!({
        "metadata": {"name": name, "namespace": "edge", "uid": format!("uid-{name}"), "generation": 1},
        "spec": {"gateway": {"resourceId": "/subscriptions/s"}},
    });
    for (field, value) in more.as_object().unwrap() {
        object["metadata"][field] = value.clone();
    }
    serde_json::from_value(object).unwrap()
}

struct Desk {
    watches: Watches,
    turns: Turns<Key>,
}

impl Desk {
    fn new() -> Self {
        Self {
            watches: Watches::new(&[]),
            turns: Turns::new(100, 100),
        }
    }
    fn hear(&mut self, event: Event<Guarded>) -> Heard {
        self.watches.hear((0, event), &self.turns)
    }
    fn list(&mut self, objects: &[Guarded]) -> Heard {
        self.hear(Event::Init);
        for object in objects {
            self.hear(Event::InitApply(object.clone()));
        }
        self.hear(Event::InitDone)
    }
    /// Names of those woken since, in order.
    fn woken(&self) -> Vec<String> {
        let next = || self.turns.next().now_or_never().flatten();
        let names = std::iter::from_fn(next).map(|seat| seat.key().name.clone());
        names.collect()
    }
}

#[tokio::test]
async fn nobody_is_woken_before_the_list_is_complete() {
    let mut desk = Desk::new();
    desk.hear(Event::Init);
    desk.hear(Event::InitApply(object("a", &json!({}))));
    assert_eq!(desk.woken(), [""; 0]);
    assert!(!desk.watches.complete());
    assert_eq!(desk.hear(Event::InitDone), Heard::Listed(1, vec![]));
    assert!(desk.watches.complete());
    assert_eq!(desk.woken(), ["a"]);
    let key = Key::from_obj(&object("a", &json!({})));
    assert!(desk.watches.stores().get(&key).is_some());
}

#[tokio::test]
async fn a_new_list_wakes_what_changed_and_tells_what_is_gone() {
    let mut desk = Desk::new();
    let all = ["a", "b", "c", "d"].map(|name| object(name, &json!({})));
    desk.list(&all);
    desk.woken();
    let again = [
        object("a", &json!({"generation": 2})),
        object("b", &json!({"labels": {"x": "y"}, "resourceVersion": "9"})),
        object("c", &json!({"uid": "another"})),
        object("e", &json!({})),
    ];
    let gone = |heard| match heard {
        Heard::Listed(4, mut gone) => {
            gone.sort();
            gone
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(gone(desk.list(&again)), ["uid-c", "uid-d"]);
    assert_eq!(desk.woken(), ["a", "c", "e"]);
}

#[tokio::test]
async fn our_annotations_wake_and_other_peoples_do_not() {
    let mut desk = Desk::new();
    desk.list(&[object("a", &json!({}))]);
    desk.woken();
    for (annotations, woken) in [
        (
            json!({"kubectl.kubernetes.io/last-applied-configuration": "{}"}),
            &[][..],
        ),
        (json!({"appgwdiag.dev/run-now": "1"}), &["a"]),
        (json!({"appgwdiag.dev/run-now": "1", "argocd/x": "y"}), &[]),
        (json!({"appgwdiag.dev/paused": "x"}), &["a"]),
        (json!({}), &["a"]),
    ] {
        desk.hear(Event::Apply(object(
            "a",
            &json!({"annotations": annotations}),
        )));
        assert_eq!(desk.woken(), woken, "{annotations}");
    }
}

#[tokio::test]
async fn a_run_now_is_pressing_and_a_deletion_ends_everything() {
    let mut desk = Desk::new();
    desk.turns = Turns::new(1, 1);
    desk.list(&["a", "b", "c"].map(|name| object(name, &json!({}))));
    desk.hear(Event::Apply(object(
        "c",
        &json!({"annotations": {"appgwdiag.dev/run-now": "1"}}),
    )));
    let first = desk.turns.next().await.unwrap();
    assert_eq!(first.key().name, "c");
    assert_eq!(
        desk.hear(Event::Delete(object("a", &json!({})))),
        Heard::Gone(vec!["uid-a".into()])
    );
    assert_eq!(desk.woken(), ["b"]);
}

#[tokio::test]
async fn an_object_that_becomes_readable_or_no_longer_is_is_looked_at() {
    let mut desk = Desk::new();
    desk.list(&[object("a", &json!({}))]);
    desk.woken();
    let odd = json!({"metadata": {"name": "a", "namespace": "edge", "uid": "uid-a", "generation": 1}, "spec": 7});
    let odd: Guarded = serde_json::from_value(odd).unwrap();
    assert!(odd.0.is_err());
    desk.hear(Event::Apply(odd.clone()));
    assert_eq!(desk.woken(), ["a"]);
    desk.hear(Event::Apply(odd));
    assert_eq!(desk.woken(), [""; 0]);
    desk.hear(Event::Apply(object("a", &json!({}))));
    assert_eq!(desk.woken(), ["a"]);
}

#[test]
fn after_an_outage_of_whatever_length_we_are_back_within_ten_seconds() {
    let longest = Patience::default().take(50).max().unwrap();
    assert!(2 * longest < Duration::from_secs(10), "{longest:?}");
}
