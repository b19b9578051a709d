//! Resolution F: make TLS to the back ends work.
mod advice;
mod aligned;
mod name;
mod probe;
mod protocol;
mod root;
mod roots;
mod seen;

use super::{
    Method,
    Reach::{Executable, Guided},
    pair::{Target, listed},
};
use crate::{
    draft::{Case, Draft, Risk},
    id::Letter::F,
    plan::{Change, Edit},
};
use advice::{authentication, chain};
use name::name;
use protocol::protocol;
use roots::{attach, upload};

pub(super) static METHODS: [Method; 6] = [
    Method {
        id: "F.1",
        letter: F,
        reach: Executable,
        title: "Ask for the name in the certificate",
        changes: "Settings and probe ask the back end for a host name that its certificate has; the application sees it as Host.",
        article: "The article says so in words only. It is offered for a name that a person gave; a chain without its intermediates is mended on the back end and nowhere else, and switching the checks off is never offered.",
        draft: name,
    },
    Method {
        id: "F.2",
        letter: F,
        reach: Executable,
        title: "Upload the root of the private authority and trust it",
        changes: "The gateway knows one more root, and these settings trust it besides those that they trust.",
        article: "The article uploads and attaches in two writes, and its switch replaces the list of trusted roots. Ours does both in one, and appends. Only a certificate that a person put into the cluster is uploaded: what the back end itself presents may come from whoever stands in between.",
        draft: upload,
    },
    Method {
        id: "F.3",
        letter: F,
        reach: Executable,
        title: "Trust a root that the gateway knows",
        changes: "Back ends behind these settings may have certificates of that authority as well.",
        article: "The article's switch replaces the list of trusted roots. Ours appends.",
        draft: attach,
    },
    Method {
        id: "F.4",
        letter: F,
        reach: Executable,
        title: "Let settings and probe speak the back end's protocol",
        changes: "Every pair that uses these settings is asked by the other protocol from then on, its probe included.",
        article: "The article sets port 443 along with it, which breaks a back end that listens elsewhere, and leaves an Http probe behind, which Azure refuses. Ours keeps the port, and changes settings and probe in one write.",
        draft: protocol,
    },
    Method {
        id: "F.5",
        letter: F,
        reach: Guided,
        title: "Mend the certificate on the back end",
        changes: "Nothing in Azure: the server sends its whole chain, or a certificate that is valid and has the right name.",
        article: "The article says so as well. Nothing on the gateway mends an expired certificate or a chain with a gap, and switching the checks off is never offered.",
        draft: chain,
    },
    Method {
        id: "F.6",
        letter: F,
        reach: Guided,
        title: "Give a v1 gateway the server's own certificate",
        changes: "Settings of a v1 gateway trust the very certificate of the server, not a root.",
        article: "The article uploads a root in every case. v1 takes authentication certificates, and is retired: migrate.",
        draft: authentication,
    },
];

/// A draft with these edits of the gateway, verified by the health of the pair that is meant.
fn draft(case: &Case<'_, '_>, target: &Target<'_>, title: String, edits: Vec<Edit>) -> Draft {
    let verify = case.by_health(vec![target.words()], target.setting);
    if edits.is_empty() {
        return Draft::new(title, vec![], verify);
    }
    let concerned = case.pairs_by_setting(target.setting);
    Draft::new(title, vec![Change::edit(case.view.id(), edits)], verify)
        .risk(Risk::Medium)
        .effect(format!("concerns {}", listed(&concerned)))
}
