//! One operator at a time: a decision anybody can read, and a write that only one can win.
//!
//! The lease keeps two operators from doing the same work. What keeps them from harm is the version
//! that every write of status carries; so losing the lease simply ends the process.
use crate::error::chain;
use jiff::Timestamp;
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::MicroTime,
};
use kube::{
    Api, ResourceExt as _,
    api::{ObjectMeta, PostParams},
};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// Which lease, and who asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Name of the lease.
    pub name: String,
    /// Us; no two processes may share it.
    pub holder: String,
    /// How long a lease counts that nobody renews.
    pub ttl: Duration,
}

/// What to do about the lease as it was read.
#[derive(Debug, PartialEq)]
pub enum Turn {
    /// Write this; winning the write is winning the lease.
    Claim(Box<Lease>),
    /// Somebody else holds it, for this long at least.
    Yield(Duration),
}

/// The whole of leader election, given what was read. `unchanged_for` is measured on our own clock:
/// the holder's `renewTime` is on theirs, and only ever shown to people.
pub fn decide(mut lease: Lease, us: &Settings, unchanged_for: Duration, now: Timestamp) -> Turn {
    let held = lease.spec.take().unwrap_or_default();
    let holder = held.holder_identity.as_deref().unwrap_or_default();
    let (mine, vacant) = (holder == us.holder, holder.is_empty());
    let theirs = held.lease_duration_seconds.unwrap_or_default();
    let ttl = us.ttl.max(Duration::from_secs(
        u64::try_from(theirs).unwrap_or_default(),
    ));
    if !mine && !vacant && unchanged_for < ttl {
        return Turn::Yield(ttl.saturating_sub(unchanged_for));
    }
    lease.spec = Some(LeaseSpec {
        holder_identity: Some(us.holder.clone()),
        // Whole seconds only, and not fewer than we mean.
        lease_duration_seconds: i32::try_from(us.ttl.as_millis().div_ceil(1_000)).ok(),
        renew_time: Some(MicroTime(now)),
        acquire_time: if mine {
            held.acquire_time
        } else {
            Some(MicroTime(now))
        },
        lease_transitions: Some(
            held.lease_transitions
                .unwrap_or(0)
                .saturating_add(i32::from(!mine)),
        ),
        ..held
    });
    Turn::Claim(Box::new(lease))
}

/// Why the lease is no longer ours.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// Another process holds it.
    #[error("the lease is held by {0}")]
    Taken(String),
    /// It could not be renewed in time; another process may hold it by now.
    #[error("the lease could not be renewed for {0:?}")]
    NotRenewed(Duration),
}

/// A candidate, later the holder.
#[derive(Debug)]
pub struct Candidate {
    api: Api<Lease>,
    us: Settings,
    /// The version last seen, and since when on our clock.
    seen: Option<(String, Instant)>,
    /// When the last write that made or kept us the holder was begun.
    renewed: Instant,
}

enum Tried {
    Held,
    Not(Duration),
}

impl Candidate {
    /// Nothing is asked yet. The client behind `api` must not repeat requests by itself: a renewal
    /// has a deadline.
    pub fn new(api: Api<Lease>, us: Settings) -> Self {
        Self {
            api,
            us,
            seen: None,
            renewed: Instant::now(),
        }
    }

    /// Waits until the lease is ours, however long that takes; trouble is logged. `standing_by` is
    /// called each time another is seen to hold it.
    pub async fn acquire(&mut self, standing_by: impl Fn()) {
        let pause = (self.us.ttl / 5).min(Duration::from_secs(2));
        loop {
            self.renewed = Instant::now();
            match timeout_at(self.renewed + self.us.ttl / 3, self.try_to_hold()).await {
                Ok(Ok(Tried::Held)) => return,
                Ok(Ok(Tried::Not(for_now))) => {
                    standing_by();
                    sleep(for_now.min(pause)).await;
                }
                Ok(Err(error)) => {
                    tracing::warn!(error = chain(&error), "lease not acquired");
                    sleep(pause).await;
                }
                Err(_) => tracing::warn!("lease not acquired: no answer"),
            }
        }
    }

