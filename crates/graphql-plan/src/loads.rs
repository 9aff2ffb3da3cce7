//! The loads of one operation: batched and cached by the `dataloader` crate.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use dataloader::BatchFn;
use dataloader::cached::Loader;

use crate::budget::Budget;
use crate::source::{AsKey, Erased, Key, Rows, Source};
use crate::{Error, Limits, Result, Row, cast};

/// How often a loader lets the other fields of its level add their keys before it asks.
const YIELDS: usize = 10;
/// The most keys of one call of a source.
const MOST_KEYS: usize = 10_000;
/// How often a lost batch is asked for again: see [`Loads::fetch`].
const ROUNDS: usize = 100;

tokio::task_local! {
    /// The sources, by address, whose loads lead to what runs now.
    static LOADING: Vec<usize>;
}

type Slot = Result<Rows>;
type Batched = Loader<Key, Slot, Batch>;

/// What one operation reads with: its loads and its budget. It is kept in the request's data, as an `Arc`, and is not
/// used for another operation.
pub struct Execution {
    loads: RwLock<Arc<Loads>>,
    budget: RwLock<Arc<Budget>>,
    limits: Limits,
    /// Root fields that were called, by their address in the document: see [`Execution::first`].
    called: Mutex<HashSet<usize>>,
}

impl Execution {
    /// An execution whose sources share a scope: the application, who asks, a connection.
    pub fn new(scope: Arc<dyn Any + Send + Sync>, limits: Limits) -> Self {
        let budget = RwLock::new(Arc::new(Budget::new(limits)));
        Self { loads: RwLock::new(Loads::new(scope)), budget, limits, called: Mutex::default() }
    }

    /// The loads as they are now.
    pub fn loads(&self) -> Arc<Loads> {
        self.loads.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What has been taken so far.
    pub fn budget(&self) -> Arc<Budget> {
        self.budget.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what was loaded: before a write, so that what follows reads what was written.
    pub fn forget(&self, scope: Arc<dyn Any + Send + Sync>) {
        *self.loads.write().unwrap_or_else(PoisonError::into_inner) = Loads::new(scope);
    }

    /// Begins a budget of its own: for the next item of a subscription.
    pub fn renew_budget(&self) {
        *self.budget.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Budget::new(self.limits));
    }

    /// Whether this root field of the document was not called before. async-graphql comes by as often as its fragment
    /// is spread, and nothing else tells the first time from the others.
    pub(crate) fn first(&self, address: usize) -> bool {
        self.called.lock().unwrap_or_else(PoisonError::into_inner).insert(address)
    }
}

/// What was loaded for an operation, and what loads more. A key of a source is loaded once, wherever it is asked for.
pub struct Loads {
    scope: Row,
    me: Weak<Self>,
    /// By the address of the source, which is a static.
    loaders: Mutex<HashMap<usize, Arc<Batched>>>,
}

struct Batch {
    loads: Weak<Loads>,
    source: &'static Erased,
}

impl BatchFn<Key, Slot> for Batch {
    async fn load(&mut self, keys: &[Key]) -> HashMap<Key, Slot> {
        let Some(loads) = self.loads.upgrade() else { return HashMap::new() };
        let mut loading = LOADING.try_with(Clone::clone).unwrap_or_default();
        loading.push(std::ptr::from_ref(self.source).addr());
        match LOADING.scope(loading, (self.source.fetch)(&loads, keys)).await {
            Ok(found) => {
                let mut groups: HashMap<Key, Vec<Row>> = HashMap::with_capacity(keys.len());
                for (key, row) in found {
                    groups.entry(key).or_default().push(row);
                }
                keys.iter().map(|key| (key.clone(), gathered(groups.remove(key)))).collect()
            }
            Err(error) => keys.iter().map(|key| (key.clone(), Err(error.clone()))).collect(),
        }
    }
}

/// The rows of a key. An error among them is why this key failed, and the others did not.
fn gathered(rows: Option<Vec<Row>>) -> Slot {
    let Some(mut rows) = rows else { return Ok(Rows::None) };
    if let Some(error) = rows.iter().find_map(|row| row.downcast_ref::<Error>()) {
        return Err(error.clone());
    }
    Ok(if rows.len() == 1 { rows.pop().map_or(Rows::None, Rows::One) } else { Rows::Many(rows.into()) })
}

impl Loads {
    /// Loads of which nothing is loaded.
    pub fn new(scope: Arc<dyn Any + Send + Sync>) -> Arc<Self> {
        Arc::new_cyclic(|me| Self { scope, me: me.clone(), loaders: Mutex::default() })
    }

