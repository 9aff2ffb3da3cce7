//! Error codes, and what a caller is told of a problem.

use serde_json::Value;

use super::words;

words! {
    /// What went wrong, for programs. Codes are added, never renamed.
    ErrorCode {
        /// A value has the wrong form: see the message and the path.
        Invalid = "INVALID",
        /// A value that must be there is missing or blank.
        Required = "REQUIRED",
        /// A text is longer than it may be.
        TooLong = "TOO_LONG",
        /// A text holds characters that are not taken here: control characters, or HTML where plain text is expected.
        InvalidText = "INVALID_TEXT",
        /// An e-mail address is malformed.
        InvalidEmail = "INVALID_EMAIL",
        /// A quantity is below or above what is taken.
        InvalidQuantity = "INVALID_QUANTITY",
        /// An amount is negative, too large, or has more digits than its currency.
        InvalidAmount = "INVALID_AMOUNT",
        /// A page was asked for in a way that makes no sense: a malformed cursor, or first and last together.
        InvalidPage = "INVALID_PAGE",
        /// An id is malformed, or belongs to another kind of thing.
        InvalidId = "INVALID_ID",
        /// There is no such thing, or not for this caller.
        NotFound = "NOT_FOUND",
        /// Something with the same handle, SKU, name or e-mail address exists already.
        Taken = "TAKEN",
        /// Something else still depends on it.
        InUse = "IN_USE",
        /// The thing was changed by somebody else since the version that was given.
        StaleVersion = "STALE_VERSION",
        /// The e-mail address or password is wrong.
        InvalidCredentials = "INVALID_CREDENTIALS",
        /// A password is too short or too long.
        WeakPassword = "WEAK_PASSWORD",
        /// The currency is not the one of the region or of the cart.
        CurrencyMismatch = "CURRENCY_MISMATCH",
        /// The country is not served by this region.
        CountryNotServed = "COUNTRY_NOT_SERVED",
        /// The variant is not for sale: its product is unpublished, or it has no price in this region.
        NotPurchasable = "NOT_PURCHASABLE",
        /// There are fewer units than asked for; details.available says how many.
        InsufficientStock = "INSUFFICIENT_STOCK",
        /// The cart has become an order; details.orderId says which.
        CartCompleted = "CART_COMPLETED",
        /// The cart is being completed: it cannot be changed until its payment has succeeded, failed or been given up.
        CartCompleting = "CART_COMPLETING",
        /// The cart cannot be completed yet: see the path for what is missing.
        CartIncomplete = "CART_INCOMPLETE",
        /// The shipping option is not offered for this cart.
        ShippingUnavailable = "SHIPPING_UNAVAILABLE",
        /// Prices, rates or shipping changed since the shopper last saw the total. The cart now shows the new one.
        PriceChanged = "PRICE_CHANGED",
        /// What was authorised is not what the cart costs now.
        AmountMismatch = "AMOUNT_MISMATCH",
        /// The cart has to be paid first: open a payment session.
        PaymentRequired = "PAYMENT_REQUIRED",
        /// The payment provider refused.
        PaymentDeclined = "PAYMENT_DECLINED",
        /// The payment provider cannot be reached right now. Nothing was charged: try again, or pay in another way.
        PaymentUnavailable = "PAYMENT_UNAVAILABLE",
        /// Two prices of one variant are for the same buyers and the same number of units.
        TierOverlap = "TIER_OVERLAP",
        /// An end that is not after its start.
        InvalidDates = "INVALID_DATES",
        /// A percentage that is not above 0 and at most 100.
        InvalidPercentage = "INVALID_PERCENTAGE",
        /// A rate of tax that is not from 0 to 1.
        InvalidRate = "INVALID_RATE",
        /// A budget or a limit below what was spent or used already.
        BudgetSpent = "BUDGET_SPENT",
        /// A promotion of the cart was used up meanwhile. The cart now shows what it costs without it.
        PromoLimit = "PROMO_LIMIT",
        /// The thing is not in a state that allows this.
        InvalidState = "INVALID_STATE",
        /// Log in first, or again: the token is missing, malformed or expired.
        Unauthenticated = "UNAUTHENTICATED",
        /// The caller is known and may not do this.
        Forbidden = "FORBIDDEN",
        /// The shop is too busy right now: try again.
        Unavailable = "UNAVAILABLE",
        /// A fault on our side. It is logged under the request id of the answer.
        Internal = "INTERNAL",
    }
}

/// One thing that is wrong with a request and that its sender can mend.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What is wrong, for programs.
    pub code: ErrorCode,
    /// What is wrong, for people, in one sentence.
    pub message: String,
    /// Where, as names and indexes from the mutation's arguments down, such as `["lines", "0", "quantity"]`.
    pub path: Vec<String>,
    /// Facts that a program may need, such as `{"available": 3}`.
    pub details: Option<Value>,
}

impl Problem {
    /// A problem at no place in particular.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), path: Vec::new(), details: None }
    }

    /// The same problem at a place, given as `lines.0.quantity`.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.path = path.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        self
    }

    /// The same problem with facts.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }
}

/// What every domain's error can say of itself to a caller.
pub trait Explain: std::error::Error + Send + Sync + 'static {
    /// What the caller can mend; empty for a fault on our side.
    fn problems(&self) -> Vec<Problem>;
}
