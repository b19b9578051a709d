use super::*;
use serde_json::json;

fn content() -> Content {
    Content {
        method: "B.2".into(),
        gateway: ArmId::new("/g"),
        guid: "guid".into(),
        changes: vec![change("/g", "path", "/healthz")],
        needs: vec![],
        overrides: vec![],
        verify: Verify::State,
        undo: vec![],
        rollback: Rollback::Offer,
        writer: "writer".into(),
        guard: "guard".into(),
        owner: "uid".into(),
        epoch: 0,
    }
}

fn change(on: &str, member: &str, after: &str) -> Change {
    let at = Pointer::fields("properties").field(member);
    let edit = Edit {
        at,
        before: json!("/"),
        after: json!(after),
    };
    Change {
        on: ArmId::new(on),
        act: Act::Edit(vec![edit]),
    }
}

#[test]
fn an_id_follows_its_content_and_nothing_else() {
    let id = content().id();
    assert_eq!(id, content().id());
    let text = content().text();
    assert_eq!(Content::read(&text), Some(content()));
    assert_eq!(PlanId::of("B.2", &text), id);
    assert!(
        id.as_str().starts_with("B.2-") && id.as_str().len() == 36,
        "{id}"
    );
    let others: [fn(&mut Content); 10] = [
        |it| it.changes = vec![change("/g", "path", "/other")],
        |it| it.guid.push('x'),
        |it| it.overrides.push("DnsBroken".into()),
        |it| it.verify = Verify::Answers,
        |it| it.undo = vec![change("/g", "path", "/")],
        |it| it.rollback = Rollback::Never,
        |it| it.writer.push('x'),
        |it| it.guard.push('x'),
        |it| it.owner.push('x'),
        |it| it.epoch = 1,
    ];
    for other in others {
        let mut changed = content();
        other(&mut changed);
        assert_ne!(changed.id(), id, "{changed:?}");
    }
}

#[test]
fn keys_are_sorted_however_they_were_put_in() {
    let mut text = String::new();
    canonical(
        &json!({"b": [1, {"d": null, "c": "x\"y"}], "a": true}),
        &mut text,
    );
    assert_eq!(text, r#"{"a":true,"b":[1,{"c":"x\"y","d":null}]}"#);
}

#[test]
fn edits_of_one_document_become_one_write_unless_they_touch_one_place() {
    let with = |changes| Content {
        changes,
        ..content()
    };
    let one = with(vec![change("/g", "path", "/a")]);
    let other = with(vec![change("/G", "host", "h")]);
    let folded = fold([&one, &other]).unwrap();
    assert!(matches!(&folded[..], [Change { act: Act::Edit(edits), .. }] if edits.len() == 2));
    let clash = with(vec![change("/g", "path", "/b")]);
    assert_eq!(fold([&one, &clash]), None);
    let start = Change {
        on: ArmId::new("/g"),
        act: Act::Start,
    };
    assert_eq!(fold([&one, &with(vec![start])]), None);
}

#[test]
fn a_rule_is_locked_by_its_group_and_settings_by_their_site() {
    let key = |id: &str| target(&ArmId::new(id));
    let nsg = "/x/providers/Microsoft.Network/networkSecurityGroups/N";
    assert_eq!(key(&format!("{nsg}/securityRules/r")), nsg.to_lowercase());
    let site = "/x/providers/Microsoft.Web/sites/S";
    assert_eq!(key(&format!("{site}/config/web")), site.to_lowercase());
    assert_eq!(key("/x/applicationGateways/G"), "/x/applicationgateways/g");
}
