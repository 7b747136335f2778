//! Queries: the tree, and where reading it begins.

mod compound;
mod full_text;
mod lower;
mod minimum;
mod multi;
mod parse;
mod syntax;
mod term_level;
mod walk;

pub(crate) use full_text::operator_of;
pub use lower::FieldNames;
pub use minimum::MinimumShouldMatch;
pub(crate) use multi::query_of_uri;
pub use parse::{QUERY_NAMES, parse_query};
pub use syntax::{Leaf, Occur, SyntaxNode, SyntaxProblem};

use crate::date::Zone;
use crate::scalar::Scalar;

/// How many clauses the queries of one request may have together.
pub const MAX_CLAUSES: usize = 4096;
/// How deep queries may be nested.
pub const MAX_DEPTH: usize = 30;

/// A query: which documents, and how good they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What it looks for.
    pub kind: QueryKind,
    /// Its scores are multiplied with this.
    pub boost: f32,
    /// `_name`: hits tell which named queries they match.
    pub name: Option<String>,
}

/// What a query looks for.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryKind {
    /// Every document.
    MatchAll,
    /// None.
    MatchNone,
    /// Analyzed words.
    Match(MatchQuery),
    /// Analyzed words in their order.
    MatchPhrase(MatchPhraseQuery),
    /// The same, the last one being the beginning of a word.
    MatchPhrasePrefix(MatchPhrasePrefixQuery),
    /// Analyzed words, the last one being the beginning of a word.
    MatchBoolPrefix(MatchQuery),
    /// One of the above on several fields.
    MultiMatch(MultiMatchQuery),
    /// A value as it is.
    Term(TermQuery),
    /// One of several values.
    Terms(TermsQuery),
    /// Values between ends.
    Range(RangeQuery),
    /// Any value at all.
    Exists {
        /// The field, an object, or a pattern.
        field: String,
    },
    /// Values that begin so.
    Prefix(PatternQuery),
    /// Values like a pattern with `*` and `?`.
    Wildcard(PatternQuery),
    /// Values like a regular expression.
    Regexp(PatternQuery),
    /// Values a few edits away.
    Fuzzy(FuzzyQuery),
    /// Documents by their ids.
    Ids(Vec<String>),
    /// Queries combined.
    Bool(BoolQuery),
    /// A query whose matches are all equally good.
    ConstantScore(Box<Query>),
    /// The best of several queries.
    DisMax(DisMaxQuery),
    /// Matches of one query, made worse by another.
    Boosting(BoostingQuery),
    /// The query language of Lucene.
    QueryString(QueryStringQuery),
    /// The query language that never fails.
    SimpleQueryString(QueryStringQuery),
}

/// How words or clauses are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Operator {
    /// One suffices.
    #[default]
    Or,
    /// All are needed.
    And,
}

/// What a text without any word finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ZeroTerms {
    /// Nothing.
    #[default]
    None,
    /// Everything.
    All,
}

/// How many edits a word may be away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fuzziness {
    /// So many.
    Edits(u8),
    /// By length: words shorter than the first bound none, shorter than the second one, others two.
    Auto(usize, usize),
}

/// How words that are a few edits away are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FuzzyOptions {
    /// How many edits.
    pub fuzziness: Fuzziness,
    /// How many characters at the beginning must be the same.
    pub prefix_length: usize,
    /// How many words are looked for at most.
    pub max_expansions: usize,
    /// Whether exchanging two neighbours is one edit.
    pub transpositions: bool,
}

/// `match` and `match_bool_prefix`
#[derive(Debug, Clone, PartialEq)]
pub struct MatchQuery {
    /// The field.
    pub field: String,
    /// What is looked for, before it is analyzed.
    pub query: Scalar,
    /// How the words are combined.
    pub operator: Operator,
    /// How many words are needed.
    pub minimum_should_match: Option<MinimumShouldMatch>,
    /// The analyzer, if it is not the field's.
    pub analyzer: Option<String>,
    /// Whether words may differ.
    pub fuzzy: Option<FuzzyOptions>,
    /// What no words find.
    pub zero_terms: ZeroTerms,
    /// Whether a value that the field cannot have finds nothing instead of failing.
    pub lenient: bool,
    /// How many words the last one may stand for (`match_bool_prefix`).
    pub max_expansions: usize,
}

