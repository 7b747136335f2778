//! Application privileges as applications store them.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyward_automaton::RequestPattern;
use keyward_xcontent::{Accepts, Known, ObjectError, ObjectParser, Token, Value};
use serde_json::{Map, json};

use super::application::{NamedIn, check_action, check_application_name, check_privilege_name};

/// One privilege of one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationPrivilege {
    /// The application.
    pub application: Arc<str>,
    /// The privilege's name within it.
    pub name: Arc<str>,
    /// Patterns of the actions that it grants there.
    pub actions: Vec<Arc<str>>,
    /// Free data of the application.
    pub metadata: Map<String, serde_json::Value>,
}

/// All stored privileges: an input to the compilation of every role that names an application.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApplicationPrivileges(BTreeMap<Arc<str>, BTreeMap<Arc<str>, Arc<ApplicationPrivilege>>>);

/// A body of privileges that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PrivilegeBodyError {
    /// The body is no object.
    #[error("expected object but found {0} instead")]
    NotAnObject(Token),
    /// An application or a privilege is no object.
    #[error("expected the value for {name} to be an object, but found {token} instead")]
    MemberNotAnObject {
        /// The application or privilege.
        name: String,
        /// What was there.
        token: Token,
    },
    /// The members of one privilege.
    #[error(transparent)]
    Members(ObjectError),
    /// One of the actions is no string.
    #[error("could not parse [actions] field. expected a string array but one of the value in the array is [{0}]")]
    Action(Token),
    /// The application inside is another one.
    #[error("privilege application [{found}] in source does not match the provided application [{given}]")]
    OtherApplication {
        /// Inside.
        found: String,
        /// Around it.
        given: String,
    },
    /// The name inside is another one.
    #[error("privilege name [{found}] in source does not match the provided name [{given}]")]
    OtherName {
        /// Inside.
        found: String,
        /// Around it.
        given: String,
    },
}

const PARSER: ObjectParser = ObjectParser::new(
    "application-privilege",
    &[
        Known::optional("application", Accepts::STRING),
        Known::optional("name", Accepts::STRING),
        Known::optional("actions", Accepts::STRING_ARRAY),
        Known::optional("metadata", Accepts::OBJECT),
        Known::optional("type", Accepts::STRING),
    ],
);

// === impl ApplicationPrivilege ===

impl ApplicationPrivilege {
    /// Reads the body of a request: application, privilege, members.
    pub fn parse_body(body: &Value<'_>) -> Result<Vec<Self>, PrivilegeBodyError> {
        let applications = body.as_object().ok_or(PrivilegeBodyError::NotAnObject(body.token()))?;
        let mut read = Vec::new();
        for application in applications {
            let not_an_object = |name: &str, token| {
                let name = name.to_owned();
                PrivilegeBodyError::MemberNotAnObject { name, token }
            };
            let privileges = application
                .value
                .as_object()
                .ok_or_else(|| not_an_object(&application.name, application.value.token()))?;
            for privilege in privileges {
                if privilege.value.as_object().is_none() {
                    return Err(not_an_object(&privilege.name, privilege.value.token()));
                }
                read.push(Self::parse(&application.name, &privilege.name, &privilege.value)?);
            }
        }
        Ok(read)
    }

    /// Reads the members of one privilege: of a request, or as [`ApplicationPrivilege::to_json`] wrote them.
    pub fn parse(application: &str, name: &str, value: &Value<'_>) -> Result<Self, PrivilegeBodyError> {
        let fields = PARSER.read(value).map_err(PrivilegeBodyError::Members)?;
        if let Some(found) = fields.str("application").filter(|found| *found != application) {
            let (found, given) = (found.to_owned(), application.to_owned());
            return Err(PrivilegeBodyError::OtherApplication { found, given });
        }
        if let Some(found) = fields.str("name").filter(|found| *found != name) {
            let (found, given) = (found.to_owned(), name.to_owned());
            return Err(PrivilegeBodyError::OtherName { found, given });
        }
        let action = |value: &Value<'_>| value.as_str().map(Arc::from).ok_or(PrivilegeBodyError::Action(value.token()));
        let actions = match fields.get("actions") {
            None => Vec::new(),
            Some(actions) => match actions.as_array() {
                Some(items) => items.iter().map(action).collect::<Result<_, _>>()?,
                None => vec![action(actions)?],
            },
        };
        let metadata = fields.get("metadata").and_then(Value::as_object).map(|object| object.to_json());
        Ok(Self {
            application: Arc::from(application),
            name: Arc::from(name),
            actions,
            metadata: metadata.unwrap_or_default(),
        })
    }

    /// What is wrong with privileges that are to be stored; nothing if they may be.
    pub fn validate(privileges: &[Self]) -> Vec<String> {
        if privileges.is_empty() {
            return vec!["At least one application privilege must be provided".to_owned()];
        }
        let mut problems = Vec::new();
        for privilege in privileges {
            let note = |result: Result<(), super::ApplicationNameError>| result.err().map(|error| error.to_string());
            problems.extend(note(check_application_name(&privilege.application, NamedIn::Stored)));
            problems.extend(note(check_privilege_name(&privilege.name)));
            if privilege.actions.is_empty() {
                problems.push("Application privileges must have at least one action".to_owned());
            }
            problems.extend(privilege.actions.iter().filter_map(|action| note(check_action(action))));
            if privilege.metadata.keys().any(|key| key.starts_with('_')) {
                let (application, name) = (&privilege.application, &privilege.name);
                problems.push(format!("metadata keys may not start with [_] (in privilege {application} {name})"));
            }
        }
        problems
    }

    /// The privilege as the API shows it and as it is stored.
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "application": &*self.application,
            "name": &*self.name,
            "actions": self.actions.iter().map(|action| &**action).collect::<Vec<&str>>(),
            "metadata": self.metadata,
        })
    }
}

// === impl ApplicationPrivileges ===

impl ApplicationPrivileges {
    /// One privilege.
    pub fn get(&self, application: &str, name: &str) -> Option<&Arc<ApplicationPrivilege>> {
        self.0.get(application)?.get(name)
    }

    /// All of them, by application and name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<ApplicationPrivilege>> {
        self.0.values().flat_map(BTreeMap::values)
    }

    /// The applications that have stored any.
    pub fn applications(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.keys()
    }

    /// The applications that a name or trailing-wildcard pattern means.
    pub fn applications_matching(&self, pattern: &str) -> impl Iterator<Item = &Arc<str>> {
        let pattern = RequestPattern::new(pattern);
        self.applications().filter(move |application| pattern.matches(application))
    }

    /// Adds or replaces one.
    pub fn insert(&mut self, privilege: Arc<ApplicationPrivilege>) {
        let application = self.0.entry(Arc::clone(&privilege.application)).or_default();
        application.insert(Arc::clone(&privilege.name), privilege);
    }

    /// Takes one away.
    pub fn remove(&mut self, application: &str, name: &str) {
        if let Some(privileges) = self.0.get_mut(application) {
            privileges.remove(name);
            if privileges.is_empty() {
                self.0.remove(application);
            }
        }
    }

    /// Whether none is stored.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Arc<ApplicationPrivilege>> for ApplicationPrivileges {
    fn from_iter<I: IntoIterator<Item = Arc<ApplicationPrivilege>>>(privileges: I) -> Self {
        let mut all = Self::default();
        privileges.into_iter().for_each(|privilege| all.insert(privilege));
        all
    }
}
