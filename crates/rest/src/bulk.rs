//! The lines of a bulk body: what each item does, and to what.
//!
//! Only the action lines are read. A source is a range of bytes that nobody has looked at: whether it is a document is
//! for the engine to say. Everything in which two readers could disagree (blank lines, unknown or doubled keys, a
//! missing last line feed) is refused for the whole body, before anything is decided.

use std::ops::Range;

use keyward_security::time::Timestamp;
use keyward_xcontent::{Field, Limits, Lines, Token, Value, lines, parse};

use crate::error::ElasticError;
use crate::params::parse_bool;
use crate::targets::exact_name;

/// Ids longer than this (in bytes) are refused.
const LONGEST_ID: usize = 512;

/// What an item of a bulk body does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BulkOperation {
    /// Writes a document, over an old one where there is one.
    Index,
    /// Writes a document that must not be there.
    Create,
    /// Changes a document.
    Update,
    /// Removes a document.
    Delete,
}

/// One item of a bulk body.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkItem {
    /// What it does: `index` with `op_type: create` is [`BulkOperation::Create`].
    pub operation: BulkOperation,
    /// The word that its action line has, and that its answer is given under.
    pub keyword: &'static str,
    /// The target: one exact name, date math evaluated.
    pub index: String,
    /// The document's id, if it has one.
    pub id: Option<String>,
    /// `routing`
    pub routing: Option<String>,
    /// `version`
    pub version: Option<i64>,
    /// `version_type`
    pub version_type: Option<String>,
    /// `if_seq_no`
    pub if_seq_no: Option<i64>,
    /// `if_primary_term`
    pub if_primary_term: Option<i64>,
    /// `retry_on_conflict`
    pub retry_on_conflict: Option<i64>,
    /// `pipeline`
    pub pipeline: Option<String>,
    /// `require_alias`
    pub require_alias: bool,
    /// `require_data_stream`
    pub require_data_stream: bool,
    /// `list_executed_pipelines`
    pub list_executed_pipelines: bool,
    /// `dynamic_templates`, as JSON.
    pub dynamic_templates: Option<serde_json::Value>,
    /// `_source`, as JSON: which fields an update answers with.
    pub source_filter: Option<serde_json::Value>,
    /// The bytes of the action line.
    pub action: Range<usize>,
    /// The bytes of the source line; `delete` has none.
    pub source: Option<Range<usize>>,
}

/// What items have that do not say otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BulkDefaults {
    /// The index of the path or the query.
    pub index: Option<String>,
    /// `routing` of the query.
    pub routing: Option<String>,
    /// `pipeline` of the query.
    pub pipeline: Option<String>,
    /// `require_alias` of the query.
    pub require_alias: bool,
    /// `require_data_stream` of the query.
    pub require_data_stream: bool,
    /// `list_executed_pipelines` of the query.
    pub list_executed_pipelines: bool,
}

// === impl BulkOperation ===

impl BulkOperation {
    /// The action that the item itself is authorised for.
    pub fn action(self) -> &'static str {
        match self {
            Self::Index => "indices:data/write/index:op_type/index",
            Self::Create => "indices:data/write/index:op_type/create",
            Self::Update => "indices:data/write/update",
            Self::Delete => "indices:data/write/delete",
        }
    }
}

/// Reads the action lines of a bulk body.
///
/// # Errors
///
/// 400 with Elasticsearch's text for the first line that is wrong.
pub fn scan(body: &[u8], defaults: &BulkDefaults, now: Timestamp) -> Result<Vec<BulkItem>, ElasticError> {
    if body.is_empty() {
        return Err(ElasticError::parse("request body is required"));
    }
    if body.last() != Some(&b'\n') {
        return Err(ElasticError::illegal_argument("The bulk request must be terminated by a newline [\\n]"));
    }
    let mut rest: Lines<'_> = lines(body);
    let (mut items, mut number, mut problems) = (Vec::new(), 0_usize, Vec::new());
    while let Some(line) = rest.next() {
        number += 1;
        let bytes = body.get(line.range.clone()).unwrap_or_default();
        let mut item = Action { number, defaults, now, problems: &mut problems }.read(bytes)?;
        item.action = line.range;
        if item.operation != BulkOperation::Delete {
            number += 1;
            let source = rest.next().filter(|source| !source.is_empty()).ok_or_else(|| {
                ElasticError::illegal_argument(format!(
                    "Malformed content on line [{number}], expected the source of the {} action before it",
                    item.keyword
                ))
            })?;
            item.source = Some(source.range);
        }
        items.push(item);
    }
    if !problems.is_empty() {
        return Err(ElasticError::validation(problems));
    }
    Ok(items)
}

