//! What the rows of one visit look at: the facts, who comes, and readings that are made once.
use crate::{
    facts::{
        Blocked, Facts, Gap, LogTable, Query,
        gateway::Gateway,
        health::{self, PairHealth, Server},
        network::{Home, Vnet},
    },
    id::{ArmId, Subject},
    nsg::{Direction, Group},
    path::{self, Path},
    visit::Visitor,
};
use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// Facts and visitor. What is large is read once: health reports up to 120,000 servers, a network
/// thousands of addresses, a group a thousand rules, and the rows ask for them over and over.
pub struct View<'f> {
    /// What is known.
    pub facts: &'f Facts,
    /// Who comes.
    pub visitor: &'f Visitor,
    used: OnceCell<Option<BTreeSet<String>>>,
    home: OnceCell<Result<Home, Blocked>>,
    networks: Memo<ArmId, Vnet>,
    groups: Memo<(ArmId, bool), Group>,
    paths: Memo<(String, Option<ArmId>, u16), Path>,
}

/// Every pair, and where each is.
pub(crate) struct Pairs {
    all: Vec<PairHealth>,
    at: BTreeMap<Subject, usize>,
}

/// Readings by key; an obstacle is remembered like an answer, since facts do not change under a view.
struct Memo<K, V>(RefCell<BTreeMap<K, Result<Rc<V>, Blocked>>>);

impl<K: Ord, V> Memo<K, V> {
    fn get(&self, key: K, read: impl FnOnce() -> Result<V, Blocked>) -> Result<Rc<V>, Blocked> {
        if let Some(known) = self.0.borrow().get(&key) {
            return known.clone();
        }
        let found = read().map(Rc::new);
        self.0.borrow_mut().insert(key, found.clone());
        found
    }
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<'f> View<'f> {
    /// Look at these facts.
    pub fn new(facts: &'f Facts, visitor: &'f Visitor) -> Self {
        Self {
            facts,
            visitor,
            used: OnceCell::new(),
            home: OnceCell::new(),
            networks: Memo::default(),
            groups: Memo::default(),
            paths: Memo::default(),
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
        let query = Query::Document(self.id().clone());
        Err(Blocked::Gap(query, Gap::Unreadable { why }))
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
        self.pairs().map(|pairs| pairs.all.as_slice())
    }
    fn pairs(&self) -> Result<&Pairs, Blocked> {
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
        let read = || {
            let all = health::read(body)?;
            // Of a pair listed twice, the first.
            let at = all.iter().enumerate().rev();
            let at = at.map(|(at, pair)| (pair.subject(), at)).collect();
            Some(Pairs { all, at })
        };
        self.facts.pairs.get(read).as_ref().ok_or_else(|| {
            let why = "not a back-end health document".to_owned();
            Blocked::Gap(query, Gap::Unreadable { why })
        })
    }
    /// The health of one pair.
    pub fn pair(&self, subject: &Subject) -> Result<Option<&PairHealth>, Blocked> {
        let pairs = self.pairs()?;
        Ok(pairs.at.get(subject).and_then(|at| pairs.all.get(*at)))
    }
    /// The pairs that a rule uses, in lower case; none where the gateway's document is not there to tell,
    /// or has rules that are not read here.
    pub fn pairs_in_use(&self) -> Option<&BTreeSet<String>> {
        let read = || {
            let gateway = self.gateway().ok().filter(|it| it.rules_are_whole())?;
            let pairs = gateway.pairs_in_use();
            Some(
                pairs
                    .iter()
                    .map(|pair| pair.to_string().to_lowercase())
                    .collect(),
            )
        };
        self.used.get_or_init(read).as_ref()
    }
    /// No rule leads to this pair, as far as all rules could be read.
    pub fn is_unused(&self, pair: &Subject) -> bool {
        self.pairs_in_use()
            .is_some_and(|used| !used.contains(&pair.to_string().to_lowercase()))
    }
    /// The gateway's subnet, and its network where that could be read.
    pub fn home(&self) -> Result<&Home, Blocked> {
        let read = || {
            let Some(id) = self.gateway()?.subnet() else {
                let why = "the gateway names no subnet".to_owned();
                let query = Query::Document(self.id().clone());
                return Err(Blocked::Gap(query, Gap::Unreadable { why }));
            };
            self.facts.subnet(&id)
        };
        self.home.get_or_init(read).as_ref().map_err(Clone::clone)
    }
    /// v1 gateways were retired on 2026-04-28: those still running were stopped by the platform.
    pub fn is_past_retirement(&self) -> bool {
        let now = self.facts.taken_at().to_zoned(jiff::tz::TimeZone::UTC);
        now.date() >= jiff::civil::date(2026, 4, 28)
    }
    /// A virtual network.
    pub fn vnet(&self, id: &ArmId) -> Result<Rc<Vnet>, Blocked> {
        self.networks.get(id.clone(), || self.facts.vnet(id))
    }
    /// The rules of a security group.
    pub fn group(&self, id: &ArmId, direction: Direction) -> Result<Rc<Group>, Blocked> {
        let key = (id.clone(), direction == Direction::Inbound);
        let read = || Ok(Group::read(self.facts.document(id)?, direction));
        self.groups.get(key, read)
    }
    /// Workspace and table that the access log of this visit was read from.
    pub(crate) fn log_place(&self) -> Option<(String, LogTable)> {
        self.facts.heard().find_map(|(query, answer)| match query {
            Query::AccessLog {
                workspace, table, ..
            } if answer.is_ok() => Some((workspace.clone(), *table)),
            _ => None,
        })
    }
    /// The way of a probe to a server.
    pub fn path(&self, server: &Server, port: u16) -> Result<Rc<Path>, Blocked> {
        let key = (
            server.address.clone(),
            server.ip_configuration.clone(),
            port,
        );
        self.paths.get(key, || path::path(self, server, port))
    }
}
