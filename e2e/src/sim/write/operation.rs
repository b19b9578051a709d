//! The long-running operations behind writes: what they change, and when and how they end.

use std::{collections::VecDeque, time::Instant};

use jiff::Timestamp;
use serde_json::json;

use super::change::{Change, Results, What};
use crate::sim::{
    World,
    answer::Answer,
    arm::Call,
    lro::{self, Handle, RESULTS, STATUS},
    options::{Leaves, Options, WriteEnding},
    world::Written,
};

/// All writes that were ever accepted, in their order, and how the next ones are to end.
#[derive(Debug, Default)]
pub(in crate::sim) struct Writes {
    all: Vec<Operation>,
    endings: VecDeque<WriteEnding>,
}

/// A write that was accepted.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) handle: Handle,
    what: What,
    /// When it ends; `None` is too far away to be counted.
    due: Option<Instant>,
    /// How many polls are still to say that it goes on.
    polls: usize,
    ending: WriteEnding,
    leaves: Leaves,
    outcome: Option<Outcome>,
}

/// How an operation ended.
#[derive(Clone, Debug)]
enum Outcome {
    Succeeded,
    Failed {
        code: String,
        message: String,
    },
    /// By another one, if by anybody.
    Canceled(Option<String>),
}

impl Writes {
    /// How the next operation is to end that is accepted and not spoken of yet.
    pub(in crate::sim) fn end_next(&mut self, ending: WriteEnding) {
        self.endings.push_back(ending);
    }

    /// Lets operations end whose time has come.
    pub(in crate::sim) fn advance(&mut self, world: &mut World) {
        let now = Instant::now();
        let over = |own: &Operation| {
            own.outcome.is_none()
                && own.polls == 0
                && own.ending != WriteEnding::Never
                && own.due.is_some_and(|due| due <= now)
        };
        let mut over: Vec<&mut Operation> = self.all.iter_mut().filter(|own| over(own)).collect();
        over.sort_by_key(|own| own.due);
        for own in over {
            own.end(world);
        }
    }

    /// Ends all that goes on as it is to end, what never would with success; says how many that were.
    pub(in crate::sim) fn finish(&mut self, world: &mut World) -> usize {
        let going = self.all.iter_mut().filter(|own| own.outcome.is_none());
        going.map(|own| own.end(world)).count()
    }

    /// How many go on.
    pub(in crate::sim) fn running(&self) -> usize {
        let going = self.all.iter().filter(|own| own.outcome.is_none());
        going.count()
    }

    /// The one that goes on with a resource.
    pub(super) fn running_on(&mut self, resource: &str) -> Option<&mut Operation> {
        self.all
            .iter_mut()
            .find(|own| own.outcome.is_none() && own.what.resource.eq_ignore_ascii_case(resource))
    }

    /// Cancels what goes on with a resource, since something else came: its name and id, or whoever it was.
    pub(in crate::sim) fn supersede(&mut self, resource: &str, by: &str) {
        while let Some(own) = self.running_on(resource) {
            own.outcome = Some(Outcome::Canceled(Some(by.to_owned())));
        }
    }

