//! Sources: what loads the rows of a level.

use std::any::Any;
use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use crate::loads::Loads;
use crate::{Result, Row, cast};

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A key, its type erased, so that keys are compared and rows grouped by one function for all types.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A UUID, or an id that is one.
    Uuid(u128),
    /// A number.
    Int(i64),
    /// Any other value, such as the arguments of a page.
    Other(OtherKey),
}

/// A key of any type: see [`Key::other`].
#[derive(Clone)]
pub struct OtherKey(Arc<dyn AnyKey>);

trait AnyKey: Any + Send + Sync {
    fn same(&self, other: &dyn AnyKey) -> bool;
    fn feed(&self, hasher: &mut dyn Hasher);
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<T: Hash + Eq + Debug + Send + Sync + 'static> AnyKey for T {
    fn same(&self, other: &dyn AnyKey) -> bool {
        (other as &dyn Any).downcast_ref::<T>().is_some_and(|other| self == other)
    }

    fn feed(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(self, f)
    }
}

impl PartialEq for OtherKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.same(&*other.0)
    }
}

impl Eq for OtherKey {}

impl Hash for OtherKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.feed(state);
    }
}

impl Debug for OtherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.describe(f)
    }
}

impl Key {
    /// A key of any type that can be compared.
    pub fn other<T: Hash + Eq + Debug + Send + Sync + 'static>(key: T) -> Self {
        Self::Other(OtherKey(Arc::new(key)))
    }

    /// What [`Key::other`] was given.
    ///
    /// # Panics
    /// When the key is of another type.
    pub fn as_other<T: Clone + 'static>(&self) -> T {
        match self {
            Self::Other(key) => (&*key.0 as &dyn Any).downcast_ref::<T>().expect("keys keep their type").clone(),
            Self::Uuid(_) | Self::Int(_) => panic!("keys keep their kind"),
        }
    }
}

/// A type that a source can be asked by.
pub trait AsKey: Sized + Send + Sync + 'static {
    /// The key, erased.
    fn to_key(&self) -> Key;
    /// The key as it was.
    fn from_key(key: &Key) -> Self;
}

impl AsKey for i64 {
    fn to_key(&self) -> Key {
        Key::Int(*self)
    }

    fn from_key(key: &Key) -> Self {
        match key {
            Key::Int(key) => *key,
            Key::Uuid(_) | Key::Other(_) => panic!("keys keep their kind"),
        }
    }
}

impl AsKey for uuid::Uuid {
    fn to_key(&self) -> Key {
        Key::Uuid(self.as_u128())
    }

    fn from_key(key: &Key) -> Self {
        match key {
            Key::Uuid(key) => Self::from_u128(*key),
            Key::Int(_) | Key::Other(_) => panic!("keys keep their kind"),
        }
    }
}

/// What a source found for a key.
#[derive(Clone, Default)]
pub enum Rows {
    /// Nothing.
    #[default]
    None,
    /// One row.
    One(Row),
    /// Several, in the source's order.
    Many(Arc<[Row]>),
}

impl Rows {
    /// The rows.
    pub fn as_slice(&self) -> &[Row] {
        match self {
            Self::None => &[],
            Self::One(row) => std::slice::from_ref(row),
            Self::Many(rows) => rows,
        }
    }
}

/// What a source found for a field's key, with its type.
pub struct Found<'a, V> {
    rows: &'a [Row],
    of: PhantomData<fn() -> V>,
}

impl<V> Clone for Found<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Found<'_, V> {}

impl<'a, V: 'static> Found<'a, V> {
    #[doc(hidden)]
    pub fn new(rows: &'a [Row]) -> Self {
        Self { rows, of: PhantomData }
    }

    /// The first, or the only one.
    pub fn first(self) -> Option<&'a V> {
        self.rows.first().map(|row| cast(&**row))
    }

    /// All of them.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a V> {
        self.rows.iter().map(|row| cast(&**row))
    }

    /// All of them, shared instead of copied.
    pub fn shared(self) -> Vec<Arc<V>>
    where
        V: Send + Sync,
    {
        self.rows.iter().map(|row| row.clone().downcast().expect("rows have the type of their source")).collect()
    }

    /// Copies of all of them.
    pub fn to_vec(self) -> Vec<V>
    where
        V: Clone,
    {
        self.iter().cloned().collect()
    }

    /// Whether nothing was found.
    pub fn is_empty(self) -> bool {
        self.rows.is_empty()
    }
}

/// Loads many keys at once. What is found for a key keeps its order; keys without a value are left out. An
/// [`Error`](crate::Error) in place of a row fails its key alone.
pub type Fetch = for<'a> fn(&'a Arc<Loads>, &'a [Key]) -> BoxFuture<'a, Result<Vec<(Key, Row)>>>;

/// A source, its types erased.
#[derive(Clone, Copy)]
pub struct Erased {
    /// For people.
    pub name: &'static str,
    pub(crate) fetch: Fetch,
}

/// Loads values of many keys at once; a key has none, one or many. Declared with [`source!`](crate::source!).
pub struct Source<K, V> {
    #[doc(hidden)]
    pub erased: Erased,
    types: PhantomData<fn(K) -> V>,
}

impl<K: AsKey, V: Send + Sync + 'static> Source<K, V> {
    /// A source that loads with this function.
    pub const fn new(name: &'static str, fetch: Fetch) -> Self {
        Self { erased: Erased { name, fetch }, types: PhantomData }
    }
}

#[doc(hidden)]
pub fn keys_of<K: AsKey>(keys: &[Key]) -> Vec<K> {
    keys.iter().map(K::from_key).collect()
}

#[doc(hidden)]
pub fn pairs<K: AsKey, V: Send + Sync + 'static>(found: impl IntoIterator<Item = (K, V)>) -> Vec<(Key, Row)> {
    found.into_iter().map(|(key, value)| (key.to_key(), Arc::new(value) as Row)).collect()
}
