//! The input of fields.

use std::any::Any;
use std::sync::Arc;

use async_graphql::parser::types::SelectionSet;
use async_graphql::{ContextBase, Positioned};

use crate::loads::Loads;
use crate::row::{Dyn, cast};

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
