//! Field-level security as automata over field paths.

use std::sync::Arc;

use keyward_automaton::{Automaton, PatternError, TooComplex};

use super::FieldSecurity;
use super::error::FieldExceptionsError;

/// The fields that a definition lets through; nothing if it hides none.
///
/// Every field whose name starts with `_` is metadata and granted along with any list, unless it is excepted.
pub(crate) fn permitted(definition: &FieldSecurity) -> Result<Option<Automaton>, FieldsError> {
    let is_all = |grant: &Vec<Arc<str>>| grant.iter().any(|pattern| &**pattern == "*");
    let except = definition.except.as_deref().unwrap_or_default();
    let granted = match &definition.grant {
        None if except.is_empty() => return Ok(None),
        Some(grant) if is_all(grant) && except.is_empty() => return Ok(None),
        None => Automaton::any_string(),
        Some(grant) if is_all(grant) => Automaton::any_string(),
        Some(grant) => Automaton::patterns(grant.iter().map(|pattern| &**pattern).chain(["_*"]))?,
    };
    if except.is_empty() {
        return Ok(Some(granted));
    }
    Ok(Some(granted.minus(&Automaton::patterns(except)?)?))
}

/// Why the fields of a definition cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FieldsError {
    /// One of the patterns is none.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The patterns are too complex together.
    #[error(transparent)]
    TooComplex(#[from] TooComplex),
}

/// Whether the patterns can be compiled, and what is excepted was granted in the first place.
pub(super) fn check_exceptions(definition: &FieldSecurity) -> Result<(), FieldExceptionsError> {
    let fail = |error: FieldsError| FieldExceptionsError::Pattern(error.to_string());
    permitted(definition).map_err(fail)?;
    let (Some(grant), Some(except)) = (&definition.grant, &definition.except) else { return Ok(()) };
    let pattern = |error: PatternError| fail(error.into());
    let granted = Automaton::patterns(grant.iter().map(|pattern| &**pattern).chain(["_*"])).map_err(pattern)?;
    let excepted = Automaton::patterns(except).map_err(pattern)?;
    if excepted.is_subset_of(&granted).map_err(|error| fail(error.into()))? {
        return Ok(());
    }
    Err(FieldExceptionsError::NotASubset { except: except.join(","), grant: grant.join(",") })
}
