//! Where in a document. Elements of a list go by name or by what they hold, never by index: an index
//! points elsewhere once somebody adds an element.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// One part of a way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Part {
    /// A member of an object.
    Field(String),
    /// The element of a list whose `name` is this, without case.
    Named {
        /// The name.
        name: String,
    },
    /// The element of a list that has all these members; `id`s are compared without case.
    Item {
        /// The members.
        item: Value,
    },
}

/// A way into a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pointer(pub Vec<Part>);

impl Pointer {
    /// Plain members, one inside the other: `properties/probes`.
    pub fn fields(path: &str) -> Self {
        Self(path.split('/').map(|it| Part::Field(it.into())).collect())
    }
    /// On to members inside.
    #[must_use]
    pub fn field(mut self, path: &str) -> Self {
        self.0.extend(Self::fields(path).0);
        self
    }
    /// On to the element of this name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.0.push(Part::Named { name: name.into() });
        self
    }
    /// On to the element that holds this.
    #[must_use]
    pub fn item(mut self, item: Value) -> Self {
        self.0.push(Part::Item { item });
        self
    }
    /// The value there; `null` where there is none.
    pub fn find<'d>(&self, doc: &'d Value) -> &'d Value {
        static NOTHING: Value = Value::Null;
        let found = self.0.iter().try_fold(doc, |at, part| match part {
            Part::Field(field) => at.get(field),
            part => at.as_array()?.iter().find(|it| part.is(it)),
        });
        found.unwrap_or(&NOTHING)
    }
    /// Puts a value there, or takes it away where it is `null`. Lists and objects on the way are made;
    /// a named element is not. False where the way leads nowhere.
    #[must_use]
    pub fn set(&self, doc: &mut Value, value: &Value) -> bool {
        let Some((last, way)) = self.0.split_last() else {
            return false;
        };
        let mut at = doc;
        for (position, part) in way.iter().enumerate() {
            let next_is_list = !matches!(self.0.get(position + 1), Some(Part::Field(_)));
            let Some(inner) = part.enter(at, next_is_list) else {
                return false;
            };
            at = inner;
        }
        last.put(at, value)
    }
    /// One of them is the other, or lies within it.
    pub fn meets(&self, other: &Self) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .all(|(a, b)| a == b || matches!((a, b), (Part::Named { name: a }, Part::Named { name: b }) if a.eq_ignore_ascii_case(b)))
    }
}

impl Part {
    fn is(&self, element: &Value) -> bool {
        match self {
            Self::Field(_) => false,
            Self::Named { name } => {
                let own = element.get("name").and_then(Value::as_str);
                own.is_some_and(|own| own.eq_ignore_ascii_case(name))
            }
            Self::Item { item } => match item.as_object() {
                Some(wanted) => wanted.iter().all(|(key, value)| {
                    let own = element.get(key).unwrap_or(&Value::Null);
                    own == value || (key == "id" && alike(own, value))
                }),
                None => element == item,
            },
        }
    }
    fn enter<'d>(&self, at: &'d mut Value, list: bool) -> Option<&'d mut Value> {
        match self {
            Self::Field(name) => {
                let inner = at
                    .as_object_mut()?
                    .entry(name.clone())
                    .or_insert(Value::Null);
                if inner.is_null() {
                    *inner = if list {
                        Value::Array(vec![])
                    } else {
                        Value::Object(Map::new())
                    };
                }
                Some(inner)
            }
            part => at.as_array_mut()?.iter_mut().find(|it| part.is(it)),
        }
    }
    fn put(&self, at: &mut Value, value: &Value) -> bool {
        match self {
            Self::Field(name) => {
                let Some(map) = at.as_object_mut() else {
                    return false;
                };
                if value.is_null() {
                    map.remove(name);
                } else {
                    map.insert(name.clone(), value.clone());
                }
            }
            part => {
                let Some(list) = at.as_array_mut() else {
                    return false;
                };
                let known = list.iter().position(|it| part.is(it));
                match (known, value.is_null()) {
                    (Some(known), true) => {
                        list.remove(known);
                    }
                    (Some(known), false) => {
                        if let Some(element) = list.get_mut(known) {
                            *element = value.clone();
                        }
                    }
                    (None, true) => {}
                    (None, false) => list.push(value.clone()),
                }
            }
        }
        true
    }
}

/// Texts without case, whatever else as it is.
pub(super) fn alike(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => a == b,
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.iter().enumerate() {
            match part {
                Part::Field(name) if at == 0 => f.write_str(name)?,
                Part::Field(name) | Part::Named { name } => write!(f, "/{name}")?,
                Part::Item { item } => write!(f, "/{item}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn elements_go_by_name_and_by_what_they_hold() {
        let mut doc =
            json!({"properties": {"probes": [{"name": "a", "x": 1}, {"name": "B", "x": 2}]}});
        let at = Pointer::fields("properties/probes").named("b").field("x");
        assert_eq!(at.find(&doc), &json!(2));
        assert!(at.set(&mut doc, &json!(3)));
        assert_eq!(doc["properties"]["probes"][1]["x"], json!(3));
        let new = Pointer::fields("properties/probes").named("c");
        assert!(new.set(&mut doc, &json!({"name": "c"})));
        assert_eq!(doc["properties"]["probes"][2], json!({"name": "c"}));
        assert!(new.set(&mut doc, &Value::Null));
        assert_eq!(doc["properties"]["probes"].as_array().unwrap().len(), 2);
        let lost = Pointer::fields("properties/probes").named("zz").field("x");
        assert!(
            !lost.set(&mut doc, &json!(1)),
            "no element is made by the way"
        );
        let ref_ = Pointer::fields("properties/roots").item(json!({"id": "/A/b"}));
        assert!(ref_.set(&mut doc, &json!({"id": "/A/b"})));
        assert_eq!(
            ref_.find(&json!({"properties": {"roots": [{"id": "/a/B", "z": 1}]}})),
            &json!({"id": "/a/B", "z": 1})
        );
        assert_eq!(doc["properties"]["roots"], json!([{"id": "/A/b"}]));
    }

    #[test]
    fn one_place_within_another_is_the_same_place() {
        let probes = Pointer::fields("properties/probes");
        let inside = probes.clone().named("P").field("path");
        assert!(inside.meets(&probes.clone().named("p")));
        assert!(!inside.meets(&probes.named("q")));
    }

    #[test]
    fn a_way_is_kept_as_json_and_read_back() {
        let way = Pointer::fields("a")
            .named("n")
            .item(json!({"id": "x"}))
            .field("b/c");
        let text = serde_json::to_string(&way).unwrap();
        assert_eq!(text, r#"["a",{"name":"n"},{"item":{"id":"x"}},"b","c"]"#);
        assert_eq!(serde_json::from_str::<Pointer>(&text).unwrap(), way);
    }
}
