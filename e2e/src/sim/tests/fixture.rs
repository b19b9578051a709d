//! A small world and a client of it.

use std::time::Duration;

use reqwest::{Certificate, Client, Method, header::HeaderMap, redirect::Policy};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::sim::{
    AzureSim, Options, Principal, World, Writes,
    world::{BackEnd, Listens},
};

pub(super) const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";
pub(super) const TENANT: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
pub(super) const VERSION: &str = "api-version=2024-05-01";

/// The path of a resource in the group of the fixture.
pub(super) fn network(rest: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/{rest}")
}

pub(super) fn gateway() -> String {
    network("applicationGateways/gw")
}

pub(super) fn health() -> String {
    format!("{}/backendhealth?{VERSION}", gateway())
}

/// One gateway before one back end that answers, and five security groups.
const WORLD: &str = "
group: rg
networks:
  vnet:
    space: [10.0.0.0/16]
    subnets:
      s1: {prefix: 10.0.0.0/24}
      s2: {prefix: 10.0.1.0/24}
nsgs: {nsg1: {}, nsg2: {}, nsg3: {}, nsg4: {}, nsg5: {}}
gateways:
  gw:
    subnet: vnet/s1
    instances: [10.0.0.4]
    frontends: {in: private 10.0.0.10}
    listeners: {http: {port: 80}}
    pools: {web: [10.0.1.4]}
    settings: {plain: {port: 80}}
    rules: {main: {listener: http, priority: 1, pool: web, settings: plain}}
backEnds:
  10.0.1.4:80: {}
";

/// Makes the gateway's only back end refuse connections, or take them again.
pub(super) fn set_back_end(world: &mut World, listens: Listens) {
    let back_end = BackEnd {
        listens,
        ..BackEnd::default()
    };
    world.set_back_end("10.0.1.4:80", back_end).unwrap();
}

/// Takes one permission away; those taken before come back.
pub(super) fn deny(world: &mut World, action: &str) {
    world.allow_all();
    world.deny(action, None);
}

/// Puts a read-only lock on the resource group; says its scope.
pub(super) fn lock(world: &mut World) -> String {
    let scope = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg");
    world.lock("no-writes", &scope, "ReadOnly");
    scope
}

pub(super) fn stop_gateway(world: &mut World) {
    let mut document = world.get(&gateway()).unwrap();
    document["properties"]["operationalState"] = "Stopped".into();
    world.put(&gateway(), document).unwrap();
}

pub(super) fn delete_gateway(world: &mut World) {
    assert!(world.delete(&gateway()));
}

/// A simulator and a client that trusts it.
pub(super) struct Azure {
    pub(super) sim: AzureSim,
    pub(super) http: Client,
    token: OnceCell<String>,
    writer: OnceCell<String>,
}

/// An answer, read in full.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Azure {
    pub(super) async fn start(options: Options) -> Self {
        Self::around(WORLD, options).await
    }

    /// As [`Azure::start`], around another world.
    pub(super) async fn around(world: &str, options: Options) -> Self {
        let world = World::from_yaml(world).unwrap();
        let sim = AzureSim::start(world, options).await.unwrap();
        Self {
            http: client(&sim),
            sim,
            token: OnceCell::new(),
            writer: OnceCell::new(),
        }
    }

    /// Takes a token with these fields and reads the answer.
    pub(super) async fn ask_token(&self, tenant: &str, fields: &[(&str, &str)]) -> Reply {
        let url = format!("{}/{tenant}/oauth2/v2.0/token", self.sim.origin());
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self
            .http
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        Reply::read(request.send().await.unwrap()).await.unwrap()
    }

    pub(super) async fn new_token(&self) -> String {
        let scope = format!("{}/.default", self.sim.origin());
        let reply = self.ask_token(TENANT, &secret(&scope)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub(super) async fn token(&self) -> &str {
        self.token.get_or_init(|| self.new_token()).await
    }

    /// A token of the one that may write.
    pub(super) async fn writer(&self) -> &str {
        let take = async || {
            let scope = format!("{}/.default", self.sim.origin());
            let writer = Principal::writer();
            let mut fields = secret(&scope);
            fields[1].1 = &writer.id;
            fields[2].1 = &writer.secret;
            let reply = self.ask_token(&self.sim.tenant(), &fields).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            reply.json()["access_token"].as_str().unwrap().to_owned()
        };
        self.writer.get_or_init(take).await
    }

    /// Sends a request of the writer, with a body and headers.
    pub(super) async fn try_write(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        headers: &[(&'static str, &str)],
    ) -> reqwest::Result<Reply> {
        let token = self.writer().await;
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{path}", self.sim.origin());
        let mut request = self.http.request(method, url).bearer_auth(token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        Reply::read(request.send().await?).await
    }

    pub(super) async fn write(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.try_write(method, path, body, &[]).await.unwrap()
    }

    /// What the operation of an answer says of itself now.
    pub(super) async fn status_of(&self, reply: &Reply) -> Value {
        let url = reply.header("azure-asyncoperation").unwrap();
        self.get(url).await.json()
    }

    /// Sends a request with a good token; the path may also be a whole URL.
    pub(super) async fn send(&self, method: Method, path: &str) -> reqwest::Result<Reply> {
        let url = if path.starts_with('/') {
            format!("{}{path}", self.sim.origin())
        } else {
            path.to_owned()
        };
        let token = self.token().await;
        Reply::read(
            self.http
                .request(method, url)
                .bearer_auth(token)
                .send()
                .await?,
        )
        .await
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path).await.unwrap()
    }

    pub(super) async fn post(&self, path: &str) -> Reply {
        self.send(Method::POST, path).await.unwrap()
    }

    /// Posts a body.
    pub(super) async fn ask(&self, path: &str, body: &Value) -> Reply {
        let url = format!("{}{path}", self.sim.origin());
        let request = self.http.post(url).bearer_auth(self.token().await);
        let request = request
            .header("content-type", "application/json")
            .body(body.to_string());
        Reply::read(request.send().await.unwrap()).await.unwrap()
    }
}

impl Reply {
    async fn read(response: reqwest::Response) -> reqwest::Result<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self {
            status,
            headers,
            text: response.text().await?,
        })
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The status and `error.code`.
    pub(super) fn error(&self) -> (u16, String) {
        (
            self.status,
            self.json()["error"]["code"].as_str().unwrap().to_owned(),
        )
    }

    pub(super) fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap().to_owned()
    }
}

/// The usual fields of a token request by secret.
pub(super) fn secret(scope: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "client_credentials"),
        ("client_id", "99999999-8888-7777-6666-555555555555"),
        ("client_secret", "not-a-secret"),
        ("scope", scope),
    ]
}

/// A client that trusts the simulator and follows no redirects.
pub(super) fn client(sim: &AzureSim) -> Client {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .tls_certs_only([Certificate::from_pem(sim.ca_pem().as_bytes()).unwrap()])
        .redirect(Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

/// Options whose operations go on until the test ends them.
pub(super) fn held() -> Options {
    let never = Duration::from_secs(1 << 40);
    let writes = Writes {
        gateway_takes: never,
        rule_takes: never,
        power_takes: never,
        ..Writes::default()
    };
    Options { writes, ..quick() }
}

/// Options whose waits are a thousandth of the real ones.
pub(super) fn quick() -> Options {
    Options {
        time_scale: 0.001,
        ..Options::default()
    }
}
