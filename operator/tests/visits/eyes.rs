//! An Azure that says what a test tells it to.
use appgw_operator::{consult::Looked, reconcile::Look, turns::Turn};
use appgw_runbook::{
    approval::Deciding,
    facts::{Facts, Gap},
    id::{Letter, StepId},
    report::{Backends, Confidence, Counts, Finding, GatewaySeen, Report, Verdict, Word},
    visit::{Again, Visit, Visitor},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

#[derive(Clone)]
pub(crate) struct Eyes(Arc<Mutex<Seen>>);

pub(crate) struct Seen {
    pub(crate) visit: Visit,
    /// Every visitor that came, and whether fresh answers were wanted.
    pub(crate) visitors: Vec<(Visitor, bool)>,
    /// What each knew of a private authority.
    pub(crate) authorities: Vec<(bool, Option<String>)>,
    /// A look takes this long.
    pub(crate) takes: Duration,
    /// A look at a gateway of this name panics.
    pub(crate) panics_at: &'static str,
}

impl Eyes {
    pub(crate) fn that_see(visit: Visit) -> Self {
        Self(Arc::new(Mutex::new(Seen {
            visit,
            visitors: Vec::new(),
            authorities: Vec::new(),
            takes: Duration::ZERO,
            panics_at: "nothing",
        })))
    }
    pub(crate) fn seen<T>(&self, with: impl FnOnce(&mut Seen) -> T) -> T {
        with(&mut self.0.lock().unwrap())
    }
    pub(crate) fn looks(&self) -> usize {
        self.seen(|seen| seen.visitors.len())
    }
}

impl Look for Eyes {
    async fn look(&self, visitor: &Visitor, facts: Facts, fresh: bool, turn: &Turn) -> Looked {
        let (visit, takes) = self.seen(|seen| {
            seen.visitors.push((visitor.clone(), fresh));
            let said = facts.said();
            seen.authorities
                .push((said.private_ca, said.private_ca_pem.clone()));
            (seen.visit.clone(), seen.takes)
        });
        let panics = self.seen(|seen| facts.said().gateway.name() == seen.panics_at);
        assert!(!panics, "on purpose");
        turn.rest(tokio::time::sleep(takes)).await;
        Looked {
            azure_calls: 4,
            exchanges: Vec::new(),
            remarks: vec!["model: probes/p/protocol: Tls".into()],
            taken_at: facts.taken_at(),
            visit,
            facts: None,
        }
    }
    async fn follow(&self, _: &Visitor, _: Facts, _: &Turn) -> Option<Deciding> {
        None
    }
}

/// A finished visit with this verdict and nothing to tell.
pub(crate) fn visit(verdict: Verdict) -> Visit {
    Visit {
        report: Report {
            verdict,
            conclusion: format!("it is {}", verdict.as_str()),
            findings: vec![],
            rows: vec![("1a.1", "yes > 1b".into())],
            steps: vec![(StepId::S1a, Word::Pass)],
            path: vec!["gateway: 1a > 1b".into()],
            questions: vec![],
            gaps: vec![],
            gateway: GatewaySeen {
                name: "shop".into(),
                ..GatewaySeen::default()
            },
            bad_gateway: None,
            counts: Some(Counts {
                servers: 3,
                unhealthy: 0,
            }),
            backends: Some(Backends::AllHealthy),
            summary: vec!["STEP  SEEN".into()],
        },
        looks: 1,
        again: Again::Interval,
        unreachable: None,
        offers: vec![],
        deciding: None,
    }
}

/// A cause: the Deny rule of the design's example.
pub(crate) fn deny() -> Visit {
    let mut visit = visit(Verdict::RootCauseFound);
    visit.report.backends = Some(Backends::NoneHealthy);
    visit.report.findings = vec![Finding {
        id: "nsg-deny-probe",
        row: Some("2c-1.1"),
        letter: Some(Letter::A),
        confidence: Confidence::Confirmed,
        subject: "api/https-api".into(),
        says: "Deny nsg-backend/deny-all-in covers 10.1.0.0/24".into(),
        because: vec!["1b: 10.2.0.4 Unhealthy (Gateway)".into()],
        against: vec![],
        correction: String::new(),
        target: "/subscriptions/s".into(),
    }];
    visit
}

/// Health is Unknown, and the article says to wait.
pub(crate) fn unknown(looks: u32) -> Visit {
    let mut visit = visit(Verdict::WaitingForAzure);
    visit.report.backends = Some(Backends::HealthUnknown);
    visit.report.rows = vec![("1b.3", "wait: health".into())];
    visit.looks = looks;
    visit.again = Again::Unknown;
    visit
}

/// The gateway could not be read.
pub(crate) fn unreachable(gap: Gap) -> Visit {
    let mut visit = visit(Verdict::CannotDiagnose);
    visit.report.backends = None;
    visit.report.counts = None;
    visit.unreachable = Some(gap);
    visit
}
