//! The changed part: for every id that was written since the base was built, all that is known about it.

use std::sync::Arc;

use keyward_security::api_key::ApiKey;
use keyward_security::time::Timestamp;

use super::{IdBytes, Place};
use crate::map::{Map, OrderedMap, empty_map};
use crate::revision::Revision;
use crate::view::Stored;

/// What is known about an id; it stands for whatever the base says.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The key; `None` when it was deleted.
    pub(super) key: Option<Stored<Arc<ApiKey>>>,
    /// When it was invalidated. May be known before the key is, or after it is gone.
    pub(super) status: Option<Stored<Timestamp>>,
    /// When anything of this was last written.
    pub(super) touched: Revision,
}

impl Change {
    fn place(&self, id: &IdBytes) -> Option<Place> {
        self.key.as_ref().map(|key| (key.value.creation, *id))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Delta {
    pub(super) by_id: Map<IdBytes, Arc<Change>>,
    /// The keys in it, in the order of creation.
    pub(super) by_place: OrderedMap<Place, Arc<Change>>,
    pub(super) by_principal: Map<Arc<str>, OrderedMap<Place, Arc<Change>>>,
    /// Rows of the base that no longer count.
    pub(super) replaced: OrderedMap<u32, ()>,
}

impl Delta {
    pub(super) fn empty() -> Self {
        Self {
            by_id: empty_map(),
            by_place: OrderedMap::new_sync(),
            by_principal: empty_map(),
            replaced: OrderedMap::new_sync(),
        }
    }

    /// Puts a change in place of an earlier one, and of the row of the base, if there is one.
    pub(super) fn replace(&mut self, id: IdBytes, change: Arc<Change>, row: Option<u32>) {
        if let Some(earlier) = self.by_id.get(&id).map(Arc::clone) {
            self.forget(&id, &earlier);
        }
        if let Some(row) = row {
            self.replaced.insert_mut(row, ());
        }
        if let (Some(place), Some(key)) = (change.place(&id), &change.key) {
            self.by_place.insert_mut(place, Arc::clone(&change));
            let principal = &key.value.creator.principal;
            match self.by_principal.get_mut(&**principal) {
                Some(places) => places.insert_mut(place, Arc::clone(&change)),
                None => {
                    let mut places = OrderedMap::new_sync();
                    places.insert_mut(place, Arc::clone(&change));
                    self.by_principal.insert_mut(Arc::clone(principal), places);
                }
            }
        }
        // Kept even when nothing is left of the key: a base in the making may still have it.
        self.by_id.insert_mut(id, change);
    }

    fn forget(&mut self, id: &IdBytes, earlier: &Change) {
        let (Some(place), Some(key)) = (earlier.place(id), &earlier.key) else { return };
        self.by_place.remove_mut(&place);
        let principal = &key.value.creator.principal;
        let emptied = self.by_principal.get_mut(&**principal).is_some_and(|places| {
            places.remove_mut(&place);
            places.is_empty()
        });
        if emptied {
            self.by_principal.remove_mut(&**principal);
        }
    }
}
