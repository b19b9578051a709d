//! What Azure does with a write, and what must hold of one that it takes.
use super::{Azure, Fate, How, Request};
use crate::kinds::{gateway, site};
use appgw_runbook::{
    ledger::{QUARANTINE, Reply},
    plan::{Act, target},
};
use serde_json::{Value, json};

impl Azure {
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
            // What is on its way for longer than a quarantine is refused by its condition or meets what came since.
            let late = now - request.looked_at > QUARANTINE;
            assert!(
                !(running && seen) || start || late,
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
    pub(super) fn arrive(
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
        if on == gateway() {
            // Any write starts it.
            self.stopped_at = None;
        }
        if start {
            doc["properties"]["operationalState"] = json!("Starting");
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
