//! The closed lists of the runbook as those of the API. Exhaustive, so that a new word stops the
//! compiler here.
use super::text::fit;
use crate::conditions::{Reach, Truth};
use appgw_crds::{Confidence, Letter, ManagedBy, StepWord, Verdict, WithheldReason};
use appgw_runbook::{
    draft::Reason,
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

pub(super) const fn reason(reason: Reason) -> WithheldReason {
    match reason {
        Reason::EvidenceTooWeak => WithheldReason::EvidenceTooWeak,
        Reason::NeedsInput => WithheldReason::NeedsInput,
        Reason::OwnedByOther => WithheldReason::OwnedByOther,
        Reason::NotGranted => WithheldReason::NotGranted,
        Reason::GatewayStopped => WithheldReason::GatewayStopped,
        Reason::GatewayBusy => WithheldReason::GatewayBusy,
        Reason::GatewayRetired => WithheldReason::GatewayRetired,
        Reason::DnsBroken => WithheldReason::DnsBroken,
        Reason::Locked => WithheldReason::Locked,
        Reason::PermissionMissing => WithheldReason::PermissionMissing,
        Reason::PolicyDenies => WithheldReason::PolicyDenies,
        Reason::DeletesOff => WithheldReason::DeletesOff,
        Reason::SharedTarget => WithheldReason::SharedTarget,
        Reason::LastHealthyMember => WithheldReason::LastHealthyMember,
        Reason::TooLarge => WithheldReason::TooLarge,
        Reason::ReadOnlyMode => WithheldReason::ReadOnlyMode,
        Reason::LetterNotAllowed => WithheldReason::LetterNotAllowed,
        Reason::GuardMissing => WithheldReason::GuardMissing,
        Reason::OtherChangeUnderWay => WithheldReason::OtherChangeUnderWay,
        Reason::Paused => WithheldReason::Paused,
        Reason::WritesOff => WithheldReason::WritesOff,
    }
}

/// A letter of the API as the runbook has it.
pub const fn letter_back(letter: Letter) -> id::Letter {
    match letter {
        Letter::A => id::Letter::A,
        Letter::B => id::Letter::B,
        Letter::C => id::Letter::C,
        Letter::D => id::Letter::D,
        Letter::E => id::Letter::E,
        Letter::F => id::Letter::F,
        Letter::G => id::Letter::G,
        Letter::H => id::Letter::H,
        Letter::I => id::Letter::I,
    }
}