    /// What the sources share.
    ///
    /// # Panics
    /// When the scope is of another type.
    pub fn scope<S: Any + Send + Sync>(&self) -> &S {
        cast(&*self.scope)
    }

    /// The first value of a key, or the only one.
    pub async fn load<K: AsKey, V: Send + Sync + 'static>(
        &self,
        source: &'static Source<K, V>,
        key: K,
    ) -> Result<Option<Arc<V>>> {
        Ok(self.load_all(source, key).await?.into_iter().next())
    }

    /// All values of a key.
    pub async fn load_all<K: AsKey, V: Send + Sync + 'static>(
        &self,
        source: &'static Source<K, V>,
        key: K,
    ) -> Result<Vec<Arc<V>>> {
        let key = key.to_key();
        let found = self.fetch(&source.erased, vec![key]).await;
        let rows = found.into_values().next().unwrap_or(Ok(Rows::None))?;
        Ok(rows.as_slice().iter().map(typed).collect())
    }

    /// All values of each key, in the order of the keys.
    pub async fn load_many<K: AsKey, V: Send + Sync + 'static>(
        &self,
        source: &'static Source<K, V>,
        keys: &[K],
    ) -> Result<Vec<Vec<Arc<V>>>> {
        let keys: Vec<Key> = keys.iter().map(K::to_key).collect();
        let found = self.fetch(&source.erased, keys.clone()).await;
        keys.iter()
            .map(|key| match found.get(key) {
                Some(Ok(rows)) => Ok(rows.as_slice().iter().map(typed).collect()),
                Some(Err(error)) => Err(error.clone()),
                None => Ok(Vec::new()),
            })
            .collect()
    }

    /// What a source has for these keys. A batch is run by one of the fields that wait for it; when that field is
    /// dropped because a sibling failed, the others are told "not found", and ask again.
    ///
    /// A source that loads from itself is told so: it would wait for the batch that it is.
    pub(crate) async fn fetch(&self, source: &'static Erased, keys: Vec<Key>) -> HashMap<Key, Slot> {
        let address = std::ptr::from_ref(source).addr();
        if LOADING.try_with(|loading| loading.contains(&address)).unwrap_or(false) {
            let error = Error::coded("INTERNAL", format!("{} loads from itself.", source.name));
            return keys.into_iter().map(|key| (key, Err(error.clone()))).collect();
        }
        let loader = self.loader(source);
        for _ in 0..ROUNDS {
            if let Ok(found) = loader.try_load_many(keys.clone()).await {
                return found;
            }
        }
        let lost = Error::coded("UNAVAILABLE", "The load was interrupted: try again.");
        keys.into_iter().map(|key| (key, Err(lost.clone()))).collect()
    }

    fn loader(&self, source: &'static Erased) -> Arc<Batched> {
        let address = std::ptr::from_ref(source).addr();
        let mut loaders = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || {
            let batch = Batch { loads: self.me.clone(), source };
            Arc::new(Loader::new(batch).with_yield_count(YIELDS).with_max_batch_size(MOST_KEYS))
        };
        loaders.entry(address).or_insert_with(fresh).clone()
    }
}

fn typed<V: Send + Sync + 'static>(row: &Row) -> Arc<V> {
    row.clone().downcast().expect("a source gives rows of its type")
}
