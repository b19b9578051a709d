//! The article's resolutions: every way to mend something, under a stable id, and what it would change here.
//!
//! Ids follow the order of the article's commands; what only a person can do comes after those.
mod a_reachability;
mod b_probe;
mod c_management;
mod d_backend_pool;
mod e_listener;
mod f_tls;
mod g_gateway_state;
mod h_capacity;
mod i_app_service;
mod pair;
mod rehearsal;

use crate::{
    draft::{Case, Drafted},
    id::Letter::{self, A, B, C, D, E, F, G, H, I},
    report::Finding,
};

/// Every letter.
pub const LETTERS: [Letter; 9] = [A, B, C, D, E, F, G, H, I];

/// Whether the operator may carry it out at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Azure can do it, once approved.
    Executable,
    /// Only a person can; shown, never run.
    Guided,
}

/// One way to mend something.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// Such as `A.3`. It never changes its meaning: plan ids begin with it.
    pub id: &'static str,
    /// The resolution it belongs to.
    pub letter: Letter,
    /// Who can do it.
    pub reach: Reach,
    /// What is done, in a few words.
    pub title: &'static str,
    /// What is different in Azure afterwards, and for whom.
    pub changes: &'static str,
    /// Whether the article's own command is what would be done, and if not, why.
    pub article: &'static str,
    /// Makes it concrete for what one finding says.
    pub draft: fn(&Case<'_, '_>, &Finding) -> Drafted,
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

/// All of them, in order.
pub fn all() -> impl Iterator<Item = &'static Method> {
    LETTERS.into_iter().flat_map(of)
}

/// A method by its id, in any case.
pub fn find(id: &str) -> Option<&'static Method> {
    all().find(|it| it.id.eq_ignore_ascii_case(id))
}

/// The methods of one resolution, in order.
pub fn of(letter: Letter) -> std::slice::Iter<'static, Method> {
    let methods: &'static [Method] = match letter {
        A => &a_reachability::METHODS,
        B => &b_probe::METHODS,
        C => &c_management::METHODS,
        D => &d_backend_pool::METHODS,
        E => &e_listener::METHODS,
        F => &f_tls::METHODS,
        G => &g_gateway_state::METHODS,
        H => &h_capacity::METHODS,
        I => &i_app_service::METHODS,
    };
    methods.iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_these_and_stay_so() {
        let lines: Vec<String> = all()
            .map(|it| format!("{} {:?} {}", it.id, it.reach, it.title))
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn every_letter_has_methods_counted_from_one() {
        let letters: BTreeSet<Letter> = all().map(|it| it.letter).collect();
        assert_eq!(letters.len(), 9);
        for letter in letters {
            let ids: Vec<&str> = of(letter).map(|it| it.id).collect();
            let wanted: Vec<String> = (1..=ids.len()).map(|n| format!("{letter}.{n}")).collect();
            assert_eq!(ids, wanted);
            assert!(!purpose(letter).is_empty());
        }
        let guided = all().filter(|it| it.reach == Reach::Guided).count();
        assert_eq!((all().count(), guided), (28, 5), "23 writes of the article");
    }

    #[test]
    fn found_in_any_case_and_nothing_else_is() {
        assert_eq!(find("a.3").map(|it| it.id), Some("A.3"));
        for name in ["A", "A.7", "A.03", "J.1", ""] {
            assert!(find(name).is_none(), "{name}");
        }
    }

    #[test]
    fn every_text_is_a_line_of_whole_sentences() {
        for it in all() {
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