    /// Renews for as long as that works, and says why it no longer does. The last renewal that
    /// worked counts from before it was sent; the end comes when two thirds of the ttl are over, so
    /// that no other process can hold the lease by then.
    pub async fn keep(&mut self) -> Lost {
        let third = self.us.ttl / 3;
        let mut pause = third;
        loop {
            let end = self.renewed + 2 * third;
            sleep(pause).await;
            let sent = Instant::now();
            // A part of the time for one attempt: a connection that went silent must leave some for another.
            match timeout_at(end.min(sent + self.us.ttl / 5), self.renew()).await {
                Ok(Ok(None)) => {
                    (self.renewed, pause) = (sent, third);
                    continue;
                }
                Ok(Ok(Some(other))) => return Lost::Taken(other),
                Ok(Err(error)) => tracing::warn!(error = chain(&error), "lease not renewed"),
                Err(_) => tracing::warn!("lease not renewed: no answer"),
            }
            if Instant::now() >= end {
                return Lost::NotRenewed(self.renewed.elapsed());
            }
            pause = third / 5;
        }
    }

    /// Gives the lease up, if it is still ours, so that the next one need not wait for its end. A
    /// late call harms nobody: it carries the version it read.
    pub async fn release(self) {
        let release = async {
            let mut lease = self.api.get(&self.us.name).await?;
            if let Some(spec) = &mut lease.spec
                && spec.holder_identity.as_ref() == Some(&self.us.holder)
            {
                spec.holder_identity = None;
                spec.lease_duration_seconds = Some(1);
                spec.renew_time = Some(MicroTime(Timestamp::now()));
                self.replace(&lease).await?;
            }
            Ok::<_, kube::Error>(())
        };
        match timeout_at(Instant::now() + self.us.ttl / 3, release).await {
            Ok(Ok(())) => tracing::info!("lease released"),
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "lease not released"),
            Err(_) => tracing::warn!("lease not released: no answer"),
        }
    }

    async fn try_to_hold(&mut self) -> kube::Result<Tried> {
        let lease = self.read().await?;
        let version = lease.resource_version().unwrap_or_default();
        let unchanged_for = match &self.seen {
            Some((seen, since)) if *seen == version => since.elapsed(),
            _ => {
                self.seen = Some((version, Instant::now()));
                Duration::ZERO
            }
        };
        Ok(
            match decide(lease, &self.us, unchanged_for, Timestamp::now()) {
                Turn::Yield(for_now) => Tried::Not(for_now),
                Turn::Claim(lease) if self.replace(&lease).await? => Tried::Held,
                Turn::Claim(_) => Tried::Not(self.us.ttl),
            },
        )
    }

    /// `None` if renewed, else who holds it. That somebody let it expire meanwhile does not make it
    /// ours: they may have worked.
    async fn renew(&mut self) -> kube::Result<Option<String>> {
        let lease = self.read().await?;
        let holder = lease
            .spec
            .as_ref()
            .and_then(|spec| spec.holder_identity.clone());
        if let Some(other) = holder.filter(|holder| !holder.is_empty() && *holder != self.us.holder)
        {
            return Ok(Some(other));
        }
        if let Turn::Claim(lease) = decide(lease, &self.us, Duration::ZERO, Timestamp::now())
            && self.replace(&lease).await?
        {
            return Ok(None);
        }
        // It moved while we wrote. Whose it is now, the next attempt will see.
        let moved = kube::core::Status::failure("the lease moved", "Conflict").with_code(409);
        Err(kube::Error::Api(moved.boxed()))
    }

    /// The lease; a new one, not yet stored, where there is none.
    async fn read(&self) -> kube::Result<Lease> {
        let lease = self.api.get_opt(&self.us.name).await?;
        Ok(lease.unwrap_or_else(|| Lease {
            metadata: ObjectMeta {
                name: Some(self.us.name.clone()),
                ..ObjectMeta::default()
            },
            spec: None,
        }))
    }

    /// `replace` carries the version that was read, so a lost race is a 409 and never two leaders.
    /// False if the race was lost.
    async fn replace(&self, lease: &Lease) -> kube::Result<bool> {
        let how = PostParams::default();
        let written = if lease.metadata.resource_version.is_some() {
            self.api.replace(&self.us.name, &how, lease).await
        } else {
            self.api.create(&how, lease).await
        };
        match written {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
