//! Index actions that come without names: they go on with something whose names were decided about when it began, and
//! whose ownership is checked when it is done. Anything else without names is refused.

use crate::action::Action;
use crate::grants::Grants;

/// Actions on something that exists: whoever knows its id may try.
const FOLLOW_UPS: &[&str] = &[
    "indices:data/read/scroll/clear",
    "indices:data/read/search[free_context]",
    "indices:data/read/search[free_context/scroll]",
    "indices:data/read/search[clear_scroll_contexts]",
    "indices:data/read/search[phase/query+fetch/scroll]",
    "indices:data/read/search[phase/query/scroll]",
    "indices:data/read/search[phase/fetch/id/scroll]",
    "indices:data/read/sql/close_cursor",
    "indices:data/read/async_search/get",
    "indices:data/read/async_search/delete",
    "indices:data/read/eql/async/get",
    "indices:data/read/esql/async/get",
    "indices:data/read/esql/async/stop",
    "indices:data/read/sql/async/get",
    "indices:data/read/close_point_in_time",
];

/// Actions that start a search which is decided about on its own.
const STARTS: &[&str] = &[
    "indices:data/read/async_search/submit",
    "indices:data/read/eql/async/submit",
    "indices:data/read/esql/async/submit",
    "indices:data/read/sql/async/submit",
];

/// Whether an action without names is permitted.
pub(super) fn permits(action: &Action, grants: &Grants<'_>) -> bool {
    let name = action.as_str();
    match name {
        "indices:data/read/scroll" => grants.anywhere(),
        _ => FOLLOW_UPS.contains(&name) || STARTS.contains(&name),
    }
}
