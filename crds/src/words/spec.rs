//! Words that people write.
use super::words;

words! {
    /// A scheme clients use.
    Scheme {
        /// Without TLS.
        Http,
        /// With TLS.
        Https,
    }
}

words! {
    /// Who keeps the gateway's configuration, and would undo a change made beside it.
    ManagedBy {
        /// Nobody but people.
        Nobody,
        /// The Application Gateway Ingress Controller.
        AGIC,
        /// Terraform or `OpenTofu`.
        Terraform,
        /// Bicep or ARM templates.
        Bicep,
        /// The Azure Service Operator.
        ASO,
    }
}

words! {
    /// A resolution of the article.
    Letter {
        /// The gateway cannot reach the back end.
        A,
        /// The probe asks for something else than the application answers.
        B,
        /// The platform's own traffic is blocked on the gateway's subnet.
        C,
        /// The back-end pool is empty.
        D,
        /// Listener port or path rule do not match the request.
        E,
        /// The back end's certificate is not trusted.
        F,
        /// The gateway is stopped, or its last update failed.
        G,
        /// The gateway is at its capacity limit.
        H,
        /// App Service refuses the host name or the caller.
        I,
    }
}

words! {
    /// A caution that can be set aside by name.
    Caution {
        /// The gateway's DNS does not work, so a change of its configuration may fail.
        DnsBroken,
        /// Another tool keeps this configuration and may undo the change.
        OwnedByOther,
        /// An Azure policy speaks against the change.
        PolicyDenies,
        /// Others use the changed resource, too.
        SharedTarget,
    }
}

words! {
    /// How far this diagnosis may go.
    #[derive(Default)]
    Mode {
        /// Plans are shown and none can be approved.
        #[default]
        ReadOnly,
        /// Plans of the allowed resolutions can be approved.
        Review,
    }
}

words! {
    /// What happens to a change that made things worse.
    #[derive(Default)]
    Rollback {
        /// The way back is offered and waits for approval.
        #[default]
        Offer,
        /// The way back is taken at once; approved with the plan.
        Automatic,
        /// There is no way back.
        Never,
    }
}

words! {
    /// Whom an App Service lets in.
    AllowFrom {
        /// The gateway's subnet.
        Subnet,
        /// The gateway's public address.
        PublicIp,
    }
}
