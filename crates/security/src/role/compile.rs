//! Compiling descriptors into a role: merging entries, splitting them by selector class, building the automata.

use std::collections::BTreeSet;
use std::sync::Arc;

use keyward_automaton::{Automaton, PatternError, TooComplex};

use super::application::ApplicationPermission;
use super::cluster::ClusterPermission;
use super::descriptor::fields::{self, FieldsError};
use super::descriptor::{FieldSecurity, IndicesPrivileges, RoleDescriptor, RoleDescriptors};
use super::global::GlobalPermission;
use super::group::{FieldGrant, GroupNames, GroupView, IndicesGroup};
use super::remote::RemoteGroup;
use super::workflow::Workflows;
use super::{RemoteClusterPrivileges, RoleName, Side};
use crate::name_unions::NameUnions;
use crate::privilege::{ApplicationPrivileges, ClusterPrivilege, IndexPrivilege, PrivilegeError, SelectorClass};

/// Descriptors that cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoleError {
    /// A privilege that is none.
    #[error(transparent)]
    Privilege(#[from] PrivilegeError),
    /// A pattern that is none.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// Patterns that are too complex together.
    #[error(transparent)]
    TooComplex(#[from] TooComplex),
    /// Two restrictions.
    #[error("more than one role descriptor with restriction is not allowed: [{}]", .0.join(","))]
    TwoRestrictions(Vec<RoleName>),
    /// A restriction beside descriptors without.
    #[error("combining role descriptors with and without restriction is not allowed: [{}]", .0.join(","))]
    MixedRestriction(Vec<RoleName>),
}

impl From<FieldsError> for RoleError {
    fn from(error: FieldsError) -> Self {
        match error {
            FieldsError::Pattern(error) => error.into(),
            FieldsError::TooComplex(error) => error.into(),
        }
    }
}

/// Index entries that have come together: the same names, the same reach.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) names: BTreeSet<Arc<str>>,
    pub(super) allow_restricted: bool,
    pub(super) clusters: BTreeSet<Arc<str>>,
    pub(super) privileges: BTreeSet<Arc<str>>,
    /// Absent as soon as one entry shows all documents.
    pub(super) queries: Option<Vec<Arc<str>>>,
    /// Absent as soon as one entry shows all fields.
    pub(super) fields: Option<Vec<FieldSecurity>>,
}

impl Side {
    pub(super) fn compile(descriptors: &RoleDescriptors, stored: &ApplicationPrivileges) -> Result<Self, RoleError> {
        let all = || descriptors.iter().map(|(_, descriptor)| &**descriptor);
        let run_as_texts: BTreeSet<Arc<str>> = all().flat_map(|descriptor| &descriptor.run_as).cloned().collect();
        Ok(Self {
            names: descriptors.iter().map(|(name, _)| Arc::clone(name)).collect(),
            cluster: cluster(all())?,
            groups: groups(all().flat_map(|descriptor| &descriptor.indices))?,
            applications: applications(all(), stored)?,
            run_as: Automaton::patterns(&run_as_texts)?,
            run_as_texts: run_as_texts.into_iter().collect(),
            remote_indices: remote_indices(all()),
            remote_cluster: remote_cluster(all()),
            workflows: workflows(descriptors)?,
            name_unions: NameUnions::default(),
        })
    }
}

fn workflows(descriptors: &RoleDescriptors) -> Result<Workflows, RoleError> {
    let restriction = |descriptor: &RoleDescriptor| {
        descriptor.restriction.clone().filter(|restriction| !restriction.workflows.is_empty())
    };
    let mut restricted = descriptors.iter().filter_map(|(name, descriptor)| Some((name, restriction(descriptor)?)));
    let Some((_, first)) = restricted.next() else { return Ok(Workflows::Unrestricted) };
    let names = || descriptors.iter().map(|(name, _)| Arc::clone(name)).collect();
    if restricted.next().is_some() {
        return Err(RoleError::TwoRestrictions(names()));
    }
    if descriptors.len() > 1 {
        return Err(RoleError::MixedRestriction(names()));
    }
    Ok(Workflows::of(Some(&first)))
}

fn cluster<'d>(descriptors: impl Iterator<Item = &'d RoleDescriptor> + Clone) -> Result<ClusterPermission, RoleError> {
    let texts: BTreeSet<String> =
        descriptors.clone().flat_map(|descriptor| &descriptor.cluster).map(|text| text.to_lowercase()).collect();
    let privileges = texts.iter().map(|text| ClusterPrivilege::resolve(text)).collect::<Result<_, _>>()?;
    let global = descriptors.flat_map(|descriptor| &descriptor.global);
    Ok(ClusterPermission::new(privileges, global.map(GlobalPermission::compile).collect::<Result<_, _>>()?))
}

/// The groups of all entries: those without restricted names first, in order of first appearance.
fn groups<'d>(entries: impl Iterator<Item = &'d IndicesPrivileges>) -> Result<Vec<IndicesGroup>, RoleError> {
    let mut merged: Vec<Merged> = Vec::new();
    for entry in entries {
        merge(&mut merged, entry, &[]);
    }
    merged.sort_by_key(|group| group.allow_restricted);
    let mut groups = Vec::with_capacity(merged.len());
    for entry in merged {
        let names = Arc::new(GroupNames::new(entry.names.into_iter().collect())?);
        let view = Arc::new(GroupView { queries: entry.queries, fields: field_grant(entry.fields)? });
        for (class, privileges) in by_class(&entry.privileges)? {
            let (names, view) = (Arc::clone(&names), Arc::clone(&view));
            groups.push(IndicesGroup::new(names, privileges, class, view, entry.allow_restricted));
        }
    }
    Ok(groups)
}

