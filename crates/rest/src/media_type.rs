//! `Accept` and `Content-Type`: their syntax, the version parameter, and what a body may be.

use crate::catalog::BodyKind;
use crate::error::{Cause, ElasticError};
use crate::error_type::ErrorType;
use http::StatusCode;

/// The version that is meant when none is asked for.
const CURRENT: u32 = 9;
/// The oldest version that may be asked for.
const OLDEST: u32 = 8;

/// A document format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON.
    Json,
    /// Lines of JSON.
    Ndjson,
    /// YAML.
    Yaml,
    /// CBOR; known, not spoken.
    Cbor,
    /// SMILE; known, not spoken.
    Smile,
}

impl Format {
    /// The format that the parameter `format` names.
    pub fn of_parameter(value: &str) -> Option<Self> {
        match value.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "yaml" => Some(Self::Yaml),
            "cbor" => Some(Self::Cbor),
            "smile" => Some(Self::Smile),
            _ => None,
        }
    }

    fn of_subtype(subtype: &str) -> Option<Self> {
        match subtype {
            "json" | "*" => Some(Self::Json),
            "x-ndjson" => Some(Self::Ndjson),
            "yaml" => Some(Self::Yaml),
            "cbor" => Some(Self::Cbor),
            "smile" => Some(Self::Smile),
            _ => None,
        }
    }
}

/// One media type as a header gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    /// As parsed: in lower case, without blanks.
    text: String,
    /// As sent.
    raw: String,
    format: Option<Format>,
    vendor: bool,
    version: Option<u32>,
}

impl MediaType {
    /// Reads a header's value. Nothing for values that say nothing (`*/*`, lists).
    fn parse(raw: &str) -> Result<Option<Self>, Cause> {
        let trimmed = raw.trim();
        if trimmed.is_empty() || trimmed == "*/*" || trimmed.contains(',') {
            return Ok(None);
        }
        let invalid = || Cause::new(ErrorType::IllegalArgument, format!("invalid media-type [{raw}]"));
        let mut parts = trimmed.split(';');
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let (kind, subtype) = essence.split_once('/').ok_or_else(invalid)?;
        if !is_token(kind) || !is_token(subtype) {
            return Err(invalid());
        }
        let (mut text, mut version, mut plain) = (essence.clone(), None, true);
        for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
            let bad = || Cause::new(ErrorType::IllegalArgument, format!("invalid parameters for header [{raw}]"));
            let (name, value) = part.split_once('=').ok_or_else(bad)?;
            let (name, value) = (name.to_ascii_lowercase(), value.trim_matches('"').to_ascii_lowercase());
            if !is_token(&name) || value.contains(char::is_whitespace) || value.is_empty() {
                return Err(bad());
            }
            text.push_str(&format!(";{name}={value}"));
            match name.as_str() {
                "compatible-with" => match value.parse() {
                    Ok(number) => version = Some(number),
                    Err(_) => plain = false,
                },
                "charset" => plain &= value == "utf-8",
                _ => plain = false,
            }
        }
        let vendor_subtype = subtype.strip_prefix("vnd.elasticsearch+");
        let format = match (kind, vendor_subtype) {
            ("application", Some(subtype)) if subtype != "*" => Format::of_subtype(subtype),
            // The version parameter belongs to the vendor types alone.
            ("application", None) if version.is_none() => Format::of_subtype(subtype),
            _ => None,
        };
        let format = format.filter(|_| plain);
        Ok(Some(Self { text, raw: raw.to_owned(), format, vendor: vendor_subtype.is_some(), version }))
    }
}

fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

/// Both headers, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaTypes {
    accept: Option<MediaType>,
    content_type: Option<MediaType>,
    raw_content_type: Option<String>,
}

/// The form of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseType {
    /// The format.
    pub format: Format,
    /// The version that was negotiated; then the vendor type is answered.
    pub version: Option<u32>,
}

impl Default for ResponseType {
    fn default() -> Self {
        Self { format: Format::Json, version: None }
    }
}

impl ResponseType {
    /// The value of the answer's `content-type`.
    pub fn header(&self) -> String {
        let name = match self.format {
            Format::Json | Format::Ndjson | Format::Cbor | Format::Smile => "json",
            Format::Yaml => "yaml",
        };
        match self.version {
            Some(version) => format!("application/vnd.elasticsearch+{name};compatible-with={version}"),
            None => format!("application/{name}"),
        }
    }
}

