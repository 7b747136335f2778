//! Snapshot, watch, commit: where the security state is kept.
