//! The return types of closures in tables. They determine the types of the fields in the schema.

use std::sync::Arc;

use async_graphql::OutputType;
use async_graphql::registry::Registry;

use crate::{Json, Result, Row, Scalar, Shape};

/// The return type of a scalar field's closure: a [`Scalar`], or a `Result` of one.
pub trait Leaf {
    /// Whether the field may be null.
    const NULLABLE: bool;
    /// Whether it can fail.
    const FALLIBLE: bool;

    /// Registers the type and returns its name in the schema.
    fn register(registry: &mut Registry) -> String;
    /// Writes the value, or nothing if there is none.
    fn put(&self, out: &mut Json) -> Result<()>;
}

impl<T: Scalar> Leaf for T {
    const NULLABLE: bool = T::NULLABLE;
    const FALLIBLE: bool = false;

    fn register(registry: &mut Registry) -> String {
        <T as OutputType>::create_type_info(registry)
    }

    fn put(&self, out: &mut Json) -> Result<()> {
        self.write(out);
        Ok(())
    }
}

impl<T: Scalar> Leaf for Result<T> {
    const NULLABLE: bool = T::NULLABLE;
    const FALLIBLE: bool = true;

    fn register(registry: &mut Registry) -> String {
        <T as OutputType>::create_type_info(registry)
    }

    fn put(&self, out: &mut Json) -> Result<()> {
        match self {
            Ok(value) => value.write(out),
            Err(error) => return Err(error.clone()),
        }
        Ok(())
    }
}

/// The return type of an object field's closure: a row, an `Option` or a `Vec` of rows, or an `Option` of a `Vec`. Each
/// can also be in an `Arc` (to avoid copies) and a `Result`.
pub trait IntoRows<R> {
    /// Whether there is one row or many, and whether null is allowed.
    const SHAPE: Shape;
    /// Whether it can fail.
    const FALLIBLE: bool;

    /// Appends the rows to a list. Returns whether there is a value, which may be an empty list.
    fn append_to(self, out: &mut Vec<Row>) -> Result<bool>;
    /// Passes each row to `visit`. Returns whether there is a value.
    fn visit_rows(self, visit: &mut dyn FnMut(&R)) -> Result<bool>;
}

macro_rules! impl_into_rows {
    ($($type:ty, $shape:ident: |$value:ident, $out:ident, $visit:ident| $rows:block, $visit_rows:block;)+) => {$(
        impl<R: Send + Sync + 'static> IntoRows<R> for $type {
            const SHAPE: Shape = Shape::$shape;
            const FALLIBLE: bool = false;

            fn append_to(self, $out: &mut Vec<Row>) -> Result<bool> {
                let $value = self;
                Ok($rows)
            }

            fn visit_rows(self, $visit: &mut dyn FnMut(&R)) -> Result<bool> {
                let $value = self;
                Ok($visit_rows)
            }
        }

        impl<R: Send + Sync + 'static> IntoRows<R> for Result<$type> {
            const SHAPE: Shape = Shape::$shape;
            const FALLIBLE: bool = true;

            fn append_to(self, out: &mut Vec<Row>) -> Result<bool> {
                <$type as IntoRows<R>>::append_to(self?, out)
            }

            fn visit_rows(self, visit: &mut dyn FnMut(&R)) -> Result<bool> {
                <$type as IntoRows<R>>::visit_rows(self?, visit)
            }
        }
    )+};
}

impl_into_rows! {
    R, One: |value, out, visit|
        { out.push(Arc::new(value)); true },
        { visit(&value); true };
    Arc<R>, One: |value, out, visit|
        { out.push(value); true },
        { visit(&value); true };
    Option<R>, Option: |value, out, visit|
        { out.extend(value.map(|row| Arc::new(row) as Row)); true },
        { value.iter().for_each(visit); true };
    Option<Arc<R>>, Option: |value, out, visit|
        { out.extend(value.map(|row| row as Row)); true },
        { value.iter().for_each(|row| visit(row)); true };
    Vec<R>, Many: |value, out, visit|
        { out.extend(value.into_iter().map(|row| Arc::new(row) as Row)); true },
        { value.iter().for_each(visit); true };
    Vec<Arc<R>>, Many: |value, out, visit|
        { out.extend(value.into_iter().map(|row| row as Row)); true },
        { value.iter().for_each(|row| visit(row)); true };
    Option<Vec<R>>, OptionMany: |value, out, visit|
        { match value { Some(rows) => <Vec<R> as IntoRows<R>>::append_to(rows, out)?, None => false } },
        { match value { Some(rows) => <Vec<R> as IntoRows<R>>::visit_rows(rows, visit)?, None => false } };
}

/// The return type of a relation's closure: a key, or an `Option` of one (`None` loads nothing). Each can also be a
/// `Result`.
pub trait IntoKey<K> {
    /// Returns the key, if there is one.
    fn into_key(self) -> Result<Option<K>>;
}

impl<K> IntoKey<K> for K {
    fn into_key(self) -> Result<Option<K>> {
        Ok(Some(self))
    }
}

impl<K> IntoKey<K> for Option<K> {
    fn into_key(self) -> Result<Option<K>> {
        Ok(self)
    }
}

impl<K> IntoKey<K> for Result<K> {
    fn into_key(self) -> Result<Option<K>> {
        self.map(Some)
    }
}

impl<K> IntoKey<K> for Result<Option<K>> {
    fn into_key(self) -> Result<Option<K>> {
        self
    }
}
