//! Resolution I: be let in by an App Service.
mod access;
mod host;

use super::{Method, Reach::Executable};
use crate::id::Letter::I;
use access::admit;
use host::{from_member, named};

pub(super) static METHODS: [Method; 3] = [
    Method {
        id: "I.1",
        letter: I,
        reach: Executable,
        title: "Ask App Service by its own name",
        changes: "Requests by these settings carry the name of the pool's member as Host, so cookies and redirects of the application may show it.",
        article: "Same change, but only for pools of names, and with every rule that shares the settings listed; a custom domain that is bound to the app (I.2) keeps the name that clients know. The probe follows.",
        draft: from_member,
    },
    Method {
        id: "I.2",
        letter: I,
        reach: Executable,
        title: "Ask App Service by a name that is bound to it",
        changes: "Requests by these settings carry this name as Host.",
        article: "Same change, for a name that the app is seen to have. The probe follows, so that health goes on telling the truth.",
        draft: named,
    },
    Method {
        id: "I.3",
        letter: I,
        reach: Executable,
        title: "Let the gateway through the access restrictions",
        changes: "One more Allow among the rules of the app.",
        article: "The article adds it to any app. The first Allow of an app without rules locks everyone else out, so there it is refused; a subnet is allowed as a subnet and not as a range of addresses, which private traffic would never match.",
        draft: admit,
    },
];
