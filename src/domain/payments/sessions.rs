//! Payment sessions: opening, storing, attaching to an order, updating and canceling.

use chrono::TimeDelta;
use serde_json::{Map, Value};

use super::event::{EventOrigin, PaymentEvent};
use super::model::{Payment, PaymentFailure, PaymentSession, SessionStatus, TransactionKind, TransactionResult};
use super::provider::{Open, ProviderStatus};
use super::{PaymentError, Payments, repo};
use crate::db::Conn;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::{CartId, CustomerId, OrderId, PaymentMethodId, PaymentSessionId};
use crate::kernel::money::Money;
use crate::kernel::text::Validator;
use rust_decimal::Decimal;

/// How long a shopper has to complete the cart.
const LIFETIME: TimeDelta = TimeDelta::hours(24);
/// The minimum remaining lifetime while a cart is completed, whatever the shopper and the provider do.
const TIME_TO_COMPLETE: TimeDelta = TimeDelta::hours(1);
/// The maximum size of the data that a client may pass to a provider, in bytes.
const MAX_DATA: usize = 8_000;

/// A session to open.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// The cart it pays for.
    pub cart: CartId,
    /// The cart's version.
    pub cart_version: i32,
    /// The customer who pays; `None` for a guest.
    pub customer: Option<CustomerId>,
    /// The provider's name.
    pub provider: String,
    /// The amount to pay.
    pub total: Money,
    /// The client's data for the provider: an object. `paymentMethod` may be the ID of a saved method.
    pub data: Value,
    /// The URL that the shopper returns to.
    pub return_url: Option<String>,
}

