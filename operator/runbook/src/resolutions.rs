//! The article's resolutions as a catalogue: every way to mend something, under a stable id.
//!
//! Ids follow the order of the article's commands; what it says in words alone comes after those.
//! Nothing here is built: this release shows what would be done and writes nothing.
use crate::id::Letter::{self, A, B, C, D, E, F, G, H, I};

/// What stands in place of a method that this release cannot carry out.
pub const NOT_BUILT: &str = "not built yet: nothing is written by this release";

/// One way to mend something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Such as `A.3`. It never changes its meaning: plan ids begin with it.
    pub id: &'static str,
    /// The resolution it belongs to.
    pub letter: Letter,
    /// What is done, in a few words.
    pub title: &'static str,
    /// What is different in Azure afterwards, and for whom.
    pub changes: &'static str,
    /// Whether the article's own command is what would be done, and if not, why.
    pub article: &'static str,
}

/// What a resolution is for, in a few words.
pub const fn purpose(letter: Letter) -> &'static str {
    match letter {
        A => "Let the gateway reach its back ends",
        B => "Probe what the application really answers",
        C => "Let the platform reach the gateway's instances",
        D => "Fill a pool that requests are sent to",
        E => "Take the requests that clients send",
        F => "Make TLS to the back ends work",
        G => "Bring the gateway itself back",
        H => "Give the gateway more capacity",
        I => "Be let in by an App Service",
    }
}

/// A method by its id, in any case.
pub fn find(id: &str) -> Option<&'static Method> {
    METHODS.iter().find(|it| it.id.eq_ignore_ascii_case(id))
}

/// The methods of one resolution, in order.
pub fn of(letter: Letter) -> impl Iterator<Item = &'static Method> {
    METHODS.iter().filter(move |it| it.letter == letter)
}

const fn method(
    id: &'static str,
    letter: Letter,
    title: &'static str,
    changes: &'static str,
    article: &'static str,
) -> Method {
    Method {
        id,
        letter,
        title,
        changes,
        article,
    }
}

