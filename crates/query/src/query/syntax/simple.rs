//! The simple query language: `+` and, `|` or, `-` not, `"` phrase, `*` prefix, `~N` fuzzy or near, `( )` precedence.
//!
//! It has no errors: what does not make sense is left out. Operators at one level are taken from left to right.

use super::super::Operator;
use super::{Features, Leaf, Occur, SyntaxNode};

const MAX_DEPTH: usize = 50;

/// Reads a text.
pub(in crate::query) fn parse(text: &str, operator: Operator, features: Features) -> SyntaxNode {
    // `*` alone is everything.
    if text.trim() == "*" && features.prefix {
        return SyntaxNode::Everything;
    }
    let characters: Vec<char> = text.chars().collect();
    let mut parser = Parser { text: &characters, at: 0, operator, features };
    parser.level(0)
}

struct Parser<'t> {
    text: &'t [char],
    at: usize,
    operator: Operator,
    features: Features,
}

/// What has been read at one level.
#[derive(Default)]
struct Level {
    /// The tree so far, with the operator that its clauses are joined with.
    top: Option<(Option<Joint>, SyntaxNode)>,
    joint: Option<Joint>,
    negations: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Joint {
    And,
    Or,
}

impl Parser<'_> {
    /// Reads up to the end, or to the bracket that closes this level.
    fn level(&mut self, depth: usize) -> SyntaxNode {
        let mut level = Level::default();
        while let Some(character) = self.peek() {
            match character {
                '(' if self.features.precedence => {
                    self.at += 1;
                    if depth < MAX_DEPTH {
                        let inner = self.level(depth + 1);
                        self.push(&mut level, inner);
                    }
                }
                ')' if self.features.precedence => {
                    self.at += 1;
                    if depth > 0 {
                        break;
                    }
                }
                '"' if self.features.phrase => {
                    let phrase = self.phrase();
                    self.push(&mut level, phrase);
                }
                '+' if self.features.and => {
                    self.at += 1;
                    if level.joint.is_none() && level.top.is_some() {
                        level.joint = Some(Joint::And);
                    }
                }
                '|' if self.features.or => {
                    self.at += 1;
                    if level.joint.is_none() && level.top.is_some() {
                        level.joint = Some(Joint::Or);
                    }
                }
                '-' if self.features.not => {
                    self.at += 1;
                    level.negations += 1;
                    continue;
                }
                ' ' | '\t' | '\n' | '\r' if self.features.whitespace => {
                    self.at += 1;
                    level.negations = 0;
                }
                _ => {
                    let word = self.word();
                    self.push(&mut level, word);
                }
            }
        }
        level.top.map_or(SyntaxNode::Nothing, |(_, node)| node)
    }

    fn push(&self, level: &mut Level, node: SyntaxNode) {
        let negated = level.negations % 2 == 1;
        level.negations = 0;
        if node == SyntaxNode::Nothing {
            level.joint = None;
            return;
        }
        let node = if negated {
            let clauses = vec![(Occur::MustNot, node), (Occur::Should, SyntaxNode::Everything)];
            SyntaxNode::Clauses { clauses, boost: 1.0 }
        } else {
            node
        };
        let joint = level.joint.take().unwrap_or(match self.operator {
            Operator::Or => Joint::Or,
            Operator::And => Joint::And,
        });
        let occur = match joint {
            Joint::And => Occur::Must,
            Joint::Or => Occur::Should,
        };
        level.top = Some(match level.top.take() {
            None => (None, node),
            // More of the same kind goes into the same list.
            Some((Some(before), SyntaxNode::Clauses { mut clauses, boost })) if before == joint => {
                clauses.push((occur, node));
                (Some(joint), SyntaxNode::Clauses { clauses, boost })
            }
            Some((_, before)) => {
                (Some(joint), SyntaxNode::Clauses { clauses: vec![(occur, before), (occur, node)], boost: 1.0 })
            }
        });
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn phrase(&mut self) -> SyntaxNode {
        self.at += 1;
        let start = self.at;
        let mut text = String::new();
        while let Some(character) = self.peek() {
            self.at += 1;
            match character {
                '\\' if self.features.escape => {
                    text.extend(self.peek());
                    self.at += 1;
                }
                '"' => {
                    let slop = if self.features.near { self.tilde().flatten() } else { None };
                    if text.is_empty() {
                        return SyntaxNode::Nothing;
                    }
                    return leaf(Leaf::Phrase(text, slop.and_then(|slop| u32::try_from(slop).ok())));
                }
                other => text.push(other),
            }
        }
        // It never ends: the quote means nothing, and what follows is read again.
        self.at = start;
        SyntaxNode::Nothing
    }

    fn word(&mut self) -> SyntaxNode {
        let mut text = String::new();
        let mut prefix = false;
        while let Some(character) = self.peek() {
            let ends = match character {
                '"' => self.features.phrase,
                '|' => self.features.or,
                '+' => self.features.and,
                '(' | ')' => self.features.precedence,
                ' ' | '\t' | '\n' | '\r' => self.features.whitespace,
                _ => false,
            };
            if ends {
                break;
            }
            match character {
                '\\' if self.features.escape => {
                    self.at += 1;
                    text.extend(self.peek());
                    self.at += 1;
                    prefix = false;
                    continue;
                }
                '~' if self.features.fuzzy && !text.is_empty() => {
                    let before = self.at;
                    if let Some(edits) = self.tilde() {
                        let edits = edits.and_then(|edits| u8::try_from(edits.min(2)).ok());
                        return match edits {
                            Some(0) => leaf(Leaf::Text(text)),
                            edits => leaf(Leaf::Fuzzy(text, edits)),
                        };
                    }
                    self.at = before;
                }
                _ => {}
            }
            prefix = character == '*';
            text.push(character);
            self.at += 1;
        }
        if prefix && self.features.prefix && text.chars().count() > 1 {
            text.pop();
            return leaf(Leaf::Prefix(text));
        }
        if text.is_empty() { SyntaxNode::Nothing } else { leaf(Leaf::Text(text)) }
    }

    /// `~` with a number or without, at the end of a word. Nothing: it is none.
    fn tilde(&mut self) -> Option<Option<u64>> {
        if self.peek() != Some('~') {
            return None;
        }
        self.at += 1;
        let mut digits = String::new();
        while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            digits.push(digit);
            self.at += 1;
        }
        let at_end = self.peek().is_none_or(|next| next.is_whitespace() || matches!(next, ')' | '|' | '+' | '"'));
        if !at_end {
            return None;
        }
        Some(if digits.is_empty() { None } else { digits.parse().ok() })
    }
}

fn leaf(leaf: Leaf) -> SyntaxNode {
    SyntaxNode::Leaf { field: None, leaf, boost: 1.0 }
}
