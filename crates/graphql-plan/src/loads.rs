//! Sources, and the loads of one operation: batched and cached by the `dataloader` crate.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use dataloader::BatchFn;
use dataloader::cached::Loader;

use crate::budget::Budget;
use crate::keys::{AsKey, Key, Rows};
use crate::{Error, Limits, Result, Row, cast};

/// How many times a loader yields, so that other fields of its level can add their keys, before it loads.
const YIELDS: usize = 10;
/// The maximum number of keys per call of a source.
const MAX_KEYS: usize = 10_000;
/// How many times a lost batch is retried: see [`Loads::fetch`].
const MAX_ROUNDS: usize = 100;

tokio::task_local! {
    /// The sources, by address, whose loads led to the current task.
    static LOADING: Vec<usize>;
}

type Entry = Result<Rows>;
type BatchLoader = Loader<Key, Entry, Batch>;

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Loads many keys at once. The values of a key keep their order; keys without a value are omitted. An
/// [`Error`](crate::Error) in place of a row fails only its key.
pub type Fetch = for<'a> fn(&'a Arc<Loads>, &'a [Key]) -> BoxFuture<'a, Result<Vec<(Key, Row)>>>;

/// A source with its types erased.
#[derive(Clone, Copy)]
pub struct ErasedSource {
    /// The name, for messages.
    pub name: &'static str,
    pub(crate) fetch: Fetch,
}

/// Loads the values of many keys at once. A key has any number of values. Declared with [`source!`](crate::source!).
pub struct Source<K, V> {
    #[doc(hidden)]
    pub erased: ErasedSource,
    types: PhantomData<fn(K) -> V>,
}

impl<K: AsKey, V: Send + Sync + 'static> Source<K, V> {
    /// Creates a source that loads with this function.
    pub const fn new(name: &'static str, fetch: Fetch) -> Self {
        Self { erased: ErasedSource { name, fetch }, types: PhantomData }
    }
}

/// The loads and the budget of one operation. It is stored in the request's data as an `Arc`, and must not be reused
/// for another operation.
pub struct Execution {
    loads: RwLock<Arc<Loads>>,
    budget: RwLock<Arc<Budget>>,
    limits: Limits,
    /// The root fields that were called, by their address in the document: see [`Execution::is_first_call`].
    called: Mutex<HashSet<usize>>,
}

impl Execution {
    /// Creates an execution whose sources share a scope, such as the application, the caller and a connection.
    pub fn new(scope: Arc<dyn Any + Send + Sync>, limits: Limits) -> Self {
        let budget = RwLock::new(Arc::new(Budget::new(limits)));
        Self { loads: RwLock::new(Loads::new(scope)), budget, limits, called: Mutex::default() }
    }

    /// Returns the current loads.
    pub fn loads(&self) -> Arc<Loads> {
        self.loads.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the current budget.
    pub fn budget(&self) -> Arc<Budget> {
        self.budget.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Discards what was loaded. Call this before a write, so that subsequent reads see what was written.
    pub fn reset(&self, scope: Arc<dyn Any + Send + Sync>) {
        *self.loads.write().unwrap_or_else(PoisonError::into_inner) = Loads::new(scope);
    }

    /// Starts a new budget, for the next item of a subscription.
    pub fn renew_budget(&self) {
        *self.budget.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Budget::new(self.limits));
    }

    /// Whether this is the first call of this root field of the document. async-graphql calls it each time its fragment
    /// is spread, and nothing else distinguishes the calls.
    pub(crate) fn is_first_call(&self, address: usize) -> bool {
        self.called.lock().unwrap_or_else(PoisonError::into_inner).insert(address)
    }
}

/// The cache and the loaders of an operation. Each key of a source is loaded once, wherever it is requested.
pub struct Loads {
    scope: Row,
    weak: Weak<Self>,
    /// By the address of the source, which is a static.
    loaders: Mutex<HashMap<usize, Arc<BatchLoader>>>,
}

struct Batch {
    loads: Weak<Loads>,
    source: &'static ErasedSource,
}

impl BatchFn<Key, Entry> for Batch {
    async fn load(&mut self, keys: &[Key]) -> HashMap<Key, Entry> {
        let Some(loads) = self.loads.upgrade() else { return HashMap::new() };
        let mut loading = LOADING.try_with(Clone::clone).unwrap_or_default();
        loading.push(std::ptr::from_ref(self.source).addr());
        match LOADING.scope(loading, (self.source.fetch)(&loads, keys)).await {
            Ok(found) => {
                let mut groups: HashMap<Key, Vec<Row>> = HashMap::with_capacity(keys.len());
                for (key, row) in found {
                    groups.entry(key).or_default().push(row);
                }
                keys.iter().map(|key| (key.clone(), group_rows(groups.remove(key)))).collect()
            }
            Err(error) => keys.iter().map(|key| (key.clone(), Err(error.clone()))).collect(),
        }
    }
}

/// Collects the rows of a key. An error among them fails only this key.
fn group_rows(rows: Option<Vec<Row>>) -> Entry {
    let Some(mut rows) = rows else { return Ok(Rows::None) };
    if let Some(error) = rows.iter().find_map(|row| row.downcast_ref::<Error>()) {
        return Err(error.clone());
    }
    Ok(if rows.len() == 1 { rows.pop().map_or(Rows::None, Rows::One) } else { Rows::Many(rows.into()) })
}

impl Loads {
    /// Creates loads with an empty cache.
    pub fn new(scope: Arc<dyn Any + Send + Sync>) -> Arc<Self> {
        Arc::new_cyclic(|weak| Self { scope, weak: weak.clone(), loaders: Mutex::default() })
    }

