//! The grammar of resource manager paths: case does not matter anywhere, and is kept as sent.

/// A path below a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArmPath {
    pub(crate) subscription: String,
    pub(crate) group: Option<String>,
    /// One for a resource, another for what hangs on it: `…/providers/Microsoft.Insights/metrics`.
    pub(crate) providers: Vec<Provider>,
}

/// `providers/NAMESPACE/type/name/type/name…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Provider {
    pub(crate) namespace: String,
    /// Types and names in turn; an odd number ends in a collection or an action.
    pub(crate) segments: Vec<String>,
}

impl ArmPath {
    /// Reads the segments after `subscriptions`; `None` if they follow no grammar at all.
    pub(crate) fn parse(segments: &[String]) -> Option<Self> {
        let (subscription, mut rest) = segments.split_first()?;
        let mut group = None;
        if let [first, name, after @ ..] = rest
            && first.eq_ignore_ascii_case("resourceGroups")
        {
            group = Some(name.clone());
            rest = after;
        }
        let mut providers = Vec::new();
        while let Some((first, after)) = rest.split_first() {
            if !first.eq_ignore_ascii_case("providers") {
                return None;
            }
            let (namespace, after) = after.split_first()?;
            let end = after
                .iter()
                .position(|segment| segment.eq_ignore_ascii_case("providers"));
            let (own, next) = after.split_at(end.unwrap_or(after.len()));
            if own.is_empty() {
                return None;
            }
            providers.push(Provider {
                namespace: namespace.clone(),
                segments: own.to_vec(),
            });
            rest = next;
        }
        Some(Self {
            subscription: subscription.clone(),
            group,
            providers,
        })
    }

    /// The subscription or resource group that the path is in.
    pub(crate) fn container(&self) -> String {
        match &self.group {
            Some(group) => format!(
                "/subscriptions/{}/resourceGroups/{group}",
                self.subscription
            ),
            None => format!("/subscriptions/{}", self.subscription),
        }
    }

    /// The id of what the first `providers` name, the last one cut to its first `segments`.
    pub(crate) fn id(&self, providers: usize, segments: usize) -> String {
        let mut id = self.container();
        for (at, provider) in self.providers.iter().take(providers).enumerate() {
            let own = if at + 1 == providers {
                segments
            } else {
                provider.segments.len()
            };
            id.push_str("/providers/");
            id.push_str(&provider.namespace);
            for segment in provider.segments.iter().take(own) {
                id.push('/');
                id.push_str(segment);
            }
        }
        id
    }
}

impl Provider {
    /// The types of the first `segments`, joined: `virtualNetworks/subnets`.
    pub(crate) fn kind(&self, segments: usize) -> String {
        let types: Vec<&str> = self
            .segments
            .iter()
            .take(segments)
            .step_by(2)
            .map(String::as_str)
            .collect();
        types.join("/")
    }

    /// Whether the path ends in a type: a collection for GET, an action for POST.
    pub(crate) fn ends_in_type(&self) -> bool {
        self.segments.len() % 2 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(path: &str) -> Option<ArmPath> {
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        ArmPath::parse(&segments)
    }

    #[test]
    fn a_child_with_an_extension() {
        let path = parse("s/RESOURCEGROUPS/g/Providers/N.S/a/1/b/2/providers/M.I/metrics").unwrap();
        assert_eq!(path.group.as_deref(), Some("g"));
        assert_eq!(
            path.id(1, 2),
            "/subscriptions/s/resourceGroups/g/providers/N.S/a/1"
        );
        assert_eq!(
            path.id(2, 1),
            "/subscriptions/s/resourceGroups/g/providers/N.S/a/1/b/2/providers/M.I/metrics"
        );
        assert_eq!(path.providers[0].kind(4), "a/b");
        assert!(path.providers[1].ends_in_type() && !path.providers[0].ends_in_type());
    }

    #[test]
    fn what_follows_no_grammar_is_none() {
        for path in [
            "s/foo",
            "s/resourceGroups/g/x/y",
            "s/providers",
            "s/providers/N.S",
            "s/resourceGroups",
        ] {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
