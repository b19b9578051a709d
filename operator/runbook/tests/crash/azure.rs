//! Azure, as far as writes go: documents with revisions, operations that take time, answers that get lost.
mod send;

pub(crate) use send::edited;

use crate::kinds::{gateway, nsg, rule, site};
use appgw_runbook::{
    facts::{Answer, Gap, Query},
    id::ArmId,
    plan::{Act, Change, PlanId},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How an operation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Succeeds,
    Fails,
    /// It does what it should, and its own document says `InProgress` for ever.
    NeverTells,
    /// Azure has forgotten it by the time somebody asks.
    Forgotten,
}

/// How a send goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Accepted, with an operation that takes so long; final at once where that is 0. The document shows the
    /// state before for `lag` seconds.
    Taken { takes: i64, fate: Fate, lag: i64 },
    /// Accepted, and the answer never came.
    LostAfter { takes: i64, lag: i64 },
    /// It never arrived.
    LostBefore,
    /// The client gave up, and it arrives so many seconds later.
    Late(i64),
    /// 409 or 429.
    Busy,
    /// 400.
    Refused,
    /// 503, and it was not accepted.
    Failing,
}

/// A write on its way.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) change: Change,
    /// `If-Match`; empty with `If-None-Match: *` for what is not there.
    pub(crate) etag: String,
    /// What is written, for edits and updates.
    pub(crate) body: Option<Value>,
    pub(crate) object: String,
    pub(crate) plans: Vec<PlanId>,
    pub(crate) looked_at: i64,
}

#[derive(Clone)]
struct Op {
    url: String,
    on: ArmId,
    act: Act,
    began: i64,
    ends: i64,
    fate: Fate,
    ours: bool,
    word: &'static str,
}

#[derive(Clone)]
pub(crate) struct Azure {
    docs: BTreeMap<ArmId, Value>,
    /// What reads show instead, until when.
    old: BTreeMap<ArmId, (i64, Option<Value>)>,
    revision: u64,
    pub(crate) honours: bool,
    ops: Vec<Op>,
    flights: Vec<(i64, Request)>,
    pub(crate) accepted: Vec<(String, Vec<PlanId>, ArmId)>,
    /// How often somebody put back what we changed.
    pub(crate) reverted: u32,
    stopped_at: Option<i64>,
    /// Somebody wrote into the record of what Azure works on: then nobody watches it, and S5 is off.
    pub(crate) unwatched: bool,
}

