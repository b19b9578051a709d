//! Resolution A: let the gateway reach its back ends.
pub(super) mod admission;
mod advice;
mod allow;
mod deny;
mod gates;
mod overlap;
pub(super) mod rules;
mod stops;
mod targets;
mod widen;

use super::{
    Method,
    Reach::{Executable, Guided},
};
use crate::id::Letter::A;

pub(super) static METHODS: [Method; 6] = [
    Method {
        id: "A.1",
        letter: A,
        reach: Executable,
        title: "Delete the Deny",
        changes: "The rule leaves its NSG, so everything that it kept out comes in, not only the gateway.",
        article: "The article begins with it. A Deny may well be somebody's protection, so A.3 is preferred; deleting takes two separate yeses, one in spec.inputs.A.allowDelete and one for the plan, and the rule is kept in full for the way back.",
        draft: deny::delete,
    },
    Method {
        id: "A.2",
        letter: A,
        reach: Executable,
        title: "Move the Deny behind the rules that allow",
        changes: "The rule gets a higher number and decides later than before, for everyone that it concerns.",
        article: "Same command, with a number that is free and that comes after an Allow which covers the probe: without such a rule nothing is gained, and all other traffic that falls between the two numbers changes its fate as well.",
        draft: deny::renumber,
    },
    Method {
        id: "A.3",
        letter: A,
        reach: Executable,
        title: "Allow the gateway's subnet above the Deny",
        changes: "One new inbound rule: from the gateway's subnet, to the back ends' addresses, on the ports that are probed and served.",
        article: "The article's rule has no destination and always the same name, so it opens the port for the whole subnet and a second use overwrites the first. Ours names destination and port, takes a name and a number that are free, below that of the Deny, and is tried against all NSGs on the path beforehand.",
        draft: allow::allow,
    },
    Method {
        id: "A.4",
        letter: A,
        reach: Executable,
        title: "Name the gateway's subnet where a rule names instances",
        changes: "An Allow that lists single addresses of gateway instances lists the gateway's subnet from then on.",
        article: "The article's map says to use the range of the subnet and has no command for it. Instances are replaced without notice, in upgrades and when the gateway scales, and a rule for single addresses then drops some or all of them.",
        draft: widen::widen,
    },
    Method {
        id: "A.5",
        letter: A,
        reach: Executable,
        title: "Switch connection draining on",
        changes: "Servers that are taken out of a pool get time to finish what they have begun.",
        article: "The article adds it after platform upgrades. It is good hygiene and mends no 502 of this kind, so it is advice and never stands for a fix; the rules that name single instance addresses are what must change.",
        draft: advice::drain,
    },
    Method {
        id: "A.6",
        letter: A,
        reach: Guided,
        title: "Let the host and its firewall answer",
        changes: "Nothing in Azure: somebody with access to the back end opens its port, or starts the application.",
        article: "The article lists it beside its commands. A refused connection without a Deny on the way says that the host is reached and does not listen, or that its own firewall refuses.",
        draft: advice::host,
    },
];