impl MediaTypes {
    /// Reads both headers and holds their versions against each other. With a body both count, else `Accept` alone.
    pub fn read(accept: Option<&str>, content_type: Option<&str>, has_body: bool) -> Result<Self, ElasticError> {
        let parse = |raw: Option<&str>, name: &str| {
            raw.map(MediaType::parse).transpose().map(Option::flatten).map_err(|cause| refused(&[name], cause))
        };
        let types = Self {
            accept: parse(accept, "Accept")?,
            content_type: parse(content_type, "Content-Type")?,
            raw_content_type: content_type.map(str::to_owned),
        };
        types.check_versions(has_body)?;
        Ok(types)
    }

    fn check_versions(&self, has_body: bool) -> Result<(), ElasticError> {
        let version = |media: &Option<MediaType>| media.as_ref().filter(|media| media.vendor)?.version;
        let text =
            |media: &Option<MediaType>| media.as_ref().map_or_else(|| "null".to_owned(), |media| media.text.clone());
        let range = |version: Option<u32>, media: &Option<MediaType>, name: &str| match version {
            Some(found) if !(OLDEST..=CURRENT).contains(&found) => {
                let text = format!(
                    "{name} version must be either version {CURRENT} or {OLDEST}, but found {found}. {name}={}",
                    text(media)
                );
                Err(refused(&[name], Cause::new(ErrorType::Status, text)))
            }
            _ => Ok(()),
        };
        let accept = version(&self.accept);
        range(accept, &self.accept, "Accept")?;
        if !has_body {
            return Ok(());
        }
        let content = version(&self.content_type);
        range(content, &self.content_type, "Content-Type")?;
        let differ = accept.unwrap_or(CURRENT) != content.unwrap_or(CURRENT);
        if differ || accept.is_some() != content.is_some() {
            let text = format!(
                "A compatible version is required on both Content-Type and Accept headers if either one has requested \
                 a compatible version{}. Accept={}, Content-Type={}",
                if differ { " and the compatible versions must match" } else { "" },
                text(&self.accept),
                text(&self.content_type)
            );
            return Err(refused(&["Accept", "Content-Type"], Cause::new(ErrorType::Status, text)));
        }
        Ok(())
    }

    /// Whether a body of this type may be sent to an endpoint; called for non-empty bodies only.
    pub fn check_body(&self, body: BodyKind) -> Result<(), ElasticError> {
        let Some(raw) = &self.raw_content_type else {
            return Err(ElasticError::simple(StatusCode::NOT_ACCEPTABLE, "Content-Type header is missing"));
        };
        let allowed = match (self.content_type.as_ref().and_then(|media| media.format), body) {
            (_, BodyKind::Text | BodyKind::Binary) => true,
            (Some(Format::Json), _) => true,
            (Some(Format::Ndjson), BodyKind::Ndjson | BodyKind::NdjsonSource | BodyKind::Any) => true,
            (Some(Format::Ndjson | Format::Yaml | Format::Cbor | Format::Smile) | None, _) => false,
        };
        if allowed {
            return Ok(());
        }
        let text = format!("Content-Type header [{raw}] is not supported");
        Err(ElasticError::simple(StatusCode::NOT_ACCEPTABLE, text))
    }

    /// The form of the answer: the parameter `format`, else `Accept`, else the type of the body, else JSON.
    pub fn response(&self, format: Option<&str>) -> Result<ResponseType, ElasticError> {
        let chosen = self.preferred().or(self.content_type.as_ref().filter(|media| media.format.is_some()));
        let version = chosen.and_then(|media| media.version);
        let by_parameter = format.and_then(Format::of_parameter);
        let by_header = chosen.and_then(|media| media.format);
        let format = by_parameter.or(by_header).unwrap_or(Format::Json);
        if matches!(format, Format::Cbor | Format::Smile) {
            let asked = match (by_parameter, chosen) {
                (None, Some(media)) => format!("Accept header [{}] is not supported", media.raw),
                _ => "only the formats [json] and [yaml] are supported".to_owned(),
            };
            return Err(ElasticError::simple(StatusCode::NOT_ACCEPTABLE, asked));
        }
        Ok(ResponseType { format, version })
    }

    /// Whether a document was asked for where text is the custom (the cat family).
    pub fn wants_document(&self, format: Option<&str>) -> bool {
        match format {
            Some(format) => Format::of_parameter(format).is_some(),
            None => self.preferred().is_some(),
        }
    }

    fn preferred(&self) -> Option<&MediaType> {
        self.accept.as_ref().filter(|media| media.format.is_some())
    }
}

fn refused(names: &[&str], cause: Cause) -> ElasticError {
    let text = format!("Invalid media-type value on headers [{}]", names.join(", "));
    ElasticError::new(ErrorType::MediaTypeHeader, text).caused_by(cause)
}