impl Azure {
    pub(crate) fn new(docs: Vec<(ArmId, Value)>, honours: bool) -> Self {
        let mut azure = Self {
            docs: BTreeMap::new(),
            old: BTreeMap::new(),
            revision: 0,
            honours,
            ops: vec![],
            flights: vec![],
            accepted: vec![],
            reverted: 0,
            stopped_at: None,
            unwatched: false,
        };
        for (id, doc) in docs {
            azure.put(&id, doc);
        }
        azure
    }
    fn put(&mut self, id: &ArmId, mut doc: Value) {
        self.revision += 1;
        if *id != site() {
            doc["etag"] = json!(format!("W/{}", self.revision));
        }
        self.docs.insert(id.clone(), doc);
    }
    /// The truth.
    pub(crate) fn now(&self, id: &ArmId) -> Option<&Value> {
        self.docs.get(id)
    }
    /// What a GET answers.
    pub(crate) fn answer(&self, query: &Query, now: i64) -> Answer {
        match query {
            Query::Document(id) if *id == nsg() => {
                let rules = ["allow", "deny", "moved"].map(rule);
                let rules: Vec<&Value> = rules.iter().filter_map(|it| self.seen(it, now)).collect();
                Ok(json!({"name": "nsg", "properties": {"securityRules": rules}}))
            }
            Query::Document(id) => self.seen(id, now).cloned().ok_or(Gap::NotFound),
            Query::Operation(url) => {
                let op = self
                    .ops
                    .iter()
                    .find(|it| it.url == *url)
                    .ok_or(Gap::NotFound)?;
                if op.fate == Fate::Forgotten && now >= op.ends {
                    return Err(Gap::NotFound);
                }
                Ok(json!({"status": op.word, "error": {"code": "Sim", "message": op.word}}))
            }
            _ => Err(Gap::NotInBundle),
        }
    }
    fn seen(&self, id: &ArmId, now: i64) -> Option<&Value> {
        match self.old.get(id) {
            Some((until, old)) if now < *until => old.as_ref(),
            _ => self.docs.get(id),
        }
    }
    /// Time goes on: late sends arrive, operations end.
    pub(crate) fn pass(&mut self, now: i64) {
        let (due, later) = std::mem::take(&mut self.flights)
            .into_iter()
            .partition(|it| it.0 <= now);
        self.flights = later;
        let due: Vec<(i64, Request)> = due;
        for (at, request) in due {
            let _ = self.arrive(&request, (5, Fate::Succeeds, 0), at);
        }
        let open = self
            .ops
            .iter()
            .enumerate()
            .filter(|(_, it)| it.word == "InProgress" && it.ends <= now);
        let ended: Vec<usize> = open.map(|(at, _)| at).collect();
        for at in ended {
            self.end(at);
        }
    }
    fn end(&mut self, at: usize) {
        let (on, act, fate) = (
            self.ops[at].on.clone(),
            self.ops[at].act.clone(),
            self.ops[at].fate,
        );
        if fate == Fate::NeverTells && self.ops[at].ends == i64::MAX {
            return;
        }
        let fails = fate == Fate::Fails;
        self.ops[at].word = match fate {
            Fate::Fails => "Failed",
            Fate::NeverTells => "InProgress",
            Fate::Succeeds | Fate::Forgotten => "Succeeded",
        };
        if fate == Fate::NeverTells {
            self.ops[at].ends = i64::MAX;
        }
        let Some(mut doc) = self.docs.get(&on).cloned() else {
            return;
        };
        match act {
            Act::Delete(_) if !fails => {
                self.docs.remove(&on);
                return;
            }
            Act::Start => {
                doc["properties"]["operationalState"] =
                    json!(if fails { "Stopped" } else { "Running" });
            }
            _ if doc["properties"]["operationalState"] == "Starting" => {
                doc["properties"]["operationalState"] = json!("Running");
            }
            _ => {}
        }
        let is_rule = on != gateway();
        doc["properties"]["provisioningState"] = json!(if fails && !is_rule {
            "Failed"
        } else {
            "Succeeded"
        });
        self.put(&on, doc);
    }
    fn begin(&mut self, on: &ArmId, act: Act, (now, takes): (i64, i64), fate: Fate, ours: bool) {
        let url = format!("https://operations/{}", self.ops.len());
        let word = "InProgress";
        self.cancel(on, now);
        self.ops.push(Op {
            url,
            on: on.clone(),
            act,
            began: now,
            ends: now + takes,
            fate,
            ours,
            word,
        });
    }
    /// A later write takes the place of one that is under way.
    fn cancel(&mut self, on: &ArmId, now: i64) {
        let running =
            |it: &&mut Op| it.word == "InProgress" && it.ends > now && it.ends != i64::MAX;
        for op in self
            .ops
            .iter_mut()
            .filter(|it| it.on == *on)
            .filter(running)
        {
            op.word = "Canceled";
        }
    }
    /// Somebody else writes, and Azure is at it for so long.
    pub(crate) fn outside(
        &mut self,
        on: &ArmId,
        now: i64,
        takes: i64,
        edit: impl FnOnce(&mut Value),
    ) {
        let Some(mut doc) = self.docs.get(on).cloned() else {
            return;
        };
        edit(&mut doc);
        self.stopped_at = match doc["properties"]["operationalState"].as_str() {
            Some("Stopped") => self.stopped_at.or(Some(now)),
            Some(_) => None,
            None => self.stopped_at,
        };
        self.old.remove(on);
        doc["properties"]["provisioningState"] =
            json!(if takes > 0 { "Updating" } else { "Succeeded" });
        self.put(on, doc);
        self.begin(on, Act::Touch, (now, takes), Fate::Succeeds, false);
        if takes == 0 {
            self.end(self.ops.len() - 1);
        }
    }
    /// Somebody else makes or takes away.
    pub(crate) fn replace(&mut self, on: &ArmId, doc: Option<Value>) {
        self.old.remove(on);
        self.docs.remove(on);
        self.cancel(on, 0);
        if let Some(doc) = doc {
            self.put(on, doc);
        }
    }
}
