//! A request to the resource manager with all that it is judged by.

use hyper::Method;

use super::kinds::Kind;
use crate::sim::{
    answer::Answer,
    errors,
    options::{Options, Principal},
    origin::Origin,
    request::Request,
    shared::Shared,
};

/// Everything that a request to the resource manager is answered from.
pub(in crate::sim) struct Call<'a> {
    pub(in crate::sim) shared: &'a Shared,
    pub(in crate::sim) options: &'a Options,
    pub(in crate::sim) request: &'a Request,
    pub(in crate::sim) origin: &'a Origin,
    pub(in crate::sim) client: &'a Principal,
    pub(in crate::sim) version: &'a str,
}

/// A refusal, boxed since it is rare.
pub(in crate::sim) type Refused = Box<Answer>;

impl Call<'_> {
    /// Refuses all but GET.
    pub(super) fn only_get(&self) -> Result<(), Refused> {
        match self.request.method {
            Method::GET => Ok(()),
            ref other => Err(errors::method_not_allowed(other.as_str()).into()),
        }
    }

    /// Whether the caller has a permission at a scope.
    pub(in crate::sim) fn may(&self, action: &str, scope: &str) -> bool {
        self.client.may(action) && !self.shared.world(|world| world.is_denied(action, scope))
    }

    /// Refuses what the caller may not do; the scope is an id or a container.
    pub(super) fn authorize(&self, action: &str, scope: &str) -> Result<(), Refused> {
        if !self.may(action, scope) {
            let Principal { id, object_id, .. } = self.client;
            return Err(errors::not_authorized(id, object_id, action, scope).into());
        }
        Ok(())
    }

    /// The type, if the cloud has it in the api-version asked with.
    pub(super) fn version_of(
        &self,
        namespace: &str,
        name: &str,
        location: Option<&str>,
    ) -> Result<Kind, Refused> {
        let newest = self.options.newest_api_version.as_deref();
        let Some(kind) = Kind::find(namespace, name) else {
            let error = if Kind::has_namespace(namespace) {
                errors::kind_unknown(namespace, name, self.version, None)
            } else {
                errors::namespace_unknown(namespace)
            };
            return Err(error.into());
        };
        let known = kind.known(newest);
        if known
            .iter()
            .any(|known| known.eq_ignore_ascii_case(self.version))
        {
            return Ok(kind);
        }
        let supported = known.join(", ");
        let dated = self
            .version
            .get(..10)
            .is_some_and(|date| date.parse::<jiff::civil::Date>().is_ok());
        Err(match location {
            _ if !dated => errors::api_version_malformed(self.version, &supported),
            Some(location) => {
                errors::api_version_unknown(location, self.version, kind.name, &supported)
            }
            None => errors::kind_unknown(kind.namespace, kind.name, self.version, Some(&supported)),
        }
        .into())
    }
}
