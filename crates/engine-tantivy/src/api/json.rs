//! Objects that are written as text because a part of them must stay as it was given: the source of a document.

use serde::Serialize;

/// An object that is being written.
#[derive(Debug)]
pub(super) struct RawObject {
    text: Vec<u8>,
}

impl RawObject {
    pub(super) fn new() -> Self {
        Self { text: vec![b'{'] }
    }

    /// Adds a member.
    pub(super) fn field(mut self, name: &str, value: impl Serialize) -> Self {
        self.name(name);
        let before = self.text.len();
        if serde_json::to_writer(&mut self.text, &value).is_err() {
            // Only maps with keys that are no strings fail, and there are none.
            self.text.truncate(before);
            self.text.extend_from_slice(b"null");
        }
        self
    }

    /// Adds a member that is already JSON.
    pub(super) fn raw(mut self, name: &str, json: &[u8]) -> Self {
        self.name(name);
        self.text.extend_from_slice(json);
        self
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.text.push(b'}');
        self.text
    }

    fn name(&mut self, name: &str) {
        if self.text.len() > 1 {
            self.text.push(b',');
        }
        // Writing a string into memory cannot fail.
        let _ = serde_json::to_writer(&mut self.text, name);
        self.text.push(b':');
    }
}
