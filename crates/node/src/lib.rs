//! The use cases over view and store, with the only clock and the only entropy.
