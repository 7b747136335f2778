//! Searching keys.

use keyward_query::sort::{SearchAfterValue, parse_search_after};
use keyward_query::{ParseError, Sort, parse_query, parse_sort};
use keyward_rest::{ElasticError, Reply};
use keyward_security::request::Detail;
use keyward_state::KeySelection;
use keyward_state::search::{KeyOrder, KeyPredicate, KeySearchError};
use keyward_xcontent::{Accepts, Known, ObjectParser, Value};

use crate::context::Context;
use crate::render::ApiKeyWriter;
use crate::role_error;

const PARSER: ObjectParser = ObjectParser::new(
    "query_api_key_request_payload",
    &[
        Known::optional("query", Accepts::OBJECT),
        Known::optional("aggs", Accepts::OBJECT),
        Known::optional("aggregations", Accepts::OBJECT),
        Known::optional("from", Accepts::NUMBER),
        Known::optional("size", Accepts::NUMBER),
        Known::optional("sort", Accepts::ARRAY.or(Accepts::OBJECT).or(Accepts::STRING)),
        Known::optional("search_after", Accepts::ARRAY),
    ],
);

/// The most that can be shown of a result, counted from its beginning.
const WINDOW: usize = 10_000;

struct Search {
    predicate: KeyPredicate,
    order: KeyOrder,
    from: usize,
    size: usize,
}

pub(super) fn query(context: &Context) -> Result<Reply, ElasticError> {
    let params = &context.call.params;
    let with_limited_by = params.bool_or("with_limited_by", false)?;
    // There are no profiles, and no aggregations whose names could be typed.
    params.bool_or("with_profile_uid", false)?;
    params.bool_or("typed_keys", false)?;
    let search = if context.body.is_empty() { read(None, context)? } else { read(Some(&context.json()?), context)? };
    let permit = context.authorize(Detail::QueryApiKey { only_mine: false, with_limited_by })?;

    let (view, who) = (&context.view, &context.authentication);
    let page = if !permit.only_own_api_keys() {
        search.order.page(view.api_keys().iter(), &search.predicate, search.from, search.size)
    } else if let Some(own) = who.as_api_key() {
        search.order.page(view.api_key(&own.id).into_iter(), &search.predicate, search.from, search.size)
    } else {
        let own = KeySelection::owned_by(who).select(view);
        search.order.page(own.into_iter(), &search.predicate, search.from, search.size)
    };

    let mut json = format!(r#"{{"total":{},"count":{},"api_keys":["#, page.total, page.keys.len());
    let mut writer = ApiKeyWriter::default();
    for (at, (key, values)) in page.keys.iter().enumerate() {
        if at > 0 {
            json.push(',');
        }
        writer.write(&mut json, key, with_limited_by);
        if search.order.is_asked() {
            // Inside the object that was just closed.
            json.pop();
            json.push_str(&format!(r#","_sort":{}}}"#, search.order.show(values)));
        }
    }
    json.push_str("]}");
    Ok(Reply::raw(http::StatusCode::OK, json))
}

fn read(body: Option<&Value<'_>>, context: &Context) -> Result<Search, ElasticError> {
    let (mut query, mut sorts, mut after): (_, Vec<Sort>, Option<Vec<SearchAfterValue>>) = (None, Vec::new(), None);
    let (mut from, mut size) = (0, 10);
    if let Some(body) = body {
        let fields = PARSER.read(body)?;
        query = fields.get("query").map(parse_query).transpose().map_err(parse_error)?;
        sorts = fields.get("sort").map(read_sort).transpose()?.unwrap_or_default();
        after = fields.get("search_after").map(parse_search_after).transpose().map_err(parse_error)?;
        from = window(fields.get("from"), "from")?.unwrap_or(from);
        size = window(fields.get("size"), "size")?.unwrap_or(size);
        for name in ["aggs", "aggregations"] {
            if fields.get(name).is_some_and(|given| given.as_object().is_some_and(|given| !given.is_empty())) {
                let text = format!("[{name}] is not supported when searching API keys");
                return Err(ElasticError::unsupported_construct(text));
            }
        }
    }
    if after.is_some() && from > 0 {
        return Err(ElasticError::validation(["`from` parameter must be set to 0 when `search_after` is used"]));
    }
    if from.saturating_add(size) > WINDOW {
        return Err(ElasticError::illegal_argument(format!(
            "Result window is too large, from + size must be less than or equal to: [{WINDOW}] but was [{}]",
            from.saturating_add(size)
        )));
    }
    let predicate = match &query {
        Some(query) => KeyPredicate::compile(query, context.now).map_err(refused)?,
        None => KeyPredicate::all(),
    };
    let order = KeyOrder::compile(&sorts, after.as_deref(), context.now).map_err(refused)?;
    Ok(Search { predicate, order, from, size })
}

/// An array of names and of objects with one member, or one such object.
fn read_sort(value: &Value<'_>) -> Result<Vec<Sort>, ElasticError> {
    let one = [value];
    let items: Vec<&Value<'_>> = value.as_array().map_or(one.to_vec(), |items| items.iter().collect());
    for item in items {
        let object = item.as_object();
        if item.as_str().is_none() && object.is_none_or(|object| object.len() != 1) {
            return Err(ElasticError::illegal_argument("mal-formatted sort object"));
        }
        let options = object.and_then(|object| object.iter().next()).and_then(|field| field.value.as_object());
        if options.is_some_and(|options| options.iter().any(|option| option.name.starts_with("nested"))) {
            let text = "nested sorting is not currently supported in this context";
            return Err(ElasticError::illegal_argument(text));
        }
    }
    parse_sort(value).map_err(parse_error)
}

fn window(value: Option<&Value<'_>>, name: &str) -> Result<Option<usize>, ElasticError> {
    let Some(scalar) = value.and_then(keyward_query::Scalar::of) else { return Ok(None) };
    let number: i64 = scalar
        .text()
        .parse()
        .map_err(|_| ElasticError::illegal_argument(format!("[{name}] is not a whole number: [{}]", scalar.text())))?;
    let refused = |_| ElasticError::validation([format!("[{name}] parameter cannot be negative but was [{number}]")]);
    usize::try_from(number).map(Some).map_err(refused)
}

fn parse_error(error: ParseError) -> ElasticError {
    use keyward_query::ParseErrorKind;
    match &error.kind {
        ParseErrorKind::UnsupportedQuery { name } => {
            ElasticError::illegal_argument(format!("Query type [{name}] is not currently supported in this context"))
        }
        ParseErrorKind::Unsupported { construct } if construct == "terms lookup" => {
            ElasticError::illegal_argument("terms query with terms lookup is not currently supported in this context")
        }
        _ => role_error::query(&error).into(),
    }
}

fn refused(error: KeySearchError) -> ElasticError {
    match error {
        KeySearchError::Field(_)
        | KeySearchError::FieldPattern(_)
        | KeySearchError::QueryType(_)
        | KeySearchError::RangeRelation
        | KeySearchError::Unsupported(_)
        | KeySearchError::Value(_)
        | KeySearchError::SearchAfterCount { .. } => ElasticError::illegal_argument(error.to_string()),
    }
}
