//! From queries on several fields to queries on one: what an evaluator need not know.

use super::{
    BoolQuery, BoostedField, DisMaxQuery, FuzzyOptions, FuzzyQuery, Leaf, MatchPhrasePrefixQuery, MatchPhraseQuery,
    MatchQuery, MultiMatchKind, MultiMatchQuery, Occur, PatternQuery, Query, QueryKind, QueryStringQuery, RangeEnd,
    RangeQuery, SyntaxNode, ZeroTerms,
};
use crate::scalar::Scalar;

/// The names of the fields that there are.
pub trait FieldNames {
    /// The fields that match a pattern with `*`.
    fn matching(&self, pattern: &str) -> Vec<String>;

    /// The fields that are meant where none is named: all that can be searched.
    fn searchable(&self) -> Vec<String> {
        self.matching("*")
    }
}

/// The fields for a list of names and patterns, and whether that is all of them. Names are kept whether they exist or not.
fn resolve(fields: &[BoostedField], names: &dyn FieldNames) -> (Vec<BoostedField>, bool) {
    if fields.is_empty() || matches!(fields, [one] if one.field == "*") {
        let boost = fields.first().map_or(1.0, |one| one.boost);
        let all = names.searchable().into_iter().map(|field| BoostedField { field, boost }).collect();
        return (all, true);
    }
    let mut resolved: Vec<BoostedField> = Vec::new();
    for BoostedField { field, boost } in fields {
        let concrete = if field.contains('*') { names.matching(field) } else { vec![field.clone()] };
        for field in concrete {
            // A field that is named twice counts with both boosts.
            match resolved.iter_mut().find(|known| known.field == field) {
                Some(known) => known.boost *= boost,
                None => resolved.push(BoostedField { field, boost: *boost }),
            }
        }
    }
    (resolved, false)
}

/// The queries on each field as one.
fn combine(mut queries: Vec<Query>, tie_breaker: f32) -> Query {
    match queries.len() {
        0 => Query::match_none(),
        1 => queries.pop().unwrap_or_else(Query::match_none),
        _ => Query::new(QueryKind::DisMax(DisMaxQuery { queries, tie_breaker })),
    }
}

// === impl MultiMatchQuery ===

impl MultiMatchQuery {
    /// The same query as queries on one field each.
    pub fn lower(&self, names: &dyn FieldNames) -> Query {
        let (fields, all) = resolve(&self.fields, names);
        let lenient = self.options.lenient || all;
        let queries = fields.into_iter().map(|field| {
            let options = MatchQuery { field: field.field, lenient, ..self.options.clone() };
            Query::new(on_one_field(self.kind, options, self.slop)).boosted(field.boost)
        });
        combine(queries.collect(), self.tie_breaker.unwrap_or(self.kind.tie_breaker()))
    }
}

impl MultiMatchKind {
    fn tie_breaker(self) -> f32 {
        match self {
            Self::BestFields | Self::Phrase | Self::PhrasePrefix => 0.0,
            Self::MostFields | Self::BoolPrefix => 1.0,
        }
    }
}

fn on_one_field(kind: MultiMatchKind, options: MatchQuery, slop: u32) -> QueryKind {
    let phrase = |options: MatchQuery| MatchPhraseQuery {
        field: options.field,
        query: options.query,
        slop,
        analyzer: options.analyzer,
        zero_terms: options.zero_terms,
        lenient: options.lenient,
    };
    match kind {
        MultiMatchKind::BestFields | MultiMatchKind::MostFields => QueryKind::Match(options),
        MultiMatchKind::Phrase => QueryKind::MatchPhrase(phrase(options)),
        MultiMatchKind::PhrasePrefix => {
            let max_expansions = options.max_expansions;
            QueryKind::MatchPhrasePrefix(MatchPhrasePrefixQuery { phrase: phrase(options), max_expansions })
        }
        MultiMatchKind::BoolPrefix => QueryKind::MatchBoolPrefix(options),
    }
}

// === impl QueryStringQuery ===

impl QueryStringQuery {
    /// The same query (`query_string`) as queries on one field each.
    pub fn lower(&self, names: &dyn FieldNames) -> Query {
        self.lowered(names, self.tie_breaker.unwrap_or(self.kind.tie_breaker()))
    }

    /// The same query (`simple_query_string`) as queries on one field each: all fields count.
    pub fn lower_simple(&self, names: &dyn FieldNames) -> Query {
        self.lowered(names, 1.0)
    }

    fn lowered(&self, names: &dyn FieldNames, tie_breaker: f32) -> Query {
        let (fields, all) = resolve(&self.fields, names);
        let lowering = Lowering { query: self, names, fields, all, tie_breaker };
        lowering.node(&self.syntax, true)
    }
}

