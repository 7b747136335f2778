//! A new name must not carry more privileges than what it stands for: otherwise whoever may make aliases or copies
//! could read through them what is closed to them.

use crate::decide::Denial;
use crate::role::{NameRef, Role};

/// Whether `alias` may be added to `index`: everything that the role may do through the alias it must be able to do on
/// the index already.
pub fn check_new_alias(role: &Role, alias: &NameRef<'_>, index: &NameRef<'_>) -> Result<(), Denial> {
    within(role, alias, index).ok_or_else(|| {
        Denial::with_text(
            "Adding an alias is not allowed when the alias has more permissions than any of the indices",
            vec![alias.name.to_owned(), index.name.to_owned()],
        )
    })
}

/// Whether `target` may be made from `source` by shrinking, splitting or cloning.
pub fn check_resize(role: &Role, source: &NameRef<'_>, target: &NameRef<'_>) -> Result<(), Denial> {
    within(role, target, source).ok_or_else(|| {
        Denial::with_text(
            "Resizing an index is not allowed when the target index has more permissions than the source index",
            vec![source.name.to_owned(), target.name.to_owned()],
        )
    })
}

/// Whether what is allowed on `new` is allowed on `old`. What is too complex to compare is not.
fn within(role: &Role, new: &NameRef<'_>, old: &NameRef<'_>) -> Option<()> {
    let (new, old) = (role.allowed_actions(new).ok()?, role.allowed_actions(old).ok()?);
    new.is_subset_of(&old).ok()?.then_some(())
}
