//! JSON as Elasticsearch reads it: tokens with locations, duplicates refused, depth bounded.
