//! A set of role descriptors as a key carries it: compact text with an identity, parsed only when a role is compiled
//! or a key is shown. A million keys with descriptors of their own would not fit in memory in parsed form.

use std::fmt;

use sha2::{Digest, Sha256};

/// The identity of a [`DescriptorSet`]: equal digests mean equal text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DescriptorDigest([u8; 16]);

impl DescriptorDigest {
    /// The bytes of the digest.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for DescriptorDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Role descriptors by name, in the stored JSON form: an object from name to descriptor.
#[derive(Clone)]
pub struct DescriptorSet {
    digest: DescriptorDigest,
    text: Box<str>,
}

impl DescriptorSet {
    /// Takes text in the stored form. The empty set is the empty object.
    pub fn from_stored(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        let hash = Sha256::digest(text.as_bytes());
        let mut digest = [0; 16];
        for (to, from) in digest.iter_mut().zip(hash) {
            *to = from;
        }
        Self { digest: DescriptorDigest(digest), text }
    }

    /// The set without descriptors.
    pub fn empty() -> Self {
        Self::from_stored("{}")
    }

    /// Whether there is no descriptor at all.
    pub fn is_empty(&self) -> bool {
        &*self.text == "{}"
    }

    /// The identity of the set, for caches and interning.
    pub const fn digest(&self) -> DescriptorDigest {
        self.digest
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
        assert_eq!(one.digest(), DescriptorSet::from_stored(r#"{"a":{}}"#).digest());
        assert_ne!(one.digest(), DescriptorSet::empty().digest());
        assert!(DescriptorSet::empty().is_empty() && !one.is_empty());
    }
}
