//! May this subject do this? One pure function, and the values it answers with.
//!
//! ```text
//! workflow restriction → run-as → cluster privileges, self-service
//!                               → index privileges: action at all → names → documents and fields → refusals
//! ```
//!
//! The order is part of the contract with clients: what a refused client learns depends on it. Nothing here knows HTTP,
//! and nothing else in the program makes a [`Permit`].

mod access;
mod content;
mod denial;
mod escalation;
mod permit;
mod refusal;
mod self_service;
mod unnamed;

pub use denial::{Denial, DenialCause};
pub use escalation::{check_new_alias, check_resize};
pub use permit::{Permit, Permitted, ResolvedTarget};
pub use refusal::{IndexNotFound, NotPermitted, Refusal};

use crate::authentication::Authentication;
use crate::grants::Grants;
use crate::index_names::IndexNames;
use crate::request::{ActionRequest, Detail, RequestedNames, Targets, with_selector};
use crate::resolve::{Resource, Unresolved, resolve};
use crate::role::Role;
use denial::Context;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Who was authenticated, and who acts.
    pub who: &'a Authentication,
    /// The role of the one who acts.
    pub role: &'a Role,
    /// Under run-as: the role of the one who was authenticated. Without it, acting as somebody else is refused.
    pub run_as_by: Option<&'a Role>,
    /// The workflow that the request's endpoint belongs to.
    pub workflow: Option<&'static str>,
}

impl<'a> Asker<'a> {
    /// Somebody who acts for itself, outside any workflow.
    pub fn new(who: &'a Authentication, role: &'a Role) -> Self {
        Self { who, role, run_as_by: None, workflow: None }
    }
}

/// The answer.
#[derive(Debug)]
pub enum Decision {
    /// Yes.
    Permitted(Permit),
    /// Yes, on no index at all: the request finds nothing.
    Empty(Permit),
    /// Nothing was found, and the request says that that is an error. 404.
    NotFound(IndexNotFound),
    /// The request cannot be served as it is, whoever asks, or to somebody from whom something is hidden. 400.
    Refused(Refusal),
    /// No. 403.
    Denied(Denial),
}

impl Decision {
    /// The permit, or why there is none.
    pub fn permit(self) -> Result<Permit, NotPermitted> {
        match self {
            Self::Permitted(permit) | Self::Empty(permit) => Ok(permit),
            Self::NotFound(missing) => Err(NotPermitted::NotFound(missing)),
            Self::Refused(refusal) => Err(NotPermitted::Refused(refusal)),
            Self::Denied(denial) => Err(NotPermitted::Denied(denial)),
        }
    }
}

/// Decides about a request.
pub fn decide(asker: Asker<'_>, request: &ActionRequest, names: &IndexNames) -> Decision {
    if let Err(denial) = check_subject(asker, request) {
        return Decision::Denied(denial);
    }
    if request.action.is_cluster() {
        decide_cluster(asker, request)
    } else if request.action.is_index() {
        decide_index(asker, request, names)
    } else {
        // Actions of the inside of a cluster are nobody's to ask for.
        Decision::Denied(Denial::unauthorized(asker, request, None))
    }
}

/// Decides about one item of a request that was decided about as a whole by the name of its action: here the names
/// count, also for an action whose requests go by name alone (a `delete` within `_bulk` has the action of the delete
/// request).
pub fn decide_item(asker: Asker<'_>, request: &ActionRequest, names: &IndexNames) -> Decision {
    if let Err(denial) = check_subject(asker, request) {
        return Decision::Denied(denial);
    }
    match request.targets.names() {
        Some(requested) if request.action.is_index() => {
            decide_requested(asker, request, requested, &Grants::new(asker.role, &request.action), names)
        }
        _ => Decision::Denied(Denial::unauthorized(asker, request, None)),
    }
}

/// What has to hold before any privilege is looked at.
fn check_subject(asker: Asker<'_>, request: &ActionRequest) -> Result<(), Denial> {
    let usable = |role: &Role| role.permits_workflow(asker.workflow);
    if !usable(asker.role) || !asker.run_as_by.is_none_or(usable) {
        return Err(Denial::unauthorized(asker, request, None).because(DenialCause::RoleRestriction));
    }
    let username = &asker.who.effective.user.username;
    if asker.who.is_run_as() && !asker.run_as_by.is_some_and(|role| role.may_run_as(username)) {
        return Err(Denial::run_as(asker, &request.action));
    }
    Ok(())
}

const UPDATE: &str = "indices:data/write/update";
const QUERY_API_KEYS: &str = "cluster:admin/xpack/security/api_key/query";

