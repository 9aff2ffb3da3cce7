//! Loading nested fields: the keys of a level are gathered and asked for in one statement.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use dataloader::BatchFn;
use dataloader::cached::Loader;

use super::context::Scope;
use crate::db;

/// How often a loader lets other fields add their keys before it asks. Long lists are polled in portions, of two items at
/// worst: with 10 yields every third page of 100 products asked three times too often.
const YIELDS: usize = 50;
/// The most keys of one statement.
const MOST_KEYS: usize = 10_000;
/// How often a lost batch is asked for again: see [`One::load`].
const ROUNDS: usize = 100;

/// A failed load. Every field that waited for it gets it.
#[derive(Clone, Debug)]
pub(super) struct LoadError(pub(super) Arc<db::Error>);

impl From<db::Error> for LoadError {
    fn from(error: db::Error) -> Self {
        Self(Arc::new(error))
    }
}

/// What is loaded by key, and how.
pub(super) trait Source: Send + Sync + 'static {
    /// The key.
    type Key: Hash + Eq + Clone + Debug + Send + Sync + 'static;
    /// What a key gives.
    type Value: Clone + Send + Sync + 'static;

    /// Loads many keys in one statement. Keys without a value are left out.
    fn fetch(
        scope: &Scope,
        keys: &[Self::Key],
    ) -> impl Future<Output = db::Result<HashMap<Self::Key, Self::Value>>> + Send;
}

type Slot<V> = Result<Option<V>, LoadError>;

struct Batch<S>(Arc<Scope>, PhantomData<fn() -> S>);

impl<S: Source> BatchFn<S::Key, Slot<S::Value>> for Batch<S> {
    async fn load(&mut self, keys: &[S::Key]) -> HashMap<S::Key, Slot<S::Value>> {
        match S::fetch(&self.0, keys).await.map_err(LoadError::from) {
            Ok(mut found) => keys.iter().map(|key| (key.clone(), Ok(found.remove(key)))).collect(),
            Err(error) => keys.iter().map(|key| (key.clone(), Err(error.clone()))).collect(),
        }
    }
}

/// A loader of one kind of thing, for one request.
pub(super) struct One<S: Source>(Loader<S::Key, Slot<S::Value>, Batch<S>>);

impl<S: Source> One<S> {
    pub(super) fn new(scope: &Arc<Scope>) -> Self {
        let batch = Batch(scope.clone(), PhantomData);
        Self(Loader::new(batch).with_yield_count(YIELDS).with_max_batch_size(MOST_KEYS))
    }

    /// The key's value. A batch is run by one of the fields that wait for it; when that field is dropped because a
    /// sibling failed, the others are told "not found", and ask again.
    pub(super) async fn load(&self, key: S::Key) -> Result<Option<S::Value>, LoadError> {
        for _ in 0..ROUNDS {
            if let Ok(slot) = self.0.try_load(key.clone()).await {
                return slot;
            }
        }
        Err(db::Error::Unavailable("a loader's batch was lost".to_owned()).into())
    }
}

/// Groups rows by their key, keeping their order.
pub(super) fn grouped<K: Hash + Eq, V>(rows: impl IntoIterator<Item = (K, V)>) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, value) in rows {
        groups.entry(key).or_default().push(value);
    }
    groups
}
