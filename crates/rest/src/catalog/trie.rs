//! Looking up a path: literal segments win over placeholders, the leftmost difference decides, and there is no way back
//! from a literal branch once it was taken. No row, no access.

use std::collections::HashMap;

use crate::catalog::Endpoint;

/// Placeholders whose names are looked up among indices: they never capture a word that begins with `_`.
const INDEX_LIKE: [&str; 8] = ["index", "target", "target_index", "new_index", "source", "dest", "alias", "type"];

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<&'static str, Node>,
    placeholder: Option<Box<Node>>,
    /// Every placeholder name at this place is index-like.
    index_like: bool,
    /// Rows that end here.
    rows: Vec<&'static Endpoint>,
    /// Rows that take this place and everything after it.
    tails: Vec<&'static Endpoint>,
}

/// All path templates.
#[derive(Debug, Default)]
pub(crate) struct Trie {
    root: Node,
}

/// The rows of a path, whatever their methods.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) rows: &'static [&'static Endpoint],
}

impl Trie {
    pub(super) fn insert(&mut self, endpoint: &'static Endpoint) {
        let mut node = &mut self.root;
        for segment in endpoint.path.split('/').filter(|segment| !segment.is_empty()) {
            if segment == "{*}" {
                node.tails.push(endpoint);
                return;
            }
            node = match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                None => node.literals.entry(segment).or_default(),
                Some(name) => {
                    let index_like = INDEX_LIKE.contains(&name);
                    let next =
                        node.placeholder.get_or_insert_with(|| Box::new(Node { index_like: true, ..Node::default() }));
                    next.index_like &= index_like;
                    next
                }
            };
        }
        node.rows.push(endpoint);
    }

    /// The rows that a path leads to. `segments` are raw: literals are compared byte for byte.
    pub(crate) fn find<'s>(&'static self, segments: impl IntoIterator<Item = &'s str>) -> Option<Found> {
        let mut node = &self.root;
        let mut tail: &'static [&'static Endpoint] = &[];
        for segment in segments {
            if !node.tails.is_empty() {
                tail = &node.tails;
            }
            let next = match (node.literals.get(segment), &node.placeholder) {
                (Some(literal), _) => Some(literal),
                (None, Some(placeholder)) => {
                    let captures = !placeholder.index_like || !segment.starts_with('_') || segment == "_all";
                    captures.then_some(&**placeholder)
                }
                (None, None) => None,
            };
            match next {
                Some(next) => node = next,
                None => return (!tail.is_empty()).then_some(Found { rows: tail }),
            }
        }
        let rows: &'static [&'static Endpoint] = if node.rows.is_empty() { tail } else { &node.rows };
        (!rows.is_empty()).then_some(Found { rows })
    }
}
