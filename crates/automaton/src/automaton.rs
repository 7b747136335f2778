//! The set of names that the rest of the program sees.

use std::{
    collections::{BTreeSet, HashSet},
    fmt,
    sync::{Arc, OnceLock},
};

use foldhash::fast::FixedState;

use crate::{
    PatternError, TooComplex,
    pattern::Pattern,
    product::{Operation, is_subset, product},
    syntax::Syntax,
    table::Table,
    wildcard::{Piece, Trie},
};

/// An immutable set of strings. Cloning is cheap; matching takes no lock.
#[derive(Clone)]
pub struct Automaton(Arc<Inner>);

struct Inner {
    shape: Shape,
    /// The whole set as one table, made when an operation first needs it.
    table: OnceLock<Result<Arc<Table>, TooComplex>>,
}

enum Shape {
    Patterns(Patterns),
    /// The result of an operation; its table is set from the start.
    Computed(Arc<Table>),
}

/// A set of patterns, sorted by what they cost.
#[derive(Default)]
struct Patterns {
    exact: HashSet<Box<str>, FixedState>,
    /// INVARIANT: ascending, and none of them a prefix of another. Empty if there are `others`.
    prefixes: Box<[Box<str>]>,
    /// The patterns that need a table, and the table of them together with the prefixes.
    others: Option<Others>,
    /// Everything but the exact names, as written; unions are made from these.
    sources: BTreeSet<Box<str>>,
}

struct Others {
    trie: Vec<Vec<Piece>>,
    regexes: Vec<Syntax>,
    table: Arc<Table>,
}

impl Patterns {
    fn parse<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>) -> Result<Self, PatternError> {
        let mut exact = HashSet::with_hasher(FixedState::default());
        let mut prefixes: BTreeSet<Box<str>> = BTreeSet::new();
        let mut wildcards = BTreeSet::new();
        let mut regexes: Vec<Syntax> = Vec::new();
        let mut sources = BTreeSet::new();
        for pattern in patterns {
            let text = pattern.as_ref();
            match Pattern::parse(text)? {
                Pattern::Exact(name) => {
                    exact.insert(name.into_boxed_str());
                    continue;
                }
                Pattern::Prefix(prefix) => {
                    prefixes.insert(prefix.into_boxed_str());
                }
                Pattern::Wildcard(pieces) => {
                    wildcards.insert(pieces);
                }
                Pattern::Regex(syntax) => {
                    if !sources.contains(text) {
                        regexes.push(syntax);
                    }
                }
            }
            sources.insert(text.into());
        }
        if prefixes.contains("") {
            // Everything: what else there is does not matter, but has been checked.
            return Ok(Self { prefixes: Box::new(["".into()]), sources: ["*".into()].into(), ..Self::default() });
        }
        let mut minimal: Vec<Box<str>> = Vec::with_capacity(prefixes.len());
        for prefix in prefixes {
            // Ascending order puts a prefix of others before them.
            if !minimal.last().is_some_and(|last| prefix.starts_with(&**last)) {
                minimal.push(prefix);
            }
        }
        if wildcards.is_empty() && regexes.is_empty() {
            return Ok(Self { exact, prefixes: minimal.into_boxed_slice(), others: None, sources });
        }
        let mut trie: Vec<Vec<Piece>> = wildcards.into_iter().collect();
        trie.extend(minimal.iter().map(|prefix| pieces_of(prefix, true)));
        let table = Arc::new(Table::build(&united(&trie), &regexes)?);
        let others = Some(Others { trie, regexes, table });
        Ok(Self { exact, prefixes: Box::default(), others, sources })
    }

    fn matches(&self, name: &str) -> bool {
        if !self.exact.is_empty() && self.exact.contains(name) {
            return true;
        }
        match &self.others {
            Some(others) => others.table.matches(name),
            None => self.matches_prefix(name),
        }
    }

    /// Whether one of the prefixes is a prefix of `name`: only the greatest one not after it can be.
    fn matches_prefix(&self, name: &str) -> bool {
        let after = self.prefixes.partition_point(|prefix| &**prefix <= name);
        after.checked_sub(1).and_then(|at| self.prefixes.get(at)).is_some_and(|prefix| name.starts_with(&**prefix))
    }

    fn table(&self) -> Result<Arc<Table>, TooComplex> {
        if let Some(others) = &self.others
            && self.exact.is_empty()
        {
            return Ok(others.table.clone());
        }
        let mut trie = Trie::new();
        for name in &self.exact {
            trie.insert(pieces_of(name, false));
        }
        for prefix in &self.prefixes {
            trie.insert(pieces_of(prefix, true));
        }
        let mut regexes: &[Syntax] = &[];
        if let Some(others) = &self.others {
            for pieces in &others.trie {
                trie.insert(pieces.iter().copied());
            }
            regexes = &others.regexes;
        }
        Ok(Arc::new(Table::build(&trie, regexes)?))
    }

    fn only_names(&self) -> bool {
        self.others.is_none() && self.prefixes.is_empty()
    }
}

