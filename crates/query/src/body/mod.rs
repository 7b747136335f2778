//! The body of a search: everything that one can ask of it, and the parameters that can say the same.

mod fields;
mod parse;
mod source;
mod uri;

pub use fields::FetchField;
pub use parse::parse_search_body;
pub use source::SourceFilter;
pub use uri::{Parameters, apply_parameters, query_of_parameters};

use crate::aggregation::Aggregation;
use crate::query::Query;
use crate::sort::{SearchAfterValue, Sort};

/// What a search asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchBody {
    /// Which documents; not said: every one.
    pub query: Option<Query>,
    /// Which of the hits, after aggregations were computed.
    pub post_filter: Option<Query>,
    /// How many hits are left out at the front.
    pub from: usize,
    /// How many hits there are at most.
    pub size: usize,
    /// The order of hits; empty: the best first.
    pub sort: Vec<Sort>,
    /// Where hits begin.
    pub search_after: Option<Vec<SearchAfterValue>>,
    /// What is shown of a document's source; not said: all, unless `fields` are asked for… it is all then too.
    pub source: SourceFilter,
    /// What is computed over all hits.
    pub aggregations: Vec<Aggregation>,
    /// How far hits are counted.
    pub track_total_hits: TrackTotalHits,
    /// Worse hits are left out.
    pub min_score: Option<f32>,
    /// Values that are shown beside the source.
    pub fields: Vec<FetchField>,
    /// Values from columns that are shown beside the source.
    pub docvalue_fields: Vec<FetchField>,
    /// Whether scores are computed even if hits are sorted otherwise.
    pub track_scores: bool,
    /// Whether versions are shown.
    pub version: bool,
    /// Whether sequence numbers are shown.
    pub seq_no_primary_term: bool,
    /// `stored_fields: _none_`: hits without source.
    pub no_stored_fields: bool,
}

/// How far hits are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackTotalHits {
    /// To the end.
    Exactly,
    /// So far, and then it is said that there are more.
    UpTo(u64),
    /// Not at all.
    No,
}

impl Default for SearchBody {
    fn default() -> Self {
        Self {
            query: None,
            post_filter: None,
            from: 0,
            size: 10,
            sort: Vec::new(),
            search_after: None,
            source: SourceFilter::default(),
            aggregations: Vec::new(),
            track_total_hits: TrackTotalHits::UpTo(10_000),
            min_score: None,
            fields: Vec::new(),
            docvalue_fields: Vec::new(),
            track_scores: false,
            version: false,
            seq_no_primary_term: false,
            no_stored_fields: false,
        }
    }
}
