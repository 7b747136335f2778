//! From the body of a request to a query: the outermost shape of a clause, and which parser is for which name.

use keyward_xcontent::{Kind, Object, Value};

use super::{MAX_CLAUSES, MAX_DEPTH, Query, QueryKind, compound, full_text, multi, term_level};
use crate::error::{ParseError, ParseErrorKind, ParseResult, suggestion};
use crate::read;

/// The queries that can be asked.
pub const QUERY_NAMES: &[&str] = &[
    "bool",
    "boosting",
    "constant_score",
    "dis_max",
    "exists",
    "fuzzy",
    "ids",
    "match",
    "match_all",
    "match_bool_prefix",
    "match_none",
    "match_phrase",
    "match_phrase_prefix",
    "multi_match",
    "prefix",
    "query_string",
    "range",
    "regexp",
    "simple_query_string",
    "term",
    "terms",
    "wildcard",
];

/// The queries that Elasticsearch has beside them.
const ELSEWHERE: &[&str] = &[
    "combined_fields",
    "distance_feature",
    "function_score",
    "geo_bounding_box",
    "geo_distance",
    "geo_grid",
    "geo_polygon",
    "geo_shape",
    "has_child",
    "has_parent",
    "intervals",
    "knn",
    "more_like_this",
    "nested",
    "parent_id",
    "percolate",
    "pinned",
    "rank_feature",
    "rule",
    "rule_query",
    "script",
    "script_score",
    "semantic",
    "shape",
    "span_containing",
    "span_field_masking",
    "span_first",
    "span_multi",
    "span_near",
    "span_not",
    "span_or",
    "span_term",
    "span_within",
    "sparse_vector",
    "terms_set",
    "text_expansion",
    "type",
    "weighted_tokens",
    "wrapper",
];

/// Reads a query.
pub fn parse_query(value: &Value<'_>) -> ParseResult<Query> {
    Parser { depth: 0, clauses: 0 }.query(value)
}

/// Reads one query and all that is in it, and counts.
#[derive(Debug)]
pub(super) struct Parser {
    depth: usize,
    clauses: usize,
}

impl Parser {
    /// A query: an object with one field, its name.
    pub(super) fn query(&mut self, value: &Value<'_>) -> ParseResult<Query> {
        self.clauses += 1;
        if self.clauses > MAX_CLAUSES {
            return Err(ParseError::illegal_argument(format!(
                "Query contains too many clauses; maxClauseCount is set to {MAX_CLAUSES}"
            )));
        }
        if self.depth >= MAX_DEPTH {
            return Err(ParseError::illegal_argument(format!(
                "The nested depth of the query exceeds the maximum nested depth for queries set in \
                 [indices.query.bool.max_nested_depth] of [{MAX_DEPTH}]"
            )));
        }
        let Kind::Object(object) = &value.kind else {
            return Err(ParseError::parsing(value.location, "[_na] query malformed, must start with start_object"));
        };
        let Some((clause, others)) = object.fields().split_first() else {
            return Err(ParseError::illegal_argument(format!(
                "query malformed, empty clause found at {}",
                value.location
            )));
        };
        let name = clause.name.as_ref();
        let Kind::Object(body) = &clause.value.kind else {
            return Err(ParseError::parsing(
                clause.value.location,
                format!("[{name}] query malformed, no start_object after query name"),
            ));
        };
        let known = QUERY_NAMES.contains(&name);
        if !known {
            return Err(unknown_query(name, clause.value.location));
        }
        if let Some(other) = others.first() {
            return Err(ParseError::parsing(
                other.location,
                format!("[{name}] malformed query, expected [END_OBJECT] but found [FIELD_NAME]"),
            ));
        }
        self.depth += 1;
        let query = self.clause(name, body, &clause.value);
        self.depth -= 1;
        query
    }

    fn clause(&mut self, name: &str, body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
        match name {
            "match_all" => bare("match_all", body, QueryKind::MatchAll),
            "match_none" => bare("match_none", body, QueryKind::MatchNone),
            "match" => full_text::match_query(body, at),
            "match_bool_prefix" => full_text::match_bool_prefix(body, at),
            "match_phrase" => full_text::match_phrase(body, at),
            "match_phrase_prefix" => full_text::match_phrase_prefix(body, at),
            "multi_match" => multi::multi_match(body),
            "query_string" => multi::query_string(body),
            "simple_query_string" => multi::simple_query_string(body),
            "term" => term_level::term(body, at),
            "terms" => term_level::terms(body, at),
            "range" => term_level::range(body, at),
            "exists" => term_level::exists(body, at),
            "prefix" => term_level::pattern("prefix", body, at),
            "wildcard" => term_level::pattern("wildcard", body, at),
            "regexp" => term_level::pattern("regexp", body, at),
            "fuzzy" => term_level::fuzzy(body, at),
            "ids" => term_level::ids(body),
            "bool" => compound::bool_query(self, body),
            "constant_score" => compound::constant_score(self, body, at),
            "dis_max" => compound::dis_max(self, body, at),
            "boosting" => compound::boosting(self, body, at),
            _ => Err(unknown_query(name, at.location)),
        }
    }
}

fn unknown_query(name: &str, at: keyward_xcontent::Location) -> ParseError {
    if ELSEWHERE.contains(&name) {
        let kind = ParseErrorKind::UnsupportedQuery { name: name.to_owned() };
        return ParseError { location: Some(at), ..ParseError::new(kind, format!("[{name}] query is not supported")) };
    }
    let not_found = ParseError {
        location: Some(at),
        ..ParseError::new(ParseErrorKind::NamedObjectNotFound, format!("unknown field [{name}]"))
    };
    let suffix = suggestion(name, QUERY_NAMES);
    ParseError::parsing(at, format!("unknown query [{name}]{suffix}")).caused_by(not_found)
}

/// A query without options of its own.
fn bare(parser: &str, body: &Object<'_>, kind: QueryKind) -> ParseResult<Query> {
    let mut query = Query::new(kind);
    for field in body {
        match field.name.as_ref() {
            "boost" => query.boost = read::boost(parser, &field.value)?,
            "_name" => query.name = Some(read::text(parser, "_name", &field.value)?),
            _ => return Err(ParseError::unknown_field(parser, field, &["boost", "_name"])),
        }
    }
    Ok(query)
}