/// All of them.
pub static METHODS: [Method; 22] = [
    method(
        "A.1",
        A,
        "Delete the Deny",
        "The rule leaves its NSG, so everything that it kept out comes in, not only the gateway.",
        "The article begins with it. A Deny may well be somebody's protection, so A.3 is preferred; deleting takes two separate yeses, one in spec.inputs.A.allowDelete and one for the plan, and the rule is kept in full for the way back.",
    ),
    method(
        "A.2",
        A,
        "Move the Deny behind the rules that allow",
        "The rule gets a higher number and decides later than before, for everyone that it concerns.",
        "Same command, with a number that is free and that comes after an Allow which covers the probe: without such a rule nothing is gained, and all other traffic that falls between the two numbers changes its fate as well.",
    ),
    method(
        "A.3",
        A,
        "Allow the gateway's subnet above the Deny",
        "One new inbound rule: from the gateway's subnet, to the back ends' addresses, on the ports that are probed and served.",
        "The article's rule has no destination and always the same name, so it opens the port for the whole subnet and a second use overwrites the first. Ours names destination and port, takes a name and a number that are free, below that of the Deny, and is tried against all NSGs on the path beforehand.",
    ),
    method(
        "A.4",
        A,
        "Switch connection draining on",
        "Servers that are taken out of a pool get time to finish what they have begun.",
        "The article adds it after platform upgrades. It is good hygiene and mends no 502 of this kind, so it is advice and never stands for a fix; the rules that name single instance addresses are what must change.",
    ),
    method(
        "B.1",
        B,
        "Create a probe of the application's own",
        "The gateway has one more probe, which nothing uses until B.2.",
        "The article's probe is always Http on /health with a time-out as long as its interval. Ours speaks the protocol of the settings it is for, asks a path that a person named or that was tried on demand, never waits longer than its interval, and does not accept 400 and above.",
    ),
    method(
        "B.2",
        B,
        "Attach the probe to the settings",
        "Every pair that uses these settings is probed the new way; the probe before it stays on the gateway.",
        "Same change, written together with B.1 in one request, so that the gateway is never between the two. Whoever shares the settings is listed first.",
    ),
    method(
        "B.3",
        B,
        "Probe an API Management on its status path",
        "A probe for the gateway host of the API Management, attached to the settings that lead there.",
        "The article creates this probe and leaves it unattached. The path belongs to the gateway host alone; portal and management hosts have others.",
    ),
    method(
        "C.1",
        C,
        "Let the platform's management traffic in",
        "One new inbound rule on the NSG of the gateway's subnet, from GatewayManager to any destination on the management ports of the gateway's platform.",
        "The article takes any number that is free and the ports of v2. Behind the rule that blocks, an Allow does nothing: the number has to be below that one's. v1 has ports of its own, and the load balancer's probes need their rule too.",
    ),
    method(
        "D.1",
        D,
        "Add members to the pool",
        "The pool has the new members besides those that it has.",
        "The article's switch replaces the whole list of a pool. Ours appends, and is withheld where a pool is empty on purpose: members by network interface or scale set, an ingress controller's, or one that only redirects use.",
    ),
    method(
        "E.1",
        E,
        "Give the listener another port",
        "A new front-end port and a listener on it; everyone who still uses the old port has to move.",
        "The article changes the port that is there, and with it every listener that shares it. A port that does not answer is also no 502: it is offered only where a person named the port that clients use.",
    ),
    method(
        "E.2",
        E,
        "Add a path rule",
        "Requests for these paths go to the named pool by the named settings, before the default of the path map.",
        "The article names this cause and has no command for it. A path without a rule takes the map's default, so the fault may as well be the default's pool.",
    ),
    method(
        "F.1",
        F,
        "Upload the root of the private authority",
        "The gateway knows one more root; no settings trust it until F.3.",
        "Same upload, but only of a certificate that a person put into the cluster: what the back end itself presents may come from whoever stands in between. v1 gateways take the server's own certificate instead.",
    ),
    method(
        "F.2",
        F,
        "Let the settings speak HTTPS",
        "Every pair that uses these settings is asked by HTTPS from then on, its probe included.",
        "The article sets port 443 along with it, which breaks a back end that listens elsewhere, and leaves an Http probe behind, which Azure refuses. Ours keeps the port, and changes settings and probe in one write.",
    ),
    method(
        "F.3",
        F,
        "Let the settings trust the root",
        "Back ends behind these settings may have certificates of that authority as well.",
        "The article's switch replaces the list of trusted roots. Ours appends.",
    ),
    method(
        "F.4",
        F,
        "Ask for the name in the certificate",
        "Settings and probe ask the back end for a host name that its certificate has; the application sees it as Host.",
        "The article says so in words only. It is offered for a name that a person gave; a chain without its intermediates is mended on the back end and nowhere else, and switching the checks off is never offered.",
    ),
    method(
        "G.1",
        G,
        "Start the gateway",
        "The gateway serves again, and costs again.",
        "Same command, but only after a person said that it was not stopped on purpose. A v1 gateway is retired and is not started.",
    ),
    method(
        "G.2",
        G,
        "Write the configuration again just as it stands",
        "Nothing, if it works: Azure goes over the same configuration once more.",
        "The article does it whenever a write failed. It would start a stopped gateway, makes the instances forget the names they resolved, and cannot mend a configuration that is wrong; so it is offered for a running gateway only, without trouble in DNS, and once.",
    ),
    method(
        "H.1",
        H,
        "Raise the ceiling of autoscaling",
        "The gateway may grow to more instances, and may cost more.",
        "Same change, on better evidence: the article compares capacity units with a number of instances, and one instance is ten units. The ceiling of cost is shown, and the size of the subnet is checked.",
    ),
    method(
        "H.2",
        H,
        "Run more instances",
        "A gateway of fixed size has more instances from then on, and costs more at once.",
        "Same change, with the number that a person gave. A write to a stopped gateway would start it, so there it is withheld.",
    ),
    method(
        "I.1",
        I,
        "Ask App Service by its own name",
        "Requests by these settings carry the name of the pool's member as Host, so cookies and redirects of the application may show it.",
        "Same change, but only for pools of names, and with every rule that shares the settings listed; a custom domain that is bound to the app (I.2) keeps the name that clients know. The probe follows.",
    ),
    method(
        "I.2",
        I,
        "Ask App Service by a name that is bound to it",
        "Requests by these settings carry this name as Host.",
        "Same change, for a name that the app is seen to have. The probe follows, so that health goes on telling the truth.",
    ),
    method(
        "I.3",
        I,
        "Let the gateway through the access restrictions",
        "One more Allow among the rules of the app.",
        "The article adds it to any app. The first Allow of an app without rules locks everyone else out, so there it is refused; a subnet is allowed as a subnet and not as a range of addresses, which private traffic would never match.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_these_and_stay_so() {
        let lines: Vec<String> = METHODS
            .iter()
            .map(|it| format!("{} {}", it.id, it.title))
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn every_letter_has_methods_counted_from_one() {
        let letters: BTreeSet<Letter> = METHODS.iter().map(|it| it.letter).collect();
        assert_eq!(letters.len(), 9);
        for letter in letters {
            let ids: Vec<&str> = of(letter).map(|it| it.id).collect();
            let wanted: Vec<String> = (1..=ids.len()).map(|n| format!("{letter}.{n}")).collect();
            assert_eq!(ids, wanted);
            assert!(!purpose(letter).is_empty());
        }
    }

    #[test]
    fn found_in_any_case_and_nothing_else_is() {
        assert_eq!(find("a.3").map(|it| it.id), Some("A.3"));
        for name in ["A", "A.5", "A.03", "J.1", ""] {
            assert!(find(name).is_none(), "{name}");
        }
    }

    #[test]
    fn every_text_is_a_line_of_whole_sentences() {
        for it in &METHODS {
            for text in [it.changes, it.article] {
                assert!(
                    text.ends_with('.') && !text.contains('\n') && text.len() < 420,
                    "{}",
                    it.id
                );
            }
            assert!(!it.title.ends_with('.') && it.title.len() < 60, "{}", it.id);
        }
    }
}
