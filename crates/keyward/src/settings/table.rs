//! The settings that Keyward knows: one row each, with its kind, its default and what it is for.
//!
//! The row is the only place where a setting is written down: the file, the environment, the command line, the
//! defaults, `check-config` and `docs/configuration.md` all follow this table.

/// What a setting's text must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Bool,
    /// A count.
    Count {
        /// The smallest value accepted.
        least: u64,
        /// The largest value accepted.
        most: u64,
    },
    /// Bytes: `100mb`, `16kb`, `512b`.
    Bytes {
        /// The smallest value accepted.
        least: u64,
        /// The largest value accepted.
        most: u64,
    },
    /// A duration: `10s`, `1m`, `500ms`.
    Time,
    /// An address and port to listen on.
    Address,
    /// A file or folder.
    Path,
    /// Free text that is not empty.
    Text,
    /// One of a few words.
    Word(&'static [&'static str]),
}

/// One setting.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its name in the file and after `-E`; upper case with `KEYWARD_` in front in the environment.
    pub(crate) name: &'static str,
    /// What its text must look like.
    pub(crate) kind: Kind,
    /// The default as one would write it; `None`: not set.
    pub(crate) default: Option<&'static str>,
    /// What it is for, in one sentence.
    pub(crate) about: &'static str,
}

const fn row(name: &'static str, kind: Kind, default: Option<&'static str>, about: &'static str) -> Row {
    Row { name, kind, default, about }
}

/// Every setting, in the order in which people read them.
pub(crate) const ROWS: &[Row] = &[
    row("data-dir", Kind::Path, Some("./keyward-data"), "Folder that holds keys, users, roles and documents."),
    row("http-listen", Kind::Address, Some("127.0.0.1:9200"), "Address of the Elasticsearch API."),
    row(
        "admin-listen",
        Kind::Address,
        None,
        "Address of a second listener for health and metrics without credentials.",
    ),
    row(
        "tls-cert",
        Kind::Path,
        None,
        "Certificate chain in PEM; with `tls-key` it switches TLS on. Read again on SIGHUP.",
    ),
    row("tls-key", Kind::Path, None, "Private key of the certificate, in PEM."),
    row(
        "insecure-http",
        Kind::Bool,
        Some("false"),
        "Allow plain HTTP on an address that other machines can reach. Every secret is then readable on the wire.",
    ),
    row("log-format", Kind::Word(&["human", "json"]), Some("human"), "Form of the log lines on standard error."),
    row(
        "log-level",
        Kind::Text,
        Some("info"),
        "Least level that is logged, or a filter such as `info,keyward_store=debug`.",
    ),
    row("cluster.name", Kind::Text, Some("keyward"), "Name of the cluster as `GET /` shows it."),
    row("node.name", Kind::Text, Some("keyward-1"), "Name of the node as `GET /` shows it."),
    row("http.max_content_length", Kind::Bytes { least: 1024, most: 2 << 30 }, Some("100mb"), "Largest request body."),
    row(
        "http.max_header_size",
        Kind::Bytes { least: 1024, most: 1 << 20 },
        Some("16kb"),
        "All headers of a request together.",
    ),
    row(
        "http.max_initial_line_length",
        Kind::Bytes { least: 256, most: 1 << 20 },
        Some("4kb"),
        "Method, path and query of a request.",
    ),
    row("http.max_json_depth", Kind::Count { least: 8, most: 1000 }, Some("1000"), "Deepest nesting of a JSON body."),
    row(
        "http.max_connections",
        Kind::Count { least: 1, most: 1 << 20 },
        Some("10000"),
        "Connections open at once; more wait to be accepted.",
    ),
    row(
        "http.header_read_timeout",
        Kind::Time,
        Some("10s"),
        "Time that a client has to send the headers of a request.",
    ),
    row("http.idle_timeout", Kind::Time, Some("2m"), "Time that a connection may stay open without a request."),
    row(
        "http.shutdown_timeout",
        Kind::Time,
        Some("20s"),
        "Time that running requests have to finish when the server stops.",
    ),
    row(
        "http.compression",
        Kind::Bool,
        None,
        "Compress answers for clients that ask for it. Default: true without TLS, false with it.",
    ),
    row("http.detailed_errors.enabled", Kind::Bool, Some("true"), "Accept `error_trace=true`."),
    row(
        "xpack.license.self_generated.type",
        Kind::Word(&["basic", "standard", "gold", "platinum", "enterprise", "trial"]),
        Some("enterprise"),
        "Licence type that `GET /_license` reports and that licence gates follow.",
    ),
    row("xpack.security.authc.api_key.enabled", Kind::Bool, Some("true"), "The API key service."),
    row(
        "xpack.security.authc.api_key.hashing.algorithm",
        Kind::Text,
        Some("ssha256"),
        "How secrets of new API keys are hashed: ssha256, or pbkdf2… and bcrypt… at a high price in every request.",
    ),
    row(
        "xpack.security.authc.password_hashing.algorithm",
        Kind::Text,
        Some("bcrypt"),
        "How new passwords are hashed: bcrypt, bcrypt12, pbkdf2_stretch and others.",
    ),
    row("xpack.security.authc.reserved_realm.enabled", Kind::Bool, Some("true"), "The built-in user `elastic`."),
    row("xpack.security.authc.run_as.enabled", Kind::Bool, Some("true"), "The header `es-security-runas-user`."),
    row(
        "hasher.threads",
        Kind::Count { least: 1, most: 256 },
        None,
        "Threads that check passwords. Default: one fewer than there are cores.",
    ),
    row(
        "hasher.queue",
        Kind::Count { least: 1, most: 100_000 },
        Some("256"),
        "Password checks that may wait; more are answered 429.",
    ),
];

