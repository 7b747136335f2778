//! The whole security state at one revision, as an immutable value.

use std::sync::Arc;

use keyward_security::api_key::ApiKeyId;
use keyward_security::reserved::{is_reserved_username, reserved_user};
use keyward_security::role::{RoleDescriptor, RoleName};
use keyward_security::user::{NativeUser, ReservedUserState, User};

use crate::keys::{ApiKeys, Builder, KeyRef, KeysInOrder, UnusableId};
use crate::map::OrderedMap;
use crate::record::{Record, RecordKey, RecordKind, StoredApplicationPrivilege, StoredRole};
use crate::revision::Revision;
use crate::txn::{Commit, Write};

/// A stored value and when it was last written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored<T> {
    /// The value.
    pub value: T,
    /// The revision of the last write.
    pub modified: Revision,
}

/// Application and privilege.
type PrivilegeName = (Arc<str>, Arc<str>);

/// The whole security state at one revision. Cloning it is cheap; nothing in it ever changes.
#[derive(Clone, Debug)]
pub struct View {
    revision: Revision,
    privileges_revision: Revision,
    roles_revision: Revision,
    keys: ApiKeys,
    users: OrderedMap<Arc<str>, Stored<Arc<NativeUser>>>,
    reserved_users: OrderedMap<Arc<str>, Stored<Arc<ReservedUserState>>>,
    roles: OrderedMap<RoleName, Stored<Arc<RoleDescriptor>>>,
    privileges: OrderedMap<PrivilegeName, Stored<Arc<StoredApplicationPrivilege>>>,
    settings: OrderedMap<Arc<str>, Stored<Arc<serde_json::Value>>>,
}

/// Why a commit cannot be applied, or a snapshot not be read. The state that it was to change is untouched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Commits go up.
    #[error("the commit at revision {commit} does not come after the state at revision {state}")]
    NotAfter {
        /// Of the commit.
        commit: Revision,
        /// Of the state.
        state: Revision,
    },
    /// A record of one kind under the name of another, or of one thing under the name of another.
    #[error("the record named [{0}] is about something else")]
    Mismatch(RecordKey),
}

impl View {
    /// The state before anything was written.
    pub fn empty() -> Self {
        Self {
            revision: Revision::ZERO,
            privileges_revision: Revision::ZERO,
            roles_revision: Revision::ZERO,
            keys: ApiKeys::empty(),
            users: OrderedMap::new_sync(),
            reserved_users: OrderedMap::new_sync(),
            roles: OrderedMap::new_sync(),
            privileges: OrderedMap::new_sync(),
            settings: OrderedMap::new_sync(),
        }
    }

    /// The state that consists of these records, each with the revision of its last write, at `revision`. They may come
    /// in any order; in the order of their names, keys need no sorting.
    pub fn from_snapshot(
        revision: Revision,
        records: impl IntoIterator<Item = (RecordKey, Revision, Record)>,
    ) -> Result<Self, ApplyError> {
        let mut view = Self { revision, ..Self::empty() };
        let mut keys = Builder::new();
        for (key, modified, record) in records {
            match (key.kind(), &record) {
                (RecordKind::ApiKey, Record::ApiKey(stored)) if key.api_key_id().as_ref() == Some(&stored.id) => {
                    keys.put(Arc::clone(stored), modified).map_err(|UnusableId| ApplyError::Mismatch(key))?;
                }
                (RecordKind::ApiKeyStatus, Record::ApiKeyStatus(status)) => {
                    let id = key.api_key_id();
                    let id = id.as_ref().and_then(ApiKeyId::as_bytes).ok_or(ApplyError::Mismatch(key))?;
                    keys.put_status(*id, status.invalidation, modified);
                }
                _ => view.put(&key, &record, modified)?,
            }
        }
        view.keys = keys.finish_keys(revision);
        // Not the newest of the records: what was deleted before the snapshot left none, and a revision that was told
        // before the deletion must not be told again after it.
        view.roles_revision = revision;
        view.privileges_revision = revision;
        Ok(view)
    }

