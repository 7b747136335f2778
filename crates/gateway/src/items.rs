//! Rights on the targets of writes, asked once for each target of a request.

use std::collections::HashMap;

use keyward_rest::requirements::Needed;
use keyward_security::action::Action;
use keyward_security::decide::{Decision, Denial, NotPermitted, decide};
use keyward_security::request::{ActionRequest, RequestedNames};

use crate::authorize::Authorizer;

const AUTO_CREATE: Action = Action::from_static("indices:admin/auto_create");
const AUTO_PUT: Action = Action::from_static("indices:admin/mapping/auto_put");

/// Whether an index may be made, and whether its mapping may grow.
pub(crate) type OfTarget = (Result<(), Denial>, Result<(), Denial>);

/// What has been found out about the targets of one request.
#[derive(Default)]
pub(crate) struct Rights {
    shard_writes: HashMap<String, Result<(), NotPermitted>>,
    of_target: HashMap<String, OfTarget>,
}

impl Rights {
    /// Whether anything may be written to the target of an item.
    pub(crate) fn shard_writes(&mut self, authorizer: &Authorizer<'_>, needed: &Needed) -> Result<(), NotPermitted> {
        // Without a name the decision refuses: a write has to go somewhere.
        let name = needed.names.first().map(String::as_str).unwrap_or_default();
        if let Some(known) = self.shard_writes.get(name) {
            return known.clone();
        }
        let request = ActionRequest::on(needed.action.clone(), RequestedNames::explicit(&needed.names));
        let decided = decide(authorizer.asker, &request, authorizer.names).permit().map(drop);
        self.shard_writes.insert(name.to_owned(), decided.clone());
        decided
    }

    /// Whether a target may be made, and whether its mapping may grow. Both are asked for in advance: only the engine
    /// knows whether they are needed.
    pub(crate) fn of_target(&mut self, authorizer: &Authorizer<'_>, name: &str) -> Result<OfTarget, NotPermitted> {
        if let Some(known) = self.of_target.get(name) {
            return Ok(known.clone());
        }
        let rights = (right(authorizer, &AUTO_CREATE, name)?, right(authorizer, &AUTO_PUT, name)?);
        self.of_target.insert(name.to_owned(), rights.clone());
        Ok(rights)
    }
}

fn right(authorizer: &Authorizer<'_>, action: &Action, name: &str) -> Result<Result<(), Denial>, NotPermitted> {
    let request = ActionRequest::on(action.clone(), RequestedNames::explicit([name]));
    match decide(authorizer.asker, &request, authorizer.names) {
        Decision::Denied(denial) => Ok(Err(denial)),
        decision => decision.permit().map(|_| Ok(())),
    }
}
