//! GraphQL output types as tables, for async-graphql.
//!
//! An output object is an [`Object`]: a name, the type of its rows, and a constant table of fields, written with
//! [`object!`]. Each line of the table says where the field's value comes from. A relation names a [`Source`], which
//! loads the rows of a whole level in one call.
//!
//! A selection is compiled once per operation, read level by level, and written as JSON without building values in
//! between. async-graphql keeps the schema, introspection, validation, inputs and transport; this crate replaces
//! `#[Object]` and `#[derive(SimpleObject)]`.
//!
//! # The parts
//! | part | what it is |
//! |---|---|
//! | [`object!`], [`abstracts!`] | declare an object, an interface or a union |
//! | [`source!`], [`Source`] | a batch load by keys |
//! | [`Loads`] | the loads of one operation: batched and cached by the `dataloader` crate |
//! | [`Execution`] | the loads and the [`Budget`] of one operation, kept in the request's data |
//! | [`root!`], [`RootField`] | the query and mutation roots: tables of ordinary async functions |
//! | [`One`], [`Many`], [`AnyOf`], [`Page`] | what a root field gives |
//!
//! # Decisions
//! - **Types are erased early.** Tables are data and the executor is written once; generic code per field is a few
//!   instructions. That is what keeps a schema of hundreds of types cheap to build.
//! - **Plans begin at roots only.** async-graphql cannot merge the raw JSON of two fields of one response key, so the
//!   first field of a key answers for all of them.
//! - **A source sees keys, never a selection.** Arguments of a field become part of the key, so that the same page
//!   asked for twice is one key, and pages with other arguments are other keys of the same batch.
//! - **One budget for an operation**, counted before rows are written: objects, rows, bytes and time.

mod abstracts;
mod budget;
mod connection;
mod emit;
mod error;
mod gives;
mod json;
mod loads;
mod macros;
#[doc(hidden)]
pub mod parts;
mod plan;
mod root;
mod run;
mod source;
mod table;

pub use abstracts::{Abstract, AbstractTable, AnyOf, InterfaceField, Member};
pub use budget::{Budget, Limits};
pub use connection::{Connection, Edge, Page, PageInfo, Total, connection};
pub use error::{Error, Result};
pub use gives::{Asks, Gives, Leaf};
pub use json::{Json, Scalar};
pub use loads::{Execution, Loads};
pub use root::{Answer, Many, One, Reply, Root, RootArg, RootField, arg, flattened, replied, resolve_root, root_type};
pub use source::{AsKey, BoxFuture, Erased, Found, Key, Rows, Source};
pub use table::{Arguments, Field, Guard, Kind, Object, Shape, Table, Target, target};

#[doc(hidden)]
pub use async_graphql;

/// The example of the README is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

use std::any::Any;
use std::sync::Arc;

use async_graphql::parser::types::SelectionSet;
use async_graphql::{ContextBase, Positioned};

/// A row, its type erased: the executor moves rows, and only fields look into them.
pub type Row = Arc<dyn Any + Send + Sync>;
/// A row or arguments that are looked into.
pub type Dyn = dyn Any + Send + Sync;

/// Looks into a row.
///
/// # Panics
/// When the row is of another type. Tables and sources are tied together by type, so that this cannot happen.
pub fn cast<T: 'static>(row: &Dyn) -> &T {
    row.downcast_ref().expect("rows have the type of their table")
}

/// What a field may look at beside its row: the request's data and loads.
pub struct Cx<'a> {
    pub(crate) base: &'a ContextBase<'a, &'a Positioned<SelectionSet>>,
    pub(crate) loads: Arc<Loads>,
}

impl<'a> Cx<'a> {
    /// Data of the request or the schema.
    ///
    /// # Panics
    /// When there is none of this type.
    pub fn data<T: Any + Send + Sync>(&self) -> &'a T {
        self.base.data_unchecked()
    }

    /// The same, when there is any.
    pub fn data_opt<T: Any + Send + Sync>(&self) -> Option<&'a T> {
        self.base.data_opt()
    }

    /// What the sources of this operation share.
    pub fn scope<S: Any + Send + Sync>(&self) -> &S {
        self.loads.scope()
    }
}

/// What a field is computed from: its row, its arguments, and the request.
pub struct Input<'a> {
    /// The row.
    pub row: &'a Dyn,
    /// The arguments, when the field has any.
    pub args: Option<&'a Dyn>,
    /// The request.
    pub cx: &'a Cx<'a>,
}

impl<'a> Input<'a> {
    /// The row.
    pub fn row<T: 'static>(&self) -> &'a T {
        cast(self.row)
    }

    /// The arguments; `()` when the field has none.
    pub fn args<A: 'static>(&self) -> &'a A {
        cast(self.args.unwrap_or(&()))
    }
}
