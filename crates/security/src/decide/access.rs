//! Documents and fields: what the groups that grant the action let through, per concrete index.
//!
//! Within a side, a group without queries (or fields) lifts the restriction, otherwise queries and fields add up;
//! between sides they are all required. Groups that do not grant *this* action have no say.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::FixedState;
use keyward_automaton::{Automaton, TooComplex};

use crate::grants::Grants;
use crate::permission::{DocumentPermissions, FieldPermissions, IndexAccess, IndicesAccess};
use crate::resolve::Resource;
use crate::role::IndicesGroup;

/// The access that a permitted request has.
pub(super) fn of(grants: &Grants<'_>, resources: &[Resource<'_>]) -> IndicesAccess {
    if !grants.may_restrict() {
        return IndicesAccess::FULL;
    }
    // Per index, the groups of each side that count, by their address: many indices share few combinations.
    let mut contributions: HashMap<Arc<str>, Contribution<'_>, FixedState> = HashMap::default();
    let sides = grants.sides();
    for resource in resources {
        let per_side: Vec<_> =
            sides.iter().map(|side| side.contributing(&resource.name_ref(), resource.selector)).collect();
        // A name that does not exist may be made by the request: what is said of the name holds for it, too.
        let concrete = match &resource.abstraction {
            Some(abstraction) => abstraction.concrete(resource.selector),
            None => std::slice::from_ref(&resource.name),
        };
        for index in concrete {
            let contribution = contributions.entry(index.clone()).or_insert_with(|| vec![BTreeMap::new(); sides.len()]);
            for (all, groups) in contribution.iter_mut().zip(&per_side) {
                all.extend(groups.iter().map(|group| (std::ptr::from_ref(*group).addr(), *group)));
            }
        }
    }
    let total: Vec<bool> = sides.iter().map(|side| side.is_total()).collect();
    let mut known: HashMap<Vec<Vec<usize>>, IndexAccess, FixedState> = HashMap::default();
    let access = contributions.into_iter().map(|(index, contribution)| {
        let key: Vec<Vec<usize>> = contribution.iter().map(|groups| groups.keys().copied().collect()).collect();
        let access = known.entry(key).or_insert_with(|| combine(&contribution, &total)).clone();
        (index, access)
    });
    IndicesAccess::per_index(access.collect())
}

/// The contributing groups of each side, by address.
type Contribution<'r> = Vec<BTreeMap<usize, &'r IndicesGroup>>;

fn combine(contribution: &Contribution<'_>, total: &[bool]) -> IndexAccess {
    let mut documents = Vec::new();
    let mut fields: Option<Automaton> = None;
    for (groups, _) in contribution.iter().zip(total).filter(|(_, total)| !**total) {
        let groups: Vec<&IndicesGroup> = groups.values().copied().collect();
        if let Some(queries) = queries(&groups) {
            documents.push(queries);
        }
        // Field sets too complex to be computed show nothing.
        if let Some(side) = visible(&groups).unwrap_or_else(|_| Some(Automaton::empty())) {
            fields = Some(match fields {
                None => side,
                Some(others) => others.intersection(&side).unwrap_or_else(|_| Automaton::empty()),
            });
        }
    }
    IndexAccess { documents: DocumentPermissions::all_of(documents), fields: fields.map(FieldPermissions::new) }
}

/// The queries of a side; `None` if one group has none.
fn queries(groups: &[&IndicesGroup]) -> Option<Vec<Arc<str>>> {
    let mut all: Vec<Arc<str>> = Vec::new();
    for group in groups {
        for query in group.queries()? {
            if !all.contains(query) {
                all.push(query.clone());
            }
        }
    }
    all.sort_unstable();
    Some(all)
}

/// The visible fields of a side; `None` if one group shows all.
fn visible(groups: &[&IndicesGroup]) -> Result<Option<Automaton>, TooComplex> {
    let mut automata = Vec::with_capacity(groups.len());
    for group in groups {
        match group.fields() {
            Some(fields) => automata.push(&fields.automaton),
            None => return Ok(None),
        }
    }
    Automaton::union(automata).map(Some)
}
