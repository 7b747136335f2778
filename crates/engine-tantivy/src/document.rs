//! A document against a mapping: what is indexed of it, and which fields it adds.

use std::collections::{BTreeMap, BTreeSet};

use keyward_query::date::{DateFormat, Fill, Zone};
use keyward_xcontent::{Field, Kind, Location, Object, Token, Value};
use tantivy::TantivyDocument;
use tantivy::schema::OwnedValue;
use tantivy::tokenizer::TextAnalyzer;
use thiserror::Error;

use crate::mapping::{
    DEPTH_LIMIT, Dynamic, FieldKind, LeafField, Mapping, MergeError, ObjectField, Properties, Property, check_name,
    java_style, merge,
};
use crate::schema::{Fields, standard_analyzer};
use crate::value::{self, Indexed, ValueError};

/// What a field looks like that is mapped because a string looked like a date with slashes.
const SLASHED_DATES: &str = "yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis";
/// The longest string that a dynamically mapped keyword sub-field takes.
const DYNAMIC_IGNORE_ABOVE: u32 = 256;

/// What is indexed of a document.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct ParsedDocument {
    exact: BTreeMap<String, Vec<OwnedValue>>,
    full: BTreeMap<String, Vec<OwnedValue>>,
    field_names: BTreeSet<String>,
    /// The mapping with the fields that the document adds, if it adds any.
    pub(crate) grown: Option<Mapping>,
}

/// The numbers that the engine gives to a version of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The number of the operation in its index.
    pub(crate) seq_no: u64,
    /// Which reign over the index the operation belongs to.
    pub(crate) primary_term: u64,
    /// How often the document was written.
    pub(crate) version: u64,
}

/// Why a document cannot be indexed. All are answered with 400.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum DocumentError {
    /// A value is not of its field's kind.
    #[error(
        "{location} failed to parse field [{path}] of type [{kind}] in document with id '{id}'. Preview of field's value: '{preview}'",
        kind = kind.as_str()
    )]
    Value { location: Location, path: String, kind: FieldKind, id: String, preview: String, cause: ValueError },
    /// A term that is too long for the index.
    #[error("{0}")]
    ImmenseTerm(String),
    /// Something else than an object where the document should be.
    #[error("{location} Malformed content, must start with an object, found {token}")]
    NotAnObject { location: Location, token: Token },
    /// A value where the mapping has an object.
    #[error(
        "{location} object mapping for [{path}] tried to parse field [{name}] as object, but found a concrete value"
    )]
    ConcreteValue { location: Location, path: String, name: String },
    /// An unmapped field where the mapping is strict.
    #[error("{location} mapping set to strict, dynamic introduction of [{name}] within [{within}] is not allowed")]
    Strict { location: Location, name: String, within: String },
    /// A field that belongs to the request and not to the document.
    #[error(
        "{location} Field [{name}] is a metadata field and cannot be added inside a document. Use the index API request parameters."
    )]
    Metadata { location: Location, name: String },
    /// A name that no field can have.
    #[error("{location} failed to parse: {reason}")]
    Name { location: Location, reason: String },
    /// The new fields do not go with the mapping or are too many.
    #[error("{0}")]
    Growth(#[from] MergeError),
}

const METADATA: &[&str] = &[
    "_id",
    "_index",
    "_source",
    "_seq_no",
    "_primary_term",
    "_version",
    "_field_names",
    "_routing",
    "_ignored",
    "_doc_count",
    "_tier",
    "_nested_path",
    "_data_stream_timestamp",
    "_ignored_source",
    "_index_mode",
];

/// Reads a document. The object's location and spans are those of its source.
pub(crate) fn parse(mapping: &Mapping, id: &str, object: &Object<'_>) -> Result<ParsedDocument, DocumentError> {
    let mut walk = Walk::new(mapping, id, false);
    for field in object {
        if METADATA.contains(&field.name.as_ref()) {
            return Err(DocumentError::Metadata { location: field.location, name: field.name.clone().into_owned() });
        }
    }
    let place =
        Place { path: "", known: Some(&mapping.properties), dynamic: mapping.dynamic.unwrap_or_default(), depth: 1 };
    walk.object(place, object)?;
    let mut document = walk.document;
    if !walk.additions.properties.is_empty() {
        document.grown = Some(merge(mapping, &walk.additions)?);
    }
    Ok(document)
}

