//! From findings to plans on offer: every method of every letter, weighed, with its id.
use crate::{
    cautions::{self, weigh, writes_gateway},
    draft::{Case, Draft, Reason, Risk},
    facts::{Blocked, Query, json::text},
    id::Letter,
    path::words,
    plan::{Content, Need, PlanId, Pointer, Rollback, Verify, changes},
    report::{Confidence, Finding},
    resolutions::{LETTERS, Method, Reach, of},
    view::View,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// What holds of the whole installation and object when plans are offered: nothing of it changes what is
/// shown, only what may be approved. `owner`, `epoch`, `guard`, `writer` and `rollback` are part of each id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// `metadata.uid`.
    pub owner: String,
    /// `status.ledger.epoch`.
    pub epoch: u64,
    /// Identity of the admission guard, or why there is none in force.
    pub guard: Result<String, String>,
    /// Why the guard, though there, does not count yet: it takes the API server a moment to begin.
    pub settling: Option<String>,
    /// Identity that writes.
    pub writer: String,
    /// `spec.rollback`.
    pub rollback: Rollback,
    /// `spec.mode` is `Review`.
    pub review: bool,
    /// `spec.allowedResolutions`.
    pub letters: BTreeSet<Letter>,
    /// Letters that the installation allows.
    pub allowed: BTreeSet<Letter>,
    /// The installation writes, and its kill switch is off.
    pub writes: Result<(), String>,
    /// The installation allows plans that delete.
    pub deletes: bool,
    /// Why nothing new may begin, if so: paused, suspended.
    pub paused: Option<String>,
    /// What else is under way on the same gateway, group or site, by its key: `target: who`.
    pub others: Vec<(String, String)>,
}

impl Terms {
    /// Without a cluster: plans are shown and nothing can be approved.
    pub fn shown() -> Self {
        Self {
            owner: String::new(),
            epoch: 0,
            guard: Ok(String::new()),
            settling: None,
            writer: String::new(),
            rollback: Rollback::Offer,
            review: false,
            letters: BTreeSet::new(),
            allowed: LETTERS.into_iter().collect(),
            writes: Err("without a cluster nothing is written".into()),
            deletes: false,
            paused: None,
            others: vec![],
        }
    }
}

/// A plan as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Its id: what an approval quotes.
    pub id: PlanId,
    /// What the id stands for.
    pub content: Content,
    /// The resolution.
    pub letter: Letter,
    /// Who can do it.
    pub reach: Reach,
    /// In a few words.
    pub title: String,
    /// Why it cannot be approved now.
    pub withheld: Option<(Reason, String)>,
    /// What changes, as lines.
    pub changes: Vec<String>,
    /// What else comes of it.
    pub effects: Vec<String>,
    /// What was tried beforehand.
    pub checks: Vec<String>,
    /// How it will be seen whether it helped.
    pub verify: Vec<String>,
    /// The way back, as lines.
    pub undo: Vec<String>,
    /// What can go wrong.
    pub risk: Risk,
    /// The same as commands of the Azure CLI.
    pub az: Vec<String>,
}

impl Offer {
    /// It waits for a decision.
    pub fn is_open(&self) -> bool {
        self.reach == Reach::Executable && self.withheld.is_none()
    }
}

/// Bytes of a plan's content. It stands in the object twice, once as a plan and once as an entry.
const CONTENT: usize = 8_192;
/// Bytes of the contents of all plans that can be approved.
const ALL: usize = 10_240;
/// Lines and characters of what is shown of a plan that can be approved: none may be cut.
const LINES: usize = 20;
const LINE: usize = 1_000;
/// Plans shown.
const OFFERS: usize = 12;

/// All plans for what was found, those that can be approved first.
pub(crate) fn offers(
    view: &View<'_>,
    findings: &[Finding],
    terms: &Terms,
) -> Result<Vec<Offer>, BTreeSet<Query>> {
    if view.gateway().is_err() {
        return Ok(vec![]);
    }
    let case = Case { view, findings };
    let (mut all, mut needs) = (Vec::<Offer>::new(), BTreeSet::new());
    for finding in findings {
        for method in methods(finding) {
            match (method.draft)(&case, finding) {
                Ok(drafts) => {
                    for draft in drafts {
                        match offer(&case, finding, method, draft, terms) {
                            Ok(offer) => add(&mut all, offer),
                            Err(Blocked::Ask(more)) => needs.extend(more),
                            Err(blocked) => {
                                add(&mut all, missing(&case, finding, method, &blocked, terms));
                            }
                        }
                    }
                }
                Err(Blocked::Ask(more)) => needs.extend(more),
                Err(blocked) => add(&mut all, missing(&case, finding, method, &blocked, terms)),
            }
        }
    }
    if !needs.is_empty() {
        return Err(needs);
    }
    all.sort_by_key(|it| {
        (
            !it.is_open(),
            it.reach != Reach::Executable,
            rank(&it.content.method),
        )
    });
    all.truncate(OFFERS);
    // All that can be approved is shown whole, so that all of it together has to fit.
    let mut room = ALL;
    for offer in all.iter_mut().filter(|it| it.is_open()) {
        let size = offer.content.text().len();
        if let Some(left) = room.checked_sub(size) {
            room = left;
        } else {
            let why = "the plans before it take the room that there is: decide on those first";
            offer.withheld = Some((Reason::TooLarge, why.into()));
        }
    }
    Ok(all)
}

