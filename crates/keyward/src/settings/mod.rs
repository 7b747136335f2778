//! The configuration of the server: from texts with their origins to values that cannot be wrong.
//!
//! Order of precedence: command line, environment, file, default. All problems are found in one go. What the values
//! are used for is not decided here.

mod source;
mod table;

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

pub(crate) use source::{Given, Origin, Problem, from_environment, from_file};
pub(crate) use table::{ROWS, environment_name};

use keyward_security::hash::Algorithm;
use table::Kind;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Human,
    /// For machines.
    Json,
}

/// Certificate and key of the HTTP listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// Chain, PEM.
    pub(crate) certificate: PathBuf,
    /// Private key, PEM.
    pub(crate) key: PathBuf,
}

/// Every setting, valid and complete.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Folder of all durable state.
    pub(crate) data_dir: PathBuf,
    /// The Elasticsearch API.
    pub(crate) http_listen: SocketAddr,
    /// Health and metrics without credentials.
    pub(crate) admin_listen: Option<SocketAddr>,
    /// TLS of the HTTP listener.
    pub(crate) tls: Option<TlsFiles>,
    /// Form of the log.
    pub(crate) log_format: LogFormat,
    /// Filter of the log.
    pub(crate) log_level: String,
    /// Shown by `GET /`.
    pub(crate) cluster_name: String,
    /// Shown by `GET /`.
    pub(crate) node_name: String,
    /// Bytes.
    pub(crate) max_content_length: usize,
    /// Bytes.
    pub(crate) max_header_size: usize,
    /// Bytes.
    pub(crate) max_initial_line_length: usize,
    /// Levels.
    pub(crate) max_json_depth: usize,
    /// Connections open at once.
    pub(crate) max_connections: usize,
    /// Time for the headers of a request.
    pub(crate) header_read_timeout: Duration,
    /// Time between requests.
    pub(crate) idle_timeout: Duration,
    /// Time for running requests at the end.
    pub(crate) shutdown_timeout: Duration,
    /// Compressed answers.
    pub(crate) compression: bool,
    /// `error_trace`.
    pub(crate) detailed_errors: bool,
    /// Type of the licence.
    pub(crate) licence: String,
    /// The API key service.
    pub(crate) api_keys_enabled: bool,
    /// How secrets of new API keys are hashed.
    pub(crate) api_key_algorithm: Algorithm,
    /// How new passwords are hashed.
    pub(crate) password_algorithm: Algorithm,
    /// The reserved realm.
    pub(crate) reserved_realm_enabled: bool,
    /// Run-as.
    pub(crate) run_as_enabled: bool,
    /// Threads for passwords.
    pub(crate) hasher_threads: usize,
    /// Waiting password checks.
    pub(crate) hasher_queue: usize,
}

/// A setting's text in force and where it came from, for `check-config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effective {
    /// The setting.
    pub(crate) name: &'static str,
    /// Its text; `None`: not set and without a default.
    pub(crate) text: Option<String>,
    /// `None`: the default.
    pub(crate) origin: Option<Origin>,
}

/// The outcome of reading all sources.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// The settings.
    pub(crate) settings: Settings,
    /// What an operator should know.
    pub(crate) warnings: Vec<String>,
    /// Every setting with its origin, in the table's order.
    pub(crate) effective: Vec<Effective>,
}

/// Makes the settings from what was given; later sources win over earlier ones.
pub(crate) fn resolve(given: Vec<Given>, mut problems: Vec<Problem>, cores: usize) -> Result<Resolved, Vec<Problem>> {
    let mut warnings = Vec::new();
    let mut chosen: BTreeMap<&'static str, Given> = BTreeMap::new();
    for given in given {
        match table::find(&given.name) {
            Some(row) => {
                chosen.insert(row.name, given);
            }
            None if table::is_without_meaning(&given.name) => {
                warnings.push(format!(
                    "{}: [{}] is a setting of Elasticsearch that has no effect here",
                    given.origin, given.name
                ));
            }
            None => {
                let near = table::nearest(&given.name, ROWS.iter().map(|row| row.name));
                let hint = near.map_or_else(String::new, |near| format!("; did you mean [{near}]?"));
                problems.push(Problem {
                    origin: Some(given.origin),
                    text: format!("unknown setting [{}]{hint}", given.name),
                });
            }
        }
    }
    let effective: Vec<Effective> = ROWS
        .iter()
        .map(|row| match chosen.get(row.name) {
            Some(given) => {
                Effective { name: row.name, text: Some(given.text.clone()), origin: Some(given.origin.clone()) }
            }
            None => Effective { name: row.name, text: row.default.map(str::to_owned), origin: None },
        })
        .collect();
    let mut reader = Reader { chosen: &chosen, problems };
    let settings = reader.settings(cores);
    let mut problems = reader.problems;
    match settings {
        Some(settings) if problems.is_empty() => Ok(Resolved { settings, warnings, effective }),
        _ => {
            problems.dedup();
            Err(problems)
        }
    }
}

