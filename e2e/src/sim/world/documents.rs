//! The documents of a world: found, listed, stored and deleted by id.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{World, WorldError, complete, guid, lenient, relink};

impl World {
    /// The document of that id, whatever its case: a resource, a sub-resource such as
    /// `…/virtualNetworks/v/subnets/s` or `…/networkSecurityGroups/n/securityRules/r`, or anything else in the file.
    ///
    /// While a change of it is under way this is what is to be, as GET shows it.
    pub fn get(&self, id: &str) -> Option<Value> {
        self.sight(id).cloned()
    }

    /// A document as it is in force, borrowed.
    pub(super) fn look(&self, id: &str) -> Option<&Value> {
        find(&self.documents, id)
    }

    /// The resources of a collection, by id: of a resource group or subscription
    /// (`…/providers/Microsoft.Network/networkSecurityGroups`), of a resource (`…/virtualNetworks/v/subnets`, in the
    /// order of its document), or what hangs on one. Empty if there is no such collection.
    pub fn list(&self, collection: &str) -> Vec<Value> {
        let path = lenient::key(collection);
        let Some((parent, list)) = path.rsplit_once('/') else {
            return Vec::new();
        };
        if let Some(parent) = self.sight(parent)
            && let Some(elements) = list_of(parent, list)
        {
            return elements.to_vec();
        }
        let mut found: BTreeMap<&String, &Value> = self.documents.iter().collect();
        found.extend(&self.shown);
        found.retain(|key, _| in_collection(key, &path));
        found.into_values().cloned().collect()
    }

    /// The ids of all application gateways, in their own case.
    pub fn gateway_ids(&self) -> Vec<String> {
        self.of_kind("applicationgateways")
            .filter_map(|gateway| lenient::id(gateway))
            .map(str::to_owned)
            .collect()
    }

    /// All resources of a type of `Microsoft.Network`, given in lower case.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Value> {
        let part = format!("/providers/microsoft.network/{kind}/");
        self.documents
            .iter()
            .filter(move |(key, _)| {
                key.split_once(&part)
                    .is_some_and(|(_, name)| !name.contains('/'))
            })
            .map(|(_, document)| document)
    }

    /// Stores a document as Azure would: in the place of the one with that id or as a new one, with ids, types, states
    /// and back-references filled in and new `ETag`s. A sub-resource is stored in the document of its resource, which
    /// must be there. Returns the document as it is stored.
    ///
    /// It is in force at once, whatever change of the resource is under way.
    ///
    /// # Errors
    /// If the resource of a sub-resource is not there.
    pub fn put(&mut self, id: &str, document: Value) -> Result<Value, WorldError> {
        let key = lenient::key(id);
        let changed = if let Some((parent, list, name)) = self.place_in_parent(&key) {
            let own = self.own_case(&parent);
            let Some(resource) = self.documents.get_mut(&parent) else {
                return Err(WorldError::NotThere(parent));
            };
            store_element(resource, list, name, document, id);
            complete::complete(&own, resource);
            parent
        } else {
            let own = if self.documents.contains_key(&key) {
                self.own_case(&key)
            } else {
                id.trim_end_matches('/').to_owned()
            };
            let mut document = document;
            if let Some(old) = self.documents.get(&key) {
                keep_read_only(old, &mut document);
            }
            complete::complete(&own, &mut document);
            self.documents.insert(key.clone(), document);
            key.clone()
        };
        self.shown.remove(&changed);
        self.settle(changed);
        self.get(&key).ok_or(WorldError::NotThere(key))
    }

    /// Deletes a resource or sub-resource; says whether it was there.
    pub fn delete(&mut self, id: &str) -> bool {
        let key = lenient::key(id);
        if self.documents.remove(&key).is_some() {
            self.shown.remove(&key);
            self.settle(key);
            return true;
        }
        let Some((parent, list, name)) = self.place_in_parent(&key) else {
            return false;
        };
        let Some(elements) = self
            .documents
            .get_mut(&parent)
            .and_then(|resource| resource["properties"].get_mut(list))
            .and_then(Value::as_array_mut)
        else {
            return false;
        };
        let before = elements.len();
        elements.retain(|element| !lenient::name(element).eq_ignore_ascii_case(&name));
        let deleted = elements.len() < before;
        if deleted {
            self.shown.remove(&parent);
            self.settle(parent);
        }
        deleted
    }

    /// The resource, list and name of a sub-resource that has no document of its own.
    pub(super) fn place_in_parent(&self, key: &str) -> Option<(String, &'static str, String)> {
        if self.documents.contains_key(key) {
            return None;
        }
        let (rest, name) = key.rsplit_once('/')?;
        let (parent, list) = rest.rsplit_once('/')?;
        let list = complete::lists(parent)
            .iter()
            .find(|known| known.eq_ignore_ascii_case(list))?;
        Some((parent.to_owned(), list, name.to_owned()))
    }

    /// The id in the case in which its document has it.
    pub(super) fn own_case(&self, key: &str) -> String {
        self.documents
            .get(key)
            .and_then(lenient::id)
            .unwrap_or(key)
            .to_owned()
    }

    /// After a change: back-references, and a new `ETag` for all that has changed.
    pub(super) fn settle(&mut self, changed: String) {
        self.revision += 1;
        let mut all = relink::relink(&mut self.documents);
        all.insert(changed);
        for key in all {
            let id = self.own_case(&key);
            let etag = guid::etag(&id, self.revision);
            if let Some(document) = self.documents.get_mut(&key) {
                complete::stamp(&id, document, &etag);
            }
        }
    }
}

