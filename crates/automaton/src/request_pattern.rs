//! The third dialect: index expressions of requests, where only `*` is special.

/// An expression as it stands in a request: a name, or a name with `*` for any text.
///
/// ```
/// use keyward_automaton::RequestPattern;
///
/// let pattern = RequestPattern::new("logs-*-eu");
/// assert!(pattern.matches("logs-web-eu"));
/// assert!(!pattern.matches("logs-web-us"));
/// assert_eq!(pattern.prefix(), "logs-");
/// // `?` is an ordinary character here.
/// assert!(!RequestPattern::new("logs-?").matches("logs-1"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestPattern {
    text: Box<str>,
}

impl RequestPattern {
    /// The expression `text`.
    pub fn new(text: &str) -> Self {
        Self { text: text.into() }
    }

    /// The expression as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it contains a `*`.
    pub fn is_wildcard(&self) -> bool {
        self.text.contains('*')
    }

    /// What every matching name begins with: the text before the first `*`.
    pub fn prefix(&self) -> &str {
        self.text.split('*').next().unwrap_or_default()
    }

    /// Whether `name` matches as a whole.
    pub fn matches(&self, name: &str) -> bool {
        let mut parts = self.text.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(last) = parts.next_back() else { return name == first };
        let Some(mut rest) = name.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
        // Between the ends, the leftmost place for each part is as good as any.
        for part in parts {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        true
    }
}
