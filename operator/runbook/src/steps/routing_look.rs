//! What step 3 looks at: the ways of the request in question, and how the pairs at their ends do.
use crate::{
    facts::{
        Blocked, Request, gather,
        health::{Health, PairHealth, Server, few},
        json::one_line,
        routing::{Leg, Outcome, To, Ways},
    },
    id::{StepId::S4, Subject},
    step::Next,
    view::View,
};

/// Every way of `spec.request`, if that is given and can be followed.
pub(super) fn ways(view: &View<'_>) -> Result<Option<Ways>, Blocked> {
    let request = &view.facts.said().request;
    if !request.is_given() {
        return Ok(None);
    }
    let gateway = view.gateway()?;
    let broken = gateway.broken_start().or_else(|| gateway.broken_end());
    broken.map_or_else(
        || Ok(Some(gateway.ways(request))),
        |why| Err(Blocked::Unclear(why)),
    )
}

/// What every possible way comes to. Where they differ, what would tell them apart is named and nothing guessed.
pub(super) fn agreed<T: PartialEq>(
    ways: &Ways,
    judge: impl Fn(&Outcome) -> Result<T, Blocked>,
) -> Result<T, Blocked> {
    let mut all = gather(ways.outcomes.iter().map(judge))?.into_iter();
    let Some(first) = all.next() else {
        return Err(Blocked::Unclear("the gateway has no listener".into()));
    };
    if all.all(|other| other == first) {
        return Ok(first);
    }
    let lacks: Vec<&str> = ways.lacks.iter().copied().collect();
    Err(Blocked::Unclear(format!(
        "it depends on what is not said: {}",
        lacks.join(", ")
    )))
}

/// `shop.contoso.com/cart`, as far as it was said.
pub(super) fn asked_for(view: &View<'_>) -> String {
    let Request {
        host, path, port, ..
    } = &view.facts.said().request;
    let host = host.as_deref().unwrap_or("any host");
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let path = path.as_deref().unwrap_or(", any path");
    one_line(&format!("{host}{port}{path}"))
}

/// On to capacity where every server of the pairs in use is Healthy; also where health could not be heard,
/// which leaves it open.
pub(super) fn onward(view: &View<'_>) -> Result<Next, Blocked> {
    let pairs = match view.health() {
        Ok(pairs) => pairs,
        Err(ask @ Blocked::Ask(_)) => return Err(ask),
        Err(_) => return Ok(Next::Step(S4)),
    };
    let used = pairs.iter().filter(|pair| !view.is_unused(&pair.subject()));
    let mut servers = used.flat_map(PairHealth::counted).peekable();
    let well = servers.peek().is_some() && servers.all(|it| it.health == Health::Healthy);
    Ok(if well { Next::Step(S4) } else { Next::Stop })
}

/// How a pair does, where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// A member serves.
    Live,
    /// Every member is down.
    Dead,
    /// There is no member.
    Empty,
}

/// What health reports of a pair, however its name is spelt.
pub(super) fn reported<'v>(
    view: &'v View<'_>,
    pair: &Subject,
) -> Result<Option<&'v PairHealth>, Blocked> {
    let key = |it: &Subject| it.to_string().to_lowercase();
    let wanted = key(pair);
    let mut all = view.health()?.iter();
    Ok(all.find(|it| key(&it.subject()) == wanted))
}

pub(super) fn stand(view: &View<'_>, pair: &Subject) -> Result<Stand, Blocked> {
    let seen = reported(view, pair);
    if let Ok(Some(health)) = &seen
        && !health.servers.is_empty()
    {
        return if health.is_dead() {
            Ok(Stand::Dead)
        } else if health.counted().any(Server::is_live) {
            Ok(Stand::Live)
        } else {
            Err(Blocked::Unclear(format!("how {pair} does is not known")))
        };
    }
    let Subject::Pair { pool, .. } = pair else {
        return Err(Blocked::Unclear(format!("{pair} is no pair")));
    };
    match seen {
        Err(ask @ Blocked::Ask(_)) => Err(ask),
        _ if view.gateway()?.members(pool) == Some(0) => Ok(Stand::Empty),
        Err(blocked) => Err(blocked),
        Ok(_) => Err(Blocked::Unclear(format!(
            "health reports no server of {pair}"
        ))),
    }
}

/// The pairs a leg ends in, with how they do.
pub(super) fn stands(view: &View<'_>, leg: &Leg) -> Result<Vec<(Subject, Stand)>, Blocked> {
    let To::Pairs(pairs) = &leg.entry.to else {
        return Ok(vec![]);
    };
    gather(
        pairs
            .iter()
            .map(|pair| Ok((pair.clone(), stand(view, pair)?))),
    )
}

/// Each way in words, three at most.
pub(super) fn few_ways(view: &View<'_>, ways: &Ways) -> Result<String, Blocked> {
    let words = gather(ways.outcomes.iter().map(|outcome| {
        Ok(match outcome {
            Outcome::Takes(legs) => {
                let way: Vec<String> = legs.iter().map(ToString::to_string).collect();
                let dead = match legs.last().map_or(Ok(vec![]), |leg| stands(view, leg)) {
                    Err(ask @ Blocked::Ask(_)) => return Err(ask),
                    Err(_) => String::new(),
                    Ok(stands) => dead_words(&stands),
                };
                way.join(" > ") + &dead
            }
            Outcome::Loop(legs) => {
                let way: Vec<String> = legs.iter().map(ToString::to_string).collect();
                format!("{} and so on in a circle", way.join(" > "))
            }
            Outcome::NoListener(port) => format!("nobody on port {port}"),
            Outcome::NoHost(port) => format!("no listener for the host on port {port}"),
        })
    }))?;
    Ok(few(&words.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn dead_words(stands: &[(Subject, Stand)]) -> String {
    let dead = stands.iter().filter(|(_, stand)| *stand != Stand::Live);
    match (stands.len(), dead.count()) {
        (_, 0) => String::new(),
        (all, dead) if all == dead => ", without a live member".into(),
        (all, dead) => format!(", {dead} of {all} without a live member"),
    }
}
