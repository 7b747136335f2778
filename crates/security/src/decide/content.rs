//! Requests that would show or change what is hidden, or give a name more than it has.

use keyward_automaton::RequestPattern;

use crate::decide::{NotPermitted, Refusal, check_new_alias, check_resize};
use crate::index_names::NameKind;
use crate::permission::IndicesAccess;
use crate::request::{AliasAddition, Content};
use crate::resolve::Resource;
use crate::role::{NameRef, Role};

/// Checks what a permitted request contains.
pub(super) fn check(
    role: &Role,
    content: &Content,
    resources: &[Resource<'_>],
    access: &IndicesAccess,
) -> Result<(), NotPermitted> {
    let refuse = |when: bool, refusal: Refusal| if when { Err(NotPermitted::Refused(refusal)) } else { Ok(()) };
    match content {
        Content::Search { suggest, profile } => {
            refuse(*suggest && access.restricts_documents(), Refusal::Suggest)?;
            refuse(*profile && access.restricts_documents(), Refusal::Profile)
        }
        Content::ValidateQuery { rewrite } => {
            refuse(*rewrite && access.restricts_documents(), Refusal::ValidateRewrite)
        }
        Content::BulkUpdate => refuse(access.is_restricted(), Refusal::BulkUpdate),
        Content::AddAliases(additions) => {
            refuse(!additions.is_empty() && access.is_restricted(), Refusal::Alias)?;
            additions.iter().try_for_each(|addition| check_addition(role, addition, resources))
        }
        Content::Resize { source, target } => {
            let hidden = access.of(source).is_none_or(|source| source.is_restricted()) && access.is_restricted();
            refuse(hidden, Refusal::Resize)?;
            Ok(check_resize(role, &name_in(source, resources), &name_in(target, resources))?)
        }
    }
}

fn check_addition(role: &Role, addition: &AliasAddition, resources: &[Resource<'_>]) -> Result<(), NotPermitted> {
    let alias = name_in(&addition.alias, resources);
    let pattern = RequestPattern::new(&addition.index);
    if !pattern.is_wildcard() {
        return Ok(check_new_alias(role, &alias, &name_in(&addition.index, resources))?);
    }
    for resource in resources {
        let is_alias = resource.abstraction.is_some_and(|abstraction| abstraction.kind() == NameKind::Alias);
        if !is_alias && *resource.name != *addition.alias && pattern.matches(&resource.name) {
            check_new_alias(role, &alias, &resource.name_ref())?;
        }
    }
    Ok(())
}

/// A name with what the request's resolution knows of it.
fn name_in<'a>(name: &'a str, resources: &'a [Resource<'_>]) -> NameRef<'a> {
    resources
        .iter()
        .find(|resource| *resource.name == *name)
        .map_or_else(|| NameRef::plain(name), |resource| resource.name_ref())
}