/// Reads a document that was accepted before, against a mapping that has grown since: what does not go with it any more
/// is left out of the index, and nothing is added to the mapping.
pub(crate) fn parse_again(mapping: &Mapping, id: &str, object: &Object<'_>) -> ParsedDocument {
    let mut walk = Walk::new(mapping, id, true);
    let place = Place { path: "", known: Some(&mapping.properties), dynamic: Dynamic::False, depth: 1 };
    for field in object {
        // A field that fails is left out, the others are not.
        let _ = walk.field(place, &field.name, field, &field.value);
    }
    walk.document
}

/// An object of the mapping.
#[derive(Clone, Copy)]
struct Place<'p, 'm> {
    /// Its dotted path; empty at the top.
    path: &'p str,
    /// Its fields; `None` if the document is what adds it.
    known: Option<&'m Properties>,
    /// What happens to unmapped fields in it.
    dynamic: Dynamic,
    /// How deep its fields are; 1 at the top.
    depth: usize,
}

struct Walk<'m> {
    mapping: &'m Mapping,
    id: &'m str,
    /// The document was accepted before: nothing is refused, nothing is added.
    is_again: bool,
    /// The fields that the document adds, and the objects on the way to them.
    additions: Mapping,
    document: ParsedDocument,
}

// === impl Walk ===

impl<'m> Walk<'m> {
    fn new(mapping: &'m Mapping, id: &'m str, is_again: bool) -> Self {
        Self { mapping, id, is_again, additions: Mapping::default(), document: ParsedDocument::default() }
    }

    fn object(&mut self, place: Place<'_, 'm>, object: &Object<'_>) -> Result<(), DocumentError> {
        object.iter().try_for_each(|field| self.field(place, &field.name, field, &field.value))
    }

    /// One field by its name in `place`, which may be a dotted path from there.
    fn field(
        &mut self,
        place: Place<'_, 'm>,
        name: &str,
        written: &Field<'_>,
        value: &Value<'_>,
    ) -> Result<(), DocumentError> {
        let (name, below) = match name.split_once('.') {
            Some((name, below)) => (name, Some(below)),
            None => (name, None),
        };
        let path = if place.path.is_empty() { name.to_owned() } else { format!("{}.{name}", place.path) };
        let property = match place.known.and_then(|known| known.get(name)) {
            Some(Property::Leaf(leaf)) => Known::Leaf(std::borrow::Cow::Borrowed(leaf)),
            Some(Property::Object(object)) => Known::Object(Some(object)),
            None => match self.added(&path) {
                Some(Property::Leaf(leaf)) => Known::Leaf(std::borrow::Cow::Owned(leaf.clone())),
                Some(Property::Object(_)) => Known::Object(None),
                None => return self.unknown(place, name, &path, below, written, value),
            },
        };
        match (property, below) {
            (Known::Leaf(leaf), None) => self.leaf(&leaf, &path, value),
            (Known::Leaf(leaf), Some(_)) => {
                // A dotted name below a field with values: as if an object had been given for it.
                let Location { line, column } = written.location;
                let reason = format!("Can't get text on a START_OBJECT at {line}:{column}");
                Err(self.wrong_value(&leaf, &path, written.location, value, ValueError { reason, malformed: true }))
            }
            (Known::Object(Some(object)), _) if object.enabled == Some(false) => Ok(()),
            (Known::Object(object), below) => {
                let inner = Place {
                    path: &path,
                    known: object.map(|object| &object.properties),
                    dynamic: match object.and_then(|object| object.dynamic) {
                        Some(dynamic) if !self.is_again => dynamic,
                        _ => place.dynamic,
                    },
                    depth: place.depth + 1,
                };
                match below {
                    Some(below) => self.field(inner, below, written, value),
                    None => self.object_value(inner, name, value),
                }
            }
        }
    }

    /// What stands where the mapping has an object.
    fn object_value(&mut self, place: Place<'_, 'm>, name: &str, value: &Value<'_>) -> Result<(), DocumentError> {
        match &value.kind {
            Kind::Null => Ok(()),
            Kind::Object(object) => self.object(place, object),
            Kind::Array(items) => items.iter().try_for_each(|item| self.object_value(place, name, item)),
            _ => Err(DocumentError::ConcreteValue {
                location: value.location,
                path: place.path.to_owned(),
                name: name.to_owned(),
            }),
        }
    }

