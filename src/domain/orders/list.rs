//! Lists of orders, and of what happened to them.

use async_graphql::InputObject;
use rust_decimal::Decimal;

use super::model::Order;
use super::status::OrderStatus;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Problem;
use crate::kernel::ids::{CustomerId, OrderId, TimelineEntryId};
use crate::kernel::page::{Key, PageArgs, Window};
use crate::kernel::words;

words! {
    /// The order in which a list of orders is sorted.
    OrderSort {
        /// Newest first.
        Newest = "NEWEST",
        /// Oldest first.
        Oldest = "OLDEST",
        /// Largest total first.
        TotalDesc = "TOTAL_DESC",
        /// Smallest total first.
        TotalAsc = "TOTAL_ASC",
    }
}

impl OrderSort {
    pub(super) fn key(self, order: &Order) -> String {
        match self {
            Self::Newest | Self::Oldest => order.placed_at.to_rfc3339(),
            Self::TotalDesc | Self::TotalAsc => order.total_gross.to_string(),
        }
    }
}

/// A page of a list of orders.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderList {
    /// Which orders.
    pub filter: OrderFilter,
    pub(super) sort: OrderSort,
    pub(super) window: Window,
}

impl OrderList {
    /// The page that is asked for. Refused are cursors that do not belong to the sort.
    pub fn new(filter: OrderFilter, sort: OrderSort, args: &PageArgs) -> Result<Self, Problem> {
        let window = Window::new(args, sort.word())?;
        match sort {
            OrderSort::Newest | OrderSort::Oldest => window.key::<Timestamp>().map(drop)?,
            OrderSort::TotalDesc | OrderSort::TotalAsc => window.key::<Decimal>().map(drop)?,
        }
        Ok(Self { filter, sort, window })
    }

    /// The cursor's key and order, which `new` has read before.
    pub(super) fn beyond<K: Key>(&self) -> Option<(K, OrderId)> {
        self.window.key().ok().flatten().map(|(key, id)| (key, OrderId(id)))
    }
}

/// A filter for orders. Omitted fields do not restrict the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
#[graphql(name = "OrderFilterInput")]
pub struct OrderFilter {
    /// Only orders of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only orders with one of these statuses.
    pub status: Option<Vec<OrderStatus>>,
    /// True: only orders that are on hold; false: only orders that are not.
    pub on_hold: Option<bool>,
    /// True: only orders with nothing left to fulfill, except canceled ones; false: only orders with something left.
    pub fulfilled: Option<bool>,
    /// Only the order with this number.
    pub number: Option<i64>,
    /// Only orders with exactly this e-mail address.
    pub email: Option<String>,
    /// Only orders placed at or after this time.
    pub placed_from: Option<Timestamp>,
    /// Only orders placed before this time.
    pub placed_before: Option<Timestamp>,
    /// The number, or a piece of the e-mail address: an argument of its own.
    #[graphql(skip)]
    pub query: Option<String>,
}

/// A page of what happened to an order, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timeline {
    /// To which order.
    pub order_id: OrderId,
    /// Whether what only staff see is shown too.
    pub internal: bool,
    pub(super) window: Window,
}

impl Timeline {
    /// The page that is asked for. Refused are cursors of other lists.
    pub fn new(order_id: OrderId, internal: bool, args: &PageArgs) -> Result<Self, Problem> {
        let window = Window::new(args, "OLDEST")?;
        window.key::<Timestamp>()?;
        Ok(Self { order_id, internal, window })
    }

    /// The cursor's key and order, which `new` has read before.
    pub(super) fn beyond(&self) -> Option<(Timestamp, TimelineEntryId)> {
        self.window.key().ok().flatten().map(|(key, id)| (key, TimelineEntryId(id)))
    }
}
