//! Azure, as far as writes go: documents with revisions, operations that take time, answers that get lost.
use crate::kinds::{gateway, nsg, rule, site};
use appgw_runbook::{
    facts::{Answer, Gap, Query},
    id::ArmId,
    ledger::Reply,
    plan::{Act, Change, PlanId, target},
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
                    json!(if fails { "Stopped" } else { "Running" })
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
    /// Send it, this way.
    pub(crate) fn send(&mut self, request: Request, how: How, now: i64) -> Reply {
        let unknown = |status: Option<u16>| Reply::Unknown {
            status,
            said: "no answer".into(),
        };
        match how {
            How::Busy => Reply::Busy {
                said: "AnotherOperationInProgress".into(),
            },
            How::Refused => Reply::Refused {
                status: Some(400),
                said: "SecurityRuleConflict".into(),
            },
            How::Failing => unknown(Some(503)),
            How::LostBefore => unknown(None),
            How::Late(after) => {
                self.flights.push((now + after, request));
                unknown(None)
            }
            How::LostAfter { takes, lag } => {
                let _ = self.arrive(&request, (takes, Fate::Succeeds, lag), now);
                unknown(None)
            }
            How::Taken { takes, fate, lag } => match self.arrive(&request, (takes, fate, lag), now)
            {
                Ok(operation) => Reply::Accepted {
                    status: if takes > 0 { 202 } else { 200 },
                    operation,
                },
                Err(reply) => reply,
            },
        }
    }
    /// What is said against this write, by what Azure knows: the laws that only it can judge.
    fn judge(&self, request: &Request, now: i64) {
        let on = &request.change.on;
        for op in self.ops.iter().filter(|it| target(&it.on) == target(on)) {
            let running = op.word == "InProgress" && op.ends > now && op.ends != i64::MAX;
            // A rule beside ours that somebody else writes is no obstacle: Azure says when to wait.
            let known = op.began < request.looked_at && op.on == *on;
            let seen = if op.ours { !self.unwatched } else { known };
            let start = matches!(request.change.act, Act::Start);
            assert!(
                !(running && seen) || start,
                "S5: {request:?} overlaps {}",
                op.url
            );
        }
        let stopped = self
            .stopped_at
            .is_some_and(|at| at < request.looked_at || self.honours);
        let puts = *on == gateway() && !matches!(request.change.act, Act::Start);
        assert!(!(stopped && puts), "F68: a PUT would start the gateway");
    }
    fn arrive(
        &mut self,
        request: &Request,
        (takes, fate, lag): (i64, Fate, i64),
        now: i64,
    ) -> Result<String, Reply> {
        let on = request.change.on.clone();
        let found = self.docs.get(&on).cloned();
        let own = found
            .as_ref()
            .and_then(|it| it["etag"].as_str())
            .unwrap_or_default();
        let start = matches!(request.change.act, Act::Start);
        if self.honours && !start && on != site() && own != request.etag {
            return Err(Reply::Moved);
        }
        self.judge(request, now);
        self.accepted
            .push((request.object.clone(), request.plans.clone(), on.clone()));
        let mut doc = match (&request.change.act, found.clone()) {
            (Act::Create(document), _) => document.clone(),
            (act @ Act::Edit(_), Some(doc)) if on == site() => edited(doc, act),
            (Act::Delete(_) | Act::Start, Some(doc)) => doc,
            (Act::Delete(_), None) => return Ok(String::new()),
            (act, Some(found)) => {
                let body = request.body.clone().unwrap();
                if self.honours {
                    assert_eq!(
                        bare(&body),
                        bare(&edited(found, act)),
                        "S4: more than the plan's lines"
                    );
                }
                body
            }
            (_, None) => {
                return Err(Reply::Refused {
                    status: Some(404),
                    said: "NotFound".into(),
                });
            }
        };
        if start {
            doc["properties"]["operationalState"] = json!("Starting");
            self.stopped_at = None;
        }
        doc["properties"]["provisioningState"] = json!("Updating");
        self.put(&on, doc);
        if lag > 0 {
            self.old.insert(on.clone(), (now + lag, found));
        }
        self.begin(&on, request.change.act.clone(), (now, takes), fate, true);
        if takes > 0 {
            return Ok(format!("https://operations/{}", self.ops.len() - 1));
        }
        self.end(self.ops.len() - 1);
        Ok(String::new())
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

/// A document with a plan's edits.
pub(crate) fn edited(mut document: Value, act: &Act) -> Value {
    if let Act::Edit(edits) = act {
        for edit in edits {
            assert!(
                edit.at.set(&mut document, &edit.after),
                "{} leads nowhere",
                edit.at
            );
        }
    }
    document
}

/// Without what the service writes.
fn bare(document: &Value) -> Value {
    let mut bare = document.clone();
    bare["etag"] = Value::Null;
    bare["properties"]["provisioningState"] = Value::Null;
    bare
}
