//! Payment sessions: opened, kept, bound, changed and given up.

use chrono::TimeDelta;
use serde_json::{Map, Value};

use super::fact::{Fact, MoneyKind, MoneyResult, Told};
use super::model::{Failure, Payment, PaymentSession, SessionStatus};
use super::provider::{Open, Standing};
use super::{PaymentError, Payments, repo};
use crate::db::Conn;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{CartId, CustomerId, OrderId, PaymentMethodId, PaymentSessionId};
use crate::kernel::money::Money;
use crate::kernel::text::Checks;
use rust_decimal::Decimal;

/// How long a shopper has to complete the cart.
const LIFETIME: TimeDelta = TimeDelta::hours(24);
/// Completing a cart takes less, whatever the shopper and the provider do.
const TIME_TO_COMPLETE: TimeDelta = TimeDelta::hours(1);
/// The most bytes of data that a client may hand to a provider.
const MOST_DATA: usize = 8_000;

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// For which cart.
    pub cart: CartId,
    /// The cart's version.
    pub cart_version: i32,
    /// Who pays; `None` for a guest.
    pub customer: Option<CustomerId>,
    /// The provider's name.
    pub provider: String,
    /// What is to be paid.
    pub total: Money,
    /// What the provider needs to know from the client: an object. A `paymentMethod` may be a saved one's id.
    pub data: Value,
    /// Where the shopper comes back to.
    pub return_url: Option<String>,
}

impl Payments {
    /// Opens a session with its provider. It is not kept yet: see [`Self::keep_in`]; one that is not kept is let go with [`Self::release`].
    pub async fn open(&self, new: OpenSession) -> Result<PaymentSession, PaymentError> {
        check(&new.data, new.return_url.as_deref())?;
        let provider = self.admitted(&new.provider)?;
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
        let ask = Open { amount, key: &key, customer: customer.as_deref(), data: &data, return_url };
        let opened = self.answer(&new.provider, provider.open(&ask)).await?;
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
        session.stand(&opened.standing);
        Ok(session)
    }

