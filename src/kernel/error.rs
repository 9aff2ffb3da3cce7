//! Error codes, and the errors that callers see.

use serde_json::{Value, json};

use super::string_enum;

string_enum! {
    /// Machine-readable error codes. Codes may be added, but are never renamed.
    ErrorCode {
        /// A value is invalid: see the message and the path.
        Invalid = "INVALID",
        /// A required value is missing or blank.
        Required = "REQUIRED",
        /// A text is too long.
        TooLong = "TOO_LONG",
        /// A text contains characters that are not allowed: control characters, or HTML where plain text is expected.
        InvalidText = "INVALID_TEXT",
        /// An email address is invalid.
        InvalidEmail = "INVALID_EMAIL",
        /// A quantity is too small or too large.
        InvalidQuantity = "INVALID_QUANTITY",
        /// An amount is negative, too large, or has more decimals than its currency.
        InvalidAmount = "INVALID_AMOUNT",
        /// The arguments for a page are invalid, such as a malformed cursor, or `first` together with `last`.
        InvalidPage = "INVALID_PAGE",
        /// An id is malformed, or belongs to an object of another type.
        InvalidId = "INVALID_ID",
        /// The object does not exist, or the caller may not access it.
        NotFound = "NOT_FOUND",
        /// The handle, SKU, name or email address is already taken.
        Taken = "TAKEN",
        /// The object is still in use by another one.
        InUse = "IN_USE",
        /// The object has changed since the version that was given.
        StaleVersion = "STALE_VERSION",
        /// The email address or the password is wrong.
        InvalidCredentials = "INVALID_CREDENTIALS",
        /// The password is too short or too long.
        WeakPassword = "WEAK_PASSWORD",
        /// The currency is not that of the region or of the cart.
        CurrencyMismatch = "CURRENCY_MISMATCH",
        /// The region does not serve the country.
        CountryNotServed = "COUNTRY_NOT_SERVED",
        /// The variant cannot be bought: its product is not published, or it has no price in this region.
        NotPurchasable = "NOT_PURCHASABLE",
        /// Fewer units are available than requested; details.available is the number of available units.
        InsufficientStock = "INSUFFICIENT_STOCK",
        /// The cart has already become an order; details.orderId is the id of the order.
        CartCompleted = "CART_COMPLETED",
        /// The cart is being completed: it cannot be changed until its payment has succeeded, failed or been canceled.
        CartCompleting = "CART_COMPLETING",
        /// The cart cannot be completed yet: see the path for what is missing.
        CartIncomplete = "CART_INCOMPLETE",
        /// The shipping option is not available for this cart.
        ShippingUnavailable = "SHIPPING_UNAVAILABLE",
        /// Prices, tax rates or shipping have changed since the shopper last saw the total. The cart now shows the new
        /// total.
        PriceChanged = "PRICE_CHANGED",
        /// The authorized amount differs from the current total of the cart.
        AmountMismatch = "AMOUNT_MISMATCH",
        /// The cart must be paid first: create a payment session.
        PaymentRequired = "PAYMENT_REQUIRED",
        /// The payment provider declined the payment.
        PaymentDeclined = "PAYMENT_DECLINED",
        /// The payment provider cannot be reached at the moment. Nothing was charged: try again, or pay in another way.
        PaymentUnavailable = "PAYMENT_UNAVAILABLE",
        /// Two prices of a variant are for the same buyers and overlapping quantities.
        TierOverlap = "TIER_OVERLAP",
        /// An end is not after its start.
        InvalidDates = "INVALID_DATES",
        /// A percentage is not above 0 and at most 100.
        InvalidPercentage = "INVALID_PERCENTAGE",
        /// A tax rate is not between 0 and 1.
        InvalidRate = "INVALID_RATE",
        /// A budget or a limit is below what is already used.
        BudgetSpent = "BUDGET_SPENT",
        /// A promotion of the cart was used up in the meantime. The cart now shows its total without the promotion.
        PromoLimit = "PROMO_LIMIT",
        /// The state of the object does not allow this.
        InvalidState = "INVALID_STATE",
        /// Log in first, or log in again: the token is missing, malformed or expired.
        Unauthenticated = "UNAUTHENTICATED",
        /// The caller does not have permission.
        Forbidden = "FORBIDDEN",
        /// The shop is too busy at the moment: try again.
        Unavailable = "UNAVAILABLE",
        /// An internal error. It is logged with the request id of the response.
        Internal = "INTERNAL",
    }
}

/// An error in a request that the caller can fix.
#[derive(Clone, Debug, PartialEq)]
pub struct UserError {
    /// The machine-readable error code.
    pub code: ErrorCode,
    /// The human-readable message: one sentence.
    pub message: String,
    /// The path to the invalid input, as names and indexes from the mutation's arguments down, such as
    /// `["lines", "0", "quantity"]`.
    pub path: Vec<String>,
    /// Machine-readable details, such as `{"available": 3}`.
    pub details: Option<Value>,
}

impl UserError {
    /// Creates an error without a path.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), path: Vec::new(), details: None }
    }

    /// Creates the error for an id that does not exist. `what` is the kind of object, such as `tax class`.
    pub fn not_found(what: &str, path: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no such {what}.")).at(path)
    }

    /// Sets the path, given as `lines.0.quantity`.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.path = path.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        self
    }

    /// Sets the details.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }
}

/// Rejects an update if the object has changed since the version that the caller read. Without a version, accepts any.
pub fn unchanged(expected: Option<i32>, actual: i32) -> Result<(), UserError> {
    let Some(expected) = expected.filter(|expected| *expected != actual) else { return Ok(()) };
    let message = format!("This has changed since version {expected}: read version {actual} and try again.");
    Err(UserError::new(ErrorCode::StaleVersion, message).at("expectedVersion").with(json!({ "version": actual })))
}

/// Returns an error if some of `ids` do not exist, given what was found, changed or deleted for them.
pub fn all_found<Id: Ord + Copy, T>(what: &str, ids: &[Id], found: &[T]) -> Result<(), UserError> {
    if found.len() < super::ids::distinct(ids) { Err(UserError::not_found(what, "ids")) } else { Ok(()) }
}

/// Converts a domain error into errors for the caller.
pub trait UserFacing: std::error::Error + Send + Sync + 'static {
    /// Returns the errors that the caller can fix. Empty for internal errors.
    fn user_errors(&self) -> Vec<UserError>;
}
