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
//! | [`object!`], [`abstract_type!`] | declare an object, an interface or a union |
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

mod abstract_type;
mod args;
mod budget;
mod connection;
mod emit;
mod error;
mod input;
mod json;
mod keys;
mod loads;
mod macros;
mod names;
#[doc(hidden)]
pub mod parts;
mod plan;
mod returns;
mod root;
mod row;
mod run;
mod table;

pub use abstract_type::{Abstract, AbstractTable, AnyOf, InterfaceField, Member};
pub use args::{Args, Parsed, ScalarCheck, ScalarChecks, downcast_args, parse_id};
pub use budget::{Budget, Limits};
pub use connection::{Connection, Edge, Page, PageInfo, Total, connection};
pub use error::{Error, Result};
pub use input::{Cx, Input};
pub use json::{Json, Scalar};
pub use keys::{AsKey, Found, Key, Rows};
pub use loads::{BoxFuture, ErasedSource, Execution, Loads, Source};
pub use returns::{IntoKey, IntoRows, Leaf};
pub use root::{Many, One, Reply, Root, RootArg, RootField, RootOutput, reply, resolve_root, root_type};
pub use row::{Dyn, Row, cast};
pub use table::{Arguments, Field, Guard, Kind, Object, Shape, Table, Target, target};

#[doc(hidden)]
pub use async_graphql;

/// Tests the example in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
