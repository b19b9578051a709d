//! The pairs that step 5 looks at: those with members that are App Service sites, each with its site.
use super::routing_look::reported;
use crate::{
    facts::{
        Blocked,
        gateway::Gateway,
        gather,
        health::{Health, PairHealth, Server},
        json::{list, one_line, text},
        probe_log::LogClass,
        site::{Site, is_default_host},
    },
    id::{ArmId, Subject},
    view::View,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// A pair with at least one App Service member.
pub(super) struct Back<'v> {
    /// The pair, as health names it where it does.
    pub(super) pair: Subject,
    /// Its health.
    pub(super) health: Option<&'v PairHealth>,
    /// Name of its settings.
    pub(super) setting_name: String,
    /// Its settings.
    pub(super) setting: &'v Value,
    /// Its App Service members.
    pub(super) members: Vec<Member<'v>>,
    /// It has members that are something else.
    pub(super) is_mixed: bool,
}

/// A member that is a site.
pub(super) struct Member<'v> {
    /// Its name or address.
    pub(super) address: &'v str,
    /// The site, or why it is not known.
    pub(super) site: Result<Site<'v>, Blocked>,
    /// How it does.
    pub(super) server: Option<&'v Server>,
}

impl Member<'_> {
    pub(super) fn is_live(&self) -> bool {
        self.server.is_some_and(Server::is_live)
    }
    /// Down, and what its probe met.
    pub(super) fn fails_with(&self) -> Option<&LogClass> {
        let down = self.server.filter(|server| server.is_down());
        down.map(|server| &server.class)
    }
    /// Answered its probe with 403, or with a status that the log does not name.
    pub(super) fn may_be_refused(&self) -> bool {
        matches!(
            self.fails_with(),
            Some(LogClass::Status {
                received: Some(403) | None
            })
        )
    }
}

impl<'v> Back<'v> {
    /// A member whose health leaves open what is to be asked of it.
    pub(super) fn unsure(&self) -> Option<Blocked> {
        let known = |member: &&Member<'_>| {
            member
                .server
                .is_some_and(|server| !matches!(server.health, Health::Unknown | Health::Odd))
        };
        let open = self.members.iter().find(|member| !known(member))?;
        Some(Blocked::Unclear(format!(
            "how {} does is not known",
            one_line(open.address)
        )))
    }
    /// The sites of members that serve, each with its member's address.
    pub(super) fn live_sites(&self) -> Vec<Result<(&'v str, Site<'v>), Blocked>> {
        let live = self.members.iter().filter(|member| member.is_live());
        live.map(|member| Ok((member.address, member.site.clone()?)))
            .collect()
    }
}

fn addresses<'v>(gateway: Gateway<'v>, pair: &Subject) -> Vec<&'v str> {
    let pool = match pair {
        Subject::Pair { pool, .. } => gateway.named("backendAddressPools", pool),
        _ => None,
    };
    let all = pool
        .into_iter()
        .flat_map(|pool| list(pool, &["properties", "backendAddresses"]));
    all.filter_map(|it| text(it, &["fqdn"]).or_else(|| text(it, &["ipAddress"])))
        .collect()
}

/// The site behind an address in these pairs: the one that a person named, or the one that has the host.
fn sites_of<'v>(
    view: &View<'v>,
    gateway: Gateway<'v>,
    used: &BTreeSet<Subject>,
) -> Result<impl Fn(&str) -> Option<Result<Site<'v>, Blocked>>, Blocked> {
    let hint = view.facts.said().web_app.as_ref();
    let hint = hint.map(|id| view.facts.site(id)).transpose()?;
    let is_hinted = |address: &str| hint.is_some_and(|site| site.has_host(address));
    let named = used
        .iter()
        .flat_map(|pair| addresses(gateway, pair))
        .any(is_hinted);
    // A name that only DNS connects with the site: with a single pool there is no doubt which is meant.
    let is_the_pool = hint.is_some() && !named && gateway.pool_count() == 1;
    Ok(move |address: &str| match hint {
        Some(site) if is_the_pool || site.has_host(address) => Some(Ok(site)),
        _ if is_default_host(address) => Some(find(view, address)),
        _ => None,
    })
}

/// What this step would need to know of the sites in use: asked for before health says whether it is reached.
pub(crate) fn ahead(view: &View<'_>) -> Result<(), Blocked> {
    let gateway = view.gateway()?;
    let used = gateway.pairs_in_use();
    let site_of = sites_of(view, gateway, &used)?;
    let all: BTreeSet<&str> = used
        .iter()
        .flat_map(|pair| addresses(gateway, pair))
        .collect();
    let sites = all.into_iter().filter_map(site_of);
    let asked = sites.map(|site| match site? {
        site if site.is_stopped() => Ok(()),
        site => restrictions(view, site).map(drop),
    });
    gather(asked).map(drop)
}

/// The document that holds a site's access restrictions.
pub(super) fn restrictions<'v>(view: &View<'v>, site: Site<'v>) -> Result<&'v Value, Blocked> {
    let id = site
        .id()
        .ok_or_else(|| Blocked::Unclear(format!("site {} has no id", site.name())))?;
    view.facts
        .document(&ArmId::new(&format!("{id}/config/web")))
}

/// Every pair in use with an App Service member, or just the one that walks.
pub(super) fn backs<'v>(view: &'v View<'_>, of: &Subject) -> Result<Vec<Back<'v>>, Blocked> {
    let gateway = view.gateway()?;
    let key = |it: &Subject| it.to_string().to_lowercase();
    let used = gateway.pairs_in_use();
    let site_of = sites_of(view, gateway, &used)?;
    let mut backs = Vec::new();
    for pair in used
        .iter()
        .filter(|pair| *of == Subject::Gateway || key(pair) == key(of))
    {
        let Subject::Pair { pool, setting } = pair else {
            continue;
        };
        let Some(document) = gateway.named("backendHttpSettingsCollection", setting) else {
            return Err(Blocked::Unclear(format!(
                "settings {setting} are not there"
            )));
        };
        let all = addresses(gateway, pair);
        let health = reported(view, pair)?;
        let servers = || health.into_iter().flat_map(|it| &it.servers);
        let members = all.iter().filter_map(|address| {
            Some(Member {
                address,
                site: site_of(address)?,
                server: servers().find(|it| it.address.eq_ignore_ascii_case(address)),
            })
        });
        let members: Vec<Member<'v>> = members.collect();
        if !members.is_empty() {
            backs.push(Back {
                pair: health.map_or_else(|| pair.clone(), PairHealth::subject),
                health,
                setting_name: setting.clone(),
                setting: document,
                is_mixed: members.len() < gateway.members(pool).unwrap_or_default(),
                members,
            });
        }
    }
    Ok(backs)
}

/// The site that has a host, of those in the gateway's subscription.
fn find<'v>(view: &View<'v>, host: &str) -> Result<Site<'v>, Blocked> {
    let sites = view.facts.sites()?;
    let found = sites.into_iter().find(|site| site.has_host(host));
    found.ok_or_else(|| {
        Blocked::Unclear(format!(
            "no site with host name {} in the gateway's subscription; name it in spec.hints.webApp",
            one_line(host)
        ))
    })
}
