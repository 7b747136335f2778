//! `terms`: a bucket for each value.

use std::collections::{BTreeMap, HashMap};

use keyward_query::Aggregation;
use keyward_query::aggregation::{TermsAggregation, TermsFilter};
use keyward_query::date::Zone;
use serde_json::Map;

use super::super::collect::Place;
use super::super::failure::Failure;
use super::super::wildcard::regexp;
use super::field::{FieldValues, Key, Sort, Wanted};
use super::{Bucket, Buckets, Computed, Universe, order};

pub(super) fn terms(
    universe: &Universe<'_, '_>,
    terms: &TermsAggregation,
    sub: &[Aggregation],
    places: &[Place],
) -> Result<Computed, Failure> {
    if terms.source.field == "_index" {
        return by_index(universe, terms, sub, places);
    }
    let field = FieldValues::open(universe, &terms.source, "terms", Wanted::Any)?;
    let mut groups = group(&field, places)?;
    if terms.min_doc_count == 0 {
        for text in field.all_strings()? {
            groups.entry(Key::Text(text)).or_default();
        }
    }
    let filter = Filter::new(universe, terms, &field)?;
    groups.retain(|key, _| filter.lets_in(key, &field));
    let type_name = match (field.mapped || field.has_missing(), field.sort) {
        (false, _) => "umterms",
        (true, Sort::Text) => "sterms",
        (true, Sort::Whole) => "lterms",
        (true, Sort::Fractional) => "dterms",
    };
    let buckets = groups.into_iter().map(|(key, documents)| {
        let (shown, text) = field.show(&key, &Zone::utc());
        let mut members = Map::new();
        members.insert("key".to_owned(), shown);
        if let Some(text) = text {
            members.insert("key_as_string".to_owned(), text.into());
        }
        (key, Bucket::new("", members, documents))
    });
    finish(universe, terms, sub, buckets.collect(), type_name)
}

/// The documents of each value.
pub(super) fn group(field: &FieldValues, places: &[Place]) -> Result<BTreeMap<Key, Vec<Place>>, Failure> {
    let mut groups: BTreeMap<Key, Vec<Place>> = BTreeMap::new();
    if field.sort != Sort::Text {
        for place in places {
            for key in field.keys(*place)? {
                groups.entry(key).or_default().push(*place);
            }
        }
        return Ok(groups);
    }
    // Strings are told apart by their places in the dictionaries, and read once for each segment.
    for run in places.chunk_by(|left, right| (left.shard, left.segment) == (right.shard, right.segment)) {
        let mut by_ord: HashMap<u64, Vec<Place>> = HashMap::new();
        let mut without = Vec::new();
        for place in run {
            let ords = field.ords(*place);
            if ords.is_empty() {
                without.push(*place);
            }
            for ord in ords {
                by_ord.entry(ord).or_default().push(*place);
            }
        }
        for (ord, documents) in by_ord {
            if let Some(first) = documents.first().copied() {
                groups.entry(Key::Text(field.string(first, ord)?)).or_default().extend(documents);
            }
        }
        if let Some(missing) = field.missing()
            && !without.is_empty()
        {
            groups.entry(missing.clone()).or_default().extend(without);
        }
    }
    Ok(groups)
}

fn by_index(
    universe: &Universe<'_, '_>,
    terms: &TermsAggregation,
    sub: &[Aggregation],
    places: &[Place],
) -> Result<Computed, Failure> {
    let mut groups: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for place in places {
        if let Some(shard) = universe.shards.get(place.shard) {
            groups.entry(shard.snapshot.name.to_string()).or_default().push(*place);
        }
    }
    let buckets = groups.into_iter().map(|(name, documents)| {
        let mut members = Map::new();
        members.insert("key".to_owned(), name.as_str().into());
        (Key::Text(name), Bucket::new("", members, documents))
    });
    finish(universe, terms, sub, buckets.collect(), "sterms")
}

fn finish(
    universe: &Universe<'_, '_>,
    terms: &TermsAggregation,
    sub: &[Aggregation],
    mut buckets: Vec<(Key, Bucket)>,
    type_name: &'static str,
) -> Result<Computed, Failure> {
    let least = usize::try_from(terms.min_doc_count).unwrap_or(usize::MAX);
    buckets.retain(|(_, bucket)| bucket.documents.len() >= least);
    let all: usize = buckets.iter().map(|(_, bucket)| bucket.documents.len()).sum();
    if order::needs_metrics(&terms.order) {
        let complete = buckets.into_iter().map(|(key, bucket)| Ok((key, bucket.complete(universe, sub)?)));
        buckets = complete.collect::<Result<_, Failure>>()?;
    }
    order::sort(&mut buckets, &terms.order, sub);
    buckets.truncate(terms.size);
    universe.count_buckets(buckets.len())?;
    let shown: usize = buckets.iter().map(|(_, bucket)| bucket.documents.len()).sum();
    let complete = buckets.into_iter().map(|(_, bucket)| {
        let mut bucket = bucket.complete(universe, sub)?;
        // Keys as strings stand behind the keys.
        if terms.show_term_doc_count_error {
            bucket.members.insert("doc_count_error_upper_bound".to_owned(), 0.into());
        }
        Ok(bucket)
    });
    let buckets = complete.collect::<Result<Vec<_>, Failure>>()?;
    let mut members = Map::new();
    members.insert("doc_count_error_upper_bound".to_owned(), 0.into());
    members.insert("sum_other_doc_count".to_owned(), all.saturating_sub(shown).into());
    Ok(Computed::Buckets(Buckets { type_name, members, buckets, keyed: false }))
}

/// Which values get a bucket.
struct Filter {
    include: Option<Rule>,
    exclude: Option<Rule>,
}

enum Rule {
    Keys(Vec<Key>),
    Regexp(keyward_automaton::Automaton),
}

impl Filter {
    fn new(universe: &Universe<'_, '_>, terms: &TermsAggregation, field: &FieldValues) -> Result<Self, Failure> {
        let rule = |filter: &Option<TermsFilter>| -> Result<Option<Rule>, Failure> {
            Ok(match filter {
                None => None,
                Some(TermsFilter::Values(values)) => {
                    let now = universe.shards.first().map_or(0, |shard| shard.now);
                    let keys = values.iter().map(|value| {
                        field.key_of(&keyward_query::Scalar::string(value.as_str()), &terms.source.field, now)
                    });
                    Some(Rule::Keys(keys.collect::<Result<_, _>>()?))
                }
                Some(TermsFilter::Regexp(expression)) => {
                    if field.sort != Sort::Text {
                        return Err(Failure::illegal(format!(
                            "Aggregation [{}] cannot support regular expression style include/exclude settings as they \
                             can only be applied to string fields. Use an array of values for include/exclude clauses",
                            terms.source.field
                        )));
                    }
                    Some(Rule::Regexp(regexp(expression).map_err(Failure::illegal)?))
                }
            })
        };
        Ok(Self { include: rule(&terms.include)?, exclude: rule(&terms.exclude)? })
    }

    fn lets_in(&self, key: &Key, field: &FieldValues) -> bool {
        let fits = |rule: &Rule| match (rule, key) {
            (Rule::Keys(keys), _) => keys.contains(key),
            (Rule::Regexp(expression), Key::Text(text)) => {
                let shown = field.show(&Key::Text(text.clone()), &Zone::utc()).0;
                expression.matches(shown.as_str().unwrap_or(text))
            }
            (Rule::Regexp(_), _) => false,
        };
        self.include.as_ref().is_none_or(fits) && !self.exclude.as_ref().is_some_and(fits)
    }
}