/// `match_phrase`
#[derive(Debug, Clone, PartialEq)]
pub struct MatchPhraseQuery {
    /// The field.
    pub field: String,
    /// What is looked for, before it is analyzed.
    pub query: Scalar,
    /// How far the words may be moved.
    pub slop: u32,
    /// The analyzer, if it is not the field's.
    pub analyzer: Option<String>,
    /// What no words find.
    pub zero_terms: ZeroTerms,
    /// Whether a value that the field cannot have finds nothing instead of failing.
    pub lenient: bool,
}

/// `match_phrase_prefix`
#[derive(Debug, Clone, PartialEq)]
pub struct MatchPhrasePrefixQuery {
    /// The phrase.
    pub phrase: MatchPhraseQuery,
    /// How many words the last one may stand for.
    pub max_expansions: usize,
}

/// `multi_match`
#[derive(Debug, Clone, PartialEq)]
pub struct MultiMatchQuery {
    /// The fields and patterns with their boosts; empty: all that can be searched.
    pub fields: Vec<BoostedField>,
    /// How the fields go together.
    pub kind: MultiMatchKind,
    /// The options of the query on each field, whose own field is empty.
    pub options: MatchQuery,
    /// For phrases.
    pub slop: u32,
    /// How much the fields beside the best one count.
    pub tie_breaker: Option<f32>,
}

/// How a query on several fields combines them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MultiMatchKind {
    /// The best field counts.
    #[default]
    BestFields,
    /// All fields count.
    MostFields,
    /// The best field with the phrase counts.
    Phrase,
    /// The same, the last word being the beginning of one.
    PhrasePrefix,
    /// All fields count, the last word being the beginning of one.
    BoolPrefix,
}

/// A field or a pattern of fields, and how much it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct BoostedField {
    /// The name or pattern.
    pub field: String,
    /// Its scores are multiplied with this.
    pub boost: f32,
}

/// `term`
#[derive(Debug, Clone, PartialEq)]
pub struct TermQuery {
    /// The field.
    pub field: String,
    /// The value.
    pub value: Scalar,
    /// Whether `A` is `a`.
    pub case_insensitive: bool,
    /// Whether a value that the field cannot have finds nothing instead of failing. Never asked for directly.
    pub lenient: bool,
}

/// `terms`
#[derive(Debug, Clone, PartialEq)]
pub struct TermsQuery {
    /// The field.
    pub field: String,
    /// The values.
    pub values: Vec<Scalar>,
}

/// One end of a range.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeEnd {
    /// The value.
    pub value: Scalar,
    /// Whether the value itself is in the range.
    pub inclusive: bool,
}

/// `range`
#[derive(Debug, Clone, PartialEq)]
pub struct RangeQuery {
    /// The field.
    pub field: String,
    /// Where it begins.
    pub from: Option<RangeEnd>,
    /// Where it ends.
    pub to: Option<RangeEnd>,
    /// The format of dates, if it is not the field's.
    pub format: Option<String>,
    /// The zone of dates that name none.
    pub time_zone: Option<Zone>,
    /// Whether `relation` was given. It means something on range fields only, of which there are none.
    pub relation: bool,
    /// Whether a value that the field cannot have finds nothing instead of failing. Never asked for directly.
    pub lenient: bool,
}

/// `prefix`, `wildcard`, `regexp`
#[derive(Debug, Clone, PartialEq)]
pub struct PatternQuery {
    /// The field.
    pub field: String,
    /// The beginning or the pattern.
    pub value: String,
    /// Whether `A` is `a`.
    pub case_insensitive: bool,
    /// Whether the value is made like the words of the field first (lower case, say), as the query languages do.
    pub normalize: bool,
    /// Whether a field that cannot be asked so finds nothing instead of failing. Never asked for directly.
    pub lenient: bool,
}

