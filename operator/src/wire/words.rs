//! The closed lists of the runbook as those of the API. Exhaustive, so that a new word stops the
//! compiler here.
use super::text::fit;
use crate::conditions::{Reach, Truth};
use appgw_crds::{Confidence, Letter, ManagedBy, StepWord, Verdict};
use appgw_runbook::{
    facts::{Gap, Owner},
    id,
    report::{self, Backends, Word},
};

/// How the gateway could be read, told in at most `most` bytes.
pub(super) fn reach(unreachable: Option<&Gap>, most: usize) -> Reach {
    let Some(gap) = unreachable else {
        return Reach::Ok;
    };
    let why = fit(&gap.to_string(), most);
    match gap {
        // Azure answered: there is no such gateway.
        Gap::NotFound => Reach::Ok,
        Gap::Credential { .. } => Reach::AuthFailed(why),
        Gap::Throttled { .. } => Reach::Throttled(why),
        Gap::Denied { .. } | Gap::Locked => Reach::Denied(why),
        Gap::TimedOut | Gap::Unreadable { .. } | Gap::Unreachable { .. } | Gap::NotInBundle => {
            Reach::Unreachable(why)
        }
    }
}

/// The value of the condition that goes with the word.
pub(super) const fn healthy(backends: Backends) -> Truth {
    match backends {
        Backends::AllHealthy => Truth::True,
        Backends::SomeUnhealthy | Backends::NoneHealthy | Backends::EmptyPool => Truth::False,
        Backends::HealthUnknown => Truth::Unknown,
    }
}

pub(super) const fn verdict(verdict: report::Verdict) -> Verdict {
    match verdict {
        report::Verdict::CannotDiagnose => Verdict::CannotDiagnose,
        report::Verdict::RootCauseFound => Verdict::RootCauseFound,
        report::Verdict::WaitingForAzure => Verdict::WaitingForAzure,
        report::Verdict::NeedsInput => Verdict::NeedsInput,
        report::Verdict::Inconclusive => Verdict::Inconclusive,
        report::Verdict::NoFaultFound => Verdict::NoFaultFound,
        report::Verdict::Healthy => Verdict::Healthy,
    }
}

pub(super) const fn word(word: Word) -> StepWord {
    match word {
        Word::Pass => StepWord::Pass,
        Word::Fail => StepWord::Fail,
        Word::Info => StepWord::Info,
        Word::Wait => StepWord::Wait,
        Word::Ask => StepWord::Ask,
        Word::Gap => StepWord::Gap,
        Word::Skip => StepWord::Skip,
    }
}

pub(super) const fn letter(letter: id::Letter) -> Letter {
    match letter {
        id::Letter::A => Letter::A,
        id::Letter::B => Letter::B,
        id::Letter::C => Letter::C,
        id::Letter::D => Letter::D,
        id::Letter::E => Letter::E,
        id::Letter::F => Letter::F,
        id::Letter::G => Letter::G,
        id::Letter::H => Letter::H,
        id::Letter::I => Letter::I,
    }
}

pub(super) const fn confidence(confidence: report::Confidence) -> Confidence {
    match confidence {
        report::Confidence::Confirmed => Confidence::Confirmed,
        report::Confidence::Likely => Confidence::Likely,
        report::Confidence::Inconclusive => Confidence::Inconclusive,
    }
}

pub(super) const fn owner(owner: Owner) -> ManagedBy {
    match owner {
        Owner::Nobody => ManagedBy::Nobody,
        Owner::Agic => ManagedBy::AGIC,
        Owner::Terraform => ManagedBy::Terraform,
        Owner::Bicep => ManagedBy::Bicep,
        Owner::Aso => ManagedBy::ASO,
    }
}
