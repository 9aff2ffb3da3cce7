//! Lists of payments and notices, as staff ask for them.

use super::model::NoticeStatus;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Problem;
use crate::kernel::ids::{OrderId, PaymentId};
use crate::kernel::page::{Key, PageArgs, Window};
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

/// Which payments to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PaymentFilter {
    /// Of this provider.
    pub provider: Option<String>,
    /// Of this order.
    pub order_id: Option<OrderId>,
    /// True: with something that can be captured; false: without.
    pub capturable: Option<bool>,
    /// True: with something asked for and not answered yet; false: without.
    pub pending: Option<bool>,
    /// With this reference.
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
    /// A page that a client asks for; a cursor of another order is refused.
    pub fn new(filter: PaymentFilter, sort: PaymentSort, args: &PageArgs) -> Result<Self, Problem> {
        let window = Window::new(args, sort.word())?;
        window.key::<Timestamp>()?;
        Ok(Self { filter, sort, window })
    }

    pub(super) fn beyond<K: Key>(&self) -> Option<(K, PaymentId)> {
        self.window.key().ok().flatten().map(|(key, id)| (key, PaymentId(id)))
    }
}

/// Which notices to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NoticeFilter {
    /// Of this provider.
    pub provider: Option<String>,
    /// In this state.
    pub status: Option<NoticeStatus>,
}
