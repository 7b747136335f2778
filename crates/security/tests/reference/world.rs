//! The names that exist, as a list.

use std::collections::BTreeMap;

use keyward_security::index_names::{IndexFlags, IndexNames};

/// All names.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) names: BTreeMap<String, Known>,
}

#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) hidden: bool,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Index { closed: bool },
    Alias { members: Vec<String> },
    Stream { backing: Vec<String>, failure: Vec<String> },
}

impl World {
    /// The same names for the code under test.
    pub(crate) fn index_names(&self) -> IndexNames {
        let mut builder = IndexNames::builder();
        for (name, known) in &self.names {
            builder = match &known.kind {
                Kind::Index { closed } => builder.index(name, IndexFlags { hidden: known.hidden, closed: *closed }),
                Kind::Alias { members } => builder.alias(name, members, None, known.hidden),
                Kind::Stream { backing, failure } => builder.data_stream(name, backing, failure, known.hidden),
            };
        }
        builder.build()
    }

    /// The concrete indices behind a component of a name. A name that does not exist is looked at as an index to be.
    pub(crate) fn concrete(&self, name: &str, failures: bool) -> Vec<String> {
        match self.names.get(name).map(|known| &known.kind) {
            None => vec![name.to_owned()],
            Some(Kind::Index { .. }) if failures => Vec::new(),
            Some(Kind::Index { .. }) => vec![name.to_owned()],
            Some(Kind::Stream { failure, .. }) if failures => failure.clone(),
            Some(Kind::Stream { backing, .. }) => backing.clone(),
            Some(Kind::Alias { members }) => {
                let existing = members.iter().filter(|member| self.names.contains_key(*member));
                existing.flat_map(|member| self.concrete(member, failures)).collect()
            }
        }
    }

    /// Whether a name can be asked for its failures by a wildcard.
    pub(crate) fn has_failures(&self, name: &str) -> bool {
        match self.names.get(name).map(|known| &known.kind) {
            Some(Kind::Stream { .. }) => true,
            Some(Kind::Alias { .. }) => !self.concrete(name, true).is_empty(),
            Some(Kind::Index { .. }) | None => false,
        }
    }

    /// Whether a name is a data stream or one of the indices of one.
    pub(crate) fn is_of_data_stream(&self, name: &str) -> bool {
        self.names.iter().any(|(stream, known)| match &known.kind {
            Kind::Stream { backing, failure } => {
                stream == name || backing.iter().chain(failure).any(|index| index == name)
            }
            Kind::Index { .. } | Kind::Alias { .. } => false,
        })
    }
}
