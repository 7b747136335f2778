//! Wildcard patterns: `*`, `?` and `\` escapes; and the trie that unites many of them before they become expressions.

use std::collections::BTreeMap;

use crate::{limit::TooComplex, syntax::CharSet};

/// A piece of a wildcard pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Piece {
    Char(char),
    AnyChar,
    AnyString,
}

/// Splits a wildcard pattern. `\x` is x itself; a lone `\` at the end is itself.
pub(crate) fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let piece = match c {
            '*' => Piece::AnyString,
            '?' => Piece::AnyChar,
            '\\' => Piece::Char(chars.next().unwrap_or('\\')),
            c => Piece::Char(c),
        };
        if piece != Piece::AnyString || pieces.last() != Some(&Piece::AnyString) {
            pieces.push(piece);
        }
    }
    pieces
}

/// Many piece sequences with their beginnings shared.
#[derive(Debug)]
pub(crate) struct Trie {
    /// INVARIANT: children come after their parents; the root is first.
    nodes: Vec<TrieNode>,
}

#[derive(Debug, Default)]
struct TrieNode {
    ends: bool,
    children: BTreeMap<Piece, usize>,
}

impl Trie {
    pub(crate) fn new() -> Self {
        Self { nodes: vec![TrieNode::default()] }
    }

    pub(crate) fn insert(&mut self, pieces: impl IntoIterator<Item = Piece>) {
        let mut at = 0;
        for piece in pieces {
            let next = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else { return };
            at = *node.children.entry(piece).or_insert(next);
            if at == next {
                self.nodes.push(TrieNode::default());
            }
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.ends = true;
        }
    }

    /// The character sets of all edges; one per distinct character.
    pub(crate) fn sets(&self) -> Vec<CharSet> {
        let mut pieces: Vec<Piece> = self.nodes.iter().flat_map(|node| node.children.keys().copied()).collect();
        pieces.sort_unstable();
        pieces.dedup();
        pieces.into_iter().filter_map(set_of).collect()
    }

    /// Folds from the leaves up: `unite` makes a node's value from whether a pattern ends there and its children's
    /// values behind their edges, `follow` puts an edge (`None`: any string) before a value.
    pub(crate) fn fold<C, T: Copy>(
        &self,
        context: &mut C,
        mut unite: impl FnMut(&mut C, bool, Vec<T>) -> Result<T, TooComplex>,
        mut follow: impl FnMut(&mut C, Option<&CharSet>, T) -> Result<T, TooComplex>,
    ) -> Result<T, TooComplex> {
        // Filled from the last node to the first, so a node's value is found counting from the end.
        let mut values: Vec<T> = Vec::with_capacity(self.nodes.len());
        let count = self.nodes.len();
        for node in self.nodes.iter().rev() {
            let mut children = Vec::with_capacity(node.children.len());
            for (&piece, &child) in &node.children {
                let value = values.get(count - 1 - child).copied().ok_or(TooComplex)?;
                children.push(follow(context, set_of(piece).as_ref(), value)?);
            }
            values.push(unite(context, node.ends, children)?);
        }
        values.last().copied().ok_or(TooComplex)
    }
}

fn set_of(piece: Piece) -> Option<CharSet> {
    match piece {
        Piece::Char(c) => Some(CharSet::single(c)),
        Piece::AnyChar => Some(CharSet::all()),
        Piece::AnyString => None,
    }
}
