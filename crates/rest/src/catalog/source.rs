//! Index source expressions: where the names of indices stand in a call.
//!
//! `A+B`: both hold names. `A>B`: B is used only when A gives nothing. `+` binds less tightly than `>`.

use std::fmt;

/// Where the names stand: parts that all hold names, each a chain of places of which the first that gives names counts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct IndexSource {
    /// The parts. None at all: the endpoint names no index.
    pub parts: Vec<Part>,
}

/// One part of an index source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The places to look at, in order.
    pub places: Vec<Place>,
    /// What kind of names stand there.
    pub names: Names,
}

/// What kind of names a part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Names {
    /// Indices, aliases, data streams.
    Targets,
    /// Aliases.
    Aliases,
    /// Indices of another cluster.
    Remote,
}

/// A place that may hold names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A placeholder of the path.
    Path(&'static str),
    /// A query parameter.
    Query(&'static str),
    /// All indices.
    All,
    /// The lines of a bulk body.
    BulkLines,
    /// The header lines of a multi search body.
    SearchLines,
    /// A JSON path into the body.
    Body(&'static str),
    /// The names bound to the point in time that the body gives.
    PointInTime,
    /// Names inside query text of a language.
    QueryText(&'static str),
    /// Names that were fixed when an id was made.
    Opaque(&'static str),
    /// Names in a stored object.
    Stored(&'static str),
    /// A fixed expression.
    Fixed(&'static str),
    /// Nothing.
    Nothing,
}

/// An index source expression that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError(String);

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown index source [{}]", self.0)
    }
}

impl std::error::Error for SourceError {}

impl IndexSource {
    /// Reads the expression of a row.
    pub fn parse(text: &'static str) -> Result<Self, SourceError> {
        if text == "none" {
            return Ok(Self::default());
        }
        Ok(Self { parts: text.split('+').map(Part::parse).collect::<Result<_, _>>()? })
    }

    /// Whether the endpoint names no index at all.
    pub fn is_none(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether names stand in the body.
    pub fn looks_into_body(&self) -> bool {
        let inside = |place: &Place| {
            matches!(
                place,
                Place::BulkLines | Place::SearchLines | Place::Body(_) | Place::PointInTime | Place::QueryText(_)
            )
        };
        self.parts.iter().any(|part| part.places.iter().any(inside))
    }
}

impl Part {
    fn parse(text: &'static str) -> Result<Self, SourceError> {
        let (mut names, mut places) = (Names::Targets, Vec::new());
        for place in text.split('>') {
            let place = if let Some(place) = place.strip_suffix("(alias)") {
                names = Names::Aliases;
                place
            } else if let Some(place) = place.strip_suffix("(remote)") {
                names = Names::Remote;
                place
            } else {
                place
            };
            places.push(Place::parse(place)?);
        }
        Ok(Self { places, names })
    }
}

impl Place {
    fn parse(text: &'static str) -> Result<Self, SourceError> {
        let unknown = || SourceError(text.to_owned());
        if text == "none" {
            return Ok(Self::Nothing);
        }
        let (kind, rest) = text.split_once(':').ok_or_else(unknown)?;
        Ok(match (kind, rest) {
            ("path", name) => {
                Self::Path(name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).ok_or_else(unknown)?)
            }
            ("query", name) => Self::Query(name),
            ("default", "*") => Self::All,
            ("body", "ndjson-bulk") => Self::BulkLines,
            ("body", "ndjson-msearch") => Self::SearchLines,
            ("body", "pit") => Self::PointInTime,
            ("body", "query(sql)") => Self::QueryText("sql"),
            ("body", "query(esql)") => Self::QueryText("esql"),
            ("body", "query(ppl)") => Self::QueryText("ppl"),
            ("body", path) if !path.contains(['(', '{']) => Self::Body(path),
            ("opaque", kind) => Self::Opaque(kind),
            ("stored", kind) => Self::Stored(kind),
            ("fixed", pattern) => Self::Fixed(pattern),
            _ => return Err(unknown()),
        })
    }
}
