//! What changes things: who may, what is taken, how it goes on, and what it does to the data path.

mod basics;
mod behind;
mod every_world;
mod going;
mod heals;
mod invalid;
mod mangled;
mod refused;
mod rehearsed;
mod troubles;

use serde_json::{Value, json};

use super::fixture::{Azure, network};
use crate::sim::world::{Client, ClientSees};

/// The worlds that the gateways of the tests stand in.
fn world(name: &str) -> String {
    let file = format!("{}/worlds/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(file).unwrap()
}

/// The path of a resource in the group of the world files, with an api-version.
fn edge(rest: &str) -> String {
    format!("{}?api-version=2025-07-01", edge_id(rest))
}

fn edge_id(rest: &str) -> String {
    network(rest).replace("/rg/", "/rg-edge/")
}

const SHOP: &str = "applicationGateways/shop";

impl Azure {
    /// What a client gets from the shop now.
    fn shop(&self) -> ClientSees {
        let client = Client::default();
        let url = "https://shop.contoso.com/cart";
        let id = edge_id(SHOP);
        self.sim
            .world(|world| world.fetch(&id, url, client).unwrap())
    }

    /// The gateway as GET shows it.
    async fn gateway(&self) -> Value {
        self.get(&edge(SHOP)).await.json()
    }

    /// Puts the gateway with a change; says what came of it.
    async fn put(&self, change: impl FnOnce(&mut Value)) -> super::fixture::Reply {
        let mut document = self.gateway().await;
        change(&mut document["properties"]);
        self.write("PUT", &edge(SHOP), &document).await
    }
}

/// The part of a list that has a name.
fn part<'a>(properties: &'a mut Value, list: &str, name: &str) -> &'a mut Value {
    let mut all = properties[list].as_array_mut().unwrap().iter_mut();
    &mut all.find(|own| own["name"] == name).unwrap()["properties"]
}

/// A rule that lets the gateway of the world files at its back ends.
fn allow(priority: i64) -> Value {
    json!({"properties": {
        "access": "Allow", "direction": "Inbound", "protocol": "Tcp", "priority": priority,
        "sourceAddressPrefix": "10.1.0.0/24", "sourcePortRange": "*",
        "destinationAddressPrefix": "10.2.0.0/24", "destinationPortRange": "8443",
    }})
}