    /// Returns the scope shared by the sources.
    ///
    /// # Panics
    /// If the scope has another type.
    pub fn scope<S: Any + Send + Sync>(&self) -> &S {
        cast(&*self.scope)
    }

    /// Loads the first, or only, value of a key.
    pub async fn load<K: AsKey, V: Send + Sync + 'static>(
        &self,
        source: &'static Source<K, V>,
        key: K,
    ) -> Result<Option<Arc<V>>> {
        Ok(self.load_all(source, key).await?.into_iter().next())
    }

    /// Loads all values of a key.
    pub async fn load_all<K: AsKey, V: Send + Sync + 'static>(
        &self,
        source: &'static Source<K, V>,
        key: K,
    ) -> Result<Vec<Arc<V>>> {
        let key = key.to_key();
        let found = self.fetch(&source.erased, vec![key]).await;
        let rows = found.into_values().next().unwrap_or(Ok(Rows::None))?;
        Ok(rows.as_slice().iter().map(downcast).collect())
    }

    /// Loads all values of each key, in the order of the keys.
    pub async fn load_many<K: AsKey, V: Send + Sync + 'static>(
        &self,
        source: &'static Source<K, V>,
        keys: &[K],
    ) -> Result<Vec<Vec<Arc<V>>>> {
        let keys: Vec<Key> = keys.iter().map(K::to_key).collect();
        let found = self.fetch(&source.erased, keys.clone()).await;
        keys.iter()
            .map(|key| match found.get(key) {
                Some(Ok(rows)) => Ok(rows.as_slice().iter().map(downcast).collect()),
                Some(Err(error)) => Err(error.clone()),
                None => Ok(Vec::new()),
            })
            .collect()
    }

    /// Loads keys from a source. A batch is run by one of the fields that wait for it; if that field is dropped because
    /// a sibling failed, the others get "not found" and retry.
    ///
    /// A source that loads from itself gets an error: it would wait for its own batch.
    pub(crate) async fn fetch(&self, source: &'static ErasedSource, keys: Vec<Key>) -> HashMap<Key, Entry> {
        let address = std::ptr::from_ref(source).addr();
        if LOADING.try_with(|loading| loading.contains(&address)).unwrap_or(false) {
            let error = Error::coded("INTERNAL", format!("{} loads from itself.", source.name));
            return keys.into_iter().map(|key| (key, Err(error.clone()))).collect();
        }
        let loader = self.loader(source);
        for _ in 0..MAX_ROUNDS {
            if let Ok(found) = loader.try_load_many(keys.clone()).await {
                return found;
            }
        }
        let lost = Error::coded("UNAVAILABLE", "The load was interrupted: try again.");
        keys.into_iter().map(|key| (key, Err(lost.clone()))).collect()
    }

    fn loader(&self, source: &'static ErasedSource) -> Arc<BatchLoader> {
        let address = std::ptr::from_ref(source).addr();
        let mut loaders = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || {
            let batch = Batch { loads: self.weak.clone(), source };
            Arc::new(Loader::new(batch).with_yield_count(YIELDS).with_max_batch_size(MAX_KEYS))
        };
        loaders.entry(address).or_insert_with(fresh).clone()
    }
}

fn downcast<V: Send + Sync + 'static>(row: &Row) -> Arc<V> {
    row.clone().downcast().expect("a source returns rows of its type")
}