impl Payments {
    /// Opens a session with its provider. It is not stored yet: see [`Self::store_in`]. Release a session that is not
    /// stored with [`Self::release`].
    pub async fn open(&self, new: OpenSession) -> Result<PaymentSession, PaymentError> {
        check(&new.data, new.return_url.as_deref())?;
        let provider = self.available_provider(&new.provider)?;
        if new.total.amount.is_zero() {
            return Err(PaymentError::NothingToPay);
        }
        let mut data = match new.data {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let customer = match new.customer {
            Some(customer) => {
                let conn = self.db.conn().await?;
                self.known_as(&conn, customer, &new.provider, &mut data).await?
            }
            None => None,
        };
        let (id, now) = (PaymentSessionId::new(), self.clock.now());
        let data = Value::Object(data);
        let (key, amount, return_url) = (id.to_string(), new.total, new.return_url.as_deref());
        let request = Open { amount, key: &key, customer: customer.as_deref(), data: &data, return_url };
        let opened = self.answer(&new.provider, provider.open(&request)).await?;
        let mut session = PaymentSession {
            id,
            cart_id: new.cart,
            provider: new.provider,
            currency: amount.currency,
            amount: amount.amount,
            cart_version: new.cart_version,
            status: SessionStatus::Created,
            reference: opened.reference,
            created_at: now,
            updated_at: now,
            customer_id: new.customer,
            data: merged(data, opened.data),
            action: None,
            failure: None,
            return_url: new.return_url,
            expires_at: now + LIFETIME,
        };
        session.apply_status(&opened.provider_status);
        Ok(session)
    }

    /// Returns the provider's reference for the customer. Resolves the ID of a saved method in the data to its
    /// reference.
    async fn known_as(
        &self,
        conn: &Conn,
        customer: CustomerId,
        provider: &str,
        data: &mut Map<String, Value>,
    ) -> Result<Option<String>, PaymentError> {
        let named = data.get("paymentMethod").and_then(Value::as_str);
        let named = named.and_then(|named| named.parse::<PaymentMethodId>().ok());
        if let Some(id) = named {
            let method = repo::methods::find(conn, customer, id).await?.filter(|method| method.provider == provider);
            let unknown = || UserError::new(ErrorCode::NotFound, "There is no such saved payment method.");
            let method = method.ok_or_else(|| unknown().at("data.paymentMethod"))?;
            data.insert("paymentMethod".to_owned(), Value::String(method.reference));
        }
        Ok(repo::methods::customer(conn, customer, provider).await?)
    }

    /// Stores a session and its payment as the cart's only open session, in the caller's transaction, which holds the
    /// cart's lock. Returns the sessions it replaces (rule D3): release them after the commit.
    pub async fn store_in(&self, conn: &Conn, session: &PaymentSession) -> Result<Vec<PaymentSession>, PaymentError> {
        repo::webhooks::lock_reference(conn, &session.provider, &session.reference).await?;
        let replaced = self.cancel_in(conn, session.cart_id, SessionStatus::Canceled, None).await?;
        repo::sessions::insert(conn, session).await?;
        let mut payment = payment_of(session);
        repo::payments::insert(conn, &payment).await?;
        if session.status == SessionStatus::Authorized {
            let held = PaymentEvent::new(
                TransactionKind::Authorize,
                TransactionResult::Success,
                session.amount,
                &session.reference,
            );
            self.record(conn, &mut payment, EventOrigin::by_api(self.clock.now()), vec![held]).await?;
        }
        self.apply_unmatched_in(conn, &session.provider, &session.reference).await?;
        Ok(replaced)
    }

    /// Closes a cart's open session, in the caller's transaction, and returns it: release it after the commit. A
    /// session of an in-process provider is released immediately.
    pub async fn cancel_in(
        &self,
        conn: &Conn,
        cart: CartId,
        to: SessionStatus,
        failure: Option<PaymentFailure>,
    ) -> Result<Vec<PaymentSession>, PaymentError> {
        let ended = repo::sessions::close_open(conn, cart, to, failure, self.clock.now()).await?;
        for session in ended.iter().filter(|session| !self.is_remote(&session.provider)) {
            self.record_void_in(conn, session).await?;
        }
        Ok(ended)
    }

    /// Records that a session's authorized amount is released.
    pub(super) async fn record_void_in(&self, conn: &Conn, session: &PaymentSession) -> Result<(), PaymentError> {
        let Some(mut payment) = repo::payments::lock_of_session(conn, session.id).await? else { return Ok(()) };
        let held = payment.capturable();
        if held > Decimal::ZERO {
            let freed = PaymentEvent::new(TransactionKind::Void, TransactionResult::Success, held, &session.reference);
            self.record(conn, &mut payment, EventOrigin::by_api(self.clock.now()), vec![freed]).await?;
        }
        Ok(())
    }

    /// Locks and returns the cart's open session, whose amount must equal the amount due. It does not expire while the
    /// cart is completed.
    pub async fn lock_session_in(&self, conn: &Conn, cart: CartId, due: Money) -> Result<PaymentSession, PaymentError> {
        let now = self.clock.now();
        let session = repo::sessions::lock_open(conn, cart).await?;
        let session = session.filter(|session| session.status_at(now).is_open());
        let mut session = session.ok_or(PaymentError::Required)?;
        if (session.amount, session.currency) != (due.amount, due.currency) {
            return Err(PaymentError::AmountMismatch { promised: Money::new(session.amount, session.currency), due });
        }
        if session.expires_at < now + TIME_TO_COMPLETE {
            session.expires_at = now + TIME_TO_COMPLETE;
            repo::sessions::update(conn, &session).await?;
        }
        Ok(session)
    }

    /// Attaches a session's payment to an order, once, in the caller's transaction. Fails unless the amount is
    /// authorized; an in-process provider is asked to authorize it here.
    pub async fn attach_to_order_in(
        &self,
        conn: &Conn,
        session: &PaymentSession,
        order: OrderId,
    ) -> Result<Payment, PaymentError> {
        let now = self.clock.now();
        let Some(mut payment) = repo::sessions::bind(conn, session.id, order, now).await? else {
            let ended = self.find_session(conn, session.id).await?.ok_or(PaymentError::NotFound)?;
            return Err(PaymentError::InvalidState(ended.status));
        };
        if payment.authorized - payment.voided < session.amount && !self.is_remote(&session.provider) {
            let provider_status = self.authorize(session, &session.id.to_string(), 1).await?;
            if let ProviderStatus::Failed(failure) = provider_status {
                return Err(PaymentError::declined(failure));
            }
            self.record(conn, &mut payment, EventOrigin::by_api(now), provider_status.payment_events(session)).await?;
        }
        if payment.authorized - payment.voided < session.amount {
            return Err(PaymentError::NotAuthorized { status: session.status, action: session.action.clone() });
        }
        Ok(payment)
    }

    /// Updates the client's data for a session's provider, in the caller's transaction. Clears an earlier failure.
    pub async fn update_in(
        &self,
        conn: &Conn,
        id: PaymentSessionId,
        data: Value,
    ) -> Result<PaymentSession, PaymentError> {
        check(&data, None)?;
        let mut session = repo::sessions::lock(conn, id).await?.ok_or(PaymentError::NotFound)?;
        self.expect_open(&session)?;
        let mut fields = match data {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        if let Some(customer) = session.customer_id {
            self.known_as(conn, customer, &session.provider, &mut fields).await?;
        }
        session.data = merged(session.data, Value::Object(fields));
        check(&session.data, None)?;
        session.failure = None;
        session.updated_at = self.clock.now();
        repo::sessions::update(conn, &session).await?;
        Ok(session)
    }

    /// Cancels one session, in the caller's transaction, and returns it: release it after the commit.
    pub async fn cancel_session_in(&self, conn: &Conn, id: PaymentSessionId) -> Result<PaymentSession, PaymentError> {
        let session = repo::sessions::lock(conn, id).await?.ok_or(PaymentError::NotFound)?;
        self.expect_open(&session)?;
        let mut ended = self.cancel_in(conn, session.cart_id, SessionStatus::Canceled, None).await?;
        ended.pop().ok_or(PaymentError::NotFound)
    }

    fn expect_open(&self, session: &PaymentSession) -> Result<(), PaymentError> {
        let status = session.status_at(self.clock.now());
        if status.is_open() { Ok(()) } else { Err(PaymentError::InvalidState(status)) }
    }
}

/// Creates the payment of a session.
fn payment_of(session: &PaymentSession) -> Payment {
    Payment {
        session_id: Some(session.id),
        provider: session.provider.clone(),
        reference: session.reference.clone(),
        ..Payment::new(session.currency, session.created_at)
    }
}

/// Merges the fields of two objects; the second wins.
fn merged(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Object(mut first), Value::Object(second)) => {
            first.extend(second);
            Value::Object(first)
        }
        (first, _) => first,
    }
}

/// Checks that the data is an object and not too large, and that the return URL is valid.
fn check(data: &Value, return_url: Option<&str>) -> Result<(), PaymentError> {
    let mut validator = Validator::new();
    if !(data.is_object() || data.is_null()) {
        validator.add("data", ErrorCode::Invalid, "This must be an object.");
    }
    let text = data.to_string();
    if text.len() > MAX_DATA {
        validator.add("data", ErrorCode::TooLong, format!("This must not be longer than {MAX_DATA} bytes."));
    }
    if text.contains("\\u0000") {
        validator.add("data", ErrorCode::InvalidText, "NUL characters are not allowed here.");
    }
    if let Some(url) = return_url {
        validator.url("returnUrl", url);
    }
    validator.finish().map_err(PaymentError::Invalid)
}
