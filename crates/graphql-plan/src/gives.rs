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
pub trait Gives<R> {
    /// Whether there is one row or many, and whether null is allowed.
    const SHAPE: Shape;
    /// Whether it can fail.
    const FALLIBLE: bool;

    /// Appends the rows to a list. Returns whether there is a value, which may be an empty list.
    fn rows(self, out: &mut Vec<Row>) -> Result<bool>;
    /// Passes each row to `show`. Returns whether there is a value.
    fn each(self, show: &mut dyn FnMut(&R)) -> Result<bool>;
}

macro_rules! gives {
    ($($type:ty, $shape:ident: |$given:ident, $out:ident, $show:ident| $rows:block, $each:block;)+) => {$(
        impl<R: Send + Sync + 'static> Gives<R> for $type {
            const SHAPE: Shape = Shape::$shape;
            const FALLIBLE: bool = false;

            fn rows(self, $out: &mut Vec<Row>) -> Result<bool> {
                let $given = self;
                Ok($rows)
            }

            fn each(self, $show: &mut dyn FnMut(&R)) -> Result<bool> {
                let $given = self;
                Ok($each)
            }
        }

        impl<R: Send + Sync + 'static> Gives<R> for Result<$type> {
            const SHAPE: Shape = Shape::$shape;
            const FALLIBLE: bool = true;

            fn rows(self, out: &mut Vec<Row>) -> Result<bool> {
                <$type as Gives<R>>::rows(self?, out)
            }

            fn each(self, show: &mut dyn FnMut(&R)) -> Result<bool> {
                <$type as Gives<R>>::each(self?, show)
            }
        }
    )+};
}

gives! {
    R, One: |given, out, show|
        { out.push(Arc::new(given)); true },
        { show(&given); true };
    Arc<R>, One: |given, out, show|
        { out.push(given); true },
        { show(&given); true };
    Option<R>, Option: |given, out, show|
        { out.extend(given.map(|row| Arc::new(row) as Row)); true },
        { given.iter().for_each(show); true };
    Option<Arc<R>>, Option: |given, out, show|
        { out.extend(given.map(|row| row as Row)); true },
        { given.iter().for_each(|row| show(row)); true };
    Vec<R>, Many: |given, out, show|
        { out.extend(given.into_iter().map(|row| Arc::new(row) as Row)); true },
        { given.iter().for_each(show); true };
    Vec<Arc<R>>, Many: |given, out, show|
        { out.extend(given.into_iter().map(|row| row as Row)); true },
        { given.iter().for_each(|row| show(row)); true };
    Option<Vec<R>>, OptionMany: |given, out, show|
        { match given { Some(rows) => <Vec<R> as Gives<R>>::rows(rows, out)?, None => false } },
        { match given { Some(rows) => <Vec<R> as Gives<R>>::each(rows, show)?, None => false } };
}

/// The return type of a relation's closure: a key, or an `Option` of one (`None` loads nothing). Each can also be a
/// `Result`.
pub trait Asks<K> {
    /// Returns the key, if there is one.
    fn ask(self) -> Result<Option<K>>;
}

impl<K> Asks<K> for K {
    fn ask(self) -> Result<Option<K>> {
        Ok(Some(self))
    }
}

impl<K> Asks<K> for Option<K> {
    fn ask(self) -> Result<Option<K>> {
        Ok(self)
    }
}

impl<K> Asks<K> for Result<K> {
    fn ask(self) -> Result<Option<K>> {
        self.map(Some)
    }
}

impl<K> Asks<K> for Result<Option<K>> {
    fn ask(self) -> Result<Option<K>> {
        self
    }
}
