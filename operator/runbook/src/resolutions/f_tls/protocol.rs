//! F.4: settings and probe speak what the back end speaks, in one write.
use super::{
    aligned::aligned,
    draft,
    name::{NAME, given},
    probe::Part,
    seen::another_name,
};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk},
    facts::{
        Blocked, Gap, Query,
        handshake::{Shown, Trust},
        json::number,
    },
    path::words,
    plan::Edit,
    report::Finding,
    resolutions::pair::{self, Target, command, host},
};
use serde_json::json;

pub(super) const HTTPS: &str = "Https";

pub(super) fn protocol(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    if finding.id == "x.protocol-mismatch" {
        return aligned(case, finding);
    }
    let plain = |it: &Target<'_>| {
        it.speaks().eq_ignore_ascii_case("Http")
            && it.effective.speaks_tls() == Some(false)
            && it.codes().contains(&400)
    };
    let refused = matches!(
        finding.id,
        "probe-status" | "default-probe-status" | "probe-host"
    );
    let Some(target) = pair::target(case, finding)? else {
        return Ok(vec![]);
    };
    if refused && plain(&target) {
        return raised(case, &target);
    }
    let broken = finding.id == "tls-failure" && target.speaks().eq_ignore_ascii_case(HTTPS);
    Ok(if broken {
        vec![lowered(case, &target)]
    } else {
        vec![]
    })
}

/// Whoever stands in between can break TLS: that is no reason to do without it.
fn lowered(case: &Case<'_, '_>, target: &Target<'_>) -> Draft {
    let setting = target.setting;
    let title = format!("Let {setting} and its probe speak Http");
    let why = format!(
        "that TLS fails says neither that the back end speaks plain HTTP nor that requests to it may be read on the way: no plan takes encryption away; who is sure of both changes {setting} and its probe by hand"
    );
    draft(case, target, title, vec![]).withheld(Reason::EvidenceTooWeak, why)
}

/// A request that is refused as such, by a port that speaks TLS: settings and probe go over to it together.
fn raised(case: &Case<'_, '_>, target: &Target<'_>) -> Drafted {
    let setting = target.setting;
    let title = format!("Let {setting} and its probe speak {HTTPS}");
    let held = |reason, why: String| {
        Ok(vec![
            draft(case, target, title.clone(), vec![]).withheld(reason, why),
        ])
    };
    let named = case.inputs().tls_host.is_some();
    // Without a name nothing could be compared with the certificate.
    let has_name =
        target.word("hostName").is_some() || (target.picks() && target.members_are_names());
    let name = if named || !has_name {
        match given(case)? {
            Ok(name) => Some(name),
            Err(why) => return held(Reason::NeedsInput, why),
        }
    } else {
        None
    };
    let (server, port) = (target.down().next(), target.effective.port());
    let Some((server, port)) = server.zip(port) else {
        return Ok(vec![]);
    };
    let sent = name.clone().or_else(|| {
        let own = target.word("hostName").map(str::to_owned);
        own.or_else(|| Some(server.address.clone()))
    });
    let look = look(case, target, &server.address, port, sent)?;
    let check = match look {
        Ok(shown) => {
            let wrong = name
                .as_deref()
                .and_then(|it| another_name(&[(&server.address, shown)], it));
            if let Some(why) = wrong {
                return held(Reason::EvidenceTooWeak, format!("{NAME}: {why} (Operator)"));
            }
            if !shown.has_leaf() {
                let failed = shown
                    .failed()
                    .unwrap_or_else(|| "no certificate was shown".to_owned());
                return held(
                    Reason::EvidenceTooWeak,
                    format!(
                        "{}:{port} speaks no TLS: {failed} (Operator)",
                        server.address
                    ),
                );
            }
            let known = shown.public() == Trust::Leads || shown.given() == Trust::Leads;
            let tail = if known {
                ""
            } else {
                ", of no authority that the settings would trust: F.2 comes next"
            };
            format!(
                "{}:{port} speaks TLS and shows a certificate{tail} (Operator)",
                server.address
            )
        }
        // A person who knows the name in the certificate knows that there is one.
        Err(why) if named => format!(
            "TLS on port {port} was not looked for ({why}); {NAME} says that there is a certificate"
        ),
        Err(why) => {
            return held(
                Reason::EvidenceTooWeak,
                format!(
                    "that port {port} speaks TLS is seen from nowhere ({why}); {NAME} would say that there is a certificate"
                ),
            );
        }
    };
    let planned = over(case, target, name.as_deref(), title)?
        .check(check)
        .check("not rehearsed: Azure tries a probe in the protocol that the settings have now, and in no other");
    Ok(vec![planned])
}

/// A look at the port by TLS; an inner error says why there is none.
fn look<'c>(
    case: &Case<'c, '_>,
    target: &Target<'c>,
    host: &str,
    port: u16,
    name: Option<String>,
) -> Result<Result<Shown<'c>, String>, Blocked> {
    let query = Query::Handshake {
        host: host.to_owned(),
        port,
        name,
        roots: target.gateway.certificates_of(&target.effective),
        told: case.view.facts.said().private_ca_pem.clone(),
    };
    match case.view.facts.ask(query) {
        Ok(body) => Ok(Ok(Shown(body))),
        Err(ask @ Blocked::Ask(_)) => Err(ask),
        Err(Blocked::Gap(_, Gap::Unreadable { why })) => Ok(Err(format!("a handshake is {why}"))),
        Err(blocked) => Ok(Err(words(&blocked))),
    }
}

/// The write: protocol of both, and the name where one was given; never the port.
fn over(
    case: &Case<'_, '_>,
    target: &Target<'_>,
    name: Option<&str>,
    title: String,
) -> Result<Draft, Blocked> {
    let (id, setting) = (case.view.id(), target.setting);
    let mut edits = vec![Edit::of(
        target.gateway.0,
        target.at("protocol"),
        json!(HTTPS),
    )];
    let (mut flags, mut effects) = (format!(" --protocol {HTTPS}"), vec![]);
    let mut more = vec![("protocol", json!(HTTPS))];
    if let Some(name) = name {
        let edit = Edit::of(target.gateway.0, target.at("hostName"), json!(name));
        if edit.before != edit.after {
            flags.push_str(" --host-name ");
            flags.push_str(name);
            edits.push(edit);
            effects.push(format!("the application sees {name} as Host: redirects, cookies and links of its own may carry it"));
        }
        if target.picks() {
            let at = target.at("pickHostNameFromBackendAddress");
            edits.push(Edit::of(target.gateway.0, at, json!(false)));
            flags.push_str(" --host-name-from-backend-pool false");
        }
        if !target.probe_picks() {
            more.extend(host(name));
        }
    }
    let mut commands = vec![];
    if target.probe.is_some() {
        let part = Part::of(case, target, &more)?;
        edits.extend(part.edits);
        effects.extend(part.effects);
        commands = part.az;
    }
    let port = number(target.document, &["properties", "port"]).unwrap_or_default();
    let mut planned = draft(case, target, title, edits)
        .risk(Risk::High)
        .need(target.still(case, "port"))
        .effect(format!("the port stays {port}; settings and probe change in one write, since Azure takes neither alone"));
    planned.effects.extend(effects);
    planned.az = vec![format!(
        "{}{flags}",
        command(id, "http-settings update", setting)
    )];
    planned.az.extend(commands);
    Ok(planned)
}