/// The methods of the letter that a finding leads to. A request that is refused as such may be plain HTTP on a TLS
/// port, which another letter mends.
fn methods(finding: &Finding) -> impl Iterator<Item = &'static Method> {
    let other = ["probe-status", "default-probe-status"]
        .contains(&finding.id)
        .then_some(Letter::F);
    finding.letter.into_iter().chain(other).flat_map(of)
}

/// Two findings may ask for the very same change.
fn add(all: &mut Vec<Offer>, offer: Offer) {
    if all.iter().all(|known| known.id != offer.id) {
        all.push(offer);
    }
}

/// Allow before the Deny, before touching the Deny; what heals before what is hygiene.
fn rank(method: &str) -> u8 {
    match method {
        "A.4" | "I.1" | "I.3" => 1,
        "A.2" => 2,
        "A.1" => 3,
        "A.5" => 4,
        _ => 0,
    }
}

fn offer(
    case: &Case<'_, '_>,
    finding: &Finding,
    method: &Method,
    draft: Draft,
    terms: &Terms,
) -> Result<Offer, Blocked> {
    let weighed = if draft.changes.is_empty() {
        cautions::Weighed {
            held: None,
            overrides: vec![],
            effects: vec![],
        }
    } else {
        weigh(case, &draft)?
    };
    let weak = finding.confidence == Confidence::Inconclusive && !draft.stands_alone;
    let weak = (weak && method.reach == Reach::Executable).then(|| {
        let why = format!("{} is a hint and no more: {}", finding.id, finding.says);
        (Reason::EvidenceTooWeak, why)
    });
    let mut content = bare(case, method.id, terms);
    content.needs = needs(case, &draft);
    content.verify = draft.verify.clone();
    content.overrides = weighed
        .overrides
        .iter()
        .map(|it| it.as_str().to_owned())
        .collect();
    if terms.rollback != Rollback::Never {
        content.undo.clone_from(&draft.undo);
    }
    content.changes.clone_from(&draft.changes);
    let held = draft.withheld.clone().or(weighed.held).or(weak);
    let mut offer = shown(content, method, terms, held);
    offer.title = draft.title;
    offer.effects = [draft.effects, weighed.effects].concat();
    offer.checks = draft.checks;
    offer.az = draft.az;
    offer.risk = draft.risk;
    if offer.is_open() && is_too_large(&offer) {
        let why =
            "it does not fit into the object, and no part of an approvable plan may be left out";
        offer.withheld = Some((Reason::TooLarge, why.into()));
    }
    Ok(offer)
}

/// A plan for another content than a draft's: the way back of one that was carried out.
pub(crate) fn undo_of(done: &Content, terms: &Terms) -> Option<Offer> {
    let method = crate::resolutions::find(&done.method)?;
    if done.undo.is_empty() || done.is_undo() {
        return None;
    }
    let guid = done.needs.iter().filter(|need| match need {
        Need::Is { at, .. } => {
            *at == Pointer::fields("properties/resourceGuid")
                || *at == Pointer::fields("properties/operationalState")
        }
        Need::Free { .. } => false,
    });
    let content = Content {
        method: format!("{}.undo", done.method),
        changes: done.undo.clone(),
        undo: done.changes.clone(),
        needs: guid.cloned().collect(),
        overrides: vec![],
        ..Content {
            guard: terms.guard.clone().unwrap_or_default(),
            writer: terms.writer.clone(),
            owner: terms.owner.clone(),
            epoch: terms.epoch,
            ..done.clone()
        }
    };
    let mut offer = shown(content, method, terms, None);
    offer.title = format!("Take back: {}", method.title);
    offer.effects = vec!["what was there before the change is there again".into()];
    offer.risk = Risk::Medium;
    Some(offer)
}

/// A content as a plan of this method, with why it cannot be approved, if so: first what its content says
/// (`held`), then what the terms say.
pub fn shown(
    content: Content,
    method: &Method,
    terms: &Terms,
    held: Option<(Reason, String)>,
) -> Offer {
    let by_mode = || {
        (method.reach == Reach::Executable)
            .then(|| mode(&content, method.letter, terms))
            .flatten()
    };
    let withheld = held.or_else(by_mode);
    Offer {
        id: content.id(),
        letter: method.letter,
        reach: method.reach,
        title: method.title.to_owned(),
        withheld,
        changes: changes(&content.changes),
        effects: vec![],
        checks: vec![],
        verify: told(&content.verify),
        undo: changes(&content.undo),
        risk: Risk::Low,
        az: vec![],
        content,
    }
}