    /// What the provider calls the customer. A saved method in the data is put as the provider calls it.
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
            let unknown = || Problem::new(ErrorCode::NotFound, "There is no such saved payment method.");
            let method = method.ok_or_else(|| unknown().at("data.paymentMethod"))?;
            data.insert("paymentMethod".to_owned(), Value::String(method.reference));
        }
        Ok(repo::methods::customer(conn, customer, provider).await?)
    }

    /// Keeps a session as its cart's only open one, with its payment, in the caller's transaction, which holds the cart's
    /// lock. Gives the ones that it replaces (rule D3): let them go after the commit.
    pub async fn keep_in(&self, conn: &Conn, session: &PaymentSession) -> Result<Vec<PaymentSession>, PaymentError> {
        repo::notices::take_turns(conn, &session.provider, &session.reference).await?;
        let replaced = self.give_up_in(conn, session.cart_id, SessionStatus::Cancelled, None).await?;
        repo::sessions::insert(conn, session).await?;
        let mut payment = payment_of(session);
        repo::payments::insert(conn, &payment).await?;
        if session.status == SessionStatus::Authorized {
            let held = Fact::new(MoneyKind::Authorize, MoneyResult::Success, session.amount, &session.reference);
            self.record(conn, &mut payment, Told::by_api(self.clock.now()), vec![held]).await?;
        }
        self.apply_parked_in(conn, &session.provider, &session.reference).await?;
        Ok(replaced)
    }

    /// Gives up a cart's open session, in the caller's transaction, and gives it: let it go after the commit. A provider
    /// that is not outside lets go at once.
    pub async fn give_up_in(
        &self,
        conn: &Conn,
        cart: CartId,
        to: SessionStatus,
        failure: Option<Failure>,
    ) -> Result<Vec<PaymentSession>, PaymentError> {
        let ended = repo::sessions::close_open(conn, cart, to, failure, self.clock.now()).await?;
        for session in ended.iter().filter(|session| !self.is_outside(&session.provider)) {
            self.free_in(conn, session).await?;
        }
        Ok(ended)
    }

    /// Writes down that what a session held is free again.
    pub(super) async fn free_in(&self, conn: &Conn, session: &PaymentSession) -> Result<(), PaymentError> {
        let Some(mut payment) = repo::payments::lock_of_session(conn, session.id).await? else { return Ok(()) };
        let held = payment.capturable();
        if held > Decimal::ZERO {
            let freed = Fact::new(MoneyKind::Void, MoneyResult::Success, held, &session.reference);
            self.record(conn, &mut payment, Told::by_api(self.clock.now()), vec![freed]).await?;
        }
        Ok(())
    }

    /// The cart's open session, which has to promise exactly what is due, locked until the caller's transaction ends. It
    /// does not expire while the cart is completed.
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

    /// Makes a session's payment that of an order, once, in the caller's transaction. What is not held yet is refused,
    /// unless the provider is not outside and can be asked here.
    pub async fn bind_in(
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
        if payment.authorized - payment.voided < session.amount && !self.is_outside(&session.provider) {
            let standing = self.authorize(session, &session.id.to_string(), 1).await?;
            if let Standing::Failed(failure) = standing {
                return Err(PaymentError::declined(failure));
            }
            self.record(conn, &mut payment, Told::by_api(now), standing.facts(session)).await?;
        }
        if payment.authorized - payment.voided < session.amount {
            return Err(PaymentError::NotAuthorized { status: session.status, action: session.action.clone() });
        }
        Ok(payment)
    }

    /// Changes what the client tells a session's provider, in the caller's transaction. A failure of before is forgotten.
    pub async fn update_in(
        &self,
        conn: &Conn,
        id: PaymentSessionId,
        data: Value,
    ) -> Result<PaymentSession, PaymentError> {
        check(&data, None)?;
        let mut session = repo::sessions::lock(conn, id).await?.ok_or(PaymentError::NotFound)?;
        self.still_open(&session)?;
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

    /// Gives up one session, in the caller's transaction, and gives it: let it go after the commit.
    pub async fn cancel_in(&self, conn: &Conn, id: PaymentSessionId) -> Result<PaymentSession, PaymentError> {
        let session = repo::sessions::lock(conn, id).await?.ok_or(PaymentError::NotFound)?;
        self.still_open(&session)?;
        let mut ended = self.give_up_in(conn, session.cart_id, SessionStatus::Cancelled, None).await?;
        ended.pop().ok_or(PaymentError::NotFound)
    }

    fn still_open(&self, session: &PaymentSession) -> Result<(), PaymentError> {
        let status = session.status_at(self.clock.now());
        if status.is_open() { Ok(()) } else { Err(PaymentError::InvalidState(status)) }
    }
}

/// The payment that is made with a session.
fn payment_of(session: &PaymentSession) -> Payment {
    Payment {
        session_id: Some(session.id),
        provider: session.provider.clone(),
        reference: session.reference.clone(),
        ..Payment::new(session.currency, session.created_at)
    }
}

/// The fields of both; those of the second win.
fn merged(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Object(mut first), Value::Object(second)) => {
            first.extend(second);
            Value::Object(first)
        }
        (first, _) => first,
    }
}

/// Data is an object of a size that we are willing to keep.
fn check(data: &Value, return_url: Option<&str>) -> Result<(), PaymentError> {
    let mut checks = Checks::new();
    if !(data.is_object() || data.is_null()) {
        checks.add("data", ErrorCode::Invalid, "This must be an object.");
    }
    let text = data.to_string();
    if text.len() > MOST_DATA {
        checks.add("data", ErrorCode::TooLong, format!("This must not be longer than {MOST_DATA} bytes."));
    }
    if text.contains("\\u0000") {
        checks.add("data", ErrorCode::InvalidText, "NUL characters are not allowed here.");
    }
    if let Some(url) = return_url {
        checks.url("returnUrl", url);
    }
    checks.finish().map_err(PaymentError::Invalid)
}
