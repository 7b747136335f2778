//! The Query DSL: one parser and one syntax tree.
