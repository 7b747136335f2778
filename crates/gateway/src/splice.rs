//! Refused items, put into their places in an answer.
//!
//! An engine answers the items that it was given, in their order. What it wrote stays as it is, byte for byte where it
//! wrote text: numbers of any size survive.

use bytes::Bytes;
use http::StatusCode;
use keyward_rest::requirements::{Item, ItemKind};
use keyward_rest::{ElasticError, Payload, Reply};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// An item that was refused, and why.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) item: Item,
    pub(crate) error: ElasticError,
}

/// Where the items of an answer stand.
fn list_of(api: &str) -> &'static str {
    match api {
        "bulk" => "items",
        "msearch" | "msearch_template" | "fleet.msearch" => "responses",
        _ => "docs",
    }
}

/// The answer to a request whose items were all refused.
pub(crate) fn all_refused(api: &str, mut refused: Vec<Refused>) -> Result<Reply, ElasticError> {
    refused.sort_by_key(|refused| refused.item.position);
    let items: Vec<Value> = refused.iter().map(answer).collect();
    let mut body = Map::new();
    match list_of(api) {
        list @ "items" => {
            body.insert("errors".to_owned(), true.into());
            body.insert("took".to_owned(), 0.into());
            body.insert(list.to_owned(), items.into());
        }
        list @ "responses" => {
            body.insert("took".to_owned(), 0.into());
            body.insert(list.to_owned(), items.into());
        }
        list => {
            body.insert(list.to_owned(), items.into());
        }
    }
    Ok(Reply::ok(Value::Object(body)))
}

/// An engine's answer for `permitted` items with the refused ones between them.
pub(crate) fn into_reply(
    api: &str,
    reply: Reply,
    permitted: usize,
    mut refused: Vec<Refused>,
) -> Result<Reply, ElasticError> {
    if refused.is_empty() || reply.status != StatusCode::OK {
        return Ok(reply);
    }
    refused.sort_by_key(|refused| refused.item.position);
    let payload = match reply.payload {
        Payload::Json(body) => Payload::Json(into_value(api, body, permitted, &refused)?),
        Payload::Raw { json } => Payload::Raw { json: into_text(api, &json, permitted, &refused)? },
        Payload::Error(_) | Payload::Text(_) | Payload::Table(_) | Payload::Empty => {
            return Err(ElasticError::internal("an engine answered a request with items in a form without items"));
        }
    };
    Ok(Reply { payload, ..reply })
}

fn into_value(api: &str, mut body: Value, permitted: usize, refused: &[Refused]) -> Result<Value, ElasticError> {
    let list = list_of(api);
    let object = body.as_object_mut().ok_or_else(without_items)?;
    if let Some(errors) = object.get_mut("errors") {
        *errors = true.into();
    }
    let items = object.get_mut(list).and_then(Value::as_array_mut).ok_or_else(without_items)?;
    *items = merged(std::mem::take(items), permitted, refused, |refused| Ok(answer(refused)))?;
    Ok(body)
}

fn into_text(api: &str, text: &[u8], permitted: usize, refused: &[Refused]) -> Result<Bytes, ElasticError> {
    let mut object: Vec<(String, Box<RawValue>)> = fields(text)?;
    for (name, value) in &mut object {
        if name == list_of(api) {
            let items: Vec<Box<RawValue>> = serde_json::from_str(value.get()).map_err(ElasticError::internal)?;
            let raw =
                |refused: &Refused| serde_json::value::to_raw_value(&answer(refused)).map_err(ElasticError::internal);
            let items = merged(items, permitted, refused, raw)?;
            *value = serde_json::value::to_raw_value(&items).map_err(ElasticError::internal)?;
        } else if name == "errors" {
            *value = serde_json::value::to_raw_value(&true).map_err(ElasticError::internal)?;
        }
    }
    let mut written = Vec::with_capacity(text.len() + refused.len() * 200);
    for (name, value) in &object {
        written.push(if written.is_empty() { b'{' } else { b',' });
        serde_json::to_writer(&mut written, name).map_err(ElasticError::internal)?;
        written.push(b':');
        written.extend_from_slice(value.get().as_bytes());
    }
    if !object.iter().any(|(name, _)| name == list_of(api)) {
        return Err(without_items());
    }
    written.push(b'}');
    Ok(written.into())
}

/// The fields of an object in their order, their values as text.
fn fields(text: &[u8]) -> Result<Vec<(String, Box<RawValue>)>, ElasticError> {
    let value = keyward_xcontent::parse(text, keyward_xcontent::Limits::default()).map_err(ElasticError::internal)?;
    let object = value.as_object().ok_or_else(without_items)?;
    let field = |field: &keyward_xcontent::Field<'_>| {
        let text = String::from_utf8_lossy(field.value.raw(text)).into_owned();
        let value = RawValue::from_string(text).map_err(ElasticError::internal)?;
        Ok((field.name.clone().into_owned(), value))
    };
    object.iter().map(field).collect()
}

fn without_items() -> ElasticError {
    ElasticError::internal("an engine answered a request with items without them")
}

/// The items of an answer with the refused ones in their places.
fn merged<T>(
    answered: Vec<T>,
    permitted: usize,
    refused: &[Refused],
    answer: impl Fn(&Refused) -> Result<T, ElasticError>,
) -> Result<Vec<T>, ElasticError> {
    if answered.len() != permitted {
        // Whose answer is whose can no longer be told.
        return Err(ElasticError::internal("an engine answered another number of items than it was given"));
    }
    let mut merged = Vec::with_capacity(answered.len() + refused.len());
    let (mut answered, mut refused) = (answered.into_iter(), refused.iter().peekable());
    loop {
        match refused.next_if(|refused| refused.item.position == merged.len()) {
            Some(here) => merged.push(answer(here)?),
            None => match answered.next() {
                Some(item) => merged.push(item),
                None => break,
            },
        }
    }
    if refused.peek().is_some() {
        return Err(ElasticError::internal("a refused item has no place in the answer"));
    }
    Ok(merged)
}

/// How a refused item is answered.
fn answer(refused: &Refused) -> Value {
    let (status, cause) = (refused.error.status().as_u16(), refused.error.cause());
    let plain = || json!({ "type": cause.kind().name(), "reason": cause.reason() });
    let full = || {
        let body = refused.error.to_json();
        body.and_then(|mut body| body.get_mut("error").map(Value::take)).unwrap_or_else(plain)
    };
    match &refused.item.kind {
        ItemKind::Bulk(item) => json!({
            item.keyword: { "_index": item.index, "_id": item.id, "status": status, "error": plain() }
        }),
        ItemKind::Document(item) => json!({ "_index": item.index, "_id": item.id, "error": full() }),
        ItemKind::Search(_) => json!({ "error": full(), "status": status }),
    }
}