    /// A field that is not mapped.
    fn unknown(
        &mut self,
        place: Place<'_, 'm>,
        name: &str,
        path: &str,
        below: Option<&str>,
        written: &Field<'_>,
        value: &Value<'_>,
    ) -> Result<(), DocumentError> {
        if below.is_none() && value.is_null() {
            return Ok(());
        }
        match place.dynamic {
            Dynamic::False => return Ok(()),
            Dynamic::Strict => {
                return Err(DocumentError::Strict {
                    location: written.location,
                    name: name.to_owned(),
                    within: if place.path.is_empty() { "_doc".to_owned() } else { place.path.to_owned() },
                });
            }
            Dynamic::True => {}
        }
        check_name(&written.name)
            .map_err(|error| DocumentError::Name { location: written.location, reason: error.to_string() })?;
        if place.depth > DEPTH_LIMIT {
            return Err(MergeError::Depth { path: place.path.to_owned() }.into());
        }
        let is_object = below.is_some() || value.as_object().is_some();
        if is_object {
            self.add(path, Property::Object(ObjectField::default()));
            let inner = Place { path, known: None, dynamic: place.dynamic, depth: place.depth + 1 };
            return match below {
                Some(below) => self.field(inner, below, written, value),
                None => self.object_value(inner, name, value),
            };
        }
        if let Some(items) = value.as_array() {
            // Each element goes the whole way again: the first that has a value decides what the field is.
            return items.iter().try_for_each(|item| self.field(place, name, written, item));
        }
        let leaf = self.guess(value);
        self.add(path, Property::Leaf(leaf.clone()));
        self.leaf(&leaf, path, value)
    }

    /// What an unmapped value looks like.
    fn guess(&self, value: &Value<'_>) -> LeafField {
        match &value.kind {
            Kind::Bool(_) => LeafField::new(FieldKind::Boolean),
            Kind::Number(number) if number.is_integer() => LeafField::new(FieldKind::Long),
            Kind::Number(_) => LeafField::new(FieldKind::Float),
            Kind::String(text) => self.guess_text(text),
            Kind::Null | Kind::Array(_) | Kind::Object(_) => LeafField::new(FieldKind::Text),
        }
    }

    fn guess_text(&self, text: &str) -> LeafField {
        if self.mapping.numeric_detection == Some(true) {
            if text.parse::<i64>().is_ok() {
                return LeafField::new(FieldKind::Long);
            }
            if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'))
                && text.parse::<f64>().is_ok()
            {
                return LeafField::new(FieldKind::Float);
            }
        }
        if self.mapping.date_detection.unwrap_or(true) && text.contains([':', '-', '/']) {
            let is = |format: &str| {
                let format = DateFormat::parse(format);
                format.is_ok_and(|format| format.read(text, Fill::Earliest, &Zone::utc()).is_some())
            };
            if is("strict_date_optional_time") {
                return LeafField::new(FieldKind::Date);
            }
            if is("yyyy/MM/dd HH:mm:ss||yyyy/MM/dd") {
                return LeafField { format: Some(SLASHED_DATES.to_owned()), ..LeafField::new(FieldKind::Date) };
            }
        }
        let keyword = LeafField { ignore_above: Some(DYNAMIC_IGNORE_ABOVE), ..LeafField::new(FieldKind::Keyword) };
        LeafField { fields: BTreeMap::from([("keyword".to_owned(), keyword)]), ..LeafField::new(FieldKind::Text) }
    }

    fn leaf(&mut self, leaf: &LeafField, path: &str, value: &Value<'_>) -> Result<(), DocumentError> {
        if let Some(items) = value.as_array() {
            return items.iter().try_for_each(|item| self.leaf(leaf, path, item));
        }
        self.one(leaf, path, value)?;
        for (name, field) in &leaf.fields {
            self.one(field, &format!("{path}.{name}"), value)?;
        }
        Ok(())
    }