/// Settings of Elasticsearch that have no meaning here: accepted with a warning, so that a file can be carried over.
/// A name that ends in `.` stands for all names that begin with it.
pub(crate) const WITHOUT_MEANING: &[&str] = &[
    "bootstrap.memory_lock",
    "cluster.initial_master_nodes",
    "discovery.",
    "indices.",
    "ingest.",
    "network.publish_host",
    "node.roles",
    "path.logs",
    "thread_pool.",
    "transport.",
    "xpack.ml.enabled",
    "xpack.monitoring.",
    "xpack.security.authc.api_key.cache.",
    "xpack.security.authc.api_key.certificate_identity_pattern_cache.",
    "xpack.security.authc.api_key.doc_cache.ttl",
    "xpack.security.authc.service_token.cache.",
    "xpack.security.authc.success_cache.",
    "xpack.security.authz.store.",
    "xpack.security.automata.",
    "xpack.security.autoconfiguration.enabled",
    "xpack.security.dls.bitset.cache.",
    "xpack.security.enrollment.enabled",
    "xpack.security.transport.",
];

/// The row of a setting.
pub(crate) fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

/// Whether the name is one of Elasticsearch's that mean nothing here.
pub(crate) fn is_without_meaning(name: &str) -> bool {
    WITHOUT_MEANING.iter().any(|known| if known.ends_with('.') { name.starts_with(known) } else { name == *known })
}

/// The name of a setting in the environment.
pub(crate) fn environment_name(name: &str) -> String {
    let mut text = String::from("KEYWARD_");
    text.extend(name.chars().map(|c| if matches!(c, '.' | '-') { '_' } else { c.to_ascii_uppercase() }));
    text
}

/// The known name that looks most like this one, if any looks alike at all.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance * 2 <= candidate.chars().count().max(4))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, counted in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((j, to), above) in right.iter().enumerate().zip(row.windows(2)) {
            let (diagonal, up) = match above {
                [diagonal, up] => (*diagonal, *up),
                _ => break,
            };
            let before = next.get(j).copied().unwrap_or(usize::MAX);
            next.push((diagonal + usize::from(from != *to)).min(up + 1).min(before + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_name_is_upper_case_with_underscores() {
        assert_eq!(environment_name("http-listen"), "KEYWARD_HTTP_LISTEN");
        assert_eq!(
            environment_name("xpack.security.authc.api_key.enabled"),
            "KEYWARD_XPACK_SECURITY_AUTHC_API_KEY_ENABLED"
        );
    }

    #[test]
    fn no_two_settings_share_a_name_in_the_file_or_in_the_environment() {
        let names: std::collections::HashSet<_> = ROWS.iter().map(|row| environment_name(row.name)).collect();
        assert_eq!(names.len(), ROWS.len());
        for row in ROWS {
            assert!(!is_without_meaning(row.name), "{} both means something and nothing", row.name);
        }
    }

    #[test]
    fn the_nearest_name_is_found_for_a_slip_and_for_nothing_else() {
        let names = || ROWS.iter().map(|row| row.name);
        assert_eq!(nearest("http-listn", names()), Some("http-listen"));
        assert_eq!(nearest("data_dir", names()), Some("data-dir"));
        assert_eq!(
            nearest("xpack.security.authc.apikey.enabled", names()),
            Some("xpack.security.authc.api_key.enabled")
        );
        assert_eq!(nearest("zzzzzzzzzzzzz", names()), None);
    }
}
