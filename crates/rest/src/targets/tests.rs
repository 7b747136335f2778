use http::Method;

use super::*;
use crate::classify::classify;

const NOW: Timestamp = Timestamp::from_millis(1_711_151_970_500);

fn list(text: &str) -> Vec<String> {
    expressions(text, NOW).unwrap()
}

#[test]
fn lists_are_cut_at_commas_outside_of_date_math() {
    assert_eq!(list("logs-*,-logs-old"), ["logs-*", "-logs-old"]);
    assert_eq!(list("<a-{now{uuuu,MM}}>,b"), ["a-2024,03", "b"]);
    assert_eq!(list("-<a-{now/d}>,b"), ["-a-2024.03.22", "b"]);
    assert_eq!(list("logs::failures,LOGS,logs+old"), ["logs::failures", "LOGS", "logs+old"]);
}

#[test]
fn what_cannot_be_a_name_is_refused() {
    let long = "x".repeat(256);
    for bad in ["", "a,", ",a", "a,,b", " a", "a ", "a,\tb", "a\u{0}", "a%2db", "a/b", "a\\b", "<a{now>", &long] {
        assert!(expressions(bad, NOW).is_err(), "{bad}");
    }
    assert!(expressions(&"x".repeat(255), NOW).is_ok());
    for bad in ["a*", "*", "_all", "a,b", "a b", "a#b", "a<b", "a|b", "a?b", "a\"b"] {
        assert!(exact_name(bad, "indices:data/read/get", NOW).is_err(), "{bad}");
    }
    assert_eq!(exact_name("<a-{now/y{uuuu}}>", "indices:data/read/get", NOW).unwrap(), "a-2024");
}

#[test]
fn other_clusters_are_told_from_selectors_and_date_math() {
    assert_eq!(remote_cluster("other:logs-*"), Some("other"));
    assert_eq!(remote_cluster("-other:logs"), Some("other"));
    assert_eq!(remote_cluster("*:logs"), Some("*"));
    assert_eq!(remote_cluster("other:logs::failures"), Some("other"));
    assert_eq!(remote_cluster("logs::failures"), None);
    assert_eq!(remote_cluster("<logs-{now{HH:mm}}>"), None);
    assert_eq!(remote_cluster("logs"), None);
}

#[test]
fn all_is_nothing_or_all_alone() {
    assert!(is_all::<&str>(&[]) && is_all(&["_all"]) && is_all(&["*"]));
    assert!(!is_all(&["_all", "a"]) && !is_all(&["a*"]));
}

fn read(path: &str, query: &str) -> Result<IndicesOptions, ElasticError> {
    options(&classify(&Method::GET, path, Some(query)).unwrap())
}

#[test]
fn parameters_change_what_wildcards_expand_to() {
    let shown = |options: IndicesOptions| (options.expand_open, options.expand_closed, options.expand_hidden);
    assert_eq!(shown(read("/_search", "").unwrap()), (true, false, false));
    assert_eq!(shown(read("/_search", "expand_wildcards=all").unwrap()), (true, true, true));
    assert_eq!(shown(read("/_search", "expand_wildcards=none").unwrap()), (false, false, false));
    assert_eq!(shown(read("/_search", "expand_wildcards=closed,hidden").unwrap()), (false, true, true));
    assert_eq!(shown(read("/_cat/indices", "").unwrap()), (true, true, true));
    assert!(read("/_search", "expand_wildcards=some").is_err());
    let options = read("/_search", "ignore_unavailable=true&allow_no_indices=false").unwrap();
    assert!(options.ignore_unavailable && !options.allow_no_indices);
    assert!(!read("/_search_shards", "").unwrap().allow_no_indices);
}
