//! What only the back end, or a migration, mends.
use super::roots::about_roots;
use crate::{
    draft::{Case, Draft, Drafted},
    facts::{health::few, json::one_line},
    plan::{Need, Pointer},
    report::Finding,
    resolutions::{
        a_reachability::admission::shell,
        pair::{Target, target},
    },
};
use serde_json::Value;

pub(super) fn chain(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let there = finding.id.starts_with("certificate-") || finding.id == "trusted-root-wrong";
    let Some(target) = target(case, finding)?.filter(|_| there) else {
        return Ok(vec![]);
    };
    let asked = asked(&target);
    let what = match finding.id {
        "certificate-name" => format!(
            "have the certificate issued anew, with {} among its names, or let the gateway ask for a name that it has (F.1)",
            asked.as_deref().unwrap_or("the name that the gateway asks for")
        ),
        "certificate-expired" => "renew the certificate, and install it on every server of the pool".to_owned(),
        "certificate-invalid" => "renew the certificate, which is out of date or was revoked, and install it on every server of the pool".to_owned(),
        "certificate-order" => "put the server's own certificate first in the file that it sends, then the intermediates in order".to_owned(),
        "certificate-leaf-missing" => "put the server's own certificate into the file that it sends, before those of the authority".to_owned(),
        "certificate-unverified" => "look up the number of the error: an issuer that is not found is an intermediate that the server has to send, or a root that the gateway has to know (F.2)".to_owned(),
        "trusted-root-wrong" => "see whether the server sends its intermediates: without them the chain leads to no root, whichever the gateway knows".to_owned(),
        _ => "put the certificate of the server and all intermediates into one file (PEM or PFX), and have the server send that; the root itself need not be sent".to_owned(),
    };
    let servers: Vec<&str> = target.down().map(|it| it.address.as_str()).collect();
    let mut steps = vec![
        format!("On {}: {what}", one_line(&few(&servers))),
        "restart or reload the server so that it takes the new file".to_owned(),
    ];
    if let (Some(first), Some(port)) = (servers.first(), target.effective.port()) {
        let name = asked.map_or(String::new(), |it| format!(" -servername {}", shell(&it)));
        steps.push(format!(
            "see what is sent, from a machine that reaches it: openssl s_client -connect {}{name} -showcerts",
            shell(&format!("{first}:{port}"))
        ));
    }
    steps.push(
        "nothing on the gateway mends it: switching its checks off hides it, and is not offered"
            .to_owned(),
    );
    let title = format!("Mend the certificate of pool {}", target.pool);
    Ok(vec![apart(case, finding, Draft::advice(title, steps))])
}

/// The name that the gateway asks the first failing server for.
fn asked(target: &Target<'_>) -> Option<String> {
    let server = target.down().next()?;
    Some(target.effective.sni(&server.address)?.name)
}

pub(super) fn authentication(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let v1 = |it: &Target<'_>| it.effective.is_v1() && about_roots(finding);
    let Some(target) = target(case, finding)?.filter(v1) else {
        return Ok(vec![]);
    };
    let setting = target.setting;
    let steps = vec![
        "v1 takes the very certificate of the server (authenticationCertificates), and no root: one more with every renewal".to_owned(),
        format!("export it from the server without its key, as CER, upload it, and attach it to {setting} beside those that are there"),
        "better: v1 was retired on 2026-04-28 and has no support; migrate to v2, which takes the root".to_owned(),
    ];
    let title = format!("Give {setting} the server's own certificate");
    Ok(vec![apart(case, finding, Draft::advice(title, steps))])
}

/// What changes nothing is told from the like by what it is about.
fn apart(case: &Case<'_, '_>, finding: &Finding, draft: Draft) -> Draft {
    draft.need(Need::Is {
        of: case.view.id().clone(),
        at: Pointer::fields("subject"),
        value: Value::from(format!("{} {}", finding.subject, finding.id)),
    })
}
