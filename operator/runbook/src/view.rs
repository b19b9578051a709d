//! What the rows of one visit look at: the facts, who comes, and readings that are made once.
use crate::{
    facts::{
        Blocked, Facts, Gap, Query,
        gateway::Gateway,
        health::{self, PairHealth},
        network::{Subnet, Vnet},
    },
    id::{ArmId, Subject},
    visit::Visitor,
};
use std::{cell::OnceCell, collections::BTreeSet};

/// Facts and visitor. Health is read once: the largest gateways report 120,000 servers.
pub struct View<'f> {
    /// What is known.
    pub facts: &'f Facts,
    /// Who comes.
    pub visitor: &'f Visitor,
    pairs: OnceCell<Option<Vec<PairHealth>>>,
}

impl<'f> View<'f> {
    /// Look at these facts.
    pub fn new(facts: &'f Facts, visitor: &'f Visitor) -> Self {
        Self {
            facts,
            visitor,
            pairs: OnceCell::new(),
        }
    }
    /// The gateway's id.
    pub fn id(&self) -> &'f ArmId {
        &self.facts.said().gateway
    }
    /// The gateway's document.
    pub fn gateway(&self) -> Result<Gateway<'f>, Blocked> {
        let document = self.facts.document(self.id())?;
        if document
            .get("properties")
            .is_some_and(serde_json::Value::is_object)
        {
            return Ok(Gateway(document));
        }
        let why = "not the document of an Application Gateway".to_owned();
        Err(Blocked::Gap(self.document(), Gap::Unreadable { why }))
    }
    /// Why the gateway cannot be read at all, if it cannot.
    pub fn unreachable(&self) -> Option<Gap> {
        match self.gateway() {
            Err(Blocked::Gap(_, gap)) => Some(gap),
            _ => None,
        }
    }
    /// Health of every pair. Where there is no gateway to ask, that is the answer.
    pub fn health(&self) -> Result<&[PairHealth], Blocked> {
        let gone = self.unreachable().filter(|gap| {
            matches!(
                gap,
                Gap::NotFound | Gap::Credential { .. } | Gap::Unreachable { .. }
            )
        });
        let query = Query::BackendHealth(self.id().clone());
        if let Some(gap) = gone {
            return Err(Blocked::Gap(query, gap));
        }
        let body = self.facts.ask(query.clone())?;
        let pairs = self.pairs.get_or_init(|| health::read(body)).as_deref();
        pairs.ok_or_else(|| {
            let why = "not a back-end health document".to_owned();
            Blocked::Gap(query, Gap::Unreadable { why })
        })
    }
    /// The health of one pair.
    pub fn pair(&self, subject: &Subject) -> Result<Option<&PairHealth>, Blocked> {
        Ok(self
            .health()?
            .iter()
            .find(|pair| pair.subject() == *subject))
    }
    /// The pairs that a rule uses; none where the gateway's document is not there to tell.
    pub fn pairs_in_use(&self) -> Option<BTreeSet<String>> {
        let pairs = self.gateway().ok()?.pairs_in_use();
        Some(
            pairs
                .iter()
                .map(|pair| pair.to_string().to_lowercase())
                .collect(),
        )
    }
    /// The gateway's subnet, and its network where that could be read.
    pub fn gateway_subnet(&self) -> Result<(Subnet, Option<Vnet>), Blocked> {
        let Some(id) = self.gateway()?.subnet() else {
            let why = "the gateway names no subnet".to_owned();
            return Err(Blocked::Gap(self.document(), Gap::Unreadable { why }));
        };
        self.facts.subnet(&id)
    }
    fn document(&self) -> Query {
        Query::Document(self.id().clone())
    }
}
