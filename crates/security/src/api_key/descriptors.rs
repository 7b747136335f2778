//! A set of role descriptors as a key carries it: compact text with an identity, parsed only when a role is compiled
//! or a key is shown. A million keys with descriptors of their own would not fit in memory in parsed form.

use std::fmt;

use crate::role::descriptor::DescriptorError;
use crate::role::{RoleDescriptors, RoleDescriptorsId};

/// Role descriptors by name, in the stored JSON form: an object from name to descriptor.
#[derive(Clone)]
pub struct DescriptorSet {
    id: RoleDescriptorsId,
    text: Box<str>,
}

impl DescriptorSet {
    /// Takes text in the stored form. The empty set is the empty object.
    pub fn from_stored(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        Self { id: RoleDescriptorsId::of_stored_text(&text), text }
    }

    /// Takes parsed descriptors.
    pub fn new(descriptors: &RoleDescriptors) -> Self {
        Self::from_stored(descriptors.stored_text())
    }

    /// Parses the text.
    pub fn parse(&self) -> Result<RoleDescriptors, DescriptorError> {
        RoleDescriptors::parse_stored(&self.text)
    }

    /// The set without descriptors.
    pub fn empty() -> Self {
        Self::from_stored("{}")
    }

    /// Whether there is no descriptor at all.
    pub fn is_empty(&self) -> bool {
        &*self.text == "{}"
    }

    /// The identity of the set, for caches and interning: equal ids mean equal text.
    pub const fn id(&self) -> RoleDescriptorsId {
        self.id
    }

    /// The stored JSON.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for DescriptorSet {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for DescriptorSet {}

impl fmt::Debug for DescriptorSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::DescriptorSet;

    #[test]
    fn identity_follows_the_text() {
        let one = DescriptorSet::from_stored(r#"{"a":{}}"#);
        assert_eq!(one.id(), DescriptorSet::from_stored(r#"{"a":{}}"#).id());
        assert_ne!(one.id(), DescriptorSet::empty().id());
        assert!(DescriptorSet::empty().is_empty() && !one.is_empty());
    }
}
