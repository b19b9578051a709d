//! A long-running operation, as data: what an answer means and where to look next. Nothing here waits.
use super::{
    exchange::Failure,
    limits::Limits,
    origin::{Address, Origin},
    reply::Reply,
};
use serde_json::Value;
use std::time::Duration;

/// One operation from its first answer to its end.
///
/// Back-end health is found where `Location` points and nowhere else; `Azure-AsyncOperation` tells
/// at best that it failed. URLs are polled as they were named, the newest one, on our origin only.
#[derive(Debug)]
pub(crate) struct Operation<'a> {
    origin: &'a Origin,
    limits: &'a Limits,
    watch: Watch,
    polls: usize,
    /// Polls in a row that failed.
    failures: usize,
    /// Polls that Azure wanted sooner than the floor.
    quick: usize,
}

#[derive(Clone, Debug)]
enum Watch {
    /// `Location`: answers 202 until the document is there.
    Result(Address),
    /// `Azure-AsyncOperation`: answers 200 with a `status`.
    Status(Address),
}

/// What comes next.
#[derive(Debug)]
pub(crate) enum Step {
    /// The end, well or badly: this answer is the operation's.
    Done(Reply),
    /// Look at this place after this wait.
    Poll(Address, Duration),
}

/// More polls than this are never sent, however short the waits and however long the deadline.
const MOST_POLLS: usize = 2000;
/// So many waits below the floor are obeyed; then somebody is in a loop.
const MOST_QUICK: usize = 10;

impl<'a> Operation<'a> {
    /// Read the answer to the call that began it. The operation is there only if there is something
    /// to poll.
    pub(crate) fn begin(
        origin: &'a Origin,
        limits: &'a Limits,
        first: Reply,
    ) -> Result<(Step, Option<Self>), Failure> {
        let accepted = first.status == 202;
        let empty = (200..300).contains(&first.status) && first.body.is_none();
        if !accepted && !empty {
            return Ok((Step::Done(first), None));
        }
        let watch = if let Some(place) = first.header("location") {
            Watch::Result(origin.follow(place)?)
        } else if let Some(place) = first.header("azure-asyncoperation") {
            Watch::Status(origin.follow(place)?)
        } else if accepted {
            let why = "Azure accepted the call and named no place to look for its result";
            return Err(Failure::Unreadable(why.to_owned()));
        } else {
            return Ok((Step::Done(first), None));
        };
        let mut operation = Self {
            origin,
            limits,
            watch,
            polls: 0,
            failures: 0,
            quick: 0,
        };
        let wait = operation.wait(first.retry_after());
        let step = operation.poll(wait)?;
        Ok((step, Some(operation)))
    }

    /// Read the answer to a poll.
    pub(crate) fn polled(&mut self, reply: Reply) -> Result<Step, Failure> {
        if matches!(reply.status, 404 | 408 | 500 | 502 | 503 | 504) {
            return self.troubled(reply);
        }
        self.failures = 0;
        // What still runs can move. Where the result is looked for, it stays so: the last answer is
        // known to name both places once more.
        match &self.watch {
            Watch::Result(_) if reply.status == 202 => {
                if let Some(place) = reply.header("location") {
                    self.watch = Watch::Result(self.origin.follow(place)?);
                }
            }
            Watch::Status(_) => {
                if let Some(place) = reply.header("azure-asyncoperation") {
                    self.watch = Watch::Status(self.origin.follow(place)?);
                }
            }
            Watch::Result(_) => {}
        }
        let wait = reply.retry_after();
        match (reply.status, progress(&reply)) {
            (202, _) | (200..300, Progress::Going) => {
                let wait = self.wait(wait);
                self.poll(wait)
            }
            (200..300, Progress::Succeeded) => self.succeeded(reply),
            _ => Ok(Step::Done(reply)),
        }
    }

    /// A poll got no answer. The operation goes on without us, so that says nothing about it.
    pub(crate) fn unanswered(&mut self, failure: Failure) -> Result<Step, Failure> {
        self.failures += 1;
        if self.failures > self.limits.poll_failures {
            return Err(failure);
        }
        let wait = self.wait(None);
        self.poll(wait)
    }

    /// Operations are known to be lost for a moment, and polls to fail while all is well.
    fn troubled(&mut self, reply: Reply) -> Result<Step, Failure> {
        self.failures += 1;
        if self.failures <= self.limits.poll_failures {
            let wait = self.wait(reply.retry_after());
            return self.poll(wait);
        }
        if reply.status == 404 && reply.refusal().is_none() {
            let why = "Azure lost the operation: its place answers 404";
            return Err(Failure::Unreadable(why.to_owned()));
        }
        Ok(Step::Done(reply))
    }

    fn succeeded(&mut self, reply: Reply) -> Result<Step, Failure> {
        if let Some(place) = reply.header("location")
            && matches!(self.watch, Watch::Status(_))
        {
            self.watch = Watch::Result(self.origin.follow(place)?);
            return self.poll(Duration::ZERO);
        }
        // Some providers put the result into the operation itself.
        let result = reply.body.as_ref().and_then(|body| body.get("properties"));
        match result.filter(|result| result.as_object().is_some_and(|r| !r.is_empty())) {
            Some(result) => Ok(Step::Done(Reply {
                body: Some(result.clone()),
                ..reply
            })),
            None => Err(Failure::Unreadable(
                "the operation succeeded, and Azure named no place for its result".to_owned(),
            )),
        }
    }

    fn poll(&mut self, wait: Duration) -> Result<Step, Failure> {
        self.polls += 1;
        if self.polls > MOST_POLLS {
            return Err(Failure::Timeout);
        }
        let (Watch::Result(place) | Watch::Status(place)) = &self.watch;
        Ok(Step::Poll(place.clone(), wait))
    }

    fn wait(&mut self, asked: Option<Duration>) -> Duration {
        let limits = self.limits;
        let wait = asked.unwrap_or(limits.poll).min(limits.poll_cap);
        if wait >= limits.poll_floor {
            return wait;
        }
        self.quick += 1;
        if self.quick > MOST_QUICK {
            limits.poll_floor
        } else {
            wait
        }
    }
}

enum Progress {
    /// The body is no status of an operation.
    None,
    Going,
    Succeeded,
    Ended,
}

/// Reads the `status` of an operation. A word nobody knows is taken for work going on.
fn progress(reply: &Reply) -> Progress {
    let Some(body) = reply.body.as_ref().and_then(Value::as_object) else {
        return Progress::None;
    };
    let Some(status) = body.get("status").and_then(Value::as_str) else {
        return Progress::None;
    };
    if body.contains_key("backendAddressPools") {
        return Progress::None;
    }
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => Progress::Succeeded,
        "failed" | "canceled" | "cancelled" => Progress::Ended,
        _ => Progress::Going,
    }
}

#[cfg(test)]
mod tests;
