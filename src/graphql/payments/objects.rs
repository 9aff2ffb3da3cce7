use async_graphql::{Context, Description, Json, Object, SimpleObject};
use serde_json::Value;

use crate::domain::payments::{
    self, GrantedRefund, MoneyKind, MoneyResult, MoneySource, NoticeFilter, NoticeStatus, PaymentFilter, RefundStatus,
    SessionStatus,
};
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::graphql::guards::staff;
use crate::graphql::orders::Order;
use crate::graphql::scalars::Money;
use crate::kernel::actor::Permission;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{
    MoneyEventId, PaymentId, PaymentMethodId, PaymentNoticeId, PaymentSessionId, RefundId, StaffId,
};
use crate::kernel::money;

/// A way to pay.
#[derive(SimpleObject)]
pub struct PaymentProvider {
    /// Its name: what `paymentSessionCreate` takes.
    name: String,
}

impl PaymentProvider {
    /// All of them.
    pub(crate) fn all(ctx: &Context<'_>) -> Vec<Self> {
        ctx.app().payments.provider_names().into_iter().map(|name| Self { name: name.to_owned() }).collect()
    }
}

/// A shopper's promise to pay one amount for a cart.
#[derive(Description)]
pub struct PaymentSession(pub payments::PaymentSession);

#[Object(use_type_description)]
impl PaymentSession {
    /// Id.
    async fn id(&self) -> PaymentSessionId {
        self.0.id
    }

    /// The provider's name.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// How much: the cart's total when the session was opened.
    async fn amount(&self) -> Money {
        self.0.money().into()
    }

    /// Where it stands. An open one is EXPIRED from `expiresAt` on.
    async fn status(&self, ctx: &Context<'_>) -> SessionStatus {
        self.0.status_at(ctx.app().clock.now())
    }

    /// What the client told the provider, and what the client needs of it, such as Stripe's `clientSecret`.
    async fn data(&self) -> Json<Value> {
        Json(self.0.data.clone())
    }

    /// What the shopper has to do; null when that is nothing.
    async fn action(&self) -> Option<PaymentAction> {
        self.0.action.clone().map(PaymentAction::from)
    }

    /// Why the last try to pay failed; null when none has.
    async fn failure(&self) -> Option<PaymentFailure> {
        self.0.failure.clone().map(PaymentFailure::from)
    }

    /// Until when the cart has to be completed.
    async fn expires_at(&self) -> Timestamp {
        self.0.expires_at
    }

    /// When it was opened.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}

/// What a shopper has to do before a payment can go on.
#[derive(SimpleObject)]
pub struct PaymentAction {
    /// `redirect`: go to the `url`; `sdk`: hand the `clientSecret` to the provider's own library. Other words are a
    /// provider's own.
    r#type: String,
    /// Where to go; null when there is nowhere to go.
    url: Option<String>,
    /// What the provider's library needs; null when it needs nothing.
    client_secret: Option<String>,
}

impl From<payments::Action> for PaymentAction {
    fn from(action: payments::Action) -> Self {
        Self { r#type: action.kind, url: action.url, client_secret: action.client_secret }
    }
}

/// Why a provider did not take a payment.
#[derive(SimpleObject)]
pub struct PaymentFailure {
    /// The provider's word for it, such as `card_declined`.
    code: String,
    /// For the shopper, in the provider's words; it may be empty.
    message: String,
}

impl From<payments::Failure> for PaymentFailure {
    fn from(failure: payments::Failure) -> Self {
        Self { code: failure.code, message: failure.message }
    }
}

/// Money held, taken, let go and given back. Its balances are what its events come to.
#[derive(Description)]
pub struct Payment(pub payments::Payment);

impl Payment {
    fn money(&self, amount: rust_decimal::Decimal) -> Money {
        money::Money::new(amount, self.0.currency).into()
    }
}

#[Object(use_type_description)]
impl Payment {
    /// Id.
    async fn id(&self) -> PaymentId {
        self.0.id
    }

    /// The provider's name.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// What the provider calls it; empty for anybody but staff who may see orders, and when the provider has no name for it.
    #[graphql(visible = "staff")]
    async fn reference(&self, ctx: &Context<'_>) -> &str {
        if ctx.actor().may(Permission::Orders) { &self.0.reference } else { "" }
    }

    /// Its order, for staff who may see orders; null while the cart is not completed.
    #[graphql(visible = "staff")]
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        let Some(id) = self.0.order_id.filter(|_| ctx.actor().may(Permission::Orders)) else { return Ok(None) };
        Ok(ctx.reads().loaders.order.load(id).await?.map(Order))
    }

    /// What was promised.
    async fn authorized(&self) -> Money {
        self.money(self.0.authorized)
    }

    /// What was taken of it.
    async fn captured(&self) -> Money {
        self.money(self.0.captured)
    }

    /// What was let go of it.
    async fn voided(&self) -> Money {
        self.money(self.0.voided)
    }

    /// What was given back of what was taken.
    async fn refunded(&self) -> Money {
        self.money(self.0.refunded)
    }

    /// What the shopper's bank took back.
    async fn charged_back(&self) -> Money {
        self.money(self.0.charged_back)
    }

    /// What the shop has of it: captured, less refunded and charged back.
    async fn charged(&self) -> Money {
        self.money(self.0.charged())
    }

    /// What can still be captured or let go.
    async fn capturable(&self) -> Money {
        self.money(self.0.capturable())
    }

    /// What can still be refunded.
    async fn refundable(&self) -> Money {
        self.money(self.0.refundable())
    }

