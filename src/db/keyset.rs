//! Keyset pagination: the next page starts after the last row's key, so deep pages are as fast as the first.

/// Orders a boxed query by `key` and then `id`, starts after the page request's cursor, and reads one row more than the
/// page has. The filter is written as `key <= k AND (key < k OR id < i)`, because an index on (key, id) serves its
/// first half.
macro_rules! keyset {
    ($query:expr, $paging:expr, $descending:expr, $key:expr, $id:expr, $cursor:expr) => {{
        use diesel::ExpressionMethods as _;
        let query = match ($cursor, $descending != $paging.backward) {
            (None, _) => $query,
            (Some((key, id)), true) => $query.filter($key.le(key.clone()).and($key.lt(key).or($id.lt(id)))),
            (Some((key, id)), false) => $query.filter($key.ge(key.clone()).and($key.gt(key).or($id.gt(id)))),
        };
        let query = query.limit($paging.limit + 1);
        if $descending != $paging.backward {
            query.order(($key.desc(), $id.desc()))
        } else {
            query.order(($key.asc(), $id.asc()))
        }
    }};
}
pub(crate) use keyset;
