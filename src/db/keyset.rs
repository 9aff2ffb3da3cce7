//! Keyset paging: the next page begins beyond the last row's key, however deep the page is.

/// Orders a boxed query by `key` and then `id`, begins it beyond the window's cursor and reads one row more than the
/// page has. `key <= k AND (key < k OR id < i)` is written so, because an index on (key, id) serves its first half.
macro_rules! keyset {
    ($query:expr, $window:expr, $descending:expr, $key:expr, $id:expr, $beyond:expr) => {{
        use diesel::ExpressionMethods as _;
        let query = match ($beyond, $descending != $window.backward) {
            (None, _) => $query,
            (Some((key, id)), true) => $query.filter($key.le(key.clone()).and($key.lt(key).or($id.lt(id)))),
            (Some((key, id)), false) => $query.filter($key.ge(key.clone()).and($key.gt(key).or($id.gt(id)))),
        };
        let query = query.limit($window.limit + 1);
        if $descending != $window.backward {
            query.order(($key.desc(), $id.desc()))
        } else {
            query.order(($key.asc(), $id.asc()))
        }
    }};
}
pub(crate) use keyset;
