//! Data traffic: targets, items and their permits.
