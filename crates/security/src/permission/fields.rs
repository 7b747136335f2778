//! Field-level security: which fields may be seen.

use keyward_automaton::{Automaton, TooComplex};

/// A set of visible fields, by full dotted path. Absence of field-level security is the absence of this value.
#[derive(Debug, Clone)]
pub struct FieldPermissions {
    fields: Automaton,
}

impl FieldPermissions {
    /// These fields and no others.
    pub fn new(fields: Automaton) -> Self {
        Self { fields }
    }

    /// Whether the field may be seen.
    pub fn grants(&self, field: &str) -> bool {
        self.fields.matches(field)
    }

    /// The visible fields as a set.
    pub fn automaton(&self) -> &Automaton {
        &self.fields
    }

    /// What either shows.
    pub fn union(&self, other: &Self) -> Result<Self, TooComplex> {
        Ok(Self { fields: Automaton::union([&self.fields, &other.fields])? })
    }

    /// What both show.
    pub fn intersection(&self, other: &Self) -> Result<Self, TooComplex> {
        Ok(Self { fields: self.fields.intersection(&other.fields)? })
    }
}