fn pieces_of(literal: &str, and_any: bool) -> Vec<Piece> {
    literal.chars().map(Piece::Char).chain(and_any.then_some(Piece::AnyString)).collect()
}

fn united(patterns: &[Vec<Piece>]) -> Trie {
    let mut trie = Trie::new();
    for pieces in patterns {
        trie.insert(pieces.iter().copied());
    }
    trie
}

// === impl Automaton ===

impl Automaton {
    fn from_patterns(patterns: Patterns) -> Self {
        Self(Arc::new(Inner { shape: Shape::Patterns(patterns), table: OnceLock::new() }))
    }

    fn computed(table: Table) -> Self {
        let table = Arc::new(table);
        Self(Arc::new(Inner { shape: Shape::Computed(table.clone()), table: OnceLock::from(Ok(table)) }))
    }

    /// The set of no strings.
    pub fn empty() -> Self {
        Self::from_patterns(Patterns::default())
    }

    /// The set of all strings.
    pub fn any_string() -> Self {
        Self::from_patterns(Patterns {
            prefixes: Box::new(["".into()]),
            sources: ["*".into()].into(),
            ..Patterns::default()
        })
    }

    /// The set of just `name`; nothing in it is special.
    pub fn literal(name: &str) -> Self {
        Self::literals([name])
    }

