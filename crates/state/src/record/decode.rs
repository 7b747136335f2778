//! Bytes to records. Every version ever written is read here.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use keyward_security::api_key::{ApiKey, Creator, DescriptorSet, KeyType};
use keyward_security::authentication::{Json, RealmDomain, RealmRef};
use keyward_security::hash::{Hash, SaltedSha256};
use keyward_security::role::RoleDescriptors;
use keyward_security::time::Timestamp;
use keyward_security::user::{NativeUser, ReservedUserState, User};

use super::codec::Reader;
use super::encode::{VERSION, tag};
use super::{ApiKeyStatus, Record, RecordKey, RecordKind, StoredApplicationPrivilege, StoredRole};

/// Why stored bytes cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Written by a newer server.
    #[error("the record has version [{0}], which this server does not know; it was written by a newer one")]
    Version(u8),
    /// The kind in the name and the kind in the record differ.
    #[error("the record is of another kind than its name")]
    Kind,
    /// The name says one thing, the record another.
    #[error("the record is about something else than its name")]
    Name,
    /// Ends too early.
    #[error("the record ends too early")]
    Truncated,
    /// Goes on too long.
    #[error("there is something after the record")]
    Trailing,
    /// A part has no meaning.
    #[error("the record has a malformed {0}")]
    Malformed(&'static str),
}

/// Reads records, and gives equal creators and descriptor sets of API keys one place in memory.
#[derive(Debug)]
pub struct Decoder {
    creators: Creators,
    descriptors: Descriptors,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            creators: Creators { known: HashTable::new(), hasher: RandomState::default() },
            descriptors: Descriptors { known: HashTable::new(), hasher: RandomState::default() },
        }
    }
}

impl Decoder {
    /// A decoder that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one record.
    pub fn decode(&mut self, key: &RecordKey, bytes: &[u8]) -> Result<Record, DecodeError> {
        let mut read = Reader::new(bytes);
        let version = read.byte()?;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        if read.byte()? != tag(key.kind()) {
            return Err(DecodeError::Kind);
        }
        let record = match key.kind() {
            RecordKind::ApiKey => Record::ApiKey(Arc::new(self.api_key(key, &mut read)?)),
            RecordKind::ApiKeyStatus => {
                Record::ApiKeyStatus(ApiKeyStatus { invalidation: Timestamp::from_millis(read.int()?) })
            }
            RecordKind::User => Record::User(Arc::new(user(key, &mut read)?)),
            RecordKind::ReservedUser => {
                let enabled = read.flag()?;
                let password = if read.flag()? { Some(hash(&mut read)?) } else { None };
                Record::ReservedUser(Arc::new(ReservedUserState { password, enabled }))
            }
            RecordKind::Role => {
                let named = RoleDescriptors::parse_stored(read.text()?).map_err(|_| DecodeError::Malformed("role"))?;
                let mut named = named.iter();
                let (name, descriptor) = named.next().ok_or(DecodeError::Malformed("role"))?;
                if **name != *key.name() || named.next().is_some() {
                    return Err(DecodeError::Name);
                }
                Record::Role(Arc::new(StoredRole { name: Arc::clone(name), descriptor: Arc::clone(descriptor) }))
            }
            RecordKind::ApplicationPrivilege => Record::ApplicationPrivilege(Arc::new(privilege(key, &mut read)?)),
            RecordKind::Setting => {
                let value = serde_json::from_str(read.text()?).map_err(|_| DecodeError::Malformed("setting"))?;
                Record::Setting(Arc::new(value))
            }
        };
        read.finish()?;
        Ok(record)
    }

    fn api_key(&mut self, key: &RecordKey, read: &mut Reader<'_>) -> Result<ApiKey, DecodeError> {
        let kind = match read.byte()? {
            0 => KeyType::Rest,
            1 => KeyType::CrossCluster,
            _ => return Err(DecodeError::Malformed("key type")),
        };
        let version = u32::try_from(read.count()?).map_err(|_| DecodeError::Malformed("version"))?;
        let creation = Timestamp::from_millis(read.int()?);
        let expiration = if read.flag()? { Some(Timestamp::from_millis(read.int()?)) } else { None };
        let hash = hash(read)?;
        let name = read.text()?.into();
        let metadata = read.optional_text()?.map(Arc::from);
        let certificate_identity = read.optional_text()?.map(Arc::from);
        let length = read.count()?;
        let creator = self.creators.get(read.raw(length)?)?;
        let role_descriptors = self.descriptors.get(read.text()?);
        let limited_by = self.descriptors.get(read.text()?);
        let id = key.api_key_id().ok_or(DecodeError::Name)?;
        Ok(ApiKey {
            id,
            name,
            kind,
            hash,
            creation,
            expiration,
            invalidation: None,
            creator,
            role_descriptors,
            limited_by,
            metadata,
            certificate_identity,
            version,
        })
    }
}