/// Reads typed values and collects what is wrong with them.
struct Reader<'a> {
    chosen: &'a BTreeMap<&'static str, Given>,
    problems: Vec<Problem>,
}

// === impl Reader ===

impl Reader<'_> {
    fn settings(&mut self, cores: usize) -> Option<Settings> {
        // Every value is read before any is used, so that all problems are reported together.
        let data_dir = self.text("data-dir");
        let http_listen = self.address("http-listen");
        let admin_listen = self.address("admin-listen");
        let (certificate, key) = (self.text("tls-cert"), self.text("tls-key"));
        let insecure = self.flag("insecure-http");
        let log_format = self.text("log-format");
        let log_level = self.text("log-level");
        let (cluster_name, node_name) = (self.text("cluster.name"), self.text("node.name"));
        let max_content_length = self.size("http.max_content_length");
        let max_header_size = self.size("http.max_header_size");
        let max_initial_line_length = self.size("http.max_initial_line_length");
        let max_json_depth = self.count("http.max_json_depth");
        let max_connections = self.count("http.max_connections");
        let header_read_timeout = self.time("http.header_read_timeout");
        let idle_timeout = self.time("http.idle_timeout");
        let shutdown_timeout = self.time("http.shutdown_timeout");
        let compression = self.flag("http.compression");
        let detailed_errors = self.flag("http.detailed_errors.enabled");
        let licence = self.text("xpack.license.self_generated.type");
        let api_keys_enabled = self.flag("xpack.security.authc.api_key.enabled");
        let api_key_algorithm = self.algorithm("xpack.security.authc.api_key.hashing.algorithm");
        let password_algorithm = self.algorithm("xpack.security.authc.password_hashing.algorithm");
        let reserved_realm_enabled = self.flag("xpack.security.authc.reserved_realm.enabled");
        let run_as_enabled = self.flag("xpack.security.authc.run_as.enabled");
        let hasher_threads = self.count("hasher.threads");
        let hasher_queue = self.count("hasher.queue");

        let tls = match (certificate, key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate: certificate.into(), key: key.into() }),
            (None, None) => None,
            (Some(_), None) => {
                self.problem("tls-cert", "[tls-cert] is set but [tls-key] is not: set both, or neither for plain HTTP");
                None
            }
            (None, Some(_)) => {
                self.problem("tls-key", "[tls-key] is set but [tls-cert] is not: set both, or neither for plain HTTP");
                None
            }
        };
        let http_listen = http_listen?;
        if tls.is_none() && !http_listen.ip().is_loopback() && insecure == Some(false) {
            self.problem(
                "http-listen",
                &format!(
                    "[http-listen] {http_listen} can be reached from other machines and TLS is off: set [tls-cert] and [tls-key], \
                     or allow plain HTTP with [insecure-http] if something in front of Keyward encrypts"
                ),
            );
        }
        if admin_listen == Some(http_listen) {
            self.problem(
                "admin-listen",
                "[admin-listen] is the same address as [http-listen]: give it a port of its own",
            );
        }
        Some(Settings {
            data_dir: data_dir?.into(),
            http_listen,
            admin_listen,
            compression: compression.unwrap_or(tls.is_none()),
            tls,
            log_format: if log_format? == "json" { LogFormat::Json } else { LogFormat::Human },
            log_level: log_level?,
            cluster_name: cluster_name?,
            node_name: node_name?,
            max_content_length: max_content_length?,
            max_header_size: max_header_size?,
            max_initial_line_length: max_initial_line_length?,
            max_json_depth: max_json_depth?,
            max_connections: max_connections?,
            header_read_timeout: header_read_timeout?,
            idle_timeout: idle_timeout?,
            shutdown_timeout: shutdown_timeout?,
            detailed_errors: detailed_errors?,
            licence: licence?,
            api_keys_enabled: api_keys_enabled?,
            api_key_algorithm: api_key_algorithm?,
            password_algorithm: password_algorithm?,
            reserved_realm_enabled: reserved_realm_enabled?,
            run_as_enabled: run_as_enabled?,
            hasher_threads: hasher_threads.unwrap_or_else(|| cores.saturating_sub(1).max(1)),
            hasher_queue: hasher_queue?,
        })
    }

    fn problem(&mut self, name: &str, text: &str) {
        let origin = self.chosen.get(name).map(|given| given.origin.clone());
        self.problems.push(Problem { origin, text: text.to_owned() });
    }

    /// The text of a setting that passes its row's kind.
    fn text(&mut self, name: &'static str) -> Option<String> {
        let row = table::find(name)?;
        let text = self.chosen.get(name).map(|given| given.text.as_str()).or(row.default)?.trim().to_owned();
        match check(row.kind, &text) {
            Ok(()) => Some(text),
            Err(wanted) => {
                self.problem(name, &format!("[{name}] is [{text}], but {wanted}"));
                None
            }
        }
    }

    fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.text(name).map(|text| text == "true")
    }

    fn count(&mut self, name: &'static str) -> Option<usize> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    fn size(&mut self, name: &'static str) -> Option<usize> {
        self.text(name).and_then(|text| bytes(&text)).and_then(|bytes| usize::try_from(bytes).ok())
    }

    fn time(&mut self, name: &'static str) -> Option<Duration> {
        self.text(name).and_then(|text| duration(&text))
    }

    fn algorithm(&mut self, name: &'static str) -> Option<Algorithm> {
        let text = self.text(name)?;
        let found = Algorithm::parse(&text);
        if found.is_none() {
            let known = Algorithm::password_algorithm_names().join(", ");
            self.problem(name, &format!("[{name}] is [{text}], but it must be one of [ssha256, {known}]"));
        }
        found
    }

    fn address(&mut self, name: &'static str) -> Option<SocketAddr> {
        self.text(name).and_then(|text| socket_address(&text))
    }
}

