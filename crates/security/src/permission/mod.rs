//! What a permit says about the inside of indices: which documents and which fields may be seen.

mod documents;
mod fields;
mod indices;

pub use documents::DocumentPermissions;
pub use fields::FieldPermissions;
pub use indices::{IndexAccess, IndicesAccess};