    /// Takes a write, whose document is shown already.
    pub(super) fn accept(
        &mut self,
        options: &Options,
        handle: Handle,
        what: What,
    ) -> &mut Operation {
        self.supersede(&what.resource, &format!("{} ({})", what.name, handle.id));
        let asked = &options.writes;
        let ending = match what.change {
            // Nothing runs, so nothing can go wrong.
            Change::Nothing => WriteEnding::Succeeded,
            _ => self.endings.pop_front().unwrap_or(asked.ending.clone()),
        };
        self.all.push(Operation {
            handle,
            due: Instant::now().checked_add(options.scaled(what.takes)),
            polls: asked.polls,
            ending,
            leaves: asked.leaves,
            outcome: None,
            what,
        });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    /// A poll, if it is of one of these.
    pub(super) fn poll(
        &mut self,
        call: &Call<'_>,
        world: &mut World,
        (subscription, id): (&str, &str),
        status: bool,
    ) -> Option<Answer> {
        let asked = call.request.path_and_query();
        let mut all = self.all.iter_mut();
        let own = all.find(|own| {
            own.handle.id.eq_ignore_ascii_case(id) && own.handle.is_at(subscription, &asked)
        })?;
        Some(own.polled(call, world, status))
    }
}

impl Operation {
    /// Ends it as it is to end.
    pub(super) fn end(&mut self, world: &mut World) {
        let shows_goal = self.leaves == Leaves::Goal;
        let succeeds = matches!(self.ending, WriteEnding::Succeeded | WriteEnding::Never);
        self.note(world, if succeeds { "Succeeded" } else { "Failed" });
        let target = &self.what.target;
        self.outcome = Some(match &self.ending {
            WriteEnding::Succeeded | WriteEnding::Never => {
                self.what.change.in_force(world, target);
                Outcome::Succeeded
            }
            WriteEnding::Failed { code, message } => {
                world.abandon(target, "Failed", shows_goal);
                Outcome::Failed {
                    code: code.clone(),
                    message: message.clone(),
                }
            }
            WriteEnding::Canceled => {
                world.abandon(target, "Failed", shows_goal);
                Outcome::Canceled(None)
            }
        });
    }

    /// Notes in the activity log how far it is.
    pub(super) fn note(&self, world: &mut World, status: &'static str) {
        let (action, caller) = self.what.by.clone();
        world.note(Written {
            at: Timestamp::now(),
            on: self.what.target.clone(),
            action,
            caller,
            correlation: self.handle.id.clone(),
            status,
        });
    }

    /// Makes it fail, unless it is to end in another way than well.
    pub(super) fn fails(&mut self, code: &str, message: String) {
        if self.ending == WriteEnding::Succeeded {
            self.ending = WriteEnding::Failed {
                code: code.to_owned(),
                message,
            };
        }
    }

    /// The headers that lead to it, those that are wanted, and the wait that is asked for.
    pub(super) fn announced(
        &mut self,
        call: &Call<'_>,
        answer: Answer,
        (status, results): (bool, bool),
    ) -> Answer {
        let mut answer = answer.with("x-ms-request-id", &self.handle.id);
        if status {
            answer.set("azure-asyncoperation", self.handle.url(call, STATUS));
        }
        if results {
            answer.set("location", self.handle.url(call, RESULTS));
        }
        self.handle
            .waiting(call, &call.options.writes.retry_after, answer)
    }

    fn polled(&mut self, call: &Call<'_>, world: &mut World, status: bool) -> Answer {
        let options = &call.options.writes;
        self.handle.polls += 1;
        if let Some(error) = options.poll_errors.get(self.handle.polls - 1) {
            return lro::poll_error(*error);
        }
        let endless = !status && self.what.results == Results::Endless;
        let Some(outcome) = self.outcome.clone().filter(|_| !endless) else {
            self.polls = self.polls.saturating_sub(1);
            let answer = if status {
                Answer::json(200, &json!({"status": options.running_word}))
            } else {
                Answer::empty(202)
            };
            return self.announced(call, answer, (false, !status));
        };
        let answer = match outcome {
            _ if !status && self.what.results == Results::Empty => {
                return self.announced(call, Answer::empty(200), (true, true));
            }
            Outcome::Succeeded if !status => {
                match (self.what.results, world.get(&self.what.target)) {
                    (Results::Document, Some(document)) => Answer::json(200, &document),
                    _ => Answer::empty(204),
                }
            }
            Outcome::Succeeded => Answer::json(200, &json!({"status": "Succeeded"})),
            Outcome::Failed { code, message } => Answer::json(
                200,
                &json!({"status": "Failed", "error": {
                    "code": code, "message": message, "details": [],
                }}),
            ),
            Outcome::Canceled(Some(by)) => {
                let own = format!("{} ({})", self.what.name, self.handle.id);
                Answer::json(200, &lro::superseded(&own, &by))
            }
            Outcome::Canceled(None) => Answer::json(
                200,
                &json!({"status": "Canceled", "error": {
                    "code": "Canceled", "message": "Operation was canceled.", "details": [],
                }}),
            ),
        };
        answer
            .with("x-ms-request-id", &self.handle.id)
            .with("azure-asyncnotification", "Enabled")
    }
}
