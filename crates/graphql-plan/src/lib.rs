//! GraphQL output types as tables, for async-graphql.
//!
//! An output object is an [`Object`]: a name, the type of its rows, and a constant table of fields, declared with
//! [`object!`]. Each line of the table defines where the field's value comes from. A relation names a [`Source`], which
//! loads the rows of a whole level in one call.
//!
//! A selection is compiled once per operation, read level by level, and written as JSON without intermediate values.
//! async-graphql still handles the schema, introspection, validation, inputs and transport; this crate replaces
//! `#[Object]` and `#[derive(SimpleObject)]`.
//!
//! # Overview
//! | item | description |
//! |---|---|
//! | [`object!`], [`abstracts!`] | declare an object, an interface or a union |
//! | [`source!`], [`Source`] | a batch load by key |
//! | [`Loads`] | the loads of one operation: batched and cached by the `dataloader` crate |
//! | [`Execution`] | the loads and the [`Budget`] of one operation, kept in the request's data |
//! | [`root!`], [`RootField`] | the query and mutation roots: tables of async functions |
//! | [`ScalarChecks`], [`parse_id`] | what errors need to name the malformed value of an argument |
//! | [`One`], [`Many`], [`AnyOf`], [`Page`] | the return types of root fields |
//!
//! # Decisions
//! - **Types are erased early.** Tables are data and the executor is written once; the generic code per field is a few
//!   instructions. This keeps a schema with hundreds of types cheap to build.
//! - **Plans start at the roots only.** async-graphql cannot merge the raw JSON of two fields with the same response
//!   key, so the first field with a key answers for all of them.
//! - **A source sees keys, never a selection.** The arguments of a field are part of the key, so that the same page
//!   requested twice is one key, and pages with other arguments are other keys in the same batch.
//! - **One budget per operation**, charged before rows are written: objects, rows, bytes and time.

mod abstracts;
mod args;
mod budget;
mod connection;
mod emit;
mod error;
mod gives;
mod json;
mod keys;
mod loads;
mod macros;
mod names;
#[doc(hidden)]
pub mod parts;
mod plan;
mod root;
mod run;
mod table;

pub use abstracts::{Abstract, AbstractTable, AnyOf, InterfaceField, Member};
pub use args::{Args, Parsed, ScalarCheck, ScalarChecks, parse_id, taken};
pub use budget::{Budget, Limits};
pub use connection::{Connection, Edge, Page, PageInfo, Total, connection};
pub use error::{Error, Result};
pub use gives::{Asks, Gives, Leaf};
pub use json::{Json, Scalar};
pub use keys::{AsKey, Found, Key, Rows};
pub use loads::{BoxFuture, Erased, Execution, Loads, Source};
pub use root::{Answer, Many, One, Reply, Root, RootArg, RootField, replied, resolve_root, root_type};
pub use table::{Arguments, Field, Guard, Kind, Object, Shape, Table, Target, target};

#[doc(hidden)]
pub use async_graphql;

/// Tests the example in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

use std::any::Any;
use std::sync::Arc;

use async_graphql::parser::types::SelectionSet;
use async_graphql::{ContextBase, Positioned};

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

/// What a field can access besides its row: the request's data and loads.
pub struct Cx<'a> {
    pub(crate) base: &'a ContextBase<'a, &'a Positioned<SelectionSet>>,
    pub(crate) loads: Arc<Loads>,
}

impl<'a> Cx<'a> {
    /// Returns data of the request or the schema.
    ///
    /// # Panics
    /// If there is none of this type.
    pub fn data<T: Any + Send + Sync>(&self) -> &'a T {
        self.base.data_unchecked()
    }

    /// Returns data of the request or the schema, if there is any of this type.
    pub fn data_opt<T: Any + Send + Sync>(&self) -> Option<&'a T> {
        self.base.data_opt()
    }

    /// Returns the scope shared by the sources of this operation.
    pub fn scope<S: Any + Send + Sync>(&self) -> &S {
        self.loads.scope()
    }
}

/// The input of a field: its row, its arguments, and the request.
pub struct Input<'a> {
    /// The row.
    pub row: &'a Dyn,
    /// The arguments, if the field has any.
    pub args: Option<&'a Dyn>,
    /// The request.
    pub cx: &'a Cx<'a>,
}

impl<'a> Input<'a> {
    /// Returns the row.
    pub fn row<T: 'static>(&self) -> &'a T {
        cast(self.row)
    }

    /// Returns the arguments, or `()` if the field has none.
    pub fn args<A: 'static>(&self) -> &'a A {
        cast(self.args.unwrap_or(&()))
    }
}
