//! Documents and fields per concrete index.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::{DocumentPermissions, FieldPermissions};

/// What may be seen of the indices of a permit.
#[derive(Debug, Clone)]
pub struct IndicesAccess(Access);

#[derive(Debug, Clone)]
enum Access {
    /// Everything: no group that grants the action restricts documents or fields.
    Full,
    /// As stated for each index; nothing of others.
    PerIndex(HashMap<Arc<str>, IndexAccess, FixedState>),
}

/// What may be seen of one index.
#[derive(Debug, Clone, Default)]
pub struct IndexAccess {
    /// The documents; `None` for all.
    pub documents: Option<DocumentPermissions>,
    /// The fields; `None` for all.
    pub fields: Option<FieldPermissions>,
}

static UNRESTRICTED: IndexAccess = IndexAccess { documents: None, fields: None };

impl IndexAccess {
    /// Whether some documents or fields are out of sight.
    pub fn is_restricted(&self) -> bool {
        self.documents.is_some() || self.fields.is_some()
    }
}

impl IndicesAccess {
    pub(crate) const FULL: Self = Self(Access::Full);

    pub(crate) fn per_index(access: HashMap<Arc<str>, IndexAccess, FixedState>) -> Self {
        Self(Access::PerIndex(access))
    }

    /// What may be seen of `index`, one of the permit's concrete indices. `None` for an index that the permit says
    /// nothing about: then nothing may be.
    pub fn of(&self, index: &str) -> Option<&IndexAccess> {
        match &self.0 {
            Access::Full => Some(&UNRESTRICTED),
            Access::PerIndex(access) => access.get(index),
        }
    }

    /// Whether documents or fields of at least one index are out of sight.
    pub fn is_restricted(&self) -> bool {
        self.restrictions().next().is_some()
    }

    /// Whether documents of at least one index are out of sight.
    pub fn restricts_documents(&self) -> bool {
        self.restrictions().any(|(_, access)| access.documents.is_some())
    }

    /// The indices of which something is out of sight, in no particular order.
    pub fn restrictions(&self) -> impl Iterator<Item = (&Arc<str>, &IndexAccess)> {
        let stated = match &self.0 {
            Access::Full => None,
            Access::PerIndex(access) => Some(access.iter()),
        };
        stated.into_iter().flatten().filter(|(_, access)| access.is_restricted())
    }
}