    fn one(&mut self, leaf: &LeafField, path: &str, value: &Value<'_>) -> Result<(), DocumentError> {
        let indexed = if value.is_null() {
            value::null_value(leaf)
        } else {
            match value::read(leaf, path, value) {
                Ok(indexed) => indexed,
                Err(_) if self.is_again => None,
                Err(error) if !error.malformed => return Err(DocumentError::ImmenseTerm(error.reason)),
                Err(_) if leaf.ignore_malformed == Some(true) && value.as_object().is_none() => None,
                Err(error) => return Err(self.wrong_value(leaf, path, value.location, value, error)),
            }
        };
        // Text has no column, so without an index there is nothing of it to keep but the source.
        let Some(indexed) = indexed.filter(|_| leaf.is_indexed() || leaf.kind != FieldKind::Text) else {
            return Ok(());
        };
        self.document.field_names.insert(path.to_owned());
        let (into, value) = match indexed {
            Indexed::Text(text) => (&mut self.document.full, OwnedValue::Str(text)),
            Indexed::Keyword(text) => (&mut self.document.exact, OwnedValue::Str(text)),
            Indexed::Signed(number) => (&mut self.document.exact, OwnedValue::I64(number)),
            Indexed::Unsigned(number) => (&mut self.document.exact, OwnedValue::U64(number)),
            Indexed::Fractional(number) => (&mut self.document.exact, OwnedValue::F64(number)),
            Indexed::Boolean(value) => (&mut self.document.exact, OwnedValue::Bool(value)),
        };
        into.entry(path.to_owned()).or_default().push(value);
        Ok(())
    }

    fn wrong_value(
        &self,
        leaf: &LeafField,
        path: &str,
        location: Location,
        value: &Value<'_>,
        cause: ValueError,
    ) -> DocumentError {
        let preview: String = java_style(&value.to_json()).chars().take(200).collect();
        DocumentError::Value {
            location,
            path: path.to_owned(),
            kind: leaf.kind,
            id: self.id.to_owned(),
            preview,
            cause,
        }
    }

    fn added(&self, path: &str) -> Option<&Property> {
        let mut properties = &self.additions.properties;
        let mut parts = path.split('.').peekable();
        while let Some(part) = parts.next() {
            let property = properties.get(part)?;
            if parts.peek().is_none() {
                return Some(property);
            }
            let Property::Object(object) = property else { return None };
            properties = &object.properties;
        }
        None
    }

    fn add(&mut self, path: &str, property: Property) {
        let mut properties = &mut self.additions.properties;
        let mut parts = path.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                properties.insert(part.to_owned(), property);
                return;
            }
            let parent = properties.entry(part.to_owned()).or_insert_with(|| Property::Object(ObjectField::default()));
            match parent {
                Property::Object(object) => properties = &mut object.properties,
                // The walk never goes below a field with values.
                Property::Leaf(_) => return,
            }
        }
    }
}

/// A property that the walk has found.
enum Known<'w, 'm> {
    Leaf(std::borrow::Cow<'w, LeafField>),
    Object(Option<&'m ObjectField>),
}

// === impl ParsedDocument ===

impl ParsedDocument {
    /// The document as tantivy takes it.
    pub(crate) fn into_tantivy(self, fields: &Fields, id: &str, source: &[u8], stamp: Stamp) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_text(fields.id, id);
        document.add_bytes(fields.source, source);
        document.add_u64(fields.seq_no, stamp.seq_no);
        document.add_u64(fields.primary_term, stamp.primary_term);
        document.add_u64(fields.version, stamp.version);
        for name in &self.field_names {
            document.add_text(fields.field_names, name);
        }
        let mut analyzer = standard_analyzer();
        let lengths = self.full.iter().map(|(path, texts)| {
            let length = texts.iter().map(|text| length(&mut analyzer, text)).sum();
            (path.clone(), vec![OwnedValue::U64(length)])
        });
        let lengths: BTreeMap<String, Vec<OwnedValue>> = lengths.collect();
        for (field, values) in [(fields.exact, self.exact), (fields.full, self.full), (fields.norms, lengths)] {
            if !values.is_empty() {
                document.add_object(
                    field,
                    values.into_iter().map(|(path, values)| (path, OwnedValue::Array(values))).collect(),
                );
            }
        }
        document
    }
}

/// How many tokens a text has.
fn length(analyzer: &mut TextAnalyzer, text: &OwnedValue) -> u64 {
    let OwnedValue::Str(text) = text else { return 0 };
    let mut tokens = analyzer.token_stream(text);
    let mut length = 0;
    while tokens.advance() {
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests;
