//! Resolution C: let the platform reach the gateway's instances.
use super::{
    Method,
    Reach::Executable,
    a_reachability::{
        admission::Admission,
        rules::{Rules, title},
    },
};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk},
    facts::{
        Blocked,
        gateway::{Gateway, Generation},
        network::Home,
    },
    id::{ArmId, Letter::C, Subject},
    nsg::{Deciding, Direction, End, Flow, Outcome},
    plan::{Change, Need},
    report::Finding,
    view::View,
};
use serde_json::{Value, json};

pub(super) static METHODS: [Method; 1] = [Method {
    id: "C.1",
    letter: C,
    reach: Executable,
    title: "Let the platform's management traffic in",
    changes: "One new inbound rule on the NSG of the gateway's subnet, from GatewayManager to any destination on the management ports of the gateway's platform.",
    article: "The article takes any number that is free and the ports of v2. Behind the rule that blocks, an Allow does nothing: the number has to be below that one's. v1 has ports of its own, and the load balancer's probes need their rule too.",
    draft: admit,
}];

const FIELD: &str = "spec.inputs.C.rulePriority";

/// What the platform sends to the gateway's subnet.
struct Platform {
    tag: &'static str,
    end: End,
    name: &'static str,
    protocol: &'static str,
    /// Everything, or the management ports alone.
    all_ports: bool,
}

fn platforms() -> [Platform; 2] {
    [
        Platform {
            tag: "GatewayManager",
            end: End::GatewayManager,
            name: "allow-appgw-management",
            protocol: "Tcp",
            all_ports: false,
        },
        Platform {
            tag: "AzureLoadBalancer",
            end: End::AzureLoadBalancer,
            name: "allow-azure-load-balancer",
            protocol: "*",
            all_ports: true,
        },
    ]
}

fn flow(home: &Home, of: &Platform, ports: (u16, u16)) -> Flow {
    let prefixes = home.subnet.prefixes.iter();
    Flow {
        source: of.end.clone(),
        // The platform comes over IPv4, also where the subnet has both.
        destination: prefixes
            .filter(|net| net.addr().is_ipv4())
            .copied()
            .collect(),
        destination_asgs: Some(vec![]),
        ports,
        space: home.space(),
    }
}

fn admit(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    if finding.id != "nsg-blocks-management" {
        return Ok(vec![]);
    }
    let (gateway, home) = (case.gateway()?, case.view.home()?);
    let Some(nsg) = &home.subnet.nsg else {
        return Ok(vec![]);
    };
    let ports = gateway.generation().management_ports();
    let group = case.view.group(nsg, Direction::Inbound)?;
    let mut blocked = vec![];
    for platform in platforms() {
        if let Outcome::Denied(by) | Outcome::Partly(by) =
            group.decide(&flow(home, &platform, ports)).outcome
        {
            blocked.push((platform, by));
        }
    }
    if blocked.is_empty() {
        return Ok(vec![]);
    }
    let (mut facts, mut plan) = (case.view.facts.clone(), Plan::default());
    plan.given = case.inputs().management_priority;
    for (platform, by) in &blocked {
        let rules = Rules::of(&facts, nsg, Direction::Inbound)?;
        let change = plan.add(rules, platform, by, ports)?;
        facts = facts.supposing(std::slice::from_ref(&change));
        plan.changes.push(change);
    }
    let others = Rules::of(case.view.facts, nsg, Direction::Inbound)?.guards();
    if others.len() > 1 {
        let (name, all) = (nsg.name(), others.join(", "));
        plan.effects.push(format!(
            "{name} stands before {all}, and the rule is for any destination"
        ));
    }
    let draft = Draft {
        needs: plan.needs,
        effects: plan.effects,
        checks: plan.checks,
        az: plan.az,
        ..made(case, gateway, nsg, &blocked_by(&blocked), plan.changes)
    };
    let draft = match plan.refused {
        Some(why) => draft.withheld(Reason::NeedsInput, why),
        None => draft,
    };
    let draft = isolated(gateway, noticed(gateway, draft));
    Ok(vec![tried(case, home, nsg, ports, draft)?])
}

/// A plan as it grows, one rule after the other.
#[derive(Default)]
struct Plan {
    changes: Vec<Change>,
    needs: Vec<Need>,
    effects: Vec<String>,
    checks: Vec<String>,
    az: Vec<String>,
    /// The number that a person gave is for the first rule; a second one comes right where it is free.
    given: Option<i64>,
    refused: Option<String>,
}

