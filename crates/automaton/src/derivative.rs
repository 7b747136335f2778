//! Brzozowski derivatives: what remains to be matched after one character.
//!
//! The derivatives of an expression by all classes are computed at once, as one default and the few classes that
//! differ from it, and kept: tries of literal names have one exception per child and nothing else.

use std::collections::BTreeMap;

use crate::{
    alphabet::Class,
    expr::{Arena, Expr, Node},
    limit::TooComplex,
};

/// The derivatives of one expression by every class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Derivatives {
    pub(crate) default: Expr,
    /// Classes, ascending, whose derivative is not the default.
    pub(crate) others: Vec<(Class, Expr)>,
}

impl Derivatives {
    fn constant(default: Expr) -> Self {
        Self { default, others: Vec::new() }
    }

    fn by(&self, class: Class) -> Expr {
        match self.others.binary_search_by_key(&class, |&(class, _)| class) {
            Ok(at) => self.others.get(at).map_or(self.default, |&(_, expr)| expr),
            Err(_) => self.default,
        }
    }

    fn new(default: Expr, mut others: Vec<(Class, Expr)>) -> Self {
        others.retain(|&(_, expr)| expr != default);
        Self { default, others }
    }
}

/// Derivatives computed so far.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    done: Vec<Option<Derivatives>>,
}

impl Memory {
    fn get(&self, expr: Expr) -> Option<&Derivatives> {
        self.done.get(expr.index()).and_then(Option::as_ref)
    }

    fn put(&mut self, arena: &Arena, expr: Expr, derivatives: Derivatives) {
        if self.done.len() <= expr.index() {
            self.done.resize(arena.len().max(expr.index() + 1), None);
        }
        if let Some(slot) = self.done.get_mut(expr.index()) {
            *slot = Some(derivatives);
        }
    }

    /// The derivatives of `expr`. Works through its parts with a stack of its own, so depth costs no call stack.
    pub(crate) fn derivatives(&mut self, arena: &mut Arena, expr: Expr) -> Result<Derivatives, TooComplex> {
        let mut stack = vec![expr];
        while let Some(&top) = stack.last() {
            if self.get(top).is_some() {
                stack.pop();
                continue;
            }
            let needed = parts(arena, top);
            let missing: Vec<Expr> = needed.into_iter().filter(|&part| self.get(part).is_none()).collect();
            arena.budget.spend(1 + missing.len())?;
            if missing.is_empty() {
                let derivatives = self.derive(arena, top)?;
                self.put(arena, top, derivatives);
                stack.pop();
            } else {
                stack.extend(missing);
            }
        }
        self.get(expr).cloned().ok_or(TooComplex)
    }

    /// One step; the parts' derivatives are known.
    fn derive(&self, arena: &mut Arena, expr: Expr) -> Result<Derivatives, TooComplex> {
        let known = |part: Expr| self.get(part).ok_or(TooComplex);
        match arena.node(expr).clone() {
            Node::Nothing | Node::EmptyString => Ok(Derivatives::constant(Expr::NOTHING)),
            Node::AnyString => Ok(Derivatives::constant(Expr::ANY_STRING)),
            Node::Chars(classes) => Ok(of_chars(arena.classes(), &classes)),
            Node::Concat(first, rest) => {
                let by_first = known(first)?;
                let mut whole = map(by_first, |after| arena.concat(after, rest))?;
                if arena.nullable(first) {
                    whole = or(arena, &[&whole, known(rest)?])?;
                }
                Ok(whole)
            }
            Node::Star(inner) => map(known(inner)?, |after| arena.concat(after, expr)),
            Node::Not(inner) => map(known(inner)?, |after| arena.not(after)),
            Node::Or(parts) => {
                let parts = parts.iter().map(|&part| known(part)).collect::<Result<Vec<_>, _>>()?;
                or(arena, &parts)
            }
            Node::And(parts) => {
                let parts = parts.iter().map(|&part| known(part)).collect::<Result<Vec<_>, _>>()?;
                and(arena, &parts)
            }
        }
    }
}

/// The expressions whose derivatives the derivative of `expr` is made of.
fn parts(arena: &Arena, expr: Expr) -> Vec<Expr> {
    match arena.node(expr) {
        Node::Nothing | Node::EmptyString | Node::AnyString | Node::Chars(_) => Vec::new(),
        &Node::Concat(first, rest) if arena.nullable(first) => vec![first, rest],
        &Node::Concat(first, _) => vec![first],
        &Node::Star(inner) | &Node::Not(inner) => vec![inner],
        Node::Or(parts) | Node::And(parts) => parts.to_vec(),
    }
}

fn of_chars(all: usize, classes: &[Class]) -> Derivatives {
    if classes.len() * 2 <= all {
        return Derivatives::new(Expr::NOTHING, classes.iter().map(|&class| (class, Expr::EMPTY_STRING)).collect());
    }
    let others = (0..=Class::MAX).take(all).filter(|class| classes.binary_search(class).is_err());
    Derivatives::new(Expr::EMPTY_STRING, others.map(|class| (class, Expr::NOTHING)).collect())
}

fn map(
    derivatives: &Derivatives,
    mut f: impl FnMut(Expr) -> Result<Expr, TooComplex>,
) -> Result<Derivatives, TooComplex> {
    let default = f(derivatives.default)?;
    let others =
        derivatives.others.iter().map(|&(class, expr)| Ok((class, f(expr)?))).collect::<Result<Vec<_>, _>>()?;
    Ok(Derivatives::new(default, others))
}

fn or(arena: &mut Arena, parts: &[&Derivatives]) -> Result<Derivatives, TooComplex> {
    // A union may have thousands of parts, nearly all with the default "nothing": only the others are looked at for
    // every class.
    let mut by_class: BTreeMap<Class, Vec<Expr>> = BTreeMap::new();
    for part in parts {
        for &(class, expr) in &part.others {
            by_class.entry(class).or_default().push(expr);
        }
    }
    let defaults: Vec<&&Derivatives> = parts.iter().filter(|part| part.default != Expr::NOTHING).collect();
    let default = arena.or(defaults.iter().map(|part| part.default))?;
    let mut others = Vec::with_capacity(by_class.len());
    for (class, mut exprs) in by_class {
        arena.budget.spend(defaults.len())?;
        for part in &defaults {
            exprs.push(part.by(class));
        }
        others.push((class, arena.or(exprs)?));
    }
    Ok(Derivatives::new(default, others))
}

fn and(arena: &mut Arena, parts: &[&Derivatives]) -> Result<Derivatives, TooComplex> {
    let mut classes: Vec<Class> = parts.iter().flat_map(|part| part.others.iter().map(|&(class, _)| class)).collect();
    classes.sort_unstable();
    classes.dedup();
    let default = arena.and(parts.iter().map(|part| part.default))?;
    let mut others = Vec::with_capacity(classes.len());
    for class in classes {
        others.push((class, arena.and(parts.iter().map(|part| part.by(class)))?));
    }
    Ok(Derivatives::new(default, others))
}
