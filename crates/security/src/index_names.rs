//! The names that exist, as a value: indices, aliases and data streams, with what their expansion depends on.
//!
//! An engine builds one whenever its names change; decisions only read it. Names are kept sorted, so a wildcard is a
//! range scan, and each has its concrete indices worked out beforehand. Which names somebody may see is not known here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::privilege::Selector;
use crate::role::{NameRef, StreamPart};

/// All names at one moment. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct IndexNames(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// INVARIANT: ascending by name.
    entries: Vec<Entry>,
    /// Where each name stands among the entries.
    by_name: HashMap<Arc<str>, usize, FixedState>,
}

#[derive(Debug)]
struct Entry {
    name: Arc<str>,
    kind: NameKind,
    hidden: bool,
    closed: bool,
    /// For an index of a data stream: the stream, and of which of its components the index is.
    parent: Option<(Arc<str>, Selector)>,
    /// The concrete indices behind the name, per component. Of an index, itself; missing then.
    data: Option<Arc<[Arc<str>]>>,
    failures: Arc<[Arc<str>]>,
    write_index: Option<Arc<str>>,
}

/// What a name is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// An index.
    Index,
    /// Another name for one or more indices or data streams.
    Alias,
    /// A series of indices, and maybe a failure store.
    DataStream,
}

/// What an index is like, as far as wildcards care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IndexFlags {
    /// Wildcards pass it over unless they ask for hidden ones.
    pub hidden: bool,
    /// It is closed.
    pub closed: bool,
}

/// One name and what is known of it: an index, alias or data stream.
#[derive(Debug, Clone, Copy)]
pub struct IndexAbstraction<'a> {
    entry: &'a Entry,
}

/// Collects names. Later statements about a name replace earlier ones.
#[derive(Debug, Clone, Default)]
pub struct IndexNamesBuilder {
    indices: BTreeMap<Arc<str>, IndexFlags>,
    aliases: BTreeMap<Arc<str>, AliasParts>,
    streams: BTreeMap<Arc<str>, StreamParts>,
}

#[derive(Debug, Clone)]
struct AliasParts {
    members: Vec<Arc<str>>,
    write_index: Option<Arc<str>>,
    hidden: bool,
}

#[derive(Debug, Clone)]
struct StreamParts {
    backing: Vec<Arc<str>>,
    failures: Vec<Arc<str>>,
    hidden: bool,
}

// === impl IndexNames ===

impl IndexNames {
    /// Starts collecting.
    pub fn builder() -> IndexNamesBuilder {
        IndexNamesBuilder::default()
    }

    /// What is called `name`.
    pub fn get(&self, name: &str) -> Option<IndexAbstraction<'_>> {
        self.0.by_name.get(name).and_then(|&at| self.0.entries.get(at)).map(|entry| IndexAbstraction { entry })
    }

    /// All names, ascending.
    pub fn iter(&self) -> impl Iterator<Item = IndexAbstraction<'_>> {
        self.with_prefix("")
    }

    /// The names that begin with `prefix`, ascending.
    pub fn with_prefix<'a, 'p>(
        &'a self,
        prefix: &'p str,
    ) -> impl Iterator<Item = IndexAbstraction<'a>> + Clone + use<'a, 'p> {
        let from = self.0.entries.partition_point(|entry| &*entry.name < prefix);
        let entries = self.0.entries.get(from..).unwrap_or_default().iter();
        entries.take_while(move |entry| entry.name.starts_with(prefix)).map(|entry| IndexAbstraction { entry })
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }
}

// === impl IndexAbstraction ===

impl<'a> IndexAbstraction<'a> {
    /// The name.
    pub fn name(&self) -> &'a Arc<str> {
        &self.entry.name
    }

    /// What it is the name of.
    pub fn kind(&self) -> NameKind {
        self.entry.kind
    }

    /// Whether wildcards pass it over by default.
    pub fn is_hidden(&self) -> bool {
        self.entry.hidden
    }

    /// Whether it is a closed index.
    pub fn is_closed(&self) -> bool {
        self.entry.closed
    }

    /// For an index of a data stream: the stream, and which of its components the index belongs to.
    pub fn parent_data_stream(&self) -> Option<(&'a str, Selector)> {
        self.entry.parent.as_ref().map(|(name, selector)| (&**name, *selector))
    }

    /// The name with its relation to data streams, as roles look at it.
    pub fn name_ref(&self) -> NameRef<'a> {
        let stream = match (self.parent_data_stream(), self.entry.kind) {
            (Some((stream, Selector::Data)), _) => StreamPart::BackingOf(stream),
            (Some((stream, Selector::Failures)), _) => StreamPart::FailuresOf(stream),
            (None, NameKind::DataStream) => StreamPart::Stream,
            (None, NameKind::Index | NameKind::Alias) => StreamPart::None,
        };
        NameRef { name: &self.entry.name, stream }
    }

    /// Whether it has a failure store: a data stream, or an alias of one.
    pub fn has_failures(&self) -> bool {
        self.entry.kind == NameKind::DataStream || !self.entry.failures.is_empty()
    }

    /// The concrete indices behind the name, ascending without repetition.
    pub fn concrete(&self, selector: Selector) -> &'a [Arc<str>] {
        match selector {
            Selector::Data => self.entry.data.as_deref().unwrap_or(std::slice::from_ref(&self.entry.name)),
            Selector::Failures => &self.entry.failures,
        }
    }

    pub(crate) fn shared_concrete(&self, selector: Selector) -> Option<Arc<[Arc<str>]>> {
        match selector {
            Selector::Data => self.entry.data.clone(),
            Selector::Failures => Some(self.entry.failures.clone()),
        }
    }

    /// Where documents written to the name go: itself, an alias's write index or only index, a stream's newest.
    pub fn write_index(&self) -> Option<&'a Arc<str>> {
        match self.entry.kind {
            NameKind::Index => Some(&self.entry.name),
            NameKind::Alias | NameKind::DataStream => self.entry.write_index.as_ref(),
        }
    }
}