struct Lowering<'q> {
    query: &'q QueryStringQuery,
    names: &'q dyn FieldNames,
    fields: Vec<BoostedField>,
    /// Whether no fields were named.
    all: bool,
    tie_breaker: f32,
}

impl Lowering<'_> {
    fn node(&self, node: &SyntaxNode, top: bool) -> Query {
        match node {
            SyntaxNode::Nothing => Query::match_none(),
            SyntaxNode::Everything => Query::match_all(),
            SyntaxNode::Leaf { field, leaf, boost } => self.leaf(field.as_deref(), leaf, top).boosted(*boost),
            SyntaxNode::Clauses { clauses, boost } => {
                let mut query = BoolQuery::default();
                for (occur, node) in clauses {
                    let clause = self.node(node, false);
                    match occur {
                        Occur::Should => query.should.push(clause),
                        Occur::Must => query.must.push(clause),
                        Occur::MustNot => query.must_not.push(clause),
                    }
                }
                if top {
                    query.minimum_should_match.clone_from(&self.query.minimum_should_match);
                }
                Query::new(QueryKind::Bool(query)).boosted(*boost)
            }
        }
    }

    fn leaf(&self, named: Option<&str>, leaf: &Leaf, top: bool) -> Query {
        match (leaf, named) {
            (Leaf::Exists(field), _) => return Query::new(QueryKind::Exists { field: field.clone() }),
            (Leaf::Wildcard(pattern), None) if pattern == "*" && self.all => return Query::match_all(),
            (Leaf::Wildcard(pattern), Some("*")) if pattern == "*" => return Query::match_all(),
            _ => {}
        }
        let (own, all) = match named {
            None => (None, self.all),
            Some(name) => {
                let (fields, all) = resolve(&[BoostedField { field: name.to_owned(), boost: 1.0 }], self.names);
                (Some(fields), all)
            }
        };
        let lenient = self.query.lenient.unwrap_or(all);
        let fields = own.as_ref().unwrap_or(&self.fields);
        let queries = fields
            .iter()
            .map(|BoostedField { field, boost }| Query::new(self.on_field(field, leaf, lenient, top)).boosted(*boost));
        combine(queries.collect(), self.tie_breaker)
    }

    fn on_field(&self, field: &str, leaf: &Leaf, lenient: bool, top: bool) -> QueryKind {
        let field = field.to_owned();
        let pattern = |value: &str| PatternQuery {
            field: field.clone(),
            value: value.to_owned(),
            case_insensitive: false,
            normalize: true,
            lenient,
        };
        match leaf {
            Leaf::Text(text) => {
                let mut options = MatchQuery::new(field, Scalar::string(text.as_str()));
                options.operator = self.query.operator;
                options.analyzer.clone_from(&self.query.analyzer);
                options.lenient = lenient;
                if top {
                    options.minimum_should_match.clone_from(&self.query.minimum_should_match);
                }
                on_one_field(self.query.kind, options, self.query.phrase_slop)
            }
            Leaf::Phrase(text, slop) => QueryKind::MatchPhrase(MatchPhraseQuery {
                field,
                query: Scalar::string(text.as_str()),
                slop: slop.unwrap_or(self.query.phrase_slop),
                analyzer: self.query.analyzer.clone(),
                zero_terms: ZeroTerms::None,
                lenient,
            }),
            Leaf::Prefix(text) => QueryKind::Prefix(pattern(text)),
            Leaf::Wildcard(text) if text == "*" => QueryKind::Exists { field },
            Leaf::Wildcard(text) => QueryKind::Wildcard(pattern(text)),
            Leaf::Regexp(text) => QueryKind::Regexp(pattern(text)),
            Leaf::Fuzzy(text, edits) => {
                let fuzziness = edits.map_or(self.query.fuzzy.fuzziness, super::Fuzziness::Edits);
                let options = FuzzyOptions { fuzziness, ..self.query.fuzzy };
                QueryKind::Fuzzy(FuzzyQuery {
                    field,
                    value: Scalar::string(text.as_str()),
                    options,
                    normalize: true,
                    lenient,
                })
            }
            Leaf::Range { from, to } => {
                let end = |end: &Option<(String, bool)>| {
                    let (value, inclusive) = end.as_ref()?;
                    Some(RangeEnd { value: Scalar::string(value.as_str()), inclusive: *inclusive })
                };
                QueryKind::Range(RangeQuery {
                    field,
                    from: end(from),
                    to: end(to),
                    format: None,
                    time_zone: self.query.time_zone.clone(),
                    relation: false,
                    lenient,
                })
            }
            Leaf::Exists(field) => QueryKind::Exists { field: field.clone() },
        }
    }
}
