//! Lists as Relay connections.

use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{ObjectType, OutputType};

use crate::kernel::page::{Page, PageArgs};

/// The arguments of a page, from a resolver's own.
pub(super) fn page_args(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> PageArgs {
    PageArgs { first, after, last, before }
}

/// A page as a connection; `total` answers `totalCount` when that is selected.
pub(super) fn connection<R, N, T>(page: Page<R>, total: T, node: impl Fn(R) -> N) -> Connection<String, N, T>
where
    N: OutputType,
    T: ObjectType,
{
    let mut connection = Connection::with_additional_fields(page.has_previous, page.has_next, total);
    let edge = |(cursor, row): (crate::kernel::page::Cursor, R)| -> Edge<String, N, EmptyFields> {
        Edge::new(cursor.encode(), node(row))
    };
    connection.edges.extend(page.entries.into_iter().map(edge));
    connection
}
