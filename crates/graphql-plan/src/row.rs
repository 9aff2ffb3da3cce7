//! Rows with their types erased.

use std::any::Any;
use std::sync::Arc;

/// A row with its type erased: the executor passes rows on, and only fields read them.
pub type Row = Arc<dyn Any + Send + Sync>;
/// A borrowed row or arguments.
pub type Dyn = dyn Any + Send + Sync;

/// Downcasts a row.
///
/// # Panics
/// If the row has another type. Tables and sources are linked by type, so this cannot happen.
pub fn cast<T: 'static>(row: &Dyn) -> &T {
    row.downcast_ref().expect("rows have the type of their table")
}
