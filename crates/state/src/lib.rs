//! The security state as one immutable value, and the rules that change it.