/// `fuzzy`
#[derive(Debug, Clone, PartialEq)]
pub struct FuzzyQuery {
    /// The field.
    pub field: String,
    /// The value.
    pub value: Scalar,
    /// How far away.
    pub options: FuzzyOptions,
    /// Whether the value is made like the words of the field first (lower case, say), as the query languages do.
    pub normalize: bool,
    /// Whether a field that cannot be asked so finds nothing instead of failing. Never asked for directly.
    pub lenient: bool,
}

/// `bool`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BoolQuery {
    /// All of these, and they count.
    pub must: Vec<Query>,
    /// All of these, and they do not count.
    pub filter: Vec<Query>,
    /// These count; how many are needed is said below.
    pub should: Vec<Query>,
    /// None of these.
    pub must_not: Vec<Query>,
    /// How many of `should` are needed; if it does not say: one where there is neither `must` nor `filter`, else none.
    pub minimum_should_match: Option<MinimumShouldMatch>,
}

/// `dis_max`
#[derive(Debug, Clone, PartialEq)]
pub struct DisMaxQuery {
    /// The queries.
    pub queries: Vec<Query>,
    /// How much those beside the best one count.
    pub tie_breaker: f32,
}

/// `boosting`
#[derive(Debug, Clone, PartialEq)]
pub struct BoostingQuery {
    /// What must match.
    pub positive: Box<Query>,
    /// What makes a match worse.
    pub negative: Box<Query>,
    /// The score of such a match is multiplied with this.
    pub negative_boost: f32,
}

/// `query_string` and `simple_query_string`
#[derive(Debug, Clone, PartialEq)]
pub struct QueryStringQuery {
    /// As it was written.
    pub query: String,
    /// What it says.
    pub syntax: SyntaxNode,
    /// The fields and patterns that are meant where none is named; empty: all that can be searched.
    pub fields: Vec<BoostedField>,
    /// How clauses and words are combined.
    pub operator: Operator,
    /// The analyzer, if it is not the field's.
    pub analyzer: Option<String>,
    /// How many clauses are needed.
    pub minimum_should_match: Option<MinimumShouldMatch>,
    /// Whether values that a field cannot have find nothing instead of failing. Not said: if no fields were named.
    pub lenient: Option<bool>,
    /// How fuzzy words are found.
    pub fuzzy: FuzzyOptions,
    /// For phrases that do not say it.
    pub phrase_slop: u32,
    /// The zone of dates that name none.
    pub time_zone: Option<Zone>,
    /// How the fields go together.
    pub kind: MultiMatchKind,
    /// How much the fields beside the best one count.
    pub tie_breaker: Option<f32>,
}

impl Query {
    /// A query that counts as it is and has no name.
    pub fn new(kind: QueryKind) -> Self {
        Self { kind, boost: 1.0, name: None }
    }

    /// Every document.
    pub fn match_all() -> Self {
        Self::new(QueryKind::MatchAll)
    }

    /// No document.
    pub fn match_none() -> Self {
        Self::new(QueryKind::MatchNone)
    }

    /// The same query, counting so many times as much.
    #[must_use]
    pub fn boosted(mut self, boost: f32) -> Self {
        self.boost *= boost;
        self
    }
}

impl FuzzyOptions {
    /// What is meant where nothing is said.
    pub const DEFAULT: Self =
        Self { fuzziness: Fuzziness::Auto(3, 6), prefix_length: 0, max_expansions: 50, transpositions: true };
}

impl Fuzziness {
    /// The edits that a word may be away.
    pub fn edits(self, word: &str) -> u8 {
        match self {
            Self::Edits(edits) => edits,
            Self::Auto(low, high) => {
                let length = word.chars().count();
                u8::from(length >= low) + u8::from(length >= high)
            }
        }
    }
}

impl MatchQuery {
    /// A query for words with nothing else said.
    pub fn new(field: impl Into<String>, query: Scalar) -> Self {
        Self {
            field: field.into(),
            query,
            operator: Operator::Or,
            minimum_should_match: None,
            analyzer: None,
            fuzzy: None,
            zero_terms: ZeroTerms::None,
            lenient: false,
            max_expansions: 50,
        }
    }
}
