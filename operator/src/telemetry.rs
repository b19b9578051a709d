//! What is logged, and where to: one line an event, to stderr, never a body or a token.
use std::io;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer as _, Registry, filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// How a line of log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people.
    Text,
}

/// Our own crates. Everybody else is heard from `info` up, whatever `RUST_LOG` says: HTTP and
/// credential libraries print headers, bodies and tokens below that.
const OURS: [&str; 3] = ["appgw_operator", "appgw_runbook", "appgw_crds"];

/// Without `RUST_LOG`. The client's own line on a failed call says less than ours.
const USUAL: &str = "info,kube_client::client::builder=off";

/// Start logging, once a process. `directives` are those of `RUST_LOG`; without any, `info`.
/// What cannot be understood in them is said on stderr, and left out.
pub fn init(format: Format, directives: &str) {
    // A second call is refused, and the first one stands.
    let _ = subscriber(format, directives, io::stderr).try_init();
}

fn subscriber<W>(format: Format, directives: &str, to: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let wanted = if directives.trim().is_empty() {
        EnvFilter::new(USUAL)
    } else {
        EnvFilter::new(directives)
    };
    // Where nobody listens on stderr any more, there is nobody to complain to.
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(to)
        .log_internal_errors(false);
    let lines = match format {
        Format::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
        Format::Text => lines.with_ansi(false).boxed(),
    };
    Registry::default().with(lines.with_filter(filter_fn(harmless)).with_filter(wanted))
}

fn harmless(metadata: &Metadata<'_>) -> bool {
    let krate = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= tracing::Level::INFO || OURS.contains(&krate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: Format, directives: &str) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(format, directives, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!(target: "azure_identity::client", "Bearer canary");
            tracing::debug!(target: "kube_client::client", "Bearer canary");
            tracing::debug!(target: "appgw_operator_evil", "Bearer canary");
            tracing::info!(target: "kube_client::client", "theirs");
            tracing::debug!(target: "appgw_operator::controller", generation = 3, "ours");
        });
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn others_are_never_heard_below_info() {
        for directives in [
            "trace",
            "azure_identity=trace,kube_client=debug,appgw_operator=trace",
        ] {
            let logged = logged(Format::Json, directives);
            assert!(!logged.contains("canary"), "{logged}");
            assert!(logged.contains("ours"), "{logged}");
        }
        assert!(logged(Format::Text, "trace").contains("theirs"));
    }

    #[test]
    fn json_is_one_object_a_line_and_info_the_default() {
        let logged = logged(Format::Json, "");
        let lines: Vec<serde_json::Value> = logged
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["message"], "theirs");
    }
}
