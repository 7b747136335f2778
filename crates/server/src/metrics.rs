//! What the server counts, and how it is told to Prometheus. Labels are few and bounded; none names a person, a key or
//! an index.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use keyward_node::Node;
use keyward_rest::Endpoint;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// The upper bounds of the latency histogram, in seconds.
const BOUNDS: [f64; 14] =
    [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The group that an endpoint belongs to: the first part of its API's name.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FamilyLabel {
    family: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AnswerLabels {
    family: &'static str,
    status: &'static str,
    outcome: &'static str,
}

/// The server's counters.
pub(crate) struct Metrics {
    registry: Registry,
    answers: Family<AnswerLabels, Counter>,
    latency: Family<FamilyLabel, Histogram>,
    panics: Counter,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    pub(crate) fn new(node: Arc<Node>) -> Self {
        let mut registry = Registry::with_prefix("keyward");
        let answers = Family::<AnswerLabels, Counter>::default();
        let latency = Family::<FamilyLabel, Histogram>::new_with_constructor(|| Histogram::new(BOUNDS));
        let panics = Counter::default();
        registry.register("http_answers", "Answers by API family, status class and outcome", answers.clone());
        registry.register("http_answer_seconds", "Time from a request's head to its answer", latency.clone());
        registry.register("http_panics", "Requests whose handler failed unexpectedly", panics.clone());
        registry.register_collector(Box::new(NodeCollector(node)));
        Self { registry, answers, latency, panics }
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, endpoint: Option<&Endpoint>, status: StatusCode, took: Duration) {
        let family = endpoint.map_or("none", family);
        self.answers.get_or_create(&AnswerLabels { family, status: class(status), outcome: outcome(status) }).inc();
        self.latency.get_or_create(&FamilyLabel { family }).observe(took.as_secs_f64());
    }

    /// Counts a handler that failed unexpectedly.
    pub(crate) fn panicked(&self) {
        self.panics.inc();
    }

    /// The text of all metrics.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

fn family(endpoint: &Endpoint) -> &'static str {
    endpoint.api.split_once('.').map_or("core", |(family, _)| family)
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

fn outcome(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "unauthenticated",
        403 => "denied",
        429 => "rejected",
        400..500 => "refused",
        500.. => "failed",
        _ => "served",
    }
}

/// The node's plain counters, read when they are asked for.
#[derive(Debug)]
struct NodeCollector(Arc<Node>);

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct EventLabel {
    event: &'static str,
}

impl Collector for NodeCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let node = &self.0;
        let revision = ConstGauge::new(i64::try_from(node.view().revision().get()).unwrap_or(i64::MAX));
        let kind = revision.metric_type();
        revision.encode(encoder.encode_descriptor("view_revision", "Revision of the security state", None, kind)?)?;
        let age = ConstGauge::new(node.staleness().as_secs_f64());
        let kind = age.metric_type();
        let help = "Time since the security state was last proven current";
        age.encode(encoder.encode_descriptor("view_age_seconds", help, None, kind)?)?;
        let ready = ConstGauge::new(i64::from(node.is_ready()));
        let kind = ready.metric_type();
        ready.encode(encoder.encode_descriptor("ready", "Whether requests may be sent here", None, kind)?)?;
        let events = node.metrics().all();
        let kind = ConstCounter::new(0_u64).metric_type();
        let mut events_encoder = encoder.encode_descriptor("node_events", "What happened in the node", None, kind)?;
        for (event, count) in events {
            let labels = EventLabel { event };
            ConstCounter::new(count).encode(events_encoder.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
