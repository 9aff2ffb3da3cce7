//! The keys of sources, and the rows that are found for them.

use std::any::Any;
use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use crate::{Row, cast};

/// A key with its type erased, so that keys are compared and rows are grouped by the same code for all types.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A UUID, or an id that is one.
    Uuid(u128),
    /// An integer.
    Int(i64),
    /// Any other value, such as the arguments of a page.
    Other(OtherKey),
}

/// A key of any type: see [`Key::other`].
#[derive(Clone)]
pub struct OtherKey(Arc<dyn AnyKey>);

trait AnyKey: Any + Send + Sync {
    fn dyn_eq(&self, other: &dyn AnyKey) -> bool;
    fn dyn_hash(&self, hasher: &mut dyn Hasher);
    fn dyn_fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<T: Hash + Eq + Debug + Send + Sync + 'static> AnyKey for T {
    fn dyn_eq(&self, other: &dyn AnyKey) -> bool {
        (other as &dyn Any).downcast_ref::<T>().is_some_and(|other| self == other)
    }

    fn dyn_hash(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }

    fn dyn_fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(self, f)
    }
}

impl PartialEq for OtherKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.dyn_eq(&*other.0)
    }
}

impl Eq for OtherKey {}

impl Hash for OtherKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.dyn_hash(state);
    }
}

impl Debug for OtherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.dyn_fmt(f)
    }
}

impl Key {
    /// Creates a key from any comparable type.
    pub fn other<T: Hash + Eq + Debug + Send + Sync + 'static>(key: T) -> Self {
        Self::Other(OtherKey(Arc::new(key)))
    }

    /// Returns the value given to [`Key::other`].
    ///
    /// # Panics
    /// If the key has another type.
    pub fn as_other<T: Clone + 'static>(&self) -> T {
        match self {
            Self::Other(key) => (&*key.0 as &dyn Any).downcast_ref::<T>().expect("keys keep their type").clone(),
            Self::Uuid(_) | Self::Int(_) => panic!("keys keep their kind"),
        }
    }
}

/// A type that can be the key of a source.
pub trait AsKey: Sized + Send + Sync + 'static {
    /// Erases the type of the key.
    fn to_key(&self) -> Key;
    /// Restores the key.
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

/// The rows that a source found for a key.
#[derive(Clone, Default)]
pub enum Rows {
    /// No row.
    #[default]
    None,
    /// One row.
    One(Row),
    /// Several rows, in the source's order.
    Many(Arc<[Row]>),
}

impl Rows {
    /// Returns the rows as a slice.
    pub fn as_slice(&self) -> &[Row] {
        match self {
            Self::None => &[],
            Self::One(row) => std::slice::from_ref(row),
            Self::Many(rows) => rows,
        }
    }
}

/// The values that a source found for a field's key.
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

    /// Returns the first, or only, value.
    pub fn first(self) -> Option<&'a V> {
        self.rows.first().map(|row| cast(&**row))
    }

    /// Returns an iterator over all values.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a V> {
        self.rows.iter().map(|row| cast(&**row))
    }

    /// Returns all values, shared rather than copied.
    pub fn shared(self) -> Vec<Arc<V>>
    where
        V: Send + Sync,
    {
        self.rows.iter().map(|row| row.clone().downcast().expect("rows have the type of their source")).collect()
    }

    /// Returns copies of all values.
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

#[doc(hidden)]
pub fn from_keys<K: AsKey>(keys: &[Key]) -> Vec<K> {
    keys.iter().map(K::from_key).collect()
}

#[doc(hidden)]
pub fn to_pairs<K: AsKey, V: Send + Sync + 'static>(found: impl IntoIterator<Item = (K, V)>) -> Vec<(Key, Row)> {
    found.into_iter().map(|(key, value)| (key.to_key(), Arc::new(value) as Row)).collect()
}
