//! The last large thing that a warm function made out of versions of data sources, which never change.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use domain::ids::{CommandId, DataSourceId};

use crate::Store;

/// What it was made of.
type Versions = Vec<(DataSourceId, CommandId)>;

/// One thing, of whatever type.
#[derive(Debug, Default)]
pub(crate) struct Last(Mutex<Option<(Versions, Arc<dyn Any + Send + Sync>)>>);

impl Store {
    /// What was kept last, when it was made of exactly these versions and is of that type.
    pub fn kept<T: Send + Sync + 'static>(&self, versions: &[(DataSourceId, CommandId)]) -> Option<Arc<T>> {
        let held = self.last().0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, thing) = held.as_ref()?;
        let thing = (of == versions).then(|| Arc::clone(thing))?;
        drop(held);
        thing.downcast().ok()
    }

    /// Keeps a thing that was made of these versions, in place of the one before. How much memory it may take is for the
    /// caller to judge.
    pub fn keep<T: Send + Sync + 'static>(&self, versions: &[(DataSourceId, CommandId)], thing: &Arc<T>) {
        let thing: Arc<dyn Any + Send + Sync> = Arc::<T>::clone(thing);
        *self.last().0.lock().unwrap_or_else(PoisonError::into_inner) = Some((versions.to_vec(), thing));
    }
}

#[cfg(test)]
mod tests {
    use engine::Engine;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_was_made_of_other_versions_or_of_another_type_is_not_found() {
        let store = Store::new(Engine::memory().unwrap().client(), "t");
        let version = |number| (DataSourceId::new("ds").unwrap(), CommandId::new(Uuid::from_u128(number)));
        assert_eq!(store.kept::<u32>(&[version(1)]), None);
        store.keep(&[version(1)], &Arc::new(7_u32));
        assert_eq!(store.clone().kept::<u32>(&[version(1)]).as_deref(), Some(&7), "clones share it");
        assert_eq!(store.kept::<u64>(&[version(1)]), None);
        assert_eq!(store.kept::<u32>(&[version(2)]), None);
        store.keep(&[version(2)], &Arc::new(8_u32));
        assert_eq!(store.kept::<u32>(&[version(1)]), None);
    }
}
