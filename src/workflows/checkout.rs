//! From cart to payment session to order.
//!
//! # Decisions
//! - Completing a cart is one transaction: quote, stock, number, order, payment and the cart's end become true
//!   together or not at all. Locks are taken in one order everywhere: cart, session, stock levels, campaigns,
//!   promotions, codes, channel.
//! - The cart's lock makes completing idempotent (rule D1): whoever comes second finds the order.

use rust_decimal::Decimal;
use serde_json::json;

use crate::db::{self, Conn, Db, Tx};
use crate::domain::auth::{Auth, AuthError};
use crate::domain::cart::{CartError, Carts, Draft};
use crate::domain::catalog::Catalog;
use crate::domain::inventory::{Inventory, InventoryError};
use crate::domain::orders::{NewOrder, Order, OrderError, Orders, SoldLine};
use crate::domain::payments::{PaymentError, PaymentSession, Payments};
use crate::domain::pricing::Totals;
use crate::domain::promotions::{PromotionError, Promotions, Taking, UsageState};
use crate::domain::regions::Regions;
use crate::kernel::actor::Actor;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::ids::{CartId, OrderId};
use crate::kernel::money::MoneyError;

/// From cart to order.
#[derive(Clone)]
pub struct Checkout {
    pub(crate) db: Db,
    pub(crate) auth: Auth,
    pub(crate) regions: Regions,
    pub(crate) catalog: Catalog,
    pub(crate) inventory: Inventory,
    pub(crate) carts: Carts,
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
    pub(crate) promotions: Promotions,
}

/// A cart that has become an order.
#[derive(Clone, Debug)]
pub struct Completed {
    /// The order.
    pub order: Order,
    /// Shows the order to whoever placed it, without an account.
    pub guest_token: String,
}

/// Why a cart could not be paid or completed.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// The cart lacks something.
    #[error("the cart is not complete")]
    Incomplete(Vec<Problem>),
    /// The total is another than the shopper last saw (rule D14). The cart shows the new one.
    #[error("the price has changed")]
    PriceChanged {
        /// What the shopper saw.
        before: Decimal,
        /// What it is now.
        now: Decimal,
    },
    /// The cart.
    #[error(transparent)]
    Cart(#[from] CartError),
    /// Stock.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The payment.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A promotion was used up.
    #[error(transparent)]
    Promotion(#[from] PromotionError),
    /// The guest's token could not be made.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// An amount could not be computed.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Explain for CheckoutError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Incomplete(problems) => problems.clone(),
            Self::PriceChanged { before, now } => {
                let message = "The total has changed: show the cart again, or complete with acceptPriceChanges.";
                let details = json!({ "before": before.to_string(), "now": now.to_string() });
                vec![Problem::new(ErrorCode::PriceChanged, message).with(details)]
            }
            Self::Cart(error) => error.problems(),
            Self::Inventory(error) => error.problems(),
            Self::Payment(error) => error.problems(),
            Self::Order(error) => error.problems(),
            Self::Promotion(error) => error.problems(),
            Self::Auth(error) => error.problems(),
            Self::Money(error) => vec![Problem::new(ErrorCode::InvalidAmount, error.to_string())],
            Self::Db(_) => Vec::new(),
        }
    }
}

impl Checkout {
    /// Opens a payment session for what the cart costs now.
    pub async fn open_payment_session(
        &self,
        actor: &Actor,
        cart: CartId,
        provider: &str,
    ) -> Result<PaymentSession, CheckoutError> {
        let (version, total) = {
            let tx = self.db.begin().await?;
            let draft = self.carts.lock_in(&tx, actor, cart).await?.still_open()?;
            incomplete(&draft)?;
            (draft.cart.version, draft.cart.totals(&draft.lines)?.total.gross)
        };
        let session = self.payments.authorize(cart, version, provider, total).await?;
        match self.keep_session(actor, &session).await {
            Ok(replaced) => {
                self.payments.let_go(&replaced).await;
                Ok(session)
            }
            Err(error) => {
                // The cart was completed or deleted while the provider was asked.
                self.payments.let_go(std::slice::from_ref(&session)).await;
                Err(error)
            }
        }
    }

