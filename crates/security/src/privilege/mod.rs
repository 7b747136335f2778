//! Privileges: named sets of actions.

mod selector;

pub use selector::{Selector, SelectorClass};
