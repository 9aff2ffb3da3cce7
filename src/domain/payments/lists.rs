//! Lists of payments and webhook events for staff.

use async_graphql::InputObject;

use super::model::WebhookEventStatus;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::UserError;
use crate::kernel::ids::{OrderId, PaymentId};
use crate::kernel::page::{Key, PageArgs, PageRequest};
use crate::kernel::string_enum;
use crate::kernel::text::strip_nul;

string_enum! {
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
    /// The filter.
    pub filter: PaymentFilter,
    /// The sort order.
    pub sort: PaymentSort,
    /// The page.
    pub paging: PageRequest,
}

impl PaymentList {
    /// Creates a list from client arguments, restricted to payments with the reference `query`, if given. Fails if the
    /// cursor belongs to another sort order.
    pub fn new(
        filter: PaymentFilter,
        query: Option<String>,
        sort: PaymentSort,
        args: &PageArgs,
    ) -> Result<Self, UserError> {
        let paging = PageRequest::new(args, sort.as_str())?;
        paging.key::<Timestamp>()?;
        let reference = query.map(|text| strip_nul(text).trim().to_owned()).filter(|text| !text.is_empty());
        let filter = PaymentFilter { reference, ..filter };
        Ok(Self { filter, sort, paging })
    }

    pub(super) fn cursor<K: Key>(&self) -> Option<(K, PaymentId)> {
        self.paging.key().ok().flatten().map(|(key, id)| (key, PaymentId(id)))
    }
}

/// A filter for webhook events. Omitted fields do not restrict the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
#[graphql(name = "PaymentWebhookEventFilterInput")]
pub struct WebhookEventFilter {
    /// Only events of this provider.
    pub provider: Option<String>,
    /// Only events with this status.
    pub status: Option<WebhookEventStatus>,
}
