//! Resolution E: take the requests that clients send.
mod path;
mod port;

use super::{
    Method,
    Reach::{Executable, Guided},
};
use crate::{
    draft::{Case, Draft, Drafted},
    id::Letter::E,
    report::Finding,
};
use path::path;
use port::port;

pub(super) static METHODS: [Method; 3] = [
    Method {
        id: "E.1",
        letter: E,
        reach: Executable,
        title: "Give the listener another port",
        changes: "A new front-end port and a listener on it; everyone who still uses the old port has to move.",
        article: "The article changes the port that is there, and with it every listener that shares it. A port that does not answer is also no 502: it is offered only where a person named the port that clients use.",
        draft: port,
    },
    Method {
        id: "E.2",
        letter: E,
        reach: Executable,
        title: "Add a path rule",
        changes: "Requests for these paths go to the named pool by the named settings, before the default of the path map.",
        article: "The article names this cause and has no command for it. A path without a rule takes the map's default, so the fault may as well be the default's pool.",
        draft: path,
    },
    Method {
        id: "E.3",
        letter: E,
        reach: Guided,
        title: "Add an HTTPS listener with its certificate",
        changes: "Nothing yet: a certificate with its key is needed, and keys do not pass through this operator.",
        article: "The article takes a certificate as given. Put it into a Key Vault that the gateway's identity may read, and add the listener by the tool that keeps the gateway.",
        draft: certificate,
    },
];

fn certificate(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let said = &case.facts().said().request;
    if finding.id != "no-listener-on-port" || said.https != Some(true) {
        return Ok(vec![]);
    }
    let port = said.port.unwrap_or(443);
    let steps = vec![
        "put the certificate with its key into a Key Vault, as a secret".to_owned(),
        "let the gateway's user-assigned identity read that secret".to_owned(),
        format!(
            "add the certificate, port {port} and a listener for HTTPS with it, and a rule that leads to the pool"
        ),
        "keys never pass through this operator, so no plan does it".to_owned(),
    ];
    Ok(vec![Draft::advice(
        format!("Add a listener for HTTPS on port {port}"),
        steps,
    )])
}
