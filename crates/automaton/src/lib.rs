//! Sets of names, closed under the boolean operations: Elasticsearch's patterns as automata.
