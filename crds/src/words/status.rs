//! Words that the operator writes.
use super::words;

words! {
    /// The outcome of a diagnosis. The first that holds, in this order.
    Verdict {
        /// Not found, not permitted, not an Application Gateway, or Azure out of reach.
        CannotDiagnose,
        /// A finding that is `Confirmed` or `Likely` explains the 502s.
        RootCauseFound,
        /// Azure is in the middle of something; the wait has an end.
        WaitingForAzure,
        /// An undecided row hangs on a question only a person can answer.
        NeedsInput,
        /// An undecided row hangs on a gap, or what was found is a hint and no more.
        Inconclusive,
        /// Every row decided, none explains, and 502s are still counted.
        NoFaultFound,
        /// Every row that could matter is decided, and there was no 502.
        Healthy,
    }
}

words! {
    /// How sure a finding is. Only the first two make a root cause.
    Confidence {
        /// The gateway's own word and the documents agree, or one document alone suffices.
        Confirmed,
        /// One of the two, and nothing against it.
        Likely,
        /// A hint.
        Inconclusive,
    }
}

words! {
    /// What was seen in a step.
    StepWord {
        /// Nothing wrong here.
        Pass,
        /// The cause lies here.
        Fail,
        /// The step only tells which way to go.
        Info,
        /// Azure is in the middle of something.
        Wait,
        /// Only a person can say.
        Ask,
        /// Something could not be looked at.
        Gap,
        /// The walk did not come here.
        Skip,
    }
}

words! {
    /// Where the repair stands.
    Fix {
        /// There is nothing to repair.
        None,
        /// A person must do it.
        AdviceOnly,
        /// There is a plan, and a reason why it cannot be approved.
        Withheld,
        /// A plan waits for approval.
        AwaitingApproval,
        /// A person said no.
        Rejected,
        /// The change is under way.
        Applying,
        /// The change is there; whether it helped is being looked at.
        Verifying,
        /// The change helped.
        Resolved,
        /// The change is there and did not help.
        NotEffective,
        /// The change made things worse.
        Worse,
        /// Whether the change helped cannot be seen from here.
        CannotTell,
        /// The change was taken back.
        RolledBack,
        /// Somebody else changed the same place.
        Drifted,
        /// Azure refused the change.
        Failed,
    }
}

words! {
    /// Where a plan stands.
    PlanState {
        /// It cannot be approved; the reason is beside it.
        Withheld,
        /// A person must do it.
        AdviceOnly,
        /// It waits for approval.
        AwaitingApproval,
        /// A person said no; it can still be approved after all.
        Rejected,
        /// Its change is under way.
        Applying,
        /// Its change is there and is being looked at.
        Verifying,
    }
}

words! {
    /// Why a plan cannot be approved. Reasons of content come before reasons of mode.
    WithheldReason {
        /// `spec.mode` is `ReadOnly`.
        ReadOnlyMode,
        /// The letter is not among the allowed ones.
        LetterNotAllowed,
        /// The admission policy that guards approvals is not in force.
        GuardMissing,
        /// A value is missing that only a person can give.
        NeedsInput,
        /// What was seen does not carry a change.
        EvidenceTooWeak,
        /// Another tool keeps this configuration.
        OwnedByOther,
        /// This namespace has no grant for the target.
        NotGranted,
        /// The gateway is stopped, and the change would start it.
        GatewayStopped,
        /// The gateway is being changed.
        GatewayBusy,
        /// The gateway is of a retired generation.
        GatewayRetired,
        /// The gateway's DNS does not work.
        DnsBroken,
        /// A resource lock forbids the change.
        Locked,
        /// The writer lacks a right in Azure.
        PermissionMissing,
        /// An Azure policy speaks against the change.
        PolicyDenies,
        /// The plan deletes, and deleting is off.
        DeletesOff,
        /// Others use the changed resource, too.
        SharedTarget,
        /// The change would take the last healthy member.
        LastHealthyMember,
        /// Another change is under way on the same target.
        OtherChangeUnderWay,
        /// The plan does not fit into the object.
        TooLarge,
        /// The object is paused.
        Paused,
        /// The installation does not write.
        WritesOff,
    }
}

words! {
    /// What can go wrong with a change.
    Risk {
        /// Little, and it can be undone.
        Low,
        /// Some traffic may notice.
        Medium,
        /// All traffic may notice.
        High,
    }
}

words! {
    /// Where an approved entry stands.
    Phase {
        /// Written down before anything is sent.
        Intended,
        /// Azure has accepted it.
        Sent,
        /// The target is as planned.
        Settled,
        /// The target is neither as before nor as planned.
        Drifted,
        /// Azure refused it.
        Failed,
        /// The approval was taken away before anything was sent.
        Withdrawn,
        /// The approval came too late.
        Expired,
        /// The change was taken back.
        RolledBack,
    }
}

words! {
    /// What a person decided.
    Decision {
        /// Yes.
        Approved,
        /// No.
        Rejected,
    }
}

words! {
    /// How a decision ended.
    Outcome {
        /// The target is as planned.
        Settled,
        /// The target was neither as before nor as planned.
        Drifted,
        /// Azure refused the change.
        Failed,
        /// The approval came too late.
        Expired,
        /// A person said no.
        Rejected,
        /// The approval was taken away.
        Withdrawn,
        /// The plan was no longer on offer.
        Stale,
        /// The change was taken back.
        RolledBack,
    }
}

words! {
    /// What a change did to the fault.
    Effect {
        /// It is gone.
        Resolved,
        /// It is as it was.
        NotEffective,
        /// It got worse.
        Worse,
        /// It cannot be seen from here.
        CannotTell,
    }
}

words! {
    /// What a change does to its target.
    Act {
        /// Makes it.
        Create,
        /// Alters it, or sends it again unaltered.
        Update,
        /// Takes it away.
        Delete,
        /// Starts a stopped gateway.
        Start,
    }
}

words! {
    /// Why a visit took place.
    Trigger {
        /// The spec is new or changed.
        Change,
        /// `spec.interval` is over.
        Interval,
        /// `spec.schedule` says so.
        Schedule,
        /// A person asked with the annotation `run-now`.
        RunNow,
        /// A wait of the article, or for Azure, is over.
        Wait,
        /// A decision, or a change under way.
        Approval,
        /// The visit before failed.
        Retry,
        /// The command line, without a cluster.
        CommandLine,
    }
}
