//! What the identity in use may not do, and what is locked.

use serde_json::{Value, json};

use super::{World, lenient};

/// An action that the identity may not do.
#[derive(Clone, Debug)]
pub(super) struct Denial {
    /// With `*` for any run of characters.
    pub(super) action: String,
    /// Where and below which; everywhere if none.
    pub(super) scope: Option<String>,
}

/// A management lock.
#[derive(Clone, Debug)]
pub(super) struct Lock {
    pub(super) name: String,
    pub(super) scope: String,
    pub(super) level: String,
}

/// A policy that forbids something.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) name: String,
    pub(super) scope: String,
    /// With `*` for any run of characters.
    pub(super) action: String,
}

impl World {
    /// Assigns a policy that forbids an action at a scope and below; `*` in the action stands for any run of characters.
    pub fn forbid(&mut self, policy: &str, scope: &str, action: &str) {
        self.policies.push(Policy {
            name: policy.to_owned(),
            scope: scope.trim_end_matches('/').to_owned(),
            action: action.to_owned(),
        });
    }

    /// The policy that forbids an action on `scope`, if one does, and where it is assigned.
    pub(crate) fn forbidding(&self, scope: &str, action: &str) -> Option<(String, String)> {
        let mut all = self.policies.iter();
        all.find(|own| lies_in(scope, &own.scope) && like(&own.action, action))
            .map(|own| (own.name.clone(), own.scope.clone()))
    }

    /// Takes an action away from the identity in use, at a scope and below, or everywhere; `*` in the action stands
    /// for any run of characters.
    pub fn deny(&mut self, action: &str, scope: Option<&str>) {
        self.denied.push(Denial {
            action: action.to_owned(),
            scope: scope.map(str::to_owned),
        });
    }

    /// Gives back all actions that were taken away.
    pub fn allow_all(&mut self) {
        self.denied.clear();
    }

    /// Whether the identity in use may not do that on the resource or container `scope`.
    pub fn is_denied(&self, action: &str, scope: &str) -> bool {
        self.denied.iter().any(|denial| {
            let within = denial.scope.as_deref().is_none_or(|on| lies_in(scope, on));
            within && like(&denial.action, action)
        })
    }

    /// Puts a lock on a scope: `ReadOnly` or `CanNotDelete`.
    pub fn lock(&mut self, name: &str, scope: &str, level: &str) {
        self.locks.push(Lock {
            name: name.to_owned(),
            scope: scope.trim_end_matches('/').to_owned(),
            level: level.to_owned(),
        });
    }

    /// Takes all locks away.
    pub fn unlock_all(&mut self) {
        self.locks.clear();
    }

    /// The scope of the `ReadOnly` lock that forbids writes and POST actions on `scope`, if there is one.
    pub fn locked(&self, scope: &str) -> Option<String> {
        self.locks_over(scope)
            .find(|lock| lock.level.eq_ignore_ascii_case("ReadOnly"))
            .map(|lock| lock.scope.clone())
    }

    /// The scope of the lock of either level that forbids deleting `scope`, if there is one.
    pub fn kept(&self, scope: &str) -> Option<String> {
        self.locks_over(scope).next().map(|lock| lock.scope.clone())
    }

    /// The documents of the locks that apply to `scope`, its own and those it inherits.
    pub fn locks(&self, scope: &str) -> Vec<Value> {
        self.locks_over(scope).map(document).collect()
    }

    fn locks_over<'a>(&'a self, scope: &'a str) -> impl Iterator<Item = &'a Lock> {
        self.locks
            .iter()
            .filter(move |lock| lies_in(scope, &lock.scope))
    }
}

fn document(lock: &Lock) -> Value {
    json!({
        "id": format!("{}/providers/Microsoft.Authorization/locks/{}", lock.scope, lock.name),
        "name": lock.name,
        "type": "Microsoft.Authorization/locks",
        "properties": {"level": lock.level},
    })
}

/// Whether an id is another or lies below it.
fn lies_in(id: &str, container: &str) -> bool {
    let (id, container) = (lenient::key(id), lenient::key(container));
    id.strip_prefix(&container)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a text fits a pattern in which `*` stands for any run of characters, whatever the case.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(end)
}
