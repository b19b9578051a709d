//! A map that keeps the order of the file: which rule comes first matters.

use std::{fmt, marker::PhantomData, slice};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

/// Things by name, in the order of the file.
#[derive(Debug)]
pub(in crate::sim::world) struct Named<T>(Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Named<T> {
    pub(in crate::sim::world) fn iter(&self) -> slice::Iter<'_, (String, T)> {
        self.0.iter()
    }

    pub(in crate::sim::world) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whatever the case of the name.
    pub(in crate::sim::world) fn get(&self, name: &str) -> Option<&T> {
        let mut all = self.0.iter();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, thing)| thing)
    }
}

impl<'a, T> IntoIterator for &'a Named<T> {
    type Item = &'a (String, T);
    type IntoIter = slice::Iter<'a, (String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> IntoIterator for Named<T> {
    type Item = (String, T);
    type IntoIter = std::vec::IntoIter<(String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
    type Value = Named<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut all = Named::default();
        while let Some(name) = map.next_key::<String>()? {
            // ARM does not tell names apart by case.
            if all.get(&name).is_some() {
                return Err(A::Error::custom(format!("`{name}` is there twice")));
            }
            let thing = map.next_value()?;
            all.0.push((name, thing));
        }
        Ok(all)
    }
}
