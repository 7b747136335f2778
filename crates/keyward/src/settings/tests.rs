//! What the settings promise: precedence, problems all at once with their place, no silent acceptance.

use std::path::Path;

use super::*;

fn file(text: &str) -> Result<Resolved, Vec<Problem>> {
    match from_file(Path::new("keyward.toml"), text) {
        Ok(given) => resolve(given, Vec::new(), 4),
        Err(problems) => Err(problems),
    }
}

fn problems(text: &str) -> Vec<String> {
    file(text).expect_err("this must not pass").iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_set_means_the_documented_defaults() {
    let settings = file("").expect("defaults are valid").settings;
    assert_eq!(settings.http_listen.to_string(), "127.0.0.1:9200");
    assert_eq!(settings.data_dir, Path::new("./keyward-data"));
    assert_eq!(settings.max_content_length, 100 << 20);
    assert_eq!(settings.max_header_size, 16 << 10);
    assert_eq!(settings.max_initial_line_length, 4 << 10);
    assert_eq!(settings.hasher_threads, 3);
    assert_eq!(settings.licence, "enterprise");
    assert!(settings.compression && settings.tls.is_none());
}

#[test]
fn every_default_in_the_table_has_the_form_of_its_kind() {
    for row in ROWS {
        if let Some(default) = row.default {
            assert_eq!(check(row.kind, default), Ok(()), "{}", row.name);
        }
        assert!(row.about.ends_with('.'), "{} needs a sentence", row.name);
    }
}

#[test]
fn dotted_keys_tables_and_quoted_names_are_the_same_setting() {
    for text in [
        "xpack.security.authc.api_key.enabled = false",
        "[xpack.security]\nauthc.api_key.enabled = false",
        "\"xpack.security.authc.api_key.enabled\" = \"false\"",
    ] {
        assert!(!file(text).expect(text).settings.api_keys_enabled, "{text}");
    }
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
    let mut given =
        from_file(Path::new("k.toml"), "cluster.name = 'a'\nnode.name = 'a'\nlog-level = 'a'").expect("valid");
    let (environment, unknown) = from_environment(
        [("KEYWARD_CLUSTER_NAME", "b"), ("KEYWARD_NODE_NAME", "b"), ("HOME", "/")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter(),
    );
    assert!(unknown.is_empty());
    given.extend(environment);
    given.push(Given { name: "cluster.name".into(), text: "c".into(), origin: Origin::Flag("-E".into()) });
    let settings = resolve(given, Vec::new(), 1).expect("valid").settings;
    assert_eq!(
        (settings.cluster_name.as_str(), settings.node_name.as_str(), settings.log_level.as_str()),
        ("c", "b", "a")
    );
}

#[test]
fn an_unknown_setting_stops_the_start_and_names_its_neighbour_and_its_line() {
    assert_eq!(
        problems("cluster.name = 'x'\n\nhttp-lisen = '127.0.0.1:1'"),
        ["keyward.toml:3: unknown setting [http-lisen]; did you mean [http-listen]?"]
    );
    let (_, unknown) = from_environment([("KEYWARD_DATADIR".to_owned(), "x".to_owned())].into_iter());
    assert_eq!(
        unknown.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["environment variable KEYWARD_DATADIR: there is no such setting; did you mean KEYWARD_DATA_DIR?"]
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let told = problems(
        "http.max_content_length = 'much'\nhttp.compression = 'yes'\nlog-format = 'xml'\ntls-cert = 'a.pem'\nfoo = 1.5",
    );
    assert_eq!(told.len(), 1, "a value of the wrong type is told before meaning is looked at: {told:?}");
    let told =
        problems("http.max_content_length = 'much'\nhttp.compression = 'yes'\nlog-format = 'xml'\ntls-cert = 'a.pem'");
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().all(|line| line.starts_with("keyward.toml:")), "{told:?}");
}

#[test]
fn a_listener_that_others_can_reach_needs_tls_or_an_explicit_word() {
    assert_eq!(problems("http-listen = '0.0.0.0:9200'").len(), 1);
    assert_eq!(problems("http-listen = '[::]:9200'").len(), 1);
    assert!(file("http-listen = '0.0.0.0:9200'\ninsecure-http = true").is_ok());
    assert!(file("http-listen = '0.0.0.0:9200'\ntls-cert = 'c.pem'\ntls-key = 'k.pem'").is_ok());
    assert!(file("http-listen = '[::1]:9200'").is_ok());
    assert!(file("http-listen = 'localhost:9200'").expect("localhost").settings.http_listen.ip().is_loopback());
    assert_eq!(problems("http-listen = 'example.org:9200'").len(), 1, "names are not looked up on a network");
}

#[test]
fn settings_of_elasticsearch_without_meaning_here_are_a_warning() {
    let resolved =
        file("[xpack.security]\nauthc.api_key.cache.ttl = '1h'\nenrollment.enabled = true").expect("accepted");
    assert_eq!(resolved.warnings.len(), 2, "{:?}", resolved.warnings);
    assert_eq!(problems("xpack.security.nonsense = true").len(), 1);
}

#[test]
fn text_that_is_not_toml_is_refused_with_its_line() {
    let told = problems("a = 1\n= 2\n");
    assert!(told.iter().any(|line| line.starts_with("keyward.toml:2: this is not TOML")), "{told:?}");
    assert!(!problems("a = 1\na = 2").is_empty(), "a key twice");
}

#[test]
fn the_documentation_lists_every_setting_with_its_default() {
    let documented = include_str!("../../../../docs/configuration.md");
    for row in ROWS {
        let default = row.default.map_or_else(String::new, |default| format!("`{default}`"));
        let line = format!("| `{}` | {default} | {} |", row.name, row.about);
        assert!(documented.contains(&line), "docs/configuration.md lacks the row\n{line}");
    }
}
