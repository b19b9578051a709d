use crate::{
    server::Answer,
    support::{
        GATEWAY, SECRET, activity, document, error, health, limits, log as access_log, metrics,
        server, settings,
    },
};
use appgw_operator::azure::Reader;
use appgw_runbook::facts::LogTable;
use serde_json::json;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};
use tracing_subscriber::{Layer, filter::LevelFilter, fmt::MakeWriter, layer::SubscriberExt};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
impl MakeWriter<'_> for Log {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Everything that a run at trace level leaves behind, with secrets planted wherever they can be.
#[tokio::test]
async fn a30_a32_no_secret_in_logs_exchanges_or_errors_at_trace_level() {
    let azure = server(|seen, number| {
        let place = format!("https://{}/op?sig=CANARY-sig", seen.header("host").unwrap());
        match (seen.method.as_str(), number) {
            ("POST", _) if seen.path.starts_with("/v1/") => Answer::json(
                200,
                &json!({"tables": [{"rows": [["got https://h/p?sig=CANARY-row", 502]]}]}),
            ),
            (_, 1..) if seen.path.contains("/metrics?") => error(400, "Bad", "sig=CANARY-metric"),
            (_, 1..) if seen.path.contains("/eventtypes/") => Answer::json(
                200,
                &json!({"value": [{"claims": {"name": "CANARY-name"}, "httpRequest": {"clientIpAddress": "CANARY-ip"},
                    "properties": {"requestbody": "{\"properties\": {\"data\": \"CANARY-body"}}]}),
            ),
            (_, 1..) if seen.path.contains("/sites/") => Answer::json(
                200,
                &json!({"properties": {"publishingUsername": "$CANARY-user",
                    "appSettings": [{"name": "KEY", "value": "CANARY-setting"}],
                    "connectionStrings": [{"name": "db", "connectionString": "Server=CANARY-server"}]}}),
            ),
            ("POST", _) => Answer::new(202, "null").with("location", &place),
            (_, 0) => error(401, "ExpiredAuthenticationToken", "m"),
            (_, _) if seen.path.contains("denied") => {
                error(400, "Bad", "for https://x?sig=CANARY-in-text and Bearer CANARY-token-0000-0000")
            }
            _ => Answer::json(
                200,
                &json!({"properties": {"sslCertificates": [{"properties": {"data": "CANARY-pfx", "password": "CANARY-pw"}}]}}),
            )
            .with("set-cookie", "CANARY-cookie"),
        }
    })
    .await;
    let log = Log::default();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(log.clone())
        .with_ansi(false);
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(LevelFilter::TRACE));
    // For all tests of this program: what they plant is looked for as well.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let left = {
        let reader = Reader::new(&settings(&azure), limits()).unwrap();
        let mut left = vec![format!("{reader:?} {:?}", settings(&azure))];
        for query in [
            document(GATEWAY),
            document("/subscriptions/s/denied"),
            health(),
            access_log(LogTable::Dedicated),
            metrics("FailedRequests"),
            activity(GATEWAY),
            document("/subscriptions/s/providers/Microsoft.Web/sites/shop/config/web"),
        ] {
            let exchange = reader.ask(&query).await;
            left.push(serde_json::to_string(&*exchange).unwrap());
            left.push(format!("{exchange:?} {:?}", reader.answer(&query).await));
        }
        left.join("\n")
    };
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("Azure answered"), "the log was taken");
    assert!(log.contains("TRACE"), "at trace level");
    assert!(SECRET.contains("CANARY"));
    for (what, text) in [("log", &log), ("left", &left)] {
        let at = text.find("CANARY");
        assert!(
            at.is_none(),
            "{what}: {}",
            &text[at.unwrap().saturating_sub(200)..][..300]
        );
    }
}