    /// The set of just these names; nothing in them is special.
    pub fn literals<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        let exact = names.into_iter().map(|name| name.as_ref().into()).collect();
        Self::from_patterns(Patterns { exact, ..Patterns::default() })
    }

    /// The union of patterns: `*` any text, `?` any one character, `\` before a character that is meant itself, and
    /// Lucene's regular expressions between slashes. No patterns, no strings.
    pub fn patterns<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>) -> Result<Self, PatternError> {
        Patterns::parse(patterns).map(Self::from_patterns)
    }

    /// Whether `name` is in the set.
    #[inline]
    pub fn matches(&self, name: &str) -> bool {
        match &self.0.shape {
            Shape::Patterns(patterns) => patterns.matches(name),
            Shape::Computed(table) => table.matches(name),
        }
    }

    /// Every string that is in at least one of the sets.
    pub fn union<'a>(sets: impl IntoIterator<Item = &'a Self>) -> Result<Self, TooComplex> {
        let mut names: HashSet<Box<str>, FixedState> = HashSet::with_hasher(FixedState::default());
        let mut sources: BTreeSet<&str> = BTreeSet::new();
        let mut with_sources = Vec::new();
        let mut tables = Vec::new();
        for set in sets {
            match &set.0.shape {
                Shape::Patterns(patterns) => {
                    names.extend(patterns.exact.iter().cloned());
                    if !patterns.sources.is_empty() {
                        sources.extend(patterns.sources.iter().map(|source| &**source));
                        with_sources.push(set);
                    }
                }
                Shape::Computed(table) => tables.push(table.clone()),
            }
        }
        let patterns = match with_sources.as_slice() {
            [only] if names.is_empty() => (*only).clone(),
            _ => {
                // Every source has been parsed before, so only size can be in the way.
                let mut united = Patterns::parse(sources).map_err(|_| TooComplex)?;
                if !united.prefixes.iter().any(|prefix| prefix.is_empty()) {
                    united.exact = names;
                }
                Self::from_patterns(united)
            }
        };
        // Like to like, so that no table is walked more often than it must be.
        let mut round: Vec<Arc<Table>> = tables;
        if round.is_empty() || patterns.is_total() {
            return Ok(patterns);
        }
        if !patterns.is_empty() {
            round.push(patterns.table()?);
        }
        while round.len() > 1 {
            let mut halved = Vec::with_capacity(round.len().div_ceil(2));
            for pair in round.chunks(2) {
                match pair {
                    [a, b] => halved.push(Arc::new(product(a, b, Operation::Union)?)),
                    _ => halved.extend(pair.iter().cloned()),
                }
            }
            round = halved;
        }
        match round.pop() {
            Some(table) => {
                Ok(Self(Arc::new(Inner { shape: Shape::Computed(table.clone()), table: OnceLock::from(Ok(table)) })))
            }
            None => Ok(Self::empty()),
        }
    }

    /// Every string that is in both sets.
    pub fn intersection(&self, other: &Self) -> Result<Self, TooComplex> {
        if self.is_any_prefix() {
            return Ok(other.clone());
        }
        if other.is_any_prefix() {
            return Ok(self.clone());
        }
        if let Some(names) = self.names() {
            return Ok(Self::literals(names.filter(|name| other.matches(name))));
        }
        if let Some(names) = other.names() {
            return Ok(Self::literals(names.filter(|name| self.matches(name))));
        }
        Ok(Self::computed(product(&*self.table()?, &*other.table()?, Operation::Intersection)?))
    }

    /// Every string of this set that is not in the other.
    pub fn minus(&self, other: &Self) -> Result<Self, TooComplex> {
        if let Some(names) = self.names() {
            return Ok(Self::literals(names.filter(|name| !other.matches(name))));
        }
        if other.names().is_some_and(|mut names| names.next().is_none()) {
            return Ok(self.clone());
        }
        Ok(Self::computed(product(&*self.table()?, &*other.table()?, Operation::Minus)?))
    }

    /// Every string that is not in the set.
    pub fn complement(&self) -> Result<Self, TooComplex> {
        if self.is_any_prefix() {
            return Ok(Self::empty());
        }
        if self.names().is_some_and(|mut names| names.next().is_none()) {
            return Ok(Self::any_string());
        }
        Ok(Self::computed(self.table()?.complement()?))
    }

    /// Whether there is no string in the set.
    pub fn is_empty(&self) -> bool {
        match &self.0.shape {
            Shape::Patterns(patterns) => {
                patterns.exact.is_empty()
                    && patterns.prefixes.is_empty()
                    && patterns.others.as_ref().is_none_or(|others| others.table.is_empty())
            }
            Shape::Computed(table) => table.is_empty(),
        }
    }

    /// Whether every string is in the set.
    pub fn is_total(&self) -> bool {
        match &self.0.shape {
            Shape::Patterns(patterns) => match &patterns.others {
                None => self.is_any_prefix(),
                Some(others) if others.table.is_total() => true,
                // Exact names could fill the gaps that the patterns leave.
                Some(_) => !patterns.exact.is_empty() && self.table().is_ok_and(|table| table.is_total()),
            },
            Shape::Computed(table) => table.is_total(),
        }
    }

    /// Whether every string of this set is in the other, too.
    pub fn is_subset_of(&self, other: &Self) -> Result<bool, TooComplex> {
        if other.is_any_prefix() {
            return Ok(true);
        }
        if let (Shape::Patterns(mine), Shape::Patterns(theirs)) = (&self.0.shape, &other.0.shape)
            && mine.others.is_none()
            && theirs.others.is_none()
        {
            // A finite number of names and longer prefixes never fills what a prefix admits: there are more
            // characters than any role has names.
            return Ok(mine.exact.iter().all(|name| theirs.matches(name))
                && mine.prefixes.iter().all(|prefix| theirs.matches_prefix(prefix)));
        }
        if let Some(mut names) = self.names() {
            return Ok(names.all(|name| other.matches(name)));
        }
        is_subset(&*self.table()?, &*other.table()?)
    }

    fn table(&self) -> Result<Arc<Table>, TooComplex> {
        self.0
            .table
            .get_or_init(|| match &self.0.shape {
                Shape::Patterns(patterns) => patterns.table(),
                Shape::Computed(table) => Ok(table.clone()),
            })
            .clone()
    }

    /// The strings of the set, if it is a plain list of them.
    fn names(&self) -> Option<impl Iterator<Item = &str>> {
        match &self.0.shape {
            Shape::Patterns(patterns) if patterns.only_names() => Some(patterns.exact.iter().map(|name| &**name)),
            _ => None,
        }
    }

    /// Whether it is known to be the set of all strings at a glance.
    fn is_any_prefix(&self) -> bool {
        match &self.0.shape {
            Shape::Patterns(patterns) => patterns.prefixes.first().is_some_and(|prefix| prefix.is_empty()),
            Shape::Computed(table) => table.is_total(),
        }
    }
}

impl fmt::Debug for Automaton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.shape {
            Shape::Patterns(patterns) => {
                let mut names: Vec<&str> = patterns.exact.iter().map(|name| &**name).collect();
                names.sort_unstable();
                f.write_str("Automaton ")?;
                f.debug_set().entries(names).entries(&patterns.sources).finish()
            }
            Shape::Computed(table) => write!(f, "Automaton({} states)", table.states()),
        }
    }
}