/// Whether the text has the form its kind asks for; otherwise what it should be.
fn check(kind: Kind, text: &str) -> Result<(), String> {
    let within = |value: Option<u64>, least: u64, most: u64| value.is_some_and(|value| (least..=most).contains(&value));
    let (good, wanted) = match kind {
        Kind::Bool => (matches!(text, "true" | "false"), "it must be [true] or [false]".to_owned()),
        Kind::Count { least, most } => {
            (within(text.parse().ok(), least, most), format!("it must be a whole number from {least} to {most}"))
        }
        Kind::Bytes { least, most } => (
            within(bytes(text), least, most),
            format!("it must be a size such as [16kb] or [100mb], from {least} to {most} bytes"),
        ),
        Kind::Time => (
            duration(text).is_some_and(|time| time >= Duration::from_millis(1) && time <= Duration::from_secs(86_400)),
            "it must be a time such as [500ms], [10s] or [2m], at most a day".to_owned(),
        ),
        Kind::Address => (
            socket_address(text).is_some(),
            "it must be an address and a port of this machine, such as [127.0.0.1:9200] or [[::1]:9200]".to_owned(),
        ),
        Kind::Path | Kind::Text => (!text.is_empty(), "it must not be empty".to_owned()),
        Kind::Word(words) => (words.contains(&text), format!("it must be one of [{}]", words.join(", "))),
    };
    if good { Ok(()) } else { Err(wanted) }
}

/// A number with one of the units, as the number and the unit.
fn number_and_unit(text: &str) -> Option<(u64, String)> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit.trim().to_ascii_lowercase()))
}

fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = number_and_unit(text)?;
    let factor: u64 = match unit.as_str() {
        "b" => 1,
        "k" | "kb" => 1 << 10,
        "m" | "mb" => 1 << 20,
        "g" | "gb" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = number_and_unit(text)?;
    let seconds = |factor: u64| number.checked_mul(factor).map(Duration::from_secs);
    match unit.as_str() {
        "ms" => Some(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3600),
        "d" => seconds(86_400),
        _ => None,
    }
}

/// An address; the name `localhost` is looked up so that people may write it.
fn socket_address(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (host, port) = text.rsplit_once(':')?;
    if host != "localhost" {
        return None;
    }
    (host, port.parse::<u16>().ok()?).to_socket_addrs().ok()?.min_by_key(SocketAddr::is_ipv6)
}

#[cfg(test)]
mod tests;