    /// What may yet be promised: the provider has not decided.
    async fn pending_authorize(&self) -> Money {
        self.money(self.0.pending_authorize)
    }

    /// What was asked to be captured, without an answer yet.
    async fn pending_capture(&self) -> Money {
        self.money(self.0.pending_capture)
    }

    /// What was asked to be let go, without an answer yet.
    async fn pending_void(&self) -> Money {
        self.money(self.0.pending_void)
    }

    /// What was asked to be refunded, without an answer yet.
    async fn pending_refund(&self) -> Money {
        self.money(self.0.pending_refund)
    }

    /// What happened to its money, in the order in which it became known; empty for anybody but staff who may see orders.
    #[graphql(visible = "staff")]
    async fn events(&self, ctx: &Context<'_>) -> Result<Vec<MoneyEvent>> {
        if !ctx.actor().may(Permission::Orders) {
            return Ok(Vec::new());
        }
        let found = ctx.reads().loaders.money_events.load(self.0.id).await?.unwrap_or_default();
        let event = |row: payments::MoneyEvent| MoneyEvent {
            id: row.id,
            kind: row.kind,
            result: row.result,
            amount: self.money(row.amount),
            reference: row.reference,
            message: row.message,
            source: row.source,
            staff_id: row.staff_id,
            occurred_at: row.occurred_at,
            created_at: row.created_at,
        };
        Ok(found.into_iter().map(event).collect())
    }

    /// Counts the changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Timestamp {
        self.0.updated_at
    }
}

/// Something that happened to money: a fact, which is never changed.
#[derive(SimpleObject)]
pub struct MoneyEvent {
    /// Id.
    id: MoneyEventId,
    /// What happened.
    kind: MoneyKind,
    /// How far.
    result: MoneyResult,
    /// How much.
    amount: Money,
    /// What the provider calls it; empty when it has no name for it.
    reference: String,
    /// What the provider said; it may be empty.
    message: String,
    /// From where it is known.
    source: MoneySource,
    /// Who asked for it; null for the shop itself.
    staff_id: Option<StaffId>,
    /// When it happened, by the provider's clock.
    occurred_at: Timestamp,
    /// When it became known here.
    created_at: Timestamp,
}

/// How many payments there are.
pub struct PaymentTotal(pub PaymentFilter);

#[Object]
impl PaymentTotal {
    /// How many payments the filter leaves, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().payments.count(reads.conn().await?, &self.0).await?)
    }
}

/// A refund that was granted.
#[derive(Description)]
pub struct Refund(pub GrantedRefund);

#[Object(use_type_description)]
impl Refund {
    /// Id.
    async fn id(&self) -> RefundId {
        self.0.refund.id
    }

    /// How much.
    async fn amount(&self) -> Money {
        money::Money::new(self.0.refund.amount, self.0.refund.currency).into()
    }

    /// How far it has come.
    async fn status(&self) -> RefundStatus {
        self.0.status
    }

    /// Why it was granted; empty for anybody but staff who may see orders.
    #[graphql(visible = "staff")]
    async fn reason(&self, ctx: &Context<'_>) -> &str {
        if ctx.actor().may(Permission::Orders) { &self.0.refund.reason } else { "" }
    }

    /// Who granted it, for staff who may see orders; null for the shop itself.
    #[graphql(visible = "staff")]
    async fn created_by(&self, ctx: &Context<'_>) -> Option<StaffId> {
        self.0.refund.created_by.filter(|_| ctx.actor().may(Permission::Orders))
    }

    /// When it was granted.
    async fn created_at(&self) -> Timestamp {
        self.0.refund.created_at
    }
}

/// Something that a payment provider told on its own.
#[derive(Description)]
pub struct PaymentNotice(pub payments::PaymentNotice);

#[Object(use_type_description)]
impl PaymentNotice {
    /// Id.
    async fn id(&self) -> PaymentNoticeId {
        self.0.id
    }

    /// The provider's name.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// What the provider calls it.
    async fn event_id(&self) -> &str {
        &self.0.event_id
    }

    /// The provider's word for what happened.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// What the provider calls the payment that it is about; empty when it is about none.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// What came of it.
    async fn status(&self) -> NoticeStatus {
        self.0.status
    }

    /// Why it was parked; null when it was not.
    async fn problem(&self) -> Option<&str> {
        self.0.problem.as_deref()
    }

    /// When it came.
    async fn received_at(&self) -> Timestamp {
        self.0.received_at
    }

    /// When it was applied; null when it was not.
    async fn applied_at(&self) -> Option<Timestamp> {
        self.0.applied_at
    }
}

/// How many notices there are.
pub struct NoticeTotal(pub NoticeFilter);

#[Object]
impl NoticeTotal {
    /// How many notices the filter leaves, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().payments.count_notices(reads.conn().await?, &self.0).await?)
    }
}

/// A payment method that a customer has saved at a provider.
#[derive(Description)]
pub struct PaymentMethod(pub payments::SavedMethod);

#[Object(use_type_description)]
impl PaymentMethod {
    /// Id: what a session's data takes as its `paymentMethod`.
    async fn id(&self) -> PaymentMethodId {
        self.0.id
    }

    /// The provider's name.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// Such as `visa`.
    async fn brand(&self) -> &str {
        &self.0.brand
    }

    /// The last four digits.
    async fn last4(&self) -> &str {
        &self.0.last4
    }

    /// Until which month it is valid, as `2030-12`; null when the provider does not say.
    async fn expires(&self) -> Option<&str> {
        self.0.expires.as_deref()
    }

    /// When it was saved.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}
