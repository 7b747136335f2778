//! Patterns with `*` and `?`, where a backslash makes the next character mean itself.

use keyward_automaton::Automaton;

/// A pattern, ready to be held against many strings.
#[derive(Debug, Clone)]
pub(super) struct Wildcard {
    items: Vec<Item>,
    fold: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Item {
    Any,
    One,
    Exactly(char),
}

impl Wildcard {
    pub(super) fn new(pattern: &str, fold: bool) -> Self {
        let mut items = Vec::new();
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            items.push(match character {
                '*' => Item::Any,
                '?' => Item::One,
                '\\' => Item::Exactly(characters.next().unwrap_or('\\')),
                other => Item::Exactly(other),
            });
        }
        Self { items, fold }
    }

    /// What every match begins with. Nothing where case does not matter.
    pub(super) fn prefix(&self) -> String {
        if self.fold {
            return String::new();
        }
        self.items
            .iter()
            .map_while(|item| match item {
                Item::Exactly(character) => Some(*character),
                Item::Any | Item::One => None,
            })
            .collect()
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut item, mut at) = (0, 0);
        // Where to go on if the last star has to take one character more.
        let mut back: Option<(usize, usize)> = None;
        loop {
            let fits = match (self.items.get(item), text.get(at)) {
                (None, None) => return true,
                (Some(Item::Any), _) => {
                    back = Some((item + 1, at));
                    item += 1;
                    continue;
                }
                (Some(Item::One), Some(_)) => true,
                (Some(Item::Exactly(expected)), Some(found)) => {
                    expected == found || (self.fold && expected.eq_ignore_ascii_case(found))
                }
                _ => false,
            };
            if fits {
                item += 1;
                at += 1;
                continue;
            }
            match back {
                Some((after_star, tried)) if tried < text.len() => {
                    back = Some((after_star, tried + 1));
                    item = after_star;
                    at = tried + 1;
                }
                _ => return false,
            }
        }
    }
}

/// Whether a pattern in which only `*` is special matches a name.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let escaped = pattern.replace('\\', "\\\\").replace('?', "\\?");
    Wildcard::new(&escaped, false).matches(name)
}

/// A regular expression in Lucene's syntax.
pub(super) fn regexp(expression: &str) -> Result<Automaton, String> {
    Automaton::patterns([format!("/{expression}/")]).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("?b", "äb", true),
            ("?b", "b", false),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("*a*b*", "xaxxbx", true),
            ("", "", true),
            ("ab*ab", "aab", false),
        ] {
            assert_eq!(Wildcard::new(pattern, false).matches(text), expected, "{pattern} {text}");
        }
        assert!(Wildcard::new("AB*", true).matches("abc"));
        assert_eq!(Wildcard::new("ab?c*", false).prefix(), "ab");
        assert!(matches("user.*", "user.name"));
        assert!(!matches("user?", "users"));
    }

    #[test]
    fn regular_expressions() {
        let expression = regexp("joh?n(ath[oa]n)").unwrap();
        assert!(expression.matches("jonathon"));
        assert!(!expression.matches("xjonathon"));
        assert!(regexp("a(b").is_err());
    }
}
