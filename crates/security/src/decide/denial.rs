//! No, in Elasticsearch's words: who may not do what to which names, and which privileges would have helped.

use std::fmt;

use crate::action::Action;
use crate::authentication::{Authentication, SERVICE_ACCOUNT_REALM, Subject, SubjectKind};
use crate::decide::Asker;
use crate::privilege::{Selector, index_privileges_granting};
use crate::request::{ActionRequest, IndexExpression, RequestedNames};
use crate::role::{Role, cluster_privileges_granting, is_restricted};

/// A refusal for want of privileges. Displays as the sentence that clients read. 403.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    message: String,
    action: Option<Action>,
    indices: Vec<String>,
    cause: Option<DenialCause>,
}

/// What lies beneath a denial, where it is not merely a missing privilege.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DenialCause {
    /// The role may be used in certain workflows only, and this is none of them.
    #[error("access restricted by workflow")]
    RoleRestriction,
    /// The request cannot be read in the way that authorization would have to.
    #[error("{0}")]
    IllegalArgument(String),
}

impl DenialCause {
    /// The type of the error in answers.
    pub const fn error_type(&self) -> &'static str {
        match self {
            Self::RoleRestriction => "role_restriction_exception",
            Self::IllegalArgument(_) => "illegal_argument_exception",
        }
    }
}

/// The names that a denial is about.
#[derive(Debug, Clone)]
pub(super) struct Context(Vec<String>);

impl Context {
    /// `None` without names.
    pub(super) fn of(names: Vec<String>) -> Option<Self> {
        if names.is_empty() { None } else { Some(Self(names)) }
    }

    pub(super) fn of_request(requested: &RequestedNames) -> Option<Self> {
        Self::of(requested.expressions.iter().map(|expression| expression.as_str().to_owned()).collect())
    }

    /// What a request that comes down to no index is rewritten to.
    pub(super) fn nothing() -> Self {
        Self(vec!["*".to_owned(), "-*".to_owned()])
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name_of = |text: &str| IndexExpression::new(text).name_and_selector().0.to_owned();
        let (restricted, plain): (Vec<&str>, Vec<&str>) =
            self.0.iter().map(String::as_str).partition(|text| is_restricted(&name_of(text)));
        match (plain.as_slice(), restricted.as_slice()) {
            (plain, []) => write!(f, "on indices [{}]", plain.join(",")),
            ([], restricted) => write!(f, "on restricted indices [{}]", restricted.join(",")),
            (plain, restricted) => {
                write!(f, "on indices [{}] and restricted indices [{}]", plain.join(","), restricted.join(","))
            }
        }
    }
}

// === impl Denial ===

impl Denial {
    /// The asker's role does not permit the request.
    pub(super) fn unauthorized(asker: Asker<'_>, request: &ActionRequest, context: Option<Context>) -> Self {
        let who = Who { authentication: asker.who, role: asker.role };
        let mut message = format!("action [{}] is unauthorized for {who}", request.action);
        if let Some(context) = &context {
            message.push_str(&format!(" {context}"));
        }
        let names = context.map_or_else(Vec::new, |context| context.0);
        message.push_str(&granted_by(request, asker.who, &names));
        Self { message, action: Some(request.action.clone()), indices: names, cause: None }
    }

    /// The subject that was authenticated may not act as the other one.
    pub(super) fn run_as(asker: Asker<'_>, action: &Action) -> Self {
        let Asker { who, run_as_by, .. } = asker;
        let authenticated = Authenticated(&who.authenticating);
        let roles = Roles { subject: &who.authenticating, role: run_as_by };
        let message = format!(
            "action [{action}] is unauthorized for {authenticated}{roles}, because {authenticated} is unauthorized to \
             run as [{}]",
            who.effective.user.username
        );
        Self { message, action: Some(action.clone()), indices: Vec::new(), cause: None }
    }

    /// A refusal with a text of its own.
    pub(super) fn with_text(text: &str, indices: Vec<String>) -> Self {
        Self { message: text.to_owned(), action: None, indices, cause: None }
    }

    pub(super) fn because(self, cause: DenialCause) -> Self {
        Self { cause: Some(cause), ..self }
    }

    /// What lies beneath, if anything does.
    pub fn cause(&self) -> Option<&DenialCause> {
        self.cause.as_ref()
    }

    /// The action that was refused; absent for refusals that compare privileges.
    pub fn action(&self) -> Option<&Action> {
        self.action.as_ref()
    }

    /// The names that were refused.
    pub fn indices(&self) -> &[String] {
        &self.indices
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Denial {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}

/// The privileges that would have permitted the request.
fn granted_by(request: &ActionRequest, who: &Authentication, names: &[String]) -> String {
    let action = &request.action;
    if action.is_cluster() {
        let granting = cluster_privileges_granting(action, &request.detail, who);
        if granting.is_empty() {
            return String::new();
        }
        return format!(", this action is granted by the cluster privileges [{}]", granting.join(","));
    }
    if !action.is_index() {
        return String::new();
    }
    let granting = index_privileges_granting(action, Selector::Data);
    if granting.is_empty() {
        return String::new();
    }
    let mut text = format!(", this action is granted by the index privileges [{}]", granting.join(","));
    let failures = index_privileges_granting(action, Selector::Failures);
    let asks_for_failures = || names.iter().any(|name| name.ends_with("::failures"));
    if !failures.is_empty() && asks_for_failures() {
        text.push_str(&format!(
            " for data access, or by [{}] for access with the [::failures] selector",
            failures.join(",")
        ));
    }
    text
}

/// A subject by what it showed.
struct Authenticated<'a>(&'a Subject);

impl fmt::Display for Authenticated<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.0.user.username;
        match &self.0.kind {
            SubjectKind::User => write!(f, "user [{name}]"),
            SubjectKind::ServiceAccount { .. } => write!(f, "service account [{name}]"),
            SubjectKind::ApiKey(key) => {
                let owner = if &*key.creator.realm.kind == SERVICE_ACCOUNT_REALM { "service account" } else { "user" };
                write!(f, "API key id [{}] of {owner} [{}]", key.id, key.creator.principal)
            }
        }
    }
}

/// The roles of the subject that acts, where it has any by name.
struct Roles<'a> {
    subject: &'a Subject,
    role: Option<&'a Role>,
}

impl fmt::Display for Roles<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !matches!(self.subject.kind, SubjectKind::User) {
            return Ok(());
        }
        let assigned = &self.subject.user.roles;
        let Some(role) = self.role else {
            return write!(f, " with assigned roles [{}]", assigned.join(","));
        };
        let mut effective: Vec<&str> = role.names().iter().map(|name| &**name).collect();
        effective.sort_unstable();
        write!(f, " with effective roles [{}]", effective.join(","))?;
        let mut missing: Vec<&str> =
            assigned.iter().map(|name| &**name).filter(|name| !effective.contains(name)).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            write!(f, " (assigned roles [{}] were not found)", missing.join(","))?;
        }
        Ok(())
    }
}

/// Who asked, in full.
struct Who<'a> {
    authentication: &'a Authentication,
    role: &'a Role,
}

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Authentication { authenticating, effective, .. } = self.authentication;
        write!(f, "{}", Authenticated(authenticating))?;
        if self.authentication.is_run_as() {
            write!(f, " run as [{}]", effective.user.username)?;
        }
        write!(f, "{}", Roles { subject: effective, role: Some(self.role) })
    }
}
