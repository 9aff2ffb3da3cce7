//! Relay connections: ordinary objects, implemented once for all types.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::keys::Key;
use crate::loads::{BoxFuture, Loads, Source};
use crate::table::{Field, Kind, Object, Shape, target};
use crate::{AbstractTable, Leaf, Result, Row, cast, object, parts};

/// The number of rows over all pages. It is only computed if `totalCount` is selected.
#[derive(Clone)]
pub enum Total {
    /// A known number.
    Known(i64),
    /// A function that counts.
    Lazy(Count),
}

impl Total {
    /// Creates a total that is counted by this function.
    pub fn lazy<F>(count: impl Fn(Arc<Loads>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<i64>> + Send + 'static,
    {
        Self::Lazy(Arc::new(move |loads| Box::pin(count(loads))))
    }
}

impl Default for Total {
    fn default() -> Self {
        Self::Known(0)
    }
}

/// A page of rows.
#[derive(Clone)]
pub struct Page<R> {
    /// Each row with its cursor.
    pub entries: Vec<(String, Arc<R>)>,
    /// Whether there are rows before these.
    pub has_previous: bool,
    /// Whether there are rows after these.
    pub has_next: bool,
    /// The number of rows over all pages.
    pub total: Total,
}

impl<R> Default for Page<R> {
    fn default() -> Self {
        Self { entries: Vec::new(), has_previous: false, has_next: false, total: Total::default() }
    }
}

/// The type `XConnection` of an object `X`.
pub struct Connection<O>(PhantomData<fn() -> O>);
/// The type `XEdge` of an object `X`.
pub struct Edge<O>(PhantomData<fn() -> O>);

/// Returns the connection type of an object, for use in a table.
pub const fn connection<O: Object>(_: &O) -> Connection<O> {
    Connection(PhantomData)
}

/// The row type of `PageInfo`, independent of the page's rows.
pub struct PageBounds {
    has_previous_page: bool,
    has_next_page: bool,
    start_cursor: Option<String>,
    end_cursor: Option<String>,
}

object! {
    /// Information about pagination in a connection
    pub PageInfo for PageBounds {
        /// When paginating backwards, are there more items?
        has_previous_page;
        /// When paginating forwards, are there more items?
        has_next_page;
        /// When paginating backwards, the cursor to continue.
        start_cursor;
        /// When paginating forwards, the cursor to continue.
        end_cursor;
    }
}

type Count = Arc<dyn Fn(Arc<Loads>) -> BoxFuture<'static, Result<i64>> + Send + Sync>;

/// Counts unknown totals concurrently, so that their loads are batched. A failure does not affect the others, which may
/// be of other types.
static TOTALS: Source<TotalKey, i64> = Source::new("totalCount", |loads, keys| {
    Box::pin(async move {
        let counts = keys.iter().map(|key| {
            let (loads, TotalKey(count)) = (loads.clone(), key.as_other::<TotalKey>());
            async move {
                match count(loads).await {
                    Ok(total) => (key.clone(), Arc::new(total) as Row),
                    Err(error) => (key.clone(), Arc::new(error) as Row),
                }
            }
        });
        Ok(futures_util::future::join_all(counts).await)
    })
});

/// A count function as a key: equal keys are counted once.
#[derive(Clone)]
struct TotalKey(Count);

impl TotalKey {
    fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

impl PartialEq for TotalKey {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for TotalKey {}

impl std::hash::Hash for TotalKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl std::fmt::Debug for TotalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotalKey")
    }
}

impl crate::AsKey for TotalKey {
    fn to_key(&self) -> Key {
        Key::other(self.clone())
    }

    fn from_key(key: &Key) -> Self {
        key.as_other()
    }
}

impl<O: Object> Object for Connection<O> {
    type Row = Page<O::Row>;
    const DOC: &'static [&'static str] = &[];
    const IMPLEMENTS: &'static [fn() -> &'static AbstractTable] = &[];
    const FIELDS: &'static [Field] = &[
        crate::field!(Page<O::Row>; (), "page_info", page_info, embed(PageInfo, |page| PageBounds {
            has_previous_page: page.has_previous,
            has_next_page: page.has_next,
            start_cursor: page.entries.first().map(|entry| entry.0.clone()),
            end_cursor: page.entries.last().map(|entry| entry.0.clone()),
        }))
        .docs(&["Information to aid in pagination."]),
        Field::new(
            "edges",
            parts::objects(Shape::Many),
            Kind::Embed {
                target: target::<Edge<O>>,
                shape: Shape::Many,
                rows: |input, out| {
                    let page: &Page<O::Row> = input.row();
                    out.extend(
                        page.entries.iter().map(|(cursor, row)| Arc::new((cursor.clone(), row.clone() as Row)) as Row),
                    );
                    Ok(true)
                },
                visit: |input, visit| {
                    let page: &Page<O::Row> = input.row();
                    page.entries.iter().for_each(|(cursor, row)| visit(&(cursor.clone(), row.clone() as Row)));
                    Ok(true)
                },
            },
        )
        .infallible()
        .docs(&["A list of edges."]),
        Field::new(
            "nodes",
            parts::objects(Shape::Many),
            Kind::Embed {
                target: target::<O>,
                shape: Shape::Many,
                rows: |input, out| {
                    let page: &Page<O::Row> = input.row();
                    out.extend(page.entries.iter().map(|entry| entry.1.clone() as Row));
                    Ok(true)
                },
                visit: |input, visit| {
                    let page: &Page<O::Row> = input.row();
                    page.entries.iter().for_each(|entry| visit(&*entry.1));
                    Ok(true)
                },
            },
        )
        .infallible()
        .docs(&["A list of nodes."]),
        Field::new(
            "total_count",
            parts::Part { ty: Some(<i64 as Leaf>::register), nullable: false, fallible: true },
            Kind::Loaded {
                source: &TOTALS.erased,
                key: |input| match &input.row::<Page<O::Row>>().total {
                    Total::Known(_) => Ok(None),
                    Total::Lazy(count) => Ok(Some(Key::other(TotalKey(count.clone())))),
                },
                write: |input, found, out| match (&input.row::<Page<O::Row>>().total, found.first()) {
                    (Total::Known(total), _) => total.put(out),
                    (Total::Lazy(_), total) => total.map_or(&0, |total| cast::<i64>(&**total)).put(out),
                },
            },
        )
        .docs(&["The number of entries on all pages. It is counted only if requested."]),
    ];

    fn name() -> Cow<'static, str> {
        format!("{}Connection", O::name()).into()
    }
}

impl<O: Object> Object for Edge<O> {
    /// A cursor and its row, whose type the table knows.
    type Row = (String, Row);
    const DOC: &'static [&'static str] = &["An edge in a connection."];
    const IMPLEMENTS: &'static [fn() -> &'static AbstractTable] = &[];
    const FIELDS: &'static [Field] = &[
        Field::new(
            "node",
            parts::objects(Shape::One),
            Kind::Embed {
                target: target::<O>,
                shape: Shape::One,
                rows: |input, out| {
                    out.push(input.row::<(String, Row)>().1.clone());
                    Ok(true)
                },
                visit: |input, visit| {
                    visit(&*input.row::<(String, Row)>().1);
                    Ok(true)
                },
            },
        )
        .infallible()
        .docs(&["The item at the end of the edge."]),
        crate::field!((String, Row); (), "cursor", cursor, field(|edge| &edge.0))
            .docs(&["A cursor for use in pagination."]),
    ];

    fn name() -> Cow<'static, str> {
        format!("{}Edge", O::name()).into()
    }
}
