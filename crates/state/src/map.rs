//! The persistent maps that a view is made of. Only this file knows which library they come from.

use foldhash::fast::RandomState;

/// Unordered: the quick one.
pub(crate) type Map<K, V> = rpds::HashTrieMapSync<K, V, RandomState>;

/// In the order of its keys.
pub(crate) type OrderedMap<K, V> = rpds::RedBlackTreeMapSync<K, V>;

/// An empty unordered map.
pub(crate) fn empty_map<K: Eq + std::hash::Hash, V>() -> Map<K, V> {
    Map::new_with_hasher_and_ptr_kind(RandomState::default())
}

/// Walks an ordered map from both ends.
pub(crate) type OrderedMapIter<'a, K, V> = rpds::map::red_black_tree_map::Iter<'a, K, V, archery::ArcTK>;