/// An action line as it is read.
struct Action<'r> {
    number: usize,
    defaults: &'r BulkDefaults,
    now: Timestamp,
    /// What makes the request invalid without making the line unreadable.
    problems: &'r mut Vec<String>,
}

impl Action<'_> {
    fn malformed(&self, what: &str) -> ElasticError {
        ElasticError::illegal_argument(format!("Malformed action/metadata line [{}], {what}", self.number))
    }

    fn read(mut self, bytes: &[u8]) -> Result<BulkItem, ElasticError> {
        let value = parse(bytes, Limits { max_depth: 20 })?;
        let Some(object) = value.as_object() else {
            return Err(self.malformed(&format!("expected START_OBJECT but found [{}]", value.token())));
        };
        let [field] = object.fields() else {
            let what = if object.is_empty() {
                "expected FIELD_NAME but found [END_OBJECT]"
            } else {
                "expected END_OBJECT but found [FIELD_NAME]"
            };
            return Err(self.malformed(what));
        };
        let (keyword, operation) = match &*field.name {
            "index" => ("index", BulkOperation::Index),
            "create" => ("create", BulkOperation::Create),
            "update" => ("update", BulkOperation::Update),
            "delete" => ("delete", BulkOperation::Delete),
            other => {
                let known = "expected one of [create, delete, index, update]";
                return Err(self.malformed(&format!("{known} but found [{other}]")));
            }
        };
        let Some(metadata) = field.value.as_object() else {
            return Err(self.malformed(&format!("expected START_OBJECT but found [{}]", field.value.token())));
        };
        let mut item = BulkItem {
            operation,
            keyword,
            index: String::new(),
            id: None,
            routing: self.defaults.routing.clone(),
            version: None,
            version_type: None,
            if_seq_no: None,
            if_primary_term: None,
            retry_on_conflict: None,
            pipeline: self.defaults.pipeline.clone(),
            require_alias: self.defaults.require_alias,
            require_data_stream: self.defaults.require_data_stream,
            list_executed_pipelines: self.defaults.list_executed_pipelines,
            dynamic_templates: None,
            source_filter: None,
            action: 0..0,
            source: None,
        };
        let mut index = None;
        for field in metadata {
            self.metadata(field, &mut item, &mut index)?;
        }
        self.target(&mut item, index)?;
        Ok(item)
    }

    fn metadata(&self, field: &Field<'_>, item: &mut BulkItem, index: &mut Option<String>) -> Result<(), ElasticError> {
        match &*field.name {
            "_index" => match field.value.as_str() {
                Some(name) => *index = Some(name.to_owned()),
                None => return Err(self.not_simple(field)),
            },
            "_id" => item.id = self.text(field)?,
            "routing" => item.routing = self.text(field)?,
            "version" => item.version = Some(self.integer(field)?),
            "version_type" => item.version_type = self.text(field)?,
            "if_seq_no" => item.if_seq_no = Some(self.integer(field)?),
            "if_primary_term" => item.if_primary_term = Some(self.integer(field)?),
            "retry_on_conflict" => item.retry_on_conflict = Some(self.integer(field)?),
            "pipeline" => item.pipeline = self.text(field)?,
            "require_alias" => item.require_alias = self.boolean(field)?,
            "require_data_stream" => item.require_data_stream = self.boolean(field)?,
            "list_executed_pipelines" => item.list_executed_pipelines = self.boolean(field)?,
            "op_type" => self.op_type(field, item)?,
            "_source" => item.source_filter = Some(field.value.to_json()),
            "dynamic_templates" => {
                let templates = field.value.as_object().ok_or_else(|| self.not_simple(field))?;
                if templates.iter().any(|template| template.value.as_str().is_none()) {
                    return Err(self.not_simple(field));
                }
                item.dynamic_templates = Some(field.value.to_json());
            }
            "_slice" => {
                return Err(ElasticError::unsupported_construct("[_slice] in a bulk action is not supported"));
            }
            other => {
                let text = format!("Action/metadata line [{}] contains an unknown parameter [{other}]", self.number);
                return Err(ElasticError::illegal_argument(text));
            }
        }
        Ok(())
    }

    fn op_type(&self, field: &Field<'_>, item: &mut BulkItem) -> Result<(), ElasticError> {
        let given = self.text(field)?.unwrap_or_default();
        item.operation = match (item.operation, given.as_str()) {
            (BulkOperation::Index, "create") => BulkOperation::Create,
            (BulkOperation::Index, "index") => BulkOperation::Index,
            (BulkOperation::Create, "create") => BulkOperation::Create,
            (BulkOperation::Index | BulkOperation::Create, _) => {
                let text = format!("opType must be 'create' or 'index', found: [{given}]");
                return Err(ElasticError::illegal_argument(text));
            }
            (BulkOperation::Update | BulkOperation::Delete, _) => {
                let text = format!("Action/metadata line [{}] contains an unknown parameter [op_type]", self.number);
                return Err(ElasticError::illegal_argument(text));
            }
        };
        Ok(())
    }

    /// Settles where the item goes, or notes why it goes nowhere.
    fn target(&mut self, item: &mut BulkItem, index: Option<String>) -> Result<(), ElasticError> {
        match index.as_ref().or(self.defaults.index.as_ref()) {
            None => self.problems.push("index is missing".to_owned()),
            Some(name) if name.is_empty() => self.problems.push("index is missing".to_owned()),
            Some(name) => item.index = exact_name(name, item.operation.action(), self.now)?,
        }
        match &item.id {
            None if matches!(item.operation, BulkOperation::Update | BulkOperation::Delete) => {
                self.problems.push("id is missing".to_owned());
            }
            Some(id) if id.is_empty() => {
                return Err(ElasticError::illegal_argument("if _id is specified it must not be empty"));
            }
            Some(id) if id.len() > LONGEST_ID => self.problems.push(format!(
                "id [{id}] is too long, must be no longer than {LONGEST_ID} bytes but was: {}",
                id.len()
            )),
            _ => {}
        }
        Ok(())
    }

    fn not_simple(&self, field: &Field<'_>) -> ElasticError {
        let (name, token) = (&field.name, field.value.token());
        self.malformed(&format!("expected a simple value for field [{name}] but found [{token}]"))
    }

    /// A string, or the text of a number or a boolean.
    fn text(&self, field: &Field<'_>) -> Result<Option<String>, ElasticError> {
        match text(&field.value) {
            Some(text) => Ok(Some(text)),
            None if field.value.token() == Token::ValueNull => Ok(None),
            None => Err(self.not_simple(field)),
        }
    }

    fn integer(&self, field: &Field<'_>) -> Result<i64, ElasticError> {
        let number = match field.value.as_str() {
            Some(text) => text.parse().ok(),
            None => field.value.as_i64(),
        };
        number.ok_or_else(|| self.not_simple(field))
    }

    fn boolean(&self, field: &Field<'_>) -> Result<bool, ElasticError> {
        match field.value.as_str() {
            Some(text) => parse_bool(text),
            None => field.value.as_bool().ok_or_else(|| self.not_simple(field)),
        }
    }
}

/// A string, or the text of a number or a boolean; nothing for anything else.
pub(crate) fn text(value: &Value<'_>) -> Option<String> {
    match value.token() {
        Token::ValueString => value.as_str().map(str::to_owned),
        Token::ValueNumber => value.as_number().map(|number| number.text().to_owned()),
        Token::ValueBoolean => value.as_bool().map(|flag| flag.to_string()),
        Token::ValueNull | Token::StartObject | Token::StartArray => None,
    }
}

#[cfg(test)]
mod tests;
