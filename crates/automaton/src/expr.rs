//! Hash-consed expressions: equal ones are the same number, and the constructors simplify, so that the derivatives of
//! an expression are few. Without the simplifications (union is associative, commutative and idempotent, …) there
//! would be infinitely many.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::{
    alphabet::{Alphabet, Class},
    limit::{Budget, TooComplex},
    syntax::Syntax,
    wildcard::Trie,
};

/// An expression in an [`Arena`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Expr(u32);

impl Expr {
    pub(crate) const NOTHING: Self = Self(0);
    pub(crate) const EMPTY_STRING: Self = Self(1);
    pub(crate) const ANY_STRING: Self = Self(2);

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Nothing,
    EmptyString,
    AnyString,
    /// One character of these classes (ascending).
    Chars(Box<[Class]>),
    /// INVARIANT: the first is not itself a concatenation.
    Concat(Expr, Expr),
    Star(Expr),
    /// INVARIANT: two or more, ascending, none of them an `Or`.
    Or(Box<[Expr]>),
    /// INVARIANT: two or more, ascending, none of them an `And`.
    And(Box<[Expr]>),
    Not(Expr),
}

/// Where expressions live while an automaton is built.
#[derive(Debug)]
pub(crate) struct Arena {
    nodes: Vec<Node>,
    nullable: Vec<bool>,
    /// For a concatenation: its longest proper tail that begins with "any string".
    any_tail: Vec<Option<Expr>>,
    known: HashMap<Node, Expr, FixedState>,
    classes: usize,
    pub(crate) budget: Budget,
}

