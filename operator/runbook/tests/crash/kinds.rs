//! Every kind of write, each with a fault that it mends.
use appgw_runbook::{
    id::ArmId,
    offer::{Offer, Terms, shown},
    plan::{Act, Change, Content, Edit, Need, Pointer, Rollback, Verify},
    resolutions::find,
};
use serde_json::{Value, json};
use std::sync::OnceLock;

const GROUP: &str = "/subscriptions/s/resourceGroups/rg/providers";
pub(crate) const GUID: &str = "guid-1";

fn kept(id: &OnceLock<ArmId>, tail: &str) -> ArmId {
    id.get_or_init(|| ArmId::new(&format!("{GROUP}/{tail}")))
        .clone()
}
pub(crate) fn gateway() -> ArmId {
    static ID: OnceLock<ArmId> = OnceLock::new();
    kept(&ID, "Microsoft.Network/applicationGateways/shop")
}
pub(crate) fn nsg() -> ArmId {
    static ID: OnceLock<ArmId> = OnceLock::new();
    kept(&ID, "Microsoft.Network/networkSecurityGroups/nsg")
}
/// Of the three that there are.
pub(crate) fn rule(name: &str) -> ArmId {
    static IDS: [OnceLock<ArmId>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    let at = match name {
        "allow" => 0,
        "moved" => 1,
        _ => 2,
    };
    let tail = format!("Microsoft.Network/networkSecurityGroups/nsg/securityRules/{name}");
    kept(&IDS[at], &tail)
}
pub(crate) fn site() -> ArmId {
    static ID: OnceLock<ArmId> = OnceLock::new();
    kept(&ID, "Microsoft.Web/sites/app/config/web")
}

/// A way to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// PUT of the gateway with a value replaced.
    Edit,
    /// The same elsewhere in the gateway.
    Count,
    /// The place of `Edit`, another value.
    Clash,
    /// PUT of a rule that is not there.
    Create,
    /// PUT of a rule with a value replaced.
    Alter,
    /// DELETE of a rule.
    Delete,
    /// POST.
    Start,
    /// PUT of the gateway as it stands.
    Touch,
    /// PATCH of an App Service.
    Site,
}
use Kind::{Alter, Clash, Count, Create, Delete, Edit as Put, Site, Start, Touch};

impl Kind {
    /// Of which each may be the only one of an object.
    pub(crate) const SINGLE: [Self; 7] = [Put, Create, Alter, Delete, Start, Touch, Site];

    pub(crate) fn method(self) -> &'static str {
        match self {
            Put => "B.2",
            Count => "H.2",
            Clash => "B.1",
            Create => "A.3",
            Alter => "A.2",
            Delete => "A.1",
            Start => "G.1",
            Touch => "G.2",
            Site => "I.3",
        }
    }
    pub(crate) fn target(self) -> ArmId {
        match self {
            Create => rule("allow"),
            Alter => rule("moved"),
            Delete => rule("deny"),
            Site => site(),
            Put | Count | Clash | Start | Touch => gateway(),
        }
    }
    pub(crate) fn has_undo(self) -> bool {
        !matches!(self, Start | Touch)
    }
    pub(crate) fn change(self) -> Change {
        let edit = |at: Pointer, before: Value, after: Value| vec![Edit { at, before, after }];
        match self {
            Put => Change::edit(&gateway(), edit(path(), json!("/"), json!("/healthz"))),
            Clash => Change::edit(&gateway(), edit(path(), json!("/"), json!("/other"))),
            Count => {
                let at = Pointer::fields("properties/sku/capacity");
                Change::edit(&gateway(), edit(at, json!(2), json!(4)))
            }
            Create => Change::create(&rule("allow"), document("allow", 199, "Allow")),
            Alter => {
                let at = Pointer::fields("properties/priority");
                Change::edit(&rule("moved"), edit(at, json!(300), json!(400)))
            }
            Delete => Change {
                on: rule("deny"),
                act: Act::Delete(document("deny", 200, "Deny")),
            },
            Start => Change {
                on: gateway(),
                act: Act::Start,
            },
            Touch => Change {
                on: gateway(),
                act: Act::Touch,
            },
            Site => {
                let at = Pointer::fields("properties/ipSecurityRestrictions");
                let after = json!([{"name": "gateway", "action": "Allow"}]);
                Change::edit(&site(), edit(at, Value::Null, after))
            }
        }
    }
    /// The plan, under these terms.
    pub(crate) fn content(self, terms: &Terms) -> Content {
        let change = self.change();
        let is = |member: &str, value: &str| Need::Is {
            of: gateway(),
            at: Pointer::fields("properties").field(member),
            value: json!(value),
        };
        let mut needs = vec![is("resourceGuid", GUID)];
        if matches!(self, Put | Count | Clash | Touch) {
            needs.push(is("operationalState", "Running"));
        }
        if self == Create {
            needs.push(Need::Free {
                of: nsg(),
                direction: "Inbound".into(),
                priority: 199,
                but: "allow".into(),
            });
        }
        Content {
            method: self.method().into(),
            gateway: gateway(),
            guid: GUID.into(),
            undo: change.reversed().into_iter().collect(),
            changes: vec![change],
            needs,
            overrides: vec![],
            verify: match self {
                Put | Count | Start | Touch => Verify::State,
                _ => Verify::Answers,
            },
            rollback: Rollback::Offer,
            writer: terms.writer.clone(),
            guard: terms.guard.clone().unwrap_or_default(),
            owner: terms.owner.clone(),
            epoch: terms.epoch,
        }
    }
    pub(crate) fn offer(self, terms: &Terms) -> Offer {
        let method = find(self.method()).unwrap();
        shown(self.content(terms), method, terms, None)
    }
}

pub(crate) fn path() -> Pointer {
    let probe = Pointer::fields("properties/probes").named("p");
    probe.field("properties/path")
}

pub(crate) fn document(name: &str, priority: i64, access: &str) -> Value {
    json!({"name": name, "properties": {"priority": priority, "direction": "Inbound", "access": access,
        "protocol": "*", "sourceAddressPrefix": "*", "destinationAddressPrefix": "*",
        "destinationPortRange": "*", "sourcePortRange": "*"}})
}

/// What there is before anything is mended; `Start` and `Touch` have a gateway of their own.
pub(crate) fn documents(kinds: &[Kind]) -> Vec<(ArmId, Value)> {
    let running = if kinds.contains(&Start) {
        "Stopped"
    } else {
        "Running"
    };
    let state = if kinds.contains(&Touch) {
        "Failed"
    } else {
        "Succeeded"
    };
    let shop = json!({"id": gateway().as_str(), "name": "shop", "properties": {"provisioningState": state,
        "operationalState": running, "resourceGuid": GUID, "notes": 0, "sku": {"capacity": 2},
        "probes": [{"name": "p", "properties": {"path": "/"}}]}});
    let app = json!({"name": "web", "properties": {"notes": 0}});
    vec![
        (gateway(), shop),
        (rule("deny"), document("deny", 200, "Deny")),
        (rule("moved"), document("moved", 300, "Allow")),
        (site(), app),
    ]
}
