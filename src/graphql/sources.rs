//! Macros that declare sources: batch functions that load the rows of a query level in one statement for all their
//! parents.

/// Declares a source: `NAME: Key => Value = |scope, conn, keys| rows, by |row| key`. It runs on the request's
/// connection; `scope` identifies the caller. Without `by`, the facade returns pairs of key and value.
macro_rules! source {
    ($(#[$meta:meta])* $vis:vis $name:ident: $key:ty => $value:ty =
        |$scope:ident, $conn:ident, $keys:ident| $query:expr $(, by |$row:ident| $by:expr)?) => {
        graphql_plan::source! { $(#[$meta])* $vis $name: $key => $value = |loads, $keys| async {
            let $scope: &$crate::graphql::context::Scope = loads.scope();
            let $conn = $scope.conn().await?;
            $query.await
        } $(, by |$row| $by)? }
    };
}
pub(super) use source;

/// Makes types other than ids usable as keys of sources, such as the arguments of a page.
macro_rules! keys {
    ($($key:ty),+ $(,)?) => {$(
        impl graphql_plan::AsKey for $key {
            fn to_key(&self) -> graphql_plan::Key {
                graphql_plan::Key::other(self.clone())
            }

            fn from_key(key: &graphql_plan::Key) -> Self {
                key.as_other()
            }
        }
    )+};
}
pub(super) use keys;
