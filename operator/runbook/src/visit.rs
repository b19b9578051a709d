//! One visit: who comes, where thinking stands, and what comes of it.
use crate::{
    facts::{Gap, Query},
    report::Report,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Who comes: what is remembered from earlier visits, and the limits this one obeys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Which look at back-end health this is, from 1. More than one only within the wait of row 1b.3.
    pub look: u32,
    /// Since when the verdict has been `WaitingForAzure`, if it is.
    pub waiting_since: Option<Timestamp>,
    /// How long Starting, Stopping or a creation may go on before that is a finding (row 1a.3).
    pub transition_limit: SignedDuration,
}

/// How often back-end health may be Unknown before that is a finding: the article's wait, with an end.
pub const LOOKS: u32 = 3;

/// Where thinking stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Thought {
    /// Find these out and think again; what is under way and no longer listed is not needed any more.
    Needs(BTreeSet<Query>),
    /// Nothing left to decide.
    Decided(Box<Visit>),
}

/// When to come again if nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// At the usual interval.
    Interval,
    /// Soon: the gateway is starting, stopping or being created (the article says one to two minutes).
    Transition,
    /// Soon: back-end health is Unknown (two looks more, three minutes apart).
    Unknown,
    /// After what Azure asked for, in seconds, or a short while.
    Throttled(Option<u64>),
}

/// The outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// What we found.
    pub report: Report,
    /// How often back-end health was asked in the wait of 1b.3; 1 where there is no wait.
    pub looks: u32,
    /// When to come again.
    pub again: Again,
    /// Why the gateway could not be read at all, if it could not: for the condition `AzureReachable`.
    pub unreachable: Option<Gap>,
}