impl Arena {
    pub(crate) fn new(classes: usize) -> Self {
        let mut arena = Self {
            nodes: Vec::new(),
            nullable: Vec::new(),
            any_tail: Vec::new(),
            known: HashMap::with_hasher(FixedState::default()),
            classes,
            budget: Budget::new(),
        };
        for (node, nullable) in [(Node::Nothing, false), (Node::EmptyString, true), (Node::AnyString, true)] {
            arena.nodes.push(node);
            arena.nullable.push(nullable);
            arena.any_tail.push(None);
        }
        arena
    }

    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, expr: Expr) -> &Node {
        self.nodes.get(expr.index()).unwrap_or(&Node::Nothing)
    }

    /// Whether the empty string is in the language.
    pub(crate) fn nullable(&self, expr: Expr) -> bool {
        self.nullable.get(expr.index()).copied().unwrap_or(false)
    }

    fn intern(&mut self, node: Node, nullable: bool, any_tail: Option<Expr>) -> Result<Expr, TooComplex> {
        if let Some(&known) = self.known.get(&node) {
            return Ok(known);
        }
        let expr = Expr(u32::try_from(self.nodes.len()).map_err(|_| TooComplex)?);
        self.known.insert(node.clone(), expr);
        self.nodes.push(node);
        self.nullable.push(nullable);
        self.any_tail.push(any_tail);
        Ok(expr)
    }

    /// One character out of `classes`, which must be ascending.
    pub(crate) fn chars(&mut self, classes: Vec<Class>) -> Result<Expr, TooComplex> {
        self.budget.spend(1 + classes.len() / 16)?;
        if classes.is_empty() {
            return Ok(Expr::NOTHING);
        }
        self.intern(Node::Chars(classes.into_boxed_slice()), false, None)
    }

    pub(crate) fn concat(&mut self, first: Expr, rest: Expr) -> Result<Expr, TooComplex> {
        // Re-associate to the right, so that equal concatenations are equal nodes.
        let mut spine = vec![first];
        let mut tail = rest;
        while let Some(part) = spine.pop() {
            self.budget.spend(1)?;
            if let &Node::Concat(left, right) = self.node(part) {
                spine.push(left);
                spine.push(right);
                continue;
            }
            tail = self.prepend(part, tail)?;
        }
        Ok(tail)
    }

    /// Concatenation whose first part is not one itself.
    fn prepend(&mut self, first: Expr, rest: Expr) -> Result<Expr, TooComplex> {
        if first == Expr::NOTHING || rest == Expr::NOTHING {
            return Ok(Expr::NOTHING);
        }
        if first == Expr::EMPTY_STRING {
            return Ok(rest);
        }
        if rest == Expr::EMPTY_STRING {
            return Ok(first);
        }
        let rest_begins_with_any = match self.node(rest) {
            Node::AnyString => true,
            &Node::Concat(head, _) => head == Expr::ANY_STRING,
            _ => false,
        };
        if first == Expr::ANY_STRING {
            if rest_begins_with_any {
                return Ok(rest);
            }
            if self.nullable(rest) {
                return Ok(Expr::ANY_STRING);
            }
        }
        let nullable = self.nullable(first) && self.nullable(rest);
        let any_tail = if rest_begins_with_any { Some(rest) } else { self.any_tail_of(rest) };
        self.intern(Node::Concat(first, rest), nullable, any_tail)
    }

    fn any_tail_of(&self, expr: Expr) -> Option<Expr> {
        self.any_tail.get(expr.index()).copied().flatten()
    }

    pub(crate) fn star(&mut self, inner: Expr) -> Result<Expr, TooComplex> {
        self.budget.spend(1)?;
        match self.node(inner) {
            Node::Nothing | Node::EmptyString => Ok(Expr::EMPTY_STRING),
            Node::AnyString | Node::Star(_) => Ok(inner),
            Node::Chars(classes) if classes.len() == self.classes => Ok(Expr::ANY_STRING),
            _ => self.intern(Node::Star(inner), true, None),
        }
    }

    pub(crate) fn or(&mut self, parts: impl IntoIterator<Item = Expr>) -> Result<Expr, TooComplex> {
        let mut alternatives = Vec::new();
        let mut classes: Vec<Class> = Vec::new();
        for part in parts {
            match self.node(part) {
                Node::Nothing => {}
                Node::AnyString => return Ok(Expr::ANY_STRING),
                Node::Chars(more) => classes.extend_from_slice(more),
                Node::Or(inner) => {
                    for &inner in inner {
                        match self.node(inner) {
                            Node::Chars(more) => classes.extend_from_slice(more),
                            _ => alternatives.push(inner),
                        }
                    }
                }
                _ => alternatives.push(part),
            }
        }
        self.budget.spend(1 + alternatives.len() + classes.len() / 16)?;
        if !classes.is_empty() {
            classes.sort_unstable();
            classes.dedup();
            alternatives.push(self.chars(classes)?);
        }
        self.factor_any(&mut alternatives)?;
        if alternatives.contains(&Expr::ANY_STRING) {
            return Ok(Expr::ANY_STRING);
        }
        alternatives.sort_unstable();
        alternatives.dedup();
        self.drop_subsumed(&mut alternatives);
        if alternatives.len() > 1 && alternatives.iter().any(|&part| part != Expr::EMPTY_STRING && self.nullable(part))
        {
            alternatives.retain(|&part| part != Expr::EMPTY_STRING);
        }
        match alternatives.as_slice() {
            [] => Ok(Expr::NOTHING),
            &[single] => Ok(single),
            _ => {
                let nullable = alternatives.iter().any(|&part| self.nullable(part));
                if let [a, b] = *alternatives.as_slice()
                    && (matches!(self.node(a), &Node::Not(x) if x == b)
                        || matches!(self.node(b), &Node::Not(x) if x == a))
                {
                    return Ok(Expr::ANY_STRING);
                }
                self.intern(Node::Or(alternatives.into_boxed_slice()), nullable, None)
            }
        }
    }

    /// `@x | @y` = `@(x|y)`: keeps the alternatives of many patterns that begin with `*` in one factored term.
    fn factor_any(&mut self, alternatives: &mut Vec<Expr>) -> Result<(), TooComplex> {
        let mut tails = Vec::new();
        for &part in alternatives.iter() {
            if let &Node::Concat(head, tail) = self.node(part)
                && head == Expr::ANY_STRING
            {
                tails.push(tail);
            }
        }
        if tails.len() < 2 {
            return Ok(());
        }
        alternatives.retain(|&part| !matches!(self.node(part), &Node::Concat(head, _) if head == Expr::ANY_STRING));
        let tail = self.or(tails)?;
        let factored = self.concat(Expr::ANY_STRING, tail)?;
        if let Node::Or(inner) = self.node(factored) {
            alternatives.extend_from_slice(inner);
        } else {
            alternatives.push(factored);
        }
        Ok(())
    }

    /// Whatever ends in `@x` is within `@x`: of several stars passed in a wildcard only the last one matters.
    fn drop_subsumed(&self, alternatives: &mut Vec<Expr>) {
        let begins_with_any =
            |part: Expr| matches!(self.node(part), &Node::Concat(head, _) if head == Expr::ANY_STRING);
        let Some(any) = alternatives.iter().copied().find(|&part| begins_with_any(part)) else { return };
        // After `factor_any` there is at most one such alternative.
        alternatives.retain(|&part| {
            let mut tail = self.any_tail_of(part);
            while let Some(current) = tail {
                if current == any {
                    return false;
                }
                tail = self.any_tail_of(current);
            }
            true
        });
    }

    pub(crate) fn and(&mut self, parts: impl IntoIterator<Item = Expr>) -> Result<Expr, TooComplex> {
        let mut all = Vec::new();
        for part in parts {
            match self.node(part) {
                Node::Nothing => return Ok(Expr::NOTHING),
                Node::AnyString => {}
                Node::And(inner) => all.extend_from_slice(inner),
                _ => all.push(part),
            }
        }
        self.budget.spend(1 + all.len())?;
        all.sort_unstable();
        all.dedup();
        match all.as_slice() {
            [] => Ok(Expr::ANY_STRING),
            &[single] => Ok(single),
            _ => {
                if all.contains(&Expr::EMPTY_STRING) {
                    let nullable = all.iter().all(|&part| self.nullable(part));
                    return Ok(if nullable { Expr::EMPTY_STRING } else { Expr::NOTHING });
                }
                let nullable = all.iter().all(|&part| self.nullable(part));
                self.intern(Node::And(all.into_boxed_slice()), nullable, None)
            }
        }
    }

    pub(crate) fn not(&mut self, inner: Expr) -> Result<Expr, TooComplex> {
        self.budget.spend(1)?;
        match self.node(inner) {
            Node::Nothing => Ok(Expr::ANY_STRING),
            Node::AnyString => Ok(Expr::NOTHING),
            &Node::Not(twice) => Ok(twice),
            _ => {
                let nullable = !self.nullable(inner);
                self.intern(Node::Not(inner), nullable, None)
            }
        }
    }

    /// Lowers a parsed pattern. Recursion is bounded by the parser's limit on nesting.
    pub(crate) fn lower(&mut self, syntax: &Syntax, alphabet: &Alphabet) -> Result<Expr, TooComplex> {
        match syntax {
            Syntax::Nothing => Ok(Expr::NOTHING),
            Syntax::AnyString => Ok(Expr::ANY_STRING),
            Syntax::Chars(set) => self.chars(alphabet.classes_in(set)),
            Syntax::Concat(parts) => {
                let mut whole = Expr::EMPTY_STRING;
                for part in parts.iter().rev() {
                    let part = self.lower(part, alphabet)?;
                    whole = self.concat(part, whole)?;
                }
                Ok(whole)
            }
            Syntax::Or(parts) => {
                let parts = self.lower_all(parts, alphabet)?;
                self.or(parts)
            }
            Syntax::And(parts) => {
                let parts = self.lower_all(parts, alphabet)?;
                self.and(parts)
            }
            Syntax::Not(inner) => {
                let inner = self.lower(inner, alphabet)?;
                self.not(inner)
            }
            Syntax::Repeat { inner, min, max } => {
                let inner = self.lower(inner, alphabet)?;
                self.repeat(inner, *min, *max)
            }
        }
    }

    fn lower_all(&mut self, parts: &[Syntax], alphabet: &Alphabet) -> Result<Vec<Expr>, TooComplex> {
        parts.iter().map(|part| self.lower(part, alphabet)).collect()
    }

    fn repeat(&mut self, inner: Expr, min: u32, max: Option<u32>) -> Result<Expr, TooComplex> {
        let mut whole = match max {
            None => self.star(inner)?,
            Some(max) => {
                let mut optional = Expr::EMPTY_STRING;
                for _ in min..max {
                    let once_more = self.concat(inner, optional)?;
                    optional = self.or([Expr::EMPTY_STRING, once_more])?;
                }
                optional
            }
        };
        for _ in 0..min {
            self.budget.spend(1)?;
            whole = self.concat(inner, whole)?;
        }
        Ok(whole)
    }

    /// Lowers a trie of wildcard patterns, shared beginnings first.
    pub(crate) fn lower_trie(&mut self, trie: &Trie, alphabet: &Alphabet) -> Result<Expr, TooComplex> {
        trie.fold(
            self,
            |arena, ends, children| {
                let end = ends.then_some(Expr::EMPTY_STRING);
                arena.or(children.into_iter().chain(end))
            },
            |arena, set, rest| {
                let head = match set {
                    Some(set) => arena.chars(alphabet.classes_in(set))?,
                    None => Expr::ANY_STRING,
                };
                arena.concat(head, rest)
            },
        )
    }
}
