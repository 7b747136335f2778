//! Why a role could not be read, in the words that clients know.

use keyward_xcontent::{SyntaxError, Token};

/// A descriptor that does not have the shape of a role.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DescriptorError {
    /// The text is not JSON; only stored text is read from text here.
    #[error("{0}")]
    Syntax(SyntaxError),
    /// The role itself is no object.
    #[error("failed to parse role [{role}]. expected an object but found [{token}] instead")]
    NotAnObject {
        /// The role's name.
        role: String,
        /// What was there.
        token: Token,
    },
    /// A member that a role does not have, or not in this context.
    #[error("failed to parse role [{role}]. unexpected field [{field}]")]
    UnexpectedField {
        /// The role's name.
        role: String,
        /// The member.
        field: String,
    },
    /// A list of strings that is none.
    #[error("failed to parse role [{role}]")]
    Strings {
        /// The role's name.
        role: String,
        /// What is wrong with the list.
        source: StringArrayError,
    },
    /// `metadata` and the like must be objects.
    #[error("expected field [{field}] to be of type {expected}, but found [{token}] instead")]
    FieldType {
        /// The member.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What was there.
        token: Token,
    },
    /// A section or an entry of it has the wrong shape.
    #[error("failed to parse {section} for role [{role}]. {problem}")]
    Entry {
        /// Which section.
        section: Section,
        /// The role's name.
        role: String,
        /// What is wrong there.
        problem: EntryProblem,
    },
    /// `except` reaches beyond `grant`.
    #[error("failed to parse indices privileges for role [{role}] - {source}")]
    FieldExceptions {
        /// The role's name.
        role: String,
        /// Which fields.
        source: FieldExceptionsError,
    },
    /// Field security as it was written before version 5.
    #[error(
        "[\"fields\": [...]] format has changed for field permissions in role [{role}], \
         use [\"field_security\": {{\"grant\":[...],\"except\":[...]}}] instead"
    )]
    LegacyFields {
        /// The role's name.
        role: String,
    },
    /// Something is missing that every entry must have.
    #[error(transparent)]
    Incomplete(#[from] IncompleteEntry),
    /// `global` has the wrong shape.
    #[error("failed to parse privilege. {0}")]
    Global(GlobalProblem),
    /// A list of strings within `global` that is none.
    #[error(transparent)]
    GlobalStrings(StringArrayError),
    /// A check of privileges that names documents or fields.
    #[error("Field [{field}] is not supported in a has_privileges request")]
    NotCheckable {
        /// The member.
        field: &'static str,
    },
}

/// A member that should be a list of strings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StringArrayError {
    /// It is null.
    #[error("could not parse [{field}] field. expected a string array but found null value instead")]
    Null {
        /// The member.
        field: String,
    },
    /// It is no list.
    #[error("could not parse [{field}] field. expected a string array but found [{token}] value instead")]
    NotAnArray {
        /// The member.
        field: String,
        /// What was there.
        token: Token,
    },
    /// One of its elements is no string.
    #[error("could not parse [{field}] field. expected a string array but one of the value in the array is [{token}]")]
    Element {
        /// The member.
        field: String,
        /// What was there.
        token: Token,
    },
}