/// Brings an entry together with the one of the same names and reach, or keeps it as a new one.
pub(super) fn merge(merged: &mut Vec<Merged>, entry: &IndicesPrivileges, clusters: &[Arc<str>]) {
    // An entry that begins with "none" is written to say that nothing is granted.
    if entry.privileges.first().is_none_or(|first| first.eq_ignore_ascii_case("none")) {
        return;
    }
    let names: BTreeSet<Arc<str>> = entry.names.iter().cloned().collect();
    let clusters: BTreeSet<Arc<str>> = clusters.iter().cloned().collect();
    let privileges = entry.privileges.iter().map(|text| Arc::from(text.to_lowercase()));
    let shows = |fields: &FieldSecurity| fields::permitted(fields).is_ok_and(|permitted| permitted.is_none());
    let fields = entry.field_security.clone().filter(|fields| !shows(fields));
    let same = merged.iter_mut().find(|group| {
        group.names == names && group.allow_restricted == entry.allow_restricted_indices && group.clusters == clusters
    });
    match same {
        Some(group) => {
            group.privileges.extend(privileges);
            match (&mut group.queries, &entry.query) {
                (Some(queries), Some(query)) if !queries.contains(query) => queries.push(Arc::clone(query)),
                (Some(_), Some(_)) | (None, _) => {}
                (Some(_), None) => group.queries = None,
            }
            match (&mut group.fields, fields) {
                (Some(definitions), Some(fields)) if !definitions.contains(&fields) => definitions.push(fields),
                (Some(_), Some(_)) | (None, _) => {}
                (Some(_), None) => group.fields = None,
            }
        }
        None => merged.push(Merged {
            names,
            allow_restricted: entry.allow_restricted_indices,
            clusters,
            privileges: privileges.collect(),
            queries: entry.query.clone().map(|query| vec![query]),
            fields: fields.map(|fields| vec![fields]),
        }),
    }
}

fn field_grant(definitions: Option<Vec<FieldSecurity>>) -> Result<Option<FieldGrant>, RoleError> {
    let Some(definitions) = definitions else { return Ok(None) };
    let mut automata = Vec::with_capacity(definitions.len());
    for definition in &definitions {
        automata.push(fields::permitted(definition)?.unwrap_or_else(Automaton::any_string));
    }
    let automaton = Automaton::union(&automata)?;
    Ok(Some(FieldGrant { definitions, automaton }))
}

/// Privileges of one entry by selector class; one that reaches every component takes the others along.
fn by_class(texts: &BTreeSet<Arc<str>>) -> Result<Vec<(SelectorClass, Vec<IndexPrivilege>)>, PrivilegeError> {
    let privileges: Vec<IndexPrivilege> =
        texts.iter().map(|text| IndexPrivilege::resolve(text)).collect::<Result<_, _>>()?;
    if privileges.iter().any(|privilege| privilege.class() == SelectorClass::Every) {
        return Ok(vec![(SelectorClass::Every, privileges)]);
    }
    let mut classes: Vec<(SelectorClass, Vec<IndexPrivilege>)> = Vec::new();
    for privilege in privileges {
        let class = privilege.class();
        match classes.iter_mut().find(|(known, _)| *known == class) {
            Some((_, list)) => list.push(privilege),
            None => classes.push((class, vec![privilege])),
        }
    }
    classes.sort_by_key(|(class, _)| *class);
    Ok(classes)
}

fn applications<'d>(
    descriptors: impl Iterator<Item = &'d RoleDescriptor>,
    stored: &ApplicationPrivileges,
) -> Result<ApplicationPermission, RoleError> {
    type Entry = (Arc<str>, BTreeSet<Arc<str>>, BTreeSet<Arc<str>>);
    let mut merged: Vec<Entry> = Vec::new();
    for entry in descriptors.flat_map(|descriptor| &descriptor.applications) {
        let resources: BTreeSet<Arc<str>> = entry.resources.iter().cloned().collect();
        let same = merged.iter_mut().find(|(name, known, _)| *name == entry.application && *known == resources);
        match same {
            Some((_, _, privileges)) => privileges.extend(entry.privileges.iter().cloned()),
            None => {
                merged.push((Arc::clone(&entry.application), resources, entry.privileges.iter().cloned().collect()));
            }
        }
    }
    let mut permission = ApplicationPermission::default();
    for (application, resources, privileges) in merged {
        let resources: Vec<_> = resources.into_iter().collect();
        permission.add(&application, &privileges, &resources, stored)?;
    }
    Ok(permission)
}

fn remote_indices<'d>(descriptors: impl Iterator<Item = &'d RoleDescriptor>) -> Vec<RemoteGroup> {
    let mut merged = Vec::new();
    for entry in descriptors.flat_map(|descriptor| &descriptor.remote_indices) {
        merge(&mut merged, &entry.indices, &entry.clusters);
    }
    merged.into_iter().map(RemoteGroup::from).collect()
}

fn remote_cluster<'d>(descriptors: impl Iterator<Item = &'d RoleDescriptor>) -> Vec<RemoteClusterPrivileges> {
    let mut entries: Vec<RemoteClusterPrivileges> = Vec::new();
    for entry in descriptors.flat_map(|descriptor| &descriptor.remote_cluster) {
        if !entries.contains(entry) {
            entries.push(entry.clone());
        }
    }
    entries
}