impl Plan {
    fn add(
        &mut self,
        rules: Rules<'_>,
        platform: &Platform,
        by: &Deciding,
        ports: (u16, u16),
    ) -> Result<Change, Blocked> {
        let (group, rule, limit) = (rules.id.name(), &by.rule, by.priority);
        let given = self.given.take();
        let late = |it: i64| {
            (it >= limit).then(|| {
                format!(
                    "{FIELD}: {it} is not below {limit}, the number of {group}/{rule}: behind it an Allow does nothing"
                )
            })
        };
        let wrong = given.and_then(|it| rules.refused(FIELD, it, "").or_else(|| late(it)));
        let Some(priority) = given.or_else(|| rules.below(limit)) else {
            let why = format!(
                "{group}: no number below {limit}, that of {rule}, is free: {rule} or a rule before it has to move first"
            );
            return Err(Blocked::Unclear(why));
        };
        if wrong.is_none() {
            self.checks.push(format!(
                "{group}: priority {priority} (Inbound) is free, and below {limit}, that of {rule}"
            ));
        }
        self.refused = self.refused.take().or(wrong);
        let admitted = if platform.all_ports {
            "*".to_owned()
        } else {
            format!("{}-{}", ports.0, ports.1)
        };
        let admission = Admission {
            name: rules.free_name(platform.name)?,
            priority,
            direction: Direction::Inbound,
            protocol: platform.protocol,
            from: vec![platform.tag.to_owned()],
            to: vec!["*".to_owned()],
            ports: vec![admitted],
        };
        self.needs.push(rules.unnamed(&admission.name));
        self.needs.push(rules.unused(priority, &admission.name));
        if let Some(deny) = rules.named(rule) {
            let now = deny.pointer("/properties/priority").cloned();
            let now = now.unwrap_or(Value::Null);
            self.needs.push(rules.still(title(deny), "priority", now));
            self.needs
                .push(rules.still(title(deny), "access", json!("Deny")));
        }
        self.effects.push(format!(
            "admits {} through {group}, from Azure's own services only; no rule of the group changes",
            admission.words()
        ));
        self.az.push(admission.az(rules.id));
        let child = rules.child(&admission.name);
        Ok(Change::create(&child, admission.document()))
    }
}

fn blocked_by(blocked: &[(Platform, Deciding)]) -> String {
    let all = blocked.iter();
    let all = all.map(|(platform, by)| format!("{} (dropped by {})", platform.tag, by.rule));
    all.collect::<Vec<_>>().join(" and ")
}

fn made(
    case: &Case<'_, '_>,
    gateway: Gateway<'_>,
    nsg: &ArmId,
    whom: &str,
    changes: Vec<Change>,
) -> Draft {
    let pairs = gateway.pairs_in_use();
    let setting = pairs.first().map(|it| match it {
        Subject::Pair { setting, .. } => setting.clone(),
        _ => String::new(),
    });
    let names = pairs.iter().map(ToString::to_string).collect();
    let verify = case.by_health(names, &setting.unwrap_or_default());
    let title = format!(
        "Let {whom} through {} to the gateway's instances",
        nsg.name()
    );
    Draft::new(title, changes, verify).risk(Risk::Low)
}

/// What is to be said of the platform that the gateway runs on.
fn noticed(gateway: Gateway<'_>, draft: Draft) -> Draft {
    match gateway.generation() {
        Generation::V1 => draft.effect(
            "the v1 platform was retired on 2026-04-28 and has no support: the rule opens its ports, and the way on is to migrate to v2",
        ),
        Generation::Unknown => draft.effect(
            "the tier of the gateway is not known here: the ports are those of the current platform",
        ),
        Generation::V2 => draft,
    }
}

/// A private gateway in a network that is isolated needs no such rule.
fn isolated(gateway: Gateway<'_>, draft: Draft) -> Draft {
    if gateway.is_isolated() {
        draft.withheld(
            Reason::EvidenceTooWeak,
            "an isolated private gateway (tag EnhancedNetworkControl) needs no management rule",
        )
    } else if !gateway.is_public() {
        draft.withheld(
            Reason::EvidenceTooWeak,
            "the gateway has no public front end: an isolated private gateway needs no management rule, and its document does not say whether it is one",
        )
    } else {
        draft
    }
}

/// Whether the platform gets in with the change supposed.
fn tried(
    case: &Case<'_, '_>,
    home: &Home,
    nsg: &ArmId,
    ports: (u16, u16),
    mut draft: Draft,
) -> Result<Draft, Blocked> {
    let facts = case.view.facts.supposing(&draft.changes);
    let view = View::new(&facts, case.view.visitor);
    let group = view.group(nsg, Direction::Inbound)?;
    let (low, high) = ports;
    for platform in platforms() {
        let tag = platform.tag;
        let line = match group.decide(&flow(home, &platform, ports)).outcome {
            Outcome::Allowed(by) => format!(
                "{tag} reaches ports {low}-{high} with the change, by {} ({})",
                by.rule, by.priority
            ),
            Outcome::Denied(by) | Outcome::Partly(by) => {
                let why = format!("not enough: {} would still drop {tag}", by.rule);
                draft = draft.withheld(Reason::EvidenceTooWeak, why.clone());
                why
            }
            Outcome::Unclear(why) => format!("whether {tag} gets in cannot be told: {why}"),
        };
        draft = draft.check(line);
    }
    Ok(draft)
}
