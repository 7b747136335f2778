//! The tantivy schema: one and the same for every index.
//!
//! What a field *means* is the business of `mapping`; here is only where its values are put. A tantivy schema cannot
//! grow, mappings do; so the fields of a document live in two JSON fields, under their full dotted path:
//!
//! | mapped as | goes to | as |
//! |---|---|---|
//! | `text` | `full` | tokens of the standard analyzer, with positions |
//! | | `norms` | how many tokens there are: a column |
//! | `keyword` | `exact` | one term and a column, string |
//! | `long` `integer` `short` `byte` | `exact` | i64 |
//! | `unsigned_long` | `exact` | u64 |
//! | `double` `float` `half_float` | `exact` | f64, rounded to the type's precision |
//! | `boolean` | `exact` | bool |
//! | `date` | `exact` | i64: milliseconds since the epoch |
//! | `ip` | `exact` | string: 32 hexadecimal digits of the IPv6 (or IPv4-mapped) address, so that order is kept |
//!
//! tantivy turns whole doubles into integer terms, and a column of whole doubles into an integer column; both its term
//! and range queries know. Every path that has a value is also a term of `_field_names`, which answers `exists`.

use tantivy::Index;
use tantivy::schema::{
    BytesOptions, FAST, Field, IndexRecordOption, JsonObjectOptions, NumericOptions, STORED, Schema, TextFieldIndexing,
    TextOptions,
};
use tantivy::tokenizer::{LowerCaser, TextAnalyzer, TokenizerManager};

use crate::tokenizer::StandardTokenizer;

/// The name under which the standard analyzer is registered.
pub(crate) const STANDARD: &str = "standard";
/// The name of the field with exact values, as columns are addressed by it.
pub(crate) const EXACT: &str = "exact";

/// The name of the field with lengths, as columns are addressed by it.
pub(crate) const NORMS: &str = "norms";

/// The fields of the schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    /// The document's id: one term; stored.
    pub(crate) id: Field,
    /// The document as it was given; stored only.
    pub(crate) source: Field,
    /// The sequence number of the operation that wrote it; a column.
    pub(crate) seq_no: Field,
    /// The primary term of that operation; a column.
    pub(crate) primary_term: Field,
    /// The document's version; a column.
    pub(crate) version: Field,
    /// The paths that have a value.
    pub(crate) field_names: Field,
    /// Values matched as they are.
    pub(crate) exact: Field,
    /// Analyzed text.
    pub(crate) full: Field,
    /// How many tokens the text of a path has. tantivy's own norm of a JSON field is the sum over all its paths,
    /// while scores are about the length of one.
    pub(crate) norms: Field,
}

/// The schema and its fields.
pub(crate) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let term_only = || TextFieldIndexing::default().set_tokenizer("raw").set_index_option(IndexRecordOption::Basic);
    let column = || NumericOptions::default() | FAST;
    let id = builder
        .add_text_field("_id", TextOptions::default().set_indexing_options(term_only().set_fieldnorms(false)) | STORED);
    let source = builder.add_bytes_field("_source", BytesOptions::default().set_stored());
    let seq_no = builder.add_u64_field("_seq_no", column());
    let primary_term = builder.add_u64_field("_primary_term", column());
    let version = builder.add_u64_field("_version", column());
    let field_names = builder
        .add_text_field("_field_names", TextOptions::default().set_indexing_options(term_only().set_fieldnorms(false)));
    let exact = builder.add_json_field(
        EXACT,
        JsonObjectOptions::default()
            .set_indexing_options(term_only().set_fieldnorms(false))
            .set_fast("raw")
            .set_expand_dots_enabled(),
    );
    let full = builder.add_json_field(
        "full",
        JsonObjectOptions::default()
            .set_indexing_options(
                TextFieldIndexing::default()
                    .set_tokenizer(STANDARD)
                    .set_fieldnorms(false)
                    .set_index_option(IndexRecordOption::WithFreqsAndPositions),
            )
            .set_expand_dots_enabled(),
    );
    let norms = builder.add_json_field(NORMS, JsonObjectOptions::default().set_fast("raw").set_expand_dots_enabled());
    (builder.build(), Fields { id, source, seq_no, primary_term, version, field_names, exact, full, norms })
}

/// Elasticsearch's `standard` analyzer: words by Unicode's rules, lower case.
pub(crate) fn standard_analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(StandardTokenizer).filter(LowerCaser).build()
}

/// Teaches an index the analyzers that the schema names.
pub(crate) fn register_analyzers(index: &mut Index) {
    let analyzers = TokenizerManager::default();
    analyzers.register(STANDARD, standard_analyzer());
    index.set_tokenizers(analyzers);
}

/// The name of the column of a mapped path in the field of exact values, as `FastFieldReaders` takes it.
pub(crate) fn column_name(path: &str) -> String {
    format!("{EXACT}.{}", path.replace('\\', "\\\\"))
}
