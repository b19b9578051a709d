//! Documents on their way to another state: what is shown of them, while what is in force is still as before.

use serde_json::{Value, json};

use super::{World, WorldError, complete, documents, guid, lenient, relink};

impl World {
    /// A document as GET shows it, borrowed.
    pub(super) fn sight(&self, id: &str) -> Option<&Value> {
        let key = lenient::key(id);
        let on_its_way = |own: &&String| {
            let rest = key.strip_prefix(own.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if self.shown.keys().any(|own| on_its_way(&own)) {
            return documents::find(&self.shown, &key);
        }
        self.look(&key)
    }

    /// Shows a resource as it is to be, with that state in all its parts; says what is shown.
    pub(crate) fn show(&mut self, id: &str, document: Value, state: &str) -> Value {
        let key = lenient::key(id);
        let own = self.own_case(&key);
        let own = if own == key {
            id.trim_end_matches('/').to_owned()
        } else {
            own
        };
        let mut document = document;
        complete::complete(&own, &mut document);
        set_states(&own, &mut document, state, |_| true);
        self.show_whole(key, document)
    }

    /// Shows a sub-resource as it is to be, or the one that is there for `None`, with that state; says what is shown.
    ///
    /// # Errors
    /// If its resource, or the sub-resource that is to be kept, is not there.
    pub(crate) fn show_element(
        &mut self,
        id: &str,
        element: Option<Value>,
        state: &str,
    ) -> Result<Value, WorldError> {
        let key = lenient::key(id);
        let not_there = || WorldError::NotThere(id.to_owned());
        let (parent, list, name) = self.place_in_parent(&key).ok_or_else(not_there)?;
        let own = self.own_case(&parent);
        let mut resource = self.sight(&parent).cloned().ok_or_else(not_there)?;
        if let Some(element) = element {
            documents::store_element(&mut resource, list, name.clone(), element, id);
        }
        complete::complete(&own, &mut resource);
        set_states(&own, &mut resource, state, |own| {
            lenient::name(own).eq_ignore_ascii_case(&name)
        });
        self.show_whole(parent, resource);
        self.sight(&key).cloned().ok_or_else(not_there)
    }

    /// Puts a new `ETag` on what is shown of a resource: the one in the answer to a PUT is never the one that stays.
    pub(crate) fn restamp(&mut self, id: &str) {
        let key = lenient::key(id);
        let key = match self.place_in_parent(&key) {
            Some((parent, ..)) => parent,
            None => key,
        };
        if let Some(document) = self.shown.remove(&key) {
            self.show_whole(key, document);
        }
    }

    /// Takes a document out of force.
    pub(crate) fn repeal(&mut self, id: &str) {
        self.remember();
        let resource = self.place_in_parent(&lenient::key(id));
        self.delete(id);
        // Something that never came in force is shown no longer, either.
        if let Some((resource, ..)) = resource {
            self.shown.remove(&resource);
        }
    }

    /// Puts a document in force, as if nothing had ever been on its way; a gateway forgets the names that it knew.
    ///
    /// # Errors
    /// As [`World::put`].
    pub(crate) fn enforce(&mut self, id: &str, document: Value) -> Result<Value, WorldError> {
        let mut document = document;
        set_states(id, &mut document, "Succeeded", |_| true);
        self.remember();
        self.facts.forgetful.insert(lenient::key(id));
        self.put(id, document)
    }

    /// Gives up what was on its way to a resource: its document shows what was wanted with that state, or what is in
    /// force.
    pub(crate) fn abandon(&mut self, id: &str, state: &str, shows_goal: bool) {
        let key = lenient::key(id);
        let key = match self.place_in_parent(&key) {
            Some((parent, ..)) => parent,
            None => key,
        };
        let own = self.own_case(&key);
        let Some(mut document) = self.shown.remove(&key) else {
            return;
        };
        if shows_goal {
            set_states(&own, &mut document, state, |own| {
                let words = ["Updating", "Deleting"];
                let now = &own["properties"]["provisioningState"];
                words.iter().any(|word| lenient::is_word(now, word))
            });
            self.show_whole(key, document);
        } else if let Some(document) = self.documents.get_mut(&key) {
            document["properties"]["provisioningState"] = json!(state);
            self.settle(key);
        }
    }

    /// Stores what somebody else has made of a document; says whether its resource is there.
    pub(crate) fn edited(&mut self, id: &str, document: Value) -> bool {
        if lenient::key(id).contains("/providers/microsoft.web/") {
            self.keep(id, document);
            return true;
        }
        let resource = lenient::key(id);
        self.remember();
        let was_shown = self.shown.contains_key(&resource);
        let stored = if was_shown {
            self.enforce(id, document)
        } else {
            self.put(id, document)
        };
        stored.is_ok()
    }

    /// Keeps a document as it is: those of App Service have neither `ETag` nor state.
    pub(crate) fn keep(&mut self, id: &str, document: Value) {
        self.remember();
        self.documents.insert(lenient::key(id), document);
    }

    fn show_whole(&mut self, key: String, document: Value) -> Value {
        self.revision += 1;
        let own = lenient::id(&document).unwrap_or(&key).to_owned();
        let mut all = self.documents.clone();
        all.insert(key.clone(), document);
        relink::relink(&mut all);
        let mut document = all.remove(&key).unwrap_or_default();
        complete::stamp(&own, &mut document, &guid::etag(&own, self.revision));
        self.shown.insert(key, document.clone());
        document
    }
}

/// Sets the state of a document and of those of its sub-resources that are meant.
fn set_states(id: &str, document: &mut Value, state: &str, meant: impl Fn(&Value) -> bool) {
    let set = |own: &mut Value| {
        if own["properties"].is_object() {
            own["properties"]["provisioningState"] = json!(state);
        }
    };
    set(document);
    let Some(properties) = document.get_mut("properties") else {
        return;
    };
    for list in complete::lists(id) {
        for element in lenient::items_mut(properties, list) {
            if !meant(element) {
                continue;
            }
            set(element);
            if let Some(own) = element.get_mut("properties") {
                lenient::items_mut(own, "pathRules").for_each(set);
            }
        }
    }
}
