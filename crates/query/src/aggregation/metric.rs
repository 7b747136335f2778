//! Metrics, and the options that all sources of values share.

use keyward_xcontent::{Field, Object};

use super::{AggregationKind, MetricKind, PercentilesAggregation, TopHitsAggregation, ValueSource};
use crate::body::SourceFilter;
use crate::error::{ParseError, ParseResult};
use crate::read;
use crate::scalar::Scalar;
use crate::sort::parse_sort;

/// Reads the options of values, and gives every other one to `own`, which says whether it knows it.
pub(super) fn source_with(
    parser: &str,
    body: &Object<'_>,
    known: &[&str],
    mut own: impl FnMut(&Field<'_>) -> ParseResult<bool>,
) -> ParseResult<ValueSource> {
    let mut source = ValueSource::default();
    for option in body {
        let name = option.name.as_ref();
        let value = &option.value;
        let failed = |cause| ParseError::failed_field(parser, name, value, cause);
        match name {
            "field" => source.field = read::text(parser, name, value).map_err(failed)?,
            "missing" => {
                let scalar = Scalar::of(value).ok_or_else(|| failed(read::unexpected(parser, name, value)))?;
                source.missing = Some(scalar);
            }
            "format" => source.format = Some(read::text(parser, name, value).map_err(failed)?),
            "script" => return Err(ParseError::unsupported(format!("script] of aggregation [{parser}"))),
            // Only says that the field may be of another type where it is not mapped.
            "value_type" => return Err(ParseError::unsupported(format!("value_type] of aggregation [{parser}"))),
            _ => {
                if !own(option).map_err(failed)? {
                    let mut all = vec!["field", "missing", "format"];
                    all.extend(known);
                    return Err(ParseError::unknown_field(parser, option, &all));
                }
            }
        }
    }
    if source.field.is_empty() {
        return Err(ParseError::illegal_argument("Required one of fields [field, script], but none were specified. "));
    }
    Ok(source)
}

/// The options of values and no others.
pub(super) fn source(parser: &str, body: &Object<'_>, known: &[&str]) -> ParseResult<ValueSource> {
    source_with(parser, body, known, |_| Ok(false))
}

pub(super) fn metric(kind: MetricKind, body: &Object<'_>) -> ParseResult<AggregationKind> {
    let parser = kind.type_name();
    let mut sigma = None;
    let mut source = source_with(parser, body, &["sigma"], |option| match (kind, option.name.as_ref()) {
        (MetricKind::ExtendedStats, "sigma") => {
            let given = read::double(parser, "sigma", &option.value)?;
            if given < 0.0 {
                return Err(ParseError::illegal_argument(format!(
                    "[sigma] must be greater than or equal to 0. Found [{given}] in [{parser}]"
                )));
            }
            sigma = Some(given);
            Ok(true)
        }
        _ => Ok(false),
    })?;
    source.sigma = sigma;
    Ok(AggregationKind::Metric(kind, source))
}

pub(super) fn cardinality(body: &Object<'_>) -> ParseResult<AggregationKind> {
    // Counts are exact here, so how exact they have to be at least does not matter.
    let source = source_with("cardinality", body, &["precision_threshold"], |option| match option.name.as_ref() {
        "precision_threshold" => read::count("cardinality", "precision_threshold", &option.value).map(|_| true),
        "execution_hint" => read::text("cardinality", "execution_hint", &option.value).map(|_| true),
        _ => Ok(false),
    })?;
    Ok(AggregationKind::Cardinality(source))
}

pub(super) fn percentiles(body: &Object<'_>) -> ParseResult<AggregationKind> {
    let points = vec![1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0];
    let percentiles = points_of("percentiles", "percents", points, body)?;
    if let Some(wrong) = percentiles.points.iter().find(|percent| !(0.0..=100.0).contains(*percent)) {
        return Err(ParseError::illegal_argument(format!("percent must be in [0,100], got [{wrong}]")));
    }
    Ok(AggregationKind::Percentiles(percentiles))
}

pub(super) fn percentile_ranks(body: &Object<'_>) -> ParseResult<AggregationKind> {
    let ranks = points_of("percentile_ranks", "values", Vec::new(), body)?;
    if ranks.points.is_empty() {
        return Err(ParseError::illegal_argument("[values] must not be empty"));
    }
    Ok(AggregationKind::PercentileRanks(ranks))
}

fn points_of(parser: &str, name: &str, mut points: Vec<f64>, body: &Object<'_>) -> ParseResult<PercentilesAggregation> {
    let mut keyed = true;
    let source = source_with(parser, body, &[name, "keyed", "tdigest"], |option| {
        let value = &option.value;
        match option.name.as_ref() {
            given if given == name => {
                let items = value.as_array().ok_or_else(|| read::unexpected(parser, name, value))?;
                points = items.iter().map(|item| read::double(parser, name, item)).collect::<ParseResult<_>>()?;
                if points.is_empty() {
                    return Err(ParseError::illegal_argument(format!("[{name}] must not be empty: [{parser}]")));
                }
                points.sort_by(f64::total_cmp);
            }
            "keyed" => keyed = read::boolean(parser, "keyed", value)?,
            // Percentiles are exact here, so how exact they have to be at least does not matter.
            "tdigest" => {
                for option in read::object("tdigest", value)? {
                    match option.name.as_ref() {
                        "compression" => {
                            read::double("tdigest", "compression", &option.value)?;
                        }
                        "execution_hint" => {
                            read::text("tdigest", "execution_hint", &option.value)?;
                        }
                        _ => return Err(ParseError::unknown_field("tdigest", option, &["compression"])),
                    }
                }
            }
            "hdr" => return Err(ParseError::unsupported(format!("hdr] of aggregation [{parser}"))),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(PercentilesAggregation { source, points, keyed })
}

pub(super) fn top_hits(body: &Object<'_>) -> ParseResult<AggregationKind> {
    const PARSER: &str = "top_hits";
    let mut top = TopHitsAggregation {
        from: 0,
        size: 3,
        sort: Vec::new(),
        source: SourceFilter::default(),
        version: false,
        seq_no_primary_term: false,
        track_scores: false,
    };
    for option in body {
        let value = &option.value;
        let name = option.name.as_ref();
        match name {
            "from" => top.from = read::count(PARSER, name, value)?,
            "size" => top.size = read::count(PARSER, name, value)?,
            "sort" => top.sort = parse_sort(value)?,
            "_source" => top.source = SourceFilter::parse(value)?,
            "version" => top.version = read::boolean(PARSER, name, value)?,
            "seq_no_primary_term" => top.seq_no_primary_term = read::boolean(PARSER, name, value)?,
            "track_scores" => top.track_scores = read::boolean(PARSER, name, value)?,
            "explain" | "highlight" | "script_fields" | "docvalue_fields" | "stored_fields" | "fields" => {
                return Err(ParseError::unsupported(format!("{name}] of aggregation [top_hits")));
            }
            _ => {
                return Err(ParseError::parsing(
                    value.location,
                    format!("Unknown key for a {} in [{name}].", value.token()),
                ));
            }
        }
    }
    if top.from.saturating_add(top.size) > 100 {
        return Err(ParseError::illegal_argument(format!(
            "Top hits result window is too large, the top hits aggregator [top_hits]'s from + size must be less than \
             or equal to: [100] but was [{}]. This limit can be set by changing the \
             [index.max_inner_result_window] index level setting.",
            top.from.saturating_add(top.size)
        )));
    }
    Ok(AggregationKind::TopHits(top))
}
