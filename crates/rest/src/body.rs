//! Whether a body is there where it must be, and where it may be: also in the parameter `source`.

use bytes::Bytes;

use crate::catalog::BodyKind;
use crate::classify::Call;
use crate::error::ElasticError;

impl Call {
    /// Refuses `source` without its type, and with a type that is not read.
    pub fn check_source(&self) -> Result<(), ElasticError> {
        if !self.takes_source() {
            return Ok(());
        }
        match (self.params.get("source"), self.params.get("source_content_type")) {
            (None, _) => Ok(()),
            (Some(_), None) => {
                Err(ElasticError::plain_validation(["source and source_content_type parameters are required"]))
            }
            (Some(_), Some(kind)) => {
                let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
                let known = matches!(
                    essence.as_str(),
                    "application/json"
                        | "application/x-ndjson"
                        | "application/vnd.elasticsearch+json"
                        | "application/vnd.elasticsearch+x-ndjson"
                );
                if known {
                    Ok(())
                } else {
                    Err(ElasticError::plain_validation([format!("Unknown value for source_content_type [{kind}]")]))
                }
            }
        }
    }

    /// The body that counts: the one sent, or the parameter `source`. Refuses one that is not wanted, two, and none
    /// where one is needed.
    pub fn body(&self, sent: Bytes) -> Result<Bytes, ElasticError> {
        let kind = self.endpoint.body;
        if kind == BodyKind::None && !sent.is_empty() {
            return Err(ElasticError::illegal_argument(format!(
                "request [{} {}] does not support having a body",
                self.method, self.uri
            )));
        }
        self.check_source()?;
        let source = self.params.get("source").filter(|_| self.takes_source());
        let body = match source {
            Some(_) if !sent.is_empty() => {
                return Err(ElasticError::illegal_argument("a body and the parameter [source] were both given"));
            }
            Some(source) => Bytes::copy_from_slice(source.as_bytes()),
            None => sent,
        };
        match kind {
            BodyKind::Required | BodyKind::Ndjson if body.is_empty() => {
                Err(ElasticError::parse("request body is required"))
            }
            BodyKind::RequiredSource | BodyKind::NdjsonSource if body.is_empty() => {
                Err(ElasticError::parse("request body or source parameter is required"))
            }
            _ => Ok(body),
        }
    }

    fn takes_source(&self) -> bool {
        matches!(self.endpoint.body, BodyKind::Source | BodyKind::RequiredSource | BodyKind::NdjsonSource)
    }
}
