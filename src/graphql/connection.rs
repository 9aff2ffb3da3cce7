//! Lists as Relay connections.

use std::sync::Arc;

use graphql_plan::{Connection, One, Total};

use crate::kernel::page::Page;

/// A page of a list, as a root field returns it.
pub(super) type Paged<O> = One<Connection<O>>;

/// Converts a page to a connection; `total` resolves `totalCount` if it is selected.
pub(super) fn connection<R>(page: Page<R>, total: Total) -> graphql_plan::Page<R> {
    let entry = |(cursor, row): (crate::kernel::page::Cursor, R)| (cursor.encode(), Arc::new(row));
    graphql_plan::Page {
        entries: page.entries.into_iter().map(entry).collect(),
        has_previous: page.has_previous,
        has_next: page.has_next,
        total,
    }
}

/// Counts through a facade, on the request's connection: `counted!(|scope, conn| scope.app.taxes.count(conn, filter))`.
/// Values listed before the closure are moved into it and cloned for each call.
macro_rules! counted {
    ($($held:ident,)* |$scope:ident, $conn:ident| $count:expr) => {
        graphql_plan::Total::lazy(move |loads| {
            $(let $held = $held.clone();)*
            async move {
                let $scope: &$crate::graphql::context::Scope = loads.scope();
                let $conn = $scope.conn().await?;
                Ok($count.await?)
            }
        })
    };
}
pub(super) use counted;