fn decide_cluster(asker: Asker<'_>, request: &ActionRequest) -> Decision {
    let ActionRequest { action, detail, .. } = request;
    let permitted = |detail: &Detail| asker.role.check_cluster(action, detail, asker.who);
    if permitted(detail) || self_service::permits(asker, action, detail) {
        let only_own = matches!(detail, Detail::QueryApiKey { only_mine: true, .. });
        return Decision::Permitted(Permit::cluster(action, only_own));
    }
    if action.as_str() == QUERY_API_KEYS
        && let &Detail::QueryApiKey { only_mine: false, with_limited_by } = detail
    {
        // Whoever may not search all keys may still search its own; the permit says so.
        let own = Detail::QueryApiKey { only_mine: true, with_limited_by };
        if permitted(&own) {
            return Decision::Permitted(Permit::cluster(action, true));
        }
        let narrowed = ActionRequest { action: action.clone(), targets: Targets::None, detail: own };
        return Decision::Denied(Denial::unauthorized(asker, &narrowed, None));
    }
    Decision::Denied(Denial::unauthorized(asker, request, None))
}

fn decide_index(asker: Asker<'_>, request: &ActionRequest, names: &IndexNames) -> Decision {
    let action = &request.action;
    let grants = Grants::new(asker.role, action);
    let denied = |context: Option<Context>| Decision::Denied(Denial::unauthorized(asker, request, context));
    let requested = request.targets.names();
    if action.is_name_only() {
        let everything = requested.and_then(Context::of_request);
        return if grants.anywhere() { Decision::Permitted(Permit::unnamed(action)) } else { denied(everything) };
    }
    let Some(requested) = requested else {
        return if unnamed::permits(action, &grants) {
            Decision::Permitted(Permit::unnamed(action))
        } else {
            denied(None)
        };
    };
    decide_requested(asker, request, requested, &grants, names)
}

fn decide_requested(
    asker: Asker<'_>,
    request: &ActionRequest,
    requested: &RequestedNames,
    grants: &Grants<'_>,
    names: &IndexNames,
) -> Decision {
    let denied = |context: Option<Context>| Decision::Denied(Denial::unauthorized(asker, request, context));
    let action = &request.action;
    if !requested.traits.allows_remote && !grants.anywhere() {
        return denied(Context::of_request(requested));
    }
    match resolve(requested, action, grants, names) {
        Ok(resources) => decide_names(asker, request, requested, grants, resources),
        Err(Unresolved::Nothing) if grants.anywhere() => Decision::Empty(Permit::unnamed(action)),
        Err(Unresolved::Nothing) => denied(Some(Context::nothing())),
        Err(Unresolved::NotFound(missing)) => Decision::NotFound(missing),
        Err(Unresolved::Refused(refusal)) => Decision::Refused(refusal),
        Err(Unresolved::NotExplicit(reason)) => {
            Decision::Denied(Denial::unauthorized(asker, request, None).because(DenialCause::IllegalArgument(reason)))
        }
    }
}

fn decide_names(
    asker: Asker<'_>,
    request: &ActionRequest,
    requested: &RequestedNames,
    grants: &Grants<'_>,
    resources: Vec<Resource<'_>>,
) -> Decision {
    let refused: Vec<String> = resources
        .iter()
        .filter(|resource| !resource.found && !grants.covers(&resource.name_ref(), resource.selector))
        .map(|resource| shown(requested, resource))
        .collect();
    if !refused.is_empty() {
        let context = Context::of(refused);
        return Decision::Denied(Denial::unauthorized(asker, request, context));
    }
    let access = access::of(grants, &resources);
    if let Detail::Content(content) = &request.detail {
        match content::check(asker.role, content, &resources, &access) {
            Ok(()) => {}
            Err(NotPermitted::NotFound(missing)) => return Decision::NotFound(missing),
            Err(NotPermitted::Refused(refusal)) => return Decision::Refused(refusal),
            Err(NotPermitted::Denied(denial)) => return Decision::Denied(denial),
        }
    }
    if request.action.as_str() == UPDATE && access.is_restricted() {
        return Decision::Refused(Refusal::Update);
    }
    Decision::Permitted(Permit::named(&request.action, grants, resources, access))
}

/// A refused name as the request wrote it.
fn shown(requested: &RequestedNames, resource: &Resource<'_>) -> String {
    let plain = with_selector(&resource.name, resource.selector);
    let as_written = requested
        .expressions
        .iter()
        .map(|expression| expression.as_str())
        .find(|text| *text == plain || text.strip_suffix("::data").is_some_and(|name| name == plain));
    as_written.map_or(plain.clone(), str::to_owned)
}
