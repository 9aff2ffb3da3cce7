//! Lists of orders and of their timeline entries.

use async_graphql::InputObject;
use rust_decimal::Decimal;

use super::model::Order;
use super::status::OrderStatus;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::UserError;
use crate::kernel::ids::{CustomerId, OrderId, TimelineEntryId};
use crate::kernel::page::{Key, PageArgs, PageRequest};
use crate::kernel::string_enum;

string_enum! {
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
    /// The filter.
    pub filter: OrderFilter,
    pub(super) sort: OrderSort,
    pub(super) paging: PageRequest,
}

impl OrderList {
    /// Creates the page request. Refuses cursors of another sort order.
    pub fn new(filter: OrderFilter, sort: OrderSort, args: &PageArgs) -> Result<Self, UserError> {
        let paging = PageRequest::new(args, sort.as_str())?;
        match sort {
            OrderSort::Newest | OrderSort::Oldest => paging.key::<Timestamp>().map(drop)?,
            OrderSort::TotalDesc | OrderSort::TotalAsc => paging.key::<Decimal>().map(drop)?,
        }
        Ok(Self { filter, sort, paging })
    }

    /// The cursor's key and order id, which `new` has validated.
    pub(super) fn cursor<K: Key>(&self) -> Option<(K, OrderId)> {
        self.paging.key().ok().flatten().map(|(key, id)| (key, OrderId(id)))
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
    /// Only orders with exactly this email address.
    pub email: Option<String>,
    /// Only orders placed at or after this time.
    pub placed_from: Option<Timestamp>,
    /// Only orders placed before this time.
    pub placed_before: Option<Timestamp>,
    /// The number, or a piece of the email address: an argument of its own.
    #[graphql(skip)]
    pub query: Option<String>,
}

/// A page of an order's timeline, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timeline {
    /// The order.
    pub order_id: OrderId,
    /// Whether entries that only staff see are included.
    pub internal: bool,
    pub(super) paging: PageRequest,
}

impl Timeline {
    /// Creates the page request. Refuses cursors of other lists.
    pub fn new(order_id: OrderId, internal: bool, args: &PageArgs) -> Result<Self, UserError> {
        let paging = PageRequest::new(args, "OLDEST")?;
        paging.key::<Timestamp>()?;
        Ok(Self { order_id, internal, paging })
    }

    /// The cursor's key and entry id, which `new` has validated.
    pub(super) fn cursor(&self) -> Option<(Timestamp, TimelineEntryId)> {
        self.paging.key().ok().flatten().map(|(key, id)| (key, TimelineEntryId(id)))
    }
}