/// Puts a sub-resource into its resource, in the place of the one of that name or at the end.
#[expect(clippy::needless_pass_by_value, reason = "the element is taken over")]
pub(super) fn store_element(
    resource: &mut Value,
    list: &str,
    name: String,
    element: Value,
    id: &str,
) {
    let mut element = if element.is_object() {
        element
    } else {
        json!({})
    };
    // The name in the case of the caller, unless there is one already.
    let mut shown = lenient::last(id).to_owned();
    let properties = &mut resource["properties"];
    if !properties[list].is_array() {
        properties[list] = json!([]);
    }
    let old = lenient::items_mut(properties, list)
        .find(|old| lenient::name(old).eq_ignore_ascii_case(&name));
    if let Some(old) = old {
        lenient::name(old).clone_into(&mut shown);
        element["name"] = json!(shown);
        *old = element;
    } else {
        element["name"] = json!(shown);
        if let Some(elements) = properties[list].as_array_mut() {
            elements.push(element);
        }
    }
}

/// What a client may leave out and cannot change.
fn keep_read_only(old: &Value, new: &mut Value) {
    for field in ["resourceGuid", "operationalState"] {
        if new["properties"].is_object()
            && new["properties"][field].is_null()
            && !old["properties"][field].is_null()
        {
            new["properties"][field] = old["properties"][field].clone();
        }
    }
}

/// Whether a resource is one of a collection, both in lower case.
fn in_collection(key: &str, collection: &str) -> bool {
    let one_name = |rest: &str| {
        rest.strip_prefix('/')
            .is_some_and(|name| !name.is_empty() && !name.contains('/'))
    };
    if key.strip_prefix(collection).is_some_and(one_name) {
        return true;
    }
    // All of a subscription, whatever their group.
    let Some((subscription, kind)) = collection.split_once("/providers/") else {
        return false;
    };
    if subscription.matches('/').count() != 2 {
        return false;
    }
    let below = key
        .strip_prefix(subscription)
        .and_then(|rest| rest.strip_prefix("/resourcegroups/"))
        .and_then(|rest| rest.split_once("/providers/"));
    below.is_some_and(|(_, rest)| rest.strip_prefix(kind).is_some_and(one_name))
}

/// A document or sub-resource by id.
pub(super) fn find<'a>(all: &'a BTreeMap<String, Value>, id: &str) -> Option<&'a Value> {
    let key = lenient::key(id);
    if let Some(document) = all.get(&key) {
        return Some(document);
    }
    let (rest, name) = key.rsplit_once('/')?;
    let (parent, list) = rest.rsplit_once('/')?;
    let mut elements = list_of(find(all, parent)?, list)?.iter();
    elements.find(|element| lenient::name(element).eq_ignore_ascii_case(name))
}

fn list_of<'a>(resource: &'a Value, list: &str) -> Option<&'a [Value]> {
    let (_, elements) = resource["properties"]
        .as_object()?
        .iter()
        .find(|(field, _)| field.eq_ignore_ascii_case(list))?;
    elements.as_array().map(Vec::as_slice)
}

/// As [`find`], to change it.
pub(super) fn find_mut<'a>(
    all: &'a mut BTreeMap<String, Value>,
    id: &str,
) -> Option<&'a mut Value> {
    let key = lenient::key(id);
    if all.contains_key(&key) {
        return all.get_mut(&key);
    }
    let (rest, name) = key.rsplit_once('/')?;
    let (parent, list) = rest.rsplit_once('/')?;
    let (_, elements) = find_mut(all, parent)?
        .get_mut("properties")?
        .as_object_mut()?
        .iter_mut()
        .find(|(field, _)| field.eq_ignore_ascii_case(list))?;
    let mut elements = elements.as_array_mut()?.iter_mut();
    elements.find(|element| lenient::name(element).eq_ignore_ascii_case(name))
}