fn creator(bytes: &[u8]) -> Result<Creator, DecodeError> {
    let mut read = Reader::new(bytes);
    let creator = Creator {
        principal: read.text()?.into(),
        full_name: read.optional_text()?.map(Arc::from),
        email: read.optional_text()?.map(Arc::from),
        metadata: Arc::new(json(&mut read)?),
        realm: RealmRef {
            name: read.text()?.into(),
            kind: read.text()?.into(),
            domain: if read.flag()? {
                let name = read.text()?.into();
                let realms = read.texts()?.into_iter().map(Arc::from).collect();
                Some(Arc::new(RealmDomain { name, realms }))
            } else {
                None
            },
        },
    };
    read.finish()?;
    Ok(creator)
}

fn user(key: &RecordKey, read: &mut Reader<'_>) -> Result<NativeUser, DecodeError> {
    let username = read.text()?;
    if username != key.name() {
        return Err(DecodeError::Name);
    }
    let enabled = read.flag()?;
    let user = User {
        username: username.into(),
        enabled,
        roles: read.texts()?.into_iter().map(Arc::from).collect(),
        full_name: read.optional_text()?.map(Arc::from),
        email: read.optional_text()?.map(Arc::from),
        metadata: Arc::new(json(read)?),
    };
    Ok(NativeUser { user, password: hash(read)? })
}

fn privilege(key: &RecordKey, read: &mut Reader<'_>) -> Result<StoredApplicationPrivilege, DecodeError> {
    let (application, name) = (read.text()?, read.text()?);
    if key.application_and_privilege() != Some((application, name)) {
        return Err(DecodeError::Name);
    }
    Ok(StoredApplicationPrivilege {
        application: application.into(),
        name: name.into(),
        actions: read.texts()?.into_iter().map(Arc::from).collect(),
        metadata: json(read)?,
    })
}

fn hash(read: &mut Reader<'_>) -> Result<Hash, DecodeError> {
    match read.byte()? {
        0 => Ok(Hash::from_ssha256(SaltedSha256 { salt: read.array()?, digest: read.array()? })),
        1 => Hash::parse(read.text()?).map_err(|_| DecodeError::Malformed("hash")),
        _ => Err(DecodeError::Malformed("hash")),
    }
}

fn json(read: &mut Reader<'_>) -> Result<Json, DecodeError> {
    match read.text()? {
        "" => Ok(Json::new()),
        text => serde_json::from_str(text).map_err(|_| DecodeError::Malformed("metadata")),
    }
}

/// Creators by the bytes that they were read from.
#[derive(Debug)]
struct Creators {
    known: HashTable<(Box<[u8]>, Arc<Creator>)>,
    hasher: RandomState,
}

impl Creators {
    fn get(&mut self, bytes: &[u8]) -> Result<Arc<Creator>, DecodeError> {
        let hash = self.hasher.hash_one(bytes);
        if let Some((_, value)) = self.known.find(hash, |(known, _)| **known == *bytes) {
            return Ok(Arc::clone(value));
        }
        let value = Arc::new(creator(bytes)?);
        let Self { known, hasher } = self;
        known.insert_unique(hash, (bytes.into(), Arc::clone(&value)), |(known, _)| hasher.hash_one(&**known));
        Ok(value)
    }
}

/// Descriptor sets by their text.
#[derive(Debug)]
struct Descriptors {
    known: HashTable<(u64, Arc<DescriptorSet>)>,
    hasher: RandomState,
}

impl Descriptors {
    fn get(&mut self, text: &str) -> Arc<DescriptorSet> {
        let hash = self.hasher.hash_one(text);
        if let Some((_, value)) = self.known.find(hash, |(of, known)| *of == hash && known.text() == text) {
            return Arc::clone(value);
        }
        let value = Arc::new(DescriptorSet::from_stored(text));
        self.known.insert_unique(hash, (hash, Arc::clone(&value)), |(hash, _)| *hash);
        value
    }
}
