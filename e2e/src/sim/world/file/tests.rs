//! The reference knows every key, and its examples are worlds.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
    forward_to_deserialize_any,
};

use super::{
    Answer, Availability, BackEnd, Before, Certificate, Change, File, Gateway, Listener, Lock,
    Network, NetworkInterface, Nsg, Policy, Probe, PublicIp, RouteTable, Setting, Shipped, Site,
    Subnet, Switches, Target, Traffic, Workspace,
    gateway::{PathMap, Redirect, Rule},
    network::Peering,
};
use crate::sim::World;

const REFERENCE: &str = include_str!("../file.md");

/// Fails with the keys of what it is asked for.
struct Keys;

#[derive(Debug)]
struct Known(Vec<&'static str>);

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl std::error::Error for Known {}

impl de::Error for Known {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(Vec::new())
    }
}

impl<'de> Deserializer<'de> for Keys {
    type Error = Known;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Known> {
        Err(Known(Vec::new()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Known> {
        Err(Known(keys.to_vec()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn keys<'de, T: Deserialize<'de>>() -> Vec<&'static str> {
    let Err(Known(keys)) = T::deserialize(Keys) else {
        return Vec::new();
    };
    keys
}

#[test]
fn every_key_is_in_the_reference() {
    for (what, keys) in [
        ("the file", keys::<File>()),
        ("a gateway", keys::<Gateway>()),
        ("a listener", keys::<Listener>()),
        ("a probe", keys::<Probe>()),
        ("settings", keys::<Setting>()),
        ("a redirect", keys::<Redirect>()),
        ("a path map", keys::<PathMap>()),
        ("a target", keys::<Target>()),
        ("a rule", keys::<Rule>()),
        ("a network", keys::<Network>()),
        ("a subnet", keys::<Subnet>()),
        ("a peering", keys::<Peering>()),
        ("a security group", keys::<Nsg>()),
        ("a route table", keys::<RouteTable>()),
        ("an interface", keys::<NetworkInterface>()),
        ("a public address", keys::<PublicIp>()),
        ("a back end", keys::<BackEnd>()),
        ("a certificate", keys::<Certificate>()),
        ("an answer", keys::<Answer>()),
        ("a site", keys::<Site>()),
        ("traffic", keys::<Traffic>()),
        ("a time before", keys::<Before>()),
        ("a change", keys::<Change>()),
        ("a workspace", keys::<Workspace>()),
        ("a diagnostic setting", keys::<Shipped>()),
        ("availability", keys::<Availability>()),
        ("a lock", keys::<Lock>()),
        ("a policy", keys::<Policy>()),
        ("wording", keys::<Switches>()),
    ] {
        assert!(!keys.is_empty(), "{what}");
        for key in keys {
            let there = REFERENCE.contains(&format!("`{key}`"));
            assert!(there, "`{key}` of {what} is not in the reference");
        }
    }
}

#[test]
fn the_examples_of_the_reference_are_worlds() {
    let mut parts = REFERENCE.split("```yaml\n");
    parts.next();
    let examples: Vec<&str> = parts.filter_map(|part| part.split("```").next()).collect();
    assert!(examples.len() >= 3);
    for example in examples {
        World::from_yaml(example).unwrap_or_else(|error| panic!("{error}: {example}"));
    }
}
