//! Application privileges: putting and deleting them. Names and actions are judged before.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyward_security::privilege::ApplicationPrivilege;

use crate::record::{Record, RecordKey};
use crate::txn::{Expect, Txn, Write};
use crate::view::View;

/// What became of each privilege: application, then name, then whether it was made or found.
pub type PrivilegeOutcomes = BTreeMap<Arc<str>, BTreeMap<Arc<str>, bool>>;

/// Makes or replaces privileges, all or none; tells of each whether it is new.
pub fn put_privileges(view: &View, privileges: &[Arc<ApplicationPrivilege>]) -> (Txn, PrivilegeOutcomes) {
    let mut txn = Txn::default();
    let mut outcomes = PrivilegeOutcomes::new();
    for privilege in privileges {
        let (application, name) = (&privilege.application, &privilege.name);
        let existing = view.application_privilege(application, name);
        outcomes.entry(Arc::clone(application)).or_default().insert(Arc::clone(name), existing.is_none());
        let key = RecordKey::application_privilege(application, name);
        txn.expect.push(match existing {
            // Nothing is written, but the answer rests on it.
            Some(existing) => Expect::At(key.clone(), existing.modified),
            None => Expect::Absent(key.clone()),
        });
        if existing.is_none_or(|existing| existing.value != *privilege) {
            txn.write.push(Write::Put(key, Arc::new(Record::ApplicationPrivilege(Arc::clone(privilege)))));
        }
    }
    (txn, outcomes)
}

/// Deletes privileges of one application; tells of each name whether there was one.
pub fn delete_privileges(view: &View, application: &str, names: &[&str]) -> (Txn, PrivilegeOutcomes) {
    let mut txn = Txn::default();
    let mut found = BTreeMap::new();
    for name in names {
        let existing = view.application_privilege(application, name);
        if found.insert(Arc::from(*name), existing.is_some()).is_some() {
            continue;
        }
        if let Some(existing) = existing {
            let key = RecordKey::application_privilege(application, name);
            txn.expect.push(Expect::At(key.clone(), existing.modified));
            txn.write.push(Write::Delete(key));
        }
    }
    (txn, PrivilegeOutcomes::from([(Arc::from(application), found)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Commit;

    fn privilege(name: &str, action: &str) -> Arc<ApplicationPrivilege> {
        Arc::new(ApplicationPrivilege {
            application: "app".into(),
            name: name.into(),
            actions: vec![action.into()],
            metadata: serde_json::Map::new(),
        })
    }

    fn commit(view: &View, txn: Txn) -> View {
        view.apply(&Commit { revision: view.revision().next(), writes: txn.write }).unwrap()
    }

    fn outcomes(outcomes: &PrivilegeOutcomes) -> Vec<(&str, bool)> {
        outcomes.values().flatten().map(|(name, outcome)| (&**name, *outcome)).collect()
    }

    #[test]
    fn privileges_are_made_replaced_and_deleted() {
        let (txn, created) = put_privileges(&View::empty(), &[privilege("read", "a:1")]);
        assert_eq!(outcomes(&created), [("read", true)]);
        let view = commit(&View::empty(), txn);
        let before = view.privileges_revision();

        let (txn, created) = put_privileges(&view, &[privilege("read", "a:1"), privilege("write", "a:2")]);
        assert_eq!(outcomes(&created), [("read", false), ("write", true)]);
        assert_eq!((txn.write.len(), txn.expect.len()), (1, 2));
        let view = commit(&view, txn);
        assert!(view.privileges_revision() > before);

        let (txn, found) = delete_privileges(&view, "app", &["read", "other", "read"]);
        assert_eq!(outcomes(&found), [("other", false), ("read", true)]);
        assert_eq!(txn.write.len(), 1);
        let view = commit(&view, txn);
        assert!(view.application_privilege("app", "read").is_none());
        assert!(view.application_privilege("app", "write").is_some());
    }
}