    async fn keep_session(
        &self,
        actor: &Actor,
        session: &PaymentSession,
    ) -> Result<Vec<PaymentSession>, CheckoutError> {
        let tx = self.db.begin().await?;
        self.carts.lock_in(&tx, actor, session.cart_id).await?.still_open()?;
        let replaced = self.payments.keep_in(&tx, session).await?;
        tx.commit().await?;
        Ok(replaced)
    }

    /// Throws a cart away, and what was promised for it.
    pub async fn delete_cart(&self, actor: &Actor, cart: CartId) -> Result<CartId, CheckoutError> {
        let tx = self.db.begin().await?;
        self.carts.delete_in(&tx, actor, cart).await?;
        let given_up = self.payments.give_up_in(&tx, cart).await?;
        tx.commit().await?;
        self.payments.let_go(&given_up).await;
        Ok(cart)
    }

    /// Turns a cart into an order, once. Whoever asks again, or at the same time, gets the same order.
    pub async fn complete(
        &self,
        actor: &Actor,
        cart: CartId,
        accept_price_changes: bool,
    ) -> Result<Completed, CheckoutError> {
        let tx = self.db.begin().await?;
        let mut draft = self.carts.lock_in(&tx, actor, cart).await?;
        if draft.cart.order_id.is_some() {
            let order = self.orders.of_cart(&tx, cart).await?.ok_or(OrderError::NotFound)?;
            return self.completed(order);
        }
        // What a customer completes is theirs: their prices, taxes and uses of promotions count.
        draft.cart.customer_id = draft.cart.customer_id.or_else(|| actor.customer());
        let (tx, draft) = self.quote(tx, actor, draft, accept_price_changes).await?;
        incomplete(&draft)?;
        let totals = draft.cart.totals(&draft.lines)?;
        let free = totals.total.gross.amount.is_zero();
        let given_up = if free { self.payments.give_up_in(&tx, cart).await? } else { Vec::new() };
        let order = match self.place(&tx, &draft, totals).await {
            Err(CheckoutError::Promotion(used_up @ PromotionError::Limit { .. })) => {
                drop(tx);
                match actor.customer() {
                    Some(_) => self.carts.attach_customer(actor, cart).await?,
                    None => self.carts.refresh(actor, cart).await?,
                };
                return Err(used_up.into());
            }
            placed => placed?,
        };
        tx.commit().await?;
        self.payments.let_go(&given_up).await;
        self.completed(order)
    }

    /// Quotes anew. A change that the shopper has not accepted is written to the cart and told.
    async fn quote(&self, mut tx: Tx, actor: &Actor, seen: Draft, accept: bool) -> Result<(Tx, Draft), CheckoutError> {
        let mut draft = seen.clone();
        Box::pin(self.carts.requote_in(&tx, &mut draft)).await?;
        if draft.same(&seen) {
            return Ok((tx, draft));
        }
        let mut draft = self.carts.save_in(&tx, draft).await?;
        if draft.wants_taxes() {
            // The provider is asked without a lock, and the cart is quoted once more with its answer.
            tx.commit().await?;
            let cart = Box::pin(self.carts.ask_for_taxes(draft)).await?.cart.id;
            tx = self.db.begin().await?;
            let answered = self.carts.lock_in(&tx, actor, cart).await?.still_open()?;
            draft = self.carts.save_in(&tx, answered).await?;
        }
        let (before, now) = (seen.cart.totals(&seen.lines)?, draft.cart.totals(&draft.lines)?);
        if accept || before == now {
            return Ok((tx, draft));
        }
        let (before, now) = (before.total.gross.amount, now.total.gross.amount);
        tx.commit().await?;
        incomplete(&draft)?;
        Err(CheckoutError::PriceChanged { before, now })
    }