// === impl IndexNamesBuilder ===

impl IndexNamesBuilder {
    /// There is an index.
    #[must_use]
    pub fn index(mut self, name: &str, flags: IndexFlags) -> Self {
        self.indices.insert(name.into(), flags);
        self
    }

    /// There is an alias of these indices or data streams. Members that turn out not to exist are left out.
    #[must_use]
    pub fn alias<S: AsRef<str>>(
        mut self,
        name: &str,
        members: impl IntoIterator<Item = S>,
        write_index: Option<&str>,
        hidden: bool,
    ) -> Self {
        let members = members.into_iter().map(|member| member.as_ref().into()).collect();
        self.aliases.insert(name.into(), AliasParts { members, write_index: write_index.map(Arc::from), hidden });
        self
    }

    /// There is a data stream with these backing and failure indices, oldest first. Those not stated as indices are
    /// taken to be hidden and open.
    #[must_use]
    pub fn data_stream<S: AsRef<str>>(
        mut self,
        name: &str,
        backing: impl IntoIterator<Item = S>,
        failures: impl IntoIterator<Item = S>,
        hidden: bool,
    ) -> Self {
        let backing = backing.into_iter().map(|index| index.as_ref().into()).collect();
        let failures = failures.into_iter().map(|index| index.as_ref().into()).collect();
        self.streams.insert(name.into(), StreamParts { backing, failures, hidden });
        self
    }

    /// The value.
    pub fn build(self) -> IndexNames {
        let Self { mut indices, aliases, streams } = self;
        let mut parents: HashMap<Arc<str>, (Arc<str>, Selector), FixedState> = HashMap::default();
        for (stream, parts) in &streams {
            let own = parts.backing.iter().map(|index| (index, Selector::Data));
            for (index, selector) in own.chain(parts.failures.iter().map(|index| (index, Selector::Failures))) {
                indices.entry(index.clone()).or_insert(IndexFlags { hidden: true, closed: false });
                parents.insert(index.clone(), (stream.clone(), selector));
            }
        }
        let mut entries: BTreeMap<Arc<str>, Entry> = BTreeMap::new();
        let nothing: Arc<[Arc<str>]> = Arc::from([]);
        for (name, parts) in &aliases {
            let (mut data, mut failures) = (Vec::new(), Vec::new());
            for member in &parts.members {
                if let Some(stream) = streams.get(member) {
                    data.extend(stream.backing.iter().cloned());
                    failures.extend(stream.failures.iter().cloned());
                } else if indices.contains_key(member) {
                    data.push(member.clone());
                }
            }
            let (data, failures) = (sorted(data), sorted(failures));
            let write_index = match (&parts.write_index, &*data) {
                (Some(index), _) => match streams.get(index) {
                    Some(stream) => stream.backing.last().cloned(),
                    None => Some(index.clone()),
                },
                (None, [only]) => Some(only.clone()),
                (None, _) => None,
            };
            let entry = Entry {
                name: name.clone(),
                kind: NameKind::Alias,
                hidden: parts.hidden,
                closed: false,
                parent: None,
                data: Some(data),
                failures,
                write_index,
            };
            entries.insert(name.clone(), entry);
        }
        for (name, parts) in streams {
            let write_index = parts.backing.last().cloned();
            let entry = Entry {
                name: name.clone(),
                kind: NameKind::DataStream,
                hidden: parts.hidden,
                closed: false,
                parent: None,
                data: Some(sorted(parts.backing)),
                failures: sorted(parts.failures),
                write_index,
            };
            entries.insert(name, entry);
        }
        for (name, flags) in indices {
            let entry = Entry {
                parent: parents.remove(&name),
                name: name.clone(),
                kind: NameKind::Index,
                hidden: flags.hidden,
                closed: flags.closed,
                data: None,
                failures: nothing.clone(),
                write_index: None,
            };
            entries.insert(name, entry);
        }
        let entries: Vec<Entry> = entries.into_values().collect();
        let by_name = entries.iter().enumerate().map(|(at, entry)| (entry.name.clone(), at)).collect();
        IndexNames(Arc::new(Inner { entries, by_name }))
    }
}

fn sorted(mut names: Vec<Arc<str>>) -> Arc<[Arc<str>]> {
    names.sort_unstable();
    names.dedup();
    names.into()
}
