//! The REST dialect: routes, parameters, index expressions, errors.
//!
//! A request line becomes a [`Call`] by one table ([`mod@catalog`]); an outcome becomes bytes by one envelope
//! ([`ElasticError`]) and one renderer ([`mod@render`]). The crate is pure: no I/O, no clock, no decision about privileges.
//! It says how things are asked and told, never whether they are allowed.

mod body;
pub mod bulk;
pub mod catalog;
pub mod classify;
mod convert;
pub mod date_math;
pub mod documents;
pub mod error;
pub mod error_type;
pub mod media_type;
pub mod multi_search;
pub mod params;
mod percent;
mod query_text;
pub mod references;
pub mod render;
pub mod reply;
pub mod requirements;
pub mod targets;
mod unrecognized;

pub use catalog::{BodyKind, Endpoint, Owner, catalog};
pub use classify::{Call, PathParams, Unroutable, classify};
pub use error::{Cause, ElasticError};
pub use error_type::ErrorType;
pub use media_type::MediaTypes;
pub use params::{Params, Refresh, TimeValue};
pub use render::{RenderOptions, render};
pub use reply::{Payload, Reply};
pub use requirements::{Item, ItemKind, NameRole, Needed, Requirements, When, requirements};
