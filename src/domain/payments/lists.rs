//! Lists of payments and notices, as staff ask for them.

use async_graphql::InputObject;

use super::model::NoticeStatus;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Problem;
use crate::kernel::ids::{OrderId, PaymentId};
use crate::kernel::page::{Key, PageArgs, Window};
use crate::kernel::text::storable;
use crate::kernel::words;

words! {
    /// The order in which a list of payments is sorted.
    PaymentSort {
        /// Newest first.
        Newest = "NEWEST",
        /// Oldest first.
        Oldest = "OLDEST",
    }
}

/// A filter for payments. Omitted fields do not restrict the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
#[graphql(name = "PaymentFilterInput")]
pub struct PaymentFilter {
    /// Only payments of this provider.
    pub provider: Option<String>,
    /// Only payments of this order.
    pub order_id: Option<OrderId>,
    /// True: only payments with an amount that can be captured; false: only payments without one.
    pub capturable: Option<bool>,
    /// True: only payments with a request that the provider has not answered; false: only payments without one.
    pub pending: Option<bool>,
    /// Only payments with this reference: what the list is searched for.
    #[graphql(skip)]
    pub reference: Option<String>,
}

/// A page of payments.
#[derive(Clone, Debug)]
pub struct PaymentList {
    /// Which.
    pub filter: PaymentFilter,
    /// In which order.
    pub sort: PaymentSort,
    /// Which page of them.
    pub window: Window,
}

impl PaymentList {
    /// A page that a client asks for, only of payments with the reference that `query` names, if it names one; a cursor
    /// of another order is refused.
    pub fn new(
        filter: PaymentFilter,
        query: Option<String>,
        sort: PaymentSort,
        args: &PageArgs,
    ) -> Result<Self, Problem> {
        let window = Window::new(args, sort.word())?;
        window.key::<Timestamp>()?;
        let reference = query.map(|text| storable(text).trim().to_owned()).filter(|text| !text.is_empty());
        let filter = PaymentFilter { reference, ..filter };
        Ok(Self { filter, sort, window })
    }

    pub(super) fn beyond<K: Key>(&self) -> Option<(K, PaymentId)> {
        self.window.key().ok().flatten().map(|(key, id)| (key, PaymentId(id)))
    }
}

/// A filter for webhook events. Omitted fields do not restrict the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
#[graphql(name = "PaymentNoticeFilterInput")]
pub struct NoticeFilter {
    /// Only events of this provider.
    pub provider: Option<String>,
    /// Only events with this status.
    pub status: Option<NoticeStatus>,
}