/// What cannot be drafted, and what is missing.
fn missing(
    case: &Case<'_, '_>,
    finding: &Finding,
    method: &Method,
    blocked: &Blocked,
    terms: &Terms,
) -> Offer {
    let mut content = bare(case, method.id, terms);
    // Nothing can be approved that changes nothing; the target keeps two of these apart.
    content.needs.push(Need::Is {
        of: case.view.id().clone(),
        at: Pointer::fields("subject"),
        value: Value::from(finding.subject.as_str()),
    });
    let held = match blocked {
        Blocked::Tell(field) => (
            Reason::NeedsInput,
            format!("{field} is missing{}", ask(field)),
        ),
        other => (Reason::EvidenceTooWeak, words(other)),
    };
    let mut offer = shown(content, method, terms, Some(held));
    offer.verify = vec![];
    offer
}

fn ask(field: &str) -> &'static str {
    match field {
        "spec.hints.stoppedOnPurpose" => ": false says that nobody stopped the gateway on purpose",
        _ => "",
    }
}

fn bare(case: &Case<'_, '_>, method: &str, terms: &Terms) -> Content {
    let gateway = case.gateway().ok();
    let guid = gateway.and_then(|it| text(it.0, &["properties", "resourceGuid"]));
    Content {
        method: method.to_owned(),
        gateway: case.view.id().clone(),
        guid: guid.unwrap_or_default().to_owned(),
        changes: vec![],
        needs: vec![],
        overrides: vec![],
        verify: Verify::State,
        undo: vec![],
        rollback: terms.rollback,
        writer: terms.writer.clone(),
        guard: terms.guard.clone().unwrap_or_default(),
        owner: terms.owner.clone(),
        epoch: terms.epoch,
    }
}

/// The draft's own needs, and those of every write: the very gateway, and running where it is written.
fn needs(case: &Case<'_, '_>, draft: &Draft) -> Vec<Need> {
    let mut needs = draft.needs.clone();
    let of = case.view.id();
    let gateway = case.gateway().ok();
    let mut is = |member: &str, value: Option<&str>| {
        if let Some(value) = value {
            needs.push(Need::Is {
                of: of.clone(),
                at: Pointer::fields("properties").field(member),
                value: Value::from(value),
            });
        }
    };
    is(
        "resourceGuid",
        gateway.and_then(|it| text(it.0, &["properties", "resourceGuid"])),
    );
    if writes_gateway(draft) {
        is("operationalState", Some("Running"));
    }
    needs
}

/// Why the object or the installation lets nothing of this be approved now.
fn mode(content: &Content, letter: Letter, terms: &Terms) -> Option<(Reason, String)> {
    let held = |reason, why: String| Some((reason, why));
    if content.deletes() && !terms.deletes {
        return held(
            Reason::DeletesOff,
            "the installation allows no plan that deletes (writes.allowDeletes)".into(),
        );
    }
    if let Err(why) = &terms.writes {
        return held(Reason::WritesOff, why.clone());
    }
    if !terms.review {
        return held(Reason::ReadOnlyMode, "spec.mode is ReadOnly".into());
    }
    if !terms.letters.contains(&letter) {
        return held(
            Reason::LetterNotAllowed,
            format!("{letter} is not in spec.allowedResolutions"),
        );
    }
    if !terms.allowed.contains(&letter) {
        return held(
            Reason::LetterNotAllowed,
            format!("the installation does not allow {letter} (writes.allowedResolutions)"),
        );
    }
    if let Err(why) = &terms.guard {
        return held(Reason::GuardMissing, why.clone());
    }
    if let Some(why) = &terms.settling {
        return held(Reason::GuardMissing, why.clone());
    }
    if let Some(why) = &terms.paused {
        return held(Reason::Paused, why.clone());
    }
    let mut targets = content.targets();
    targets.push(content.gateway.key().to_owned());
    let other = terms.others.iter().find(|(on, _)| targets.contains(on));
    other.and_then(|(on, who)| {
        let name = on.rsplit('/').next().unwrap_or_default();
        held(
            Reason::OtherChangeUnderWay,
            format!("{who} is at work on {name}"),
        )
    })
}

fn is_too_large(offer: &Offer) -> bool {
    let lists = [&offer.changes, &offer.undo, &offer.effects, &offer.checks];
    offer.content.text().len() > CONTENT
        || lists
            .iter()
            .any(|list| list.len() > LINES || list.iter().any(|line| line.len() > LINE))
}

/// How it will be seen whether it helped, in words.
fn told(verify: &Verify) -> Vec<String> {
    vec![match verify {
        Verify::Health { pairs, interval } => format!(
            "1b: every server of {} Healthy after two probe intervals ({} s)",
            pairs.join(", "),
            interval.saturating_mul(2)
        ),
        Verify::Answers => "6b: requests after the change are answered without 502".into(),
        Verify::Entry => {
            "the listener or path entry is there; what clients see cannot be seen from here".into()
        }
        Verify::State => "1a: Succeeded and Running, back-end health as before or better".into(),
        Verify::Capacity => "4: five minutes below the limit".into(),
    }]
}