    async fn place(&self, conn: &Conn, draft: &Draft, totals: Totals) -> Result<Order, CheckoutError> {
        let id = OrderId::new();
        let due = totals.total.gross;
        let session = match due.amount.is_zero() {
            true => None,
            false => Some(self.payments.lock_session_in(conn, draft.cart.id, due).await?),
        };
        let wanted: Vec<_> = draft.lines.iter().map(|line| (line.variant_id, line.quantity)).collect();
        self.inventory.reserve_in(conn, id, &wanted).await?;
        let lines = self.sold_lines(conn, draft).await?;
        let cart = &draft.cart;
        self.take_promotions(conn, draft, id).await?;
        let number = self.regions.next_order_number_in(conn, cart.channel_id).await?;
        let new = NewOrder {
            id,
            channel_id: cart.channel_id,
            number,
            cart_id: cart.id,
            customer_id: cart.customer_id,
            region_id: cart.region_id,
            email: cart.email.clone().unwrap_or_default(),
            currency: cart.currency,
            prices_include_tax: cart.prices_include_tax,
            tax_rounding: cart.tax_rounding,
            note: cart.note.clone(),
            shipping_address: cart.shipping_address.clone(),
            billing_address: cart.billing_address.clone(),
            shipping_name: cart.shipping_name.clone(),
            promotions: cart.promotions.clone(),
            shipping_discounts: cart.shipping_discounts.clone(),
            tax_exempt: cart.tax_exempt,
            explanation: cart.explain(&draft.lines)?,
            lines,
            totals,
        };
        let order = self.orders.place_in(conn, new).await?;
        if let Some(session) = session {
            self.payments.bind_in(conn, &session, id).await?;
        }
        self.carts.complete_in(conn, cart.id, cart.customer_id, id).await?;
        Ok(order)
    }

    /// Uses the promotions up that apply, as far as they are limited (rule B16: once for a cart).
    async fn take_promotions(&self, conn: &Conn, draft: &Draft, order_id: OrderId) -> Result<(), CheckoutError> {
        let cart = &draft.cart;
        let email = cart.email.as_deref().unwrap_or_default();
        let applied = &cart.promotions.applied;
        let customer_id = cart.customer_id;
        let taking = Taking {
            cart_id: cart.id,
            order_id,
            customer_id,
            email,
            currency: cart.currency,
            applied,
            state: UsageState::Consumed,
        };
        Ok(self.promotions.take_in(conn, &taking).await?)
    }

    /// The lines with the titles and pictures that they are sold under.
    async fn sold_lines(&self, conn: &Conn, draft: &Draft) -> Result<Vec<SoldLine>, CheckoutError> {
        let goods = draft.lines.iter().filter_map(|line| draft.goods(line.variant_id));
        let products: Vec<_> = goods.map(|goods| goods.variant.product_id).collect();
        let images = self.catalog.images_of(conn, &products).await?;
        let mut sold = Vec::with_capacity(draft.lines.len());
        for line in &draft.lines {
            let (Some(goods), Some(unit_price)) = (draft.goods(line.variant_id), line.unit_price) else {
                return Err(CheckoutError::Incomplete(draft.cart.problems(&draft.lines)));
            };
            let variant = &goods.variant;
            let own = images.iter().find(|image| Some(image.id) == variant.image_id);
            let image = own.or_else(|| images.iter().find(|image| image.product_id == variant.product_id));
            sold.push(SoldLine {
                variant_id: variant.id,
                product_id: variant.product_id,
                product_title: goods.product_title.clone(),
                variant_title: variant.title.clone(),
                sku: variant.sku.clone(),
                image_url: image.map(|image| image.url.clone()),
                properties: json!(line.properties),
                quantity: line.quantity,
                unit_price,
                includes_tax: line.includes_tax,
                compare_at: line.compare_at,
                price_list: line.price_list.clone(),
                tier_from: line.tier_from,
                override_reason: line.override_reason.clone(),
                discounts: line.discounts.clone(),
            });
        }
        Ok(sold)
    }

    fn completed(&self, order: Order) -> Result<Completed, CheckoutError> {
        let guest_token = self.auth.guest_token(order.id)?;
        Ok(Completed { order, guest_token })
    }
}

fn incomplete(draft: &Draft) -> Result<(), CheckoutError> {
    let problems = draft.cart.problems(&draft.lines);
    if problems.is_empty() { Ok(()) } else { Err(CheckoutError::Incomplete(problems)) }
}