    /// The state after a commit.
    pub fn apply(&self, commit: &Commit) -> Result<Self, ApplyError> {
        if commit.revision <= self.revision {
            return Err(ApplyError::NotAfter { commit: commit.revision, state: self.revision });
        }
        let mut view = Self { revision: commit.revision, ..self.clone() };
        for write in &commit.writes {
            match write {
                Write::Put(key, record) => view.put(key, record, commit.revision)?,
                Write::Delete(key) => view.delete(key, commit.revision),
            }
        }
        Ok(view)
    }

    fn put(&mut self, key: &RecordKey, record: &Record, modified: Revision) -> Result<(), ApplyError> {
        let mismatch = || ApplyError::Mismatch(key.clone());
        match (key.kind(), record) {
            (RecordKind::ApiKey, Record::ApiKey(stored)) if key.api_key_id().as_ref() == Some(&stored.id) => {
                self.keys.put(stored, modified).map_err(|UnusableId| mismatch())?;
            }
            (RecordKind::ApiKeyStatus, Record::ApiKeyStatus(status)) => {
                let id = key.api_key_id().ok_or_else(mismatch)?;
                let invalidation = Some(status.invalidation);
                self.keys.put_status(&id, invalidation, modified).map_err(|UnusableId| mismatch())?;
            }
            (RecordKind::User, Record::User(user)) if *user.user.username == *key.name() => {
                self.users.insert_mut(key.name().into(), Stored { value: Arc::clone(user), modified });
            }
            (RecordKind::ReservedUser, Record::ReservedUser(state)) => {
                self.reserved_users.insert_mut(key.name().into(), Stored { value: Arc::clone(state), modified });
            }
            (RecordKind::Role, Record::Role(role)) if *role.name == *key.name() => {
                let StoredRole { name, descriptor } = &**role;
                self.roles.insert_mut(Arc::clone(name), Stored { value: Arc::clone(descriptor), modified });
                self.roles_revision = self.roles_revision.max(modified);
            }
            (RecordKind::ApplicationPrivilege, Record::ApplicationPrivilege(privilege))
                if key.application_and_privilege() == Some((&*privilege.application, &*privilege.name)) =>
            {
                let name = (Arc::clone(&privilege.application), Arc::clone(&privilege.name));
                self.privileges.insert_mut(name, Stored { value: Arc::clone(privilege), modified });
                self.privileges_revision = self.privileges_revision.max(modified);
            }
            (RecordKind::Setting, Record::Setting(value)) => {
                self.settings.insert_mut(key.name().into(), Stored { value: Arc::clone(value), modified });
            }
            _ => return Err(mismatch()),
        }
        Ok(())
    }

    fn delete(&mut self, key: &RecordKey, revision: Revision) {
        match key.kind() {
            RecordKind::ApiKey => {
                if let Some(id) = key.api_key_id() {
                    self.keys.delete(&id, revision);
                }
            }
            RecordKind::ApiKeyStatus => {
                if let Some(id) = key.api_key_id() {
                    let _ = self.keys.put_status(&id, None, revision);
                }
            }
            RecordKind::User => drop(self.users.remove_mut(key.name())),
            RecordKind::ReservedUser => drop(self.reserved_users.remove_mut(key.name())),
            RecordKind::Role => {
                self.roles.remove_mut(key.name());
                self.roles_revision = self.roles_revision.max(revision);
            }
            RecordKind::ApplicationPrivilege => {
                if let Some((application, name)) = key.application_and_privilege() {
                    self.privileges.remove_mut(&(Arc::from(application), Arc::from(name)));
                    self.privileges_revision = self.privileges_revision.max(revision);
                }
            }
            RecordKind::Setting => drop(self.settings.remove_mut(key.name())),
        }
    }

    // === reading ===

