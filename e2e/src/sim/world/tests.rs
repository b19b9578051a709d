//! Tests of the world.
#![allow(
    clippy::needless_pass_by_value,
    clippy::similar_names,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "tables and short helpers read better so"
)]

mod data_path;
mod documents;
mod evaluator;
mod files;
mod healing;
mod more_worlds;
mod probes;
mod random;
mod reach;
mod sites;
mod tls;
mod wording;
mod worlds;

use std::path::PathBuf;

use serde_json::Value;

use super::{Client, ClientSees, World};

/// The id of a resource in the group of most worlds.
fn id(rest: &str) -> String {
    format!(
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-edge/providers/Microsoft.Network/{rest}"
    )
}

fn gateway() -> String {
    id("applicationGateways/shop")
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("worlds")
}

/// The world in a file of `e2e/worlds`.
fn load(name: &str) -> World {
    World::load(&directory().join(format!("{name}.yaml"))).unwrap_or_else(|error| panic!("{error}"))
}

fn yaml(text: &str) -> World {
    World::from_yaml(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Each server of a health document: pool, settings, address, health, log.
fn servers(health: &Value) -> Vec<[String; 5]> {
    let last = |id: &Value| id.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let mut all = Vec::new();
    for pool in list(&health["backendAddressPools"]) {
        for settings in list(&pool["backendHttpSettingsCollection"]) {
            for server in list(&settings["servers"]) {
                let text = |field: &str| server[field].as_str().unwrap_or_default().to_owned();
                all.push([
                    last(&pool["backendAddressPool"]["id"]),
                    last(&settings["backendHttpSettings"]["id"]),
                    text("address"),
                    text("health"),
                    text("healthProbeLog"),
                ]);
            }
        }
    }
    all
}

fn health(world: &World) -> Vec<[String; 5]> {
    servers(&world.back_end_health(&gateway()).unwrap())
}

/// The `health` of each server, joined.
fn words(world: &World) -> String {
    let words: Vec<String> = health(world)
        .into_iter()
        .map(|[.., word, _]| word)
        .collect();
    words.join(" ")
}

/// The log of the first server.
fn log(world: &World) -> String {
    let [.., log] = health(world).swap_remove(0);
    log
}

/// What somebody on the Internet gets.
fn fetch(world: &World, url: &str) -> ClientSees {
    world.fetch(&gateway(), url, Client::default()).unwrap()
}

/// What the clients of the shop get.
fn shop(world: &World) -> ClientSees {
    fetch(world, "https://shop.contoso.com/cart")
}

/// A world around a gateway's parts, with a gateway and a back-end subnet and no security groups.
fn around(parts: &str, rest: &str) -> World {
    yaml(&format!(
        "
gateways:
  shop:
    subnet: vnet-edge/snet-gateway
{parts}
networks:
  vnet-edge:
    space: [10.1.0.0/16, 10.2.0.0/16]
    subnets:
      snet-gateway: {{prefix: 10.1.0.0/24}}
      snet-backend: {{prefix: 10.2.0.0/24}}
{rest}"
    ))
}