/// The sections of a role that hold entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// `indices`
    Indices,
    /// `remote_indices`
    RemoteIndices,
    /// `remote_cluster`
    RemoteCluster,
    /// `applications`
    Applications,
    /// `restriction`
    Restriction,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    /// The section is no list.
    #[error("expected field [{field}] value to be an array, but found [{token}] instead")]
    NotAnArray {
        /// The section's member.
        field: String,
        /// What was there.
        token: Token,
    },
    /// The entry is no object.
    #[error("expected field [{field}] value to be an array of objects, but found an array element of type [{token}]")]
    ElementNotAnObject {
        /// The section's member.
        field: String,
        /// What was there.
        token: Token,
    },
    /// The section should be an object.
    #[error("expected field [{field}] value to be an object, but found an element of type [{token}]")]
    NotAnObject {
        /// The section's member.
        field: String,
        /// What was there.
        token: Token,
    },
    /// A member with a value of a wrong kind.
    #[error("expected field [{field}] value to be {expected}, but found [{token}] instead")]
    WrongType {
        /// The member.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What was there.
        token: Token,
    },
    /// A list that must not be empty.
    #[error("[{field}] cannot be an empty array")]
    EmptyArray {
        /// The member.
        field: &'static str,
    },
    /// A member that such entries do not have.
    #[error("unexpected field [{field}]")]
    UnexpectedField {
        /// The member.
        field: String,
    },
    /// A member that such entries must have.
    #[error("missing required [{field}] field")]
    Missing {
        /// The member.
        field: &'static str,
    },
    /// A member of `field_security` that is null.
    #[error("{field} must not be null.")]
    FieldSecurityNull {
        /// The member.
        field: &'static str,
    },
    /// A member that `field_security` does not have.
    #[error("\"field_security\" only accepts options grant and except, but got: {field}")]
    FieldSecurityOption {
        /// The member.
        field: String,
    },
    /// `field_security` without members.
    #[error("\"field_security\" must not be empty.")]
    FieldSecurityEmpty,
    /// `field_security` is no object.
    #[error("expected START_OBJECT but got {token} in \"field_security\".")]
    FieldSecurityNotAnObject {
        /// What was there.
        token: Token,
    },
    /// `except` alone.
    #[error("field_security requires grant if except is given")]
    ExceptWithoutGrant,
    /// A cluster privilege that cannot be granted on a remote cluster.
    #[error("[monitor_enrich, monitor_stats] are the only values allowed for [privileges] within [remote_cluster]. Found [{}]", found.join(", "))]
    RemoteClusterPrivilege {
        /// The entry's privileges.
        found: Vec<String>,
    },
    /// Half of a remote cluster entry.
    #[error("[{missing}] must be defined when [{given}] are defined ")]
    HalfFilled {
        /// The member that is missing.
        missing: &'static str,
        /// The member that is there.
        given: &'static str,
    },
}

/// An entry with all its members, one of which is empty. The dialect reports these as illegal arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IncompleteEntry {
    /// No index name.
    #[error("indices privileges must refer to at least one index name or index name pattern")]
    IndexNames,
    /// No index privilege.
    #[error("indices privileges must define at least one privilege")]
    IndexPrivileges,
    /// No application.
    #[error("application privileges must have an application name")]
    Application,
    /// No application privilege.
    #[error("application privileges must define at least one privilege")]
    ApplicationPrivileges,
    /// No resource.
    #[error("application privileges must refer to at least one resource")]
    ApplicationResources,
}

/// Fields that are excepted without having been granted, or patterns that are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldExceptionsError {
    /// Excepted, but not granted.
    #[error(
        "Exceptions for field permissions must be a subset of the granted fields but {except} is not a subset of {grant}"
    )]
    NotASubset {
        /// The excepted patterns.
        except: String,
        /// The granted patterns.
        grant: String,
    },
    /// A pattern that cannot be compiled.
    #[error("{0}")]
    Pattern(String),
}

/// What is wrong with `global`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobalProblem {
    /// Something should be an object.
    #[error("expected [{expected}] but found [{found}] instead")]
    Token {
        /// The token that must stand there.
        expected: &'static str,
        /// What was there.
        found: String,
    },
    /// A category that does not exist.
    #[error("expected one of [application,profile,role] but found [{found}] instead")]
    Category {
        /// What was there.
        found: String,
    },
    /// A member that does not exist there.
    #[error("expected field name [{expected}] but found [{found}] instead")]
    Field {
        /// The member that must stand there.
        expected: &'static str,
        /// What was there.
        found: String,
    },
}

/// Which of the dialect's exceptions carries an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DescriptorErrorKind {
    /// `parse_exception`
    Parse,
    /// `illegal_argument_exception`
    IllegalArgument,
}

// === impl DescriptorError ===

impl DescriptorError {
    /// Which exception of the dialect this is.
    pub fn kind(&self) -> DescriptorErrorKind {
        match self {
            Self::Incomplete(_) => DescriptorErrorKind::IllegalArgument,
            Self::Syntax(_)
            | Self::NotAnObject { .. }
            | Self::UnexpectedField { .. }
            | Self::Strings { .. }
            | Self::FieldType { .. }
            | Self::Entry { .. }
            | Self::FieldExceptions { .. }
            | Self::LegacyFields { .. }
            | Self::Global(_)
            | Self::GlobalStrings(_)
            | Self::NotCheckable { .. } => DescriptorErrorKind::Parse,
        }
    }

    /// The text of the exception that stands below this one, if one does; it is a `parse_exception` too.
    pub fn caused_by(&self) -> Option<String> {
        match self {
            Self::Strings { source, .. } => Some(source.to_string()),
            _ => None,
        }
    }
}

// === impl Section ===

impl std::fmt::Display for Section {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Indices => "indices privileges",
            Self::RemoteIndices => "remote indices privileges",
            Self::RemoteCluster => "remote_cluster",
            Self::Applications => "application privileges",
            Self::Restriction => "restriction",
        })
    }
}