    /// The revision of this state.
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// When any application privilege was last written or deleted. Part of the key of whatever is compiled from them.
    pub const fn privileges_revision(&self) -> Revision {
        self.privileges_revision
    }

    /// When any role was last written or deleted.
    pub const fn roles_revision(&self) -> Revision {
        self.roles_revision
    }

    /// All API keys.
    pub const fn api_keys(&self) -> &ApiKeys {
        &self.keys
    }

    /// One API key.
    pub fn api_key(&self, id: &ApiKeyId) -> Option<KeyRef<'_>> {
        self.keys.get(id)
    }

    /// The keys that belong to a user of one of these realms, in the order of creation.
    pub fn api_keys_of<'a>(
        &'a self,
        principal: &str,
        realms: &'a [&'a str],
    ) -> impl DoubleEndedIterator<Item = KeyRef<'a>> + use<'a> {
        let keys: KeysInOrder<'a> = self.keys.of_principal(principal);
        keys.filter(move |key| realms.contains(&&*key.creator().realm.name))
    }

    /// A user of the native realm.
    pub fn user(&self, name: &str) -> Option<&Stored<Arc<NativeUser>>> {
        self.users.get(name)
    }

    /// All users of the native realm, by name.
    pub fn users(&self) -> impl ExactSizeIterator<Item = &Arc<NativeUser>> {
        self.users.values().map(|stored| &stored.value)
    }

    /// What is stored about a built-in user; nothing, for most of them.
    pub fn reserved_user_state(&self, name: &str) -> Option<&Stored<Arc<ReservedUserState>>> {
        self.reserved_users.get(name).filter(|_| is_reserved_username(name))
    }

    /// A built-in user as it is now.
    pub fn reserved_user(&self, name: &str) -> Option<User> {
        let enabled = self.reserved_user_state(name).is_none_or(|state| state.value.enabled);
        reserved_user(name, enabled)
    }

    /// A role that was put, not a built-in one.
    pub fn role(&self, name: &str) -> Option<&Stored<Arc<RoleDescriptor>>> {
        self.roles.get(name)
    }

    /// All roles that were put, by name.
    pub fn roles(&self) -> impl ExactSizeIterator<Item = (&RoleName, &Stored<Arc<RoleDescriptor>>)> {
        self.roles.iter()
    }

    /// A privilege that an application defined.
    pub fn application_privilege(
        &self,
        application: &str,
        name: &str,
    ) -> Option<&Stored<Arc<StoredApplicationPrivilege>>> {
        self.privileges.get(&(Arc::from(application), Arc::from(name)))
    }

    /// All privileges that applications defined, by application and name.
    pub fn application_privileges(&self) -> impl ExactSizeIterator<Item = &Arc<StoredApplicationPrivilege>> {
        self.privileges.values().map(|stored| &stored.value)
    }

    /// A setting that is changed at run time.
    pub fn setting(&self, name: &str) -> Option<&Stored<Arc<serde_json::Value>>> {
        self.settings.get(name)
    }

    /// All such settings, by name.
    pub fn settings(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Stored<Arc<serde_json::Value>>)> {
        self.settings.iter()
    }

    // === compaction ===

    /// Whether enough has changed since the last compaction that another is worth its time.
    pub fn wants_compaction(&self) -> bool {
        self.keys.wants_compaction()
    }

    /// The same state in its densest form. Slow (half a second for a million keys): make it beside the traffic, then let
    /// the state of that time adopt it.
    #[must_use]
    pub fn compacted(&self) -> Self {
        Self { keys: self.keys.compacted(self.revision), ..self.clone() }
    }

    /// This state on the dense base of `compacted`, which was made from an earlier state of the same history.
    #[must_use]
    pub fn adopting(&self, compacted: &Self) -> Self {
        if compacted.revision > self.revision {
            return self.clone();
        }
        Self { keys: self.keys.adopting(&compacted.keys), ..self.clone() }
    }
}
