//! What every change of a cart does: lock, change, quote anew, write, tell.

use std::collections::HashMap;

use super::model::{Cart, CartLine};
use super::{CartError, Carts, repo};
use crate::db::{Conn, Tx};
use crate::domain::catalog::Goods;
use crate::domain::tax::provider::TaxRequest;
use crate::events::{Event, publish};
use crate::kernel::actor::Actor;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{CartId, VariantId};

/// A cart and its lines, while they are being changed under the cart's lock.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The cart.
    pub cart: Cart,
    /// Its lines.
    pub lines: Vec<CartLine>,
    /// What its lines are of, as far as that is published: known once it is quoted.
    pub(super) goods: HashMap<VariantId, Goods>,
    /// What is being put into it, and where it was named: it has to have a price.
    pub(super) added: Vec<(VariantId, String)>,
    /// What the tax provider is to be asked once this is saved; `None` without a provider or an address.
    pub(super) tax_request: Option<TaxRequest>,
}

impl Draft {
    /// A cart as it is.
    pub(super) fn of(cart: Cart, lines: Vec<CartLine>) -> Self {
        Self { cart, lines, goods: HashMap::new(), added: Vec::new(), tax_request: None }
    }

    /// The draft, unless its cart is being completed or has become an order (rule D13).
    pub fn still_open(self) -> Result<Self, CartError> {
        match (self.cart.order_id, self.cart.completing_run_id) {
            (Some(order), _) => Err(CartError::Completed(order)),
            (None, Some(_)) => Err(CartError::Completing),
            (None, None) => Ok(self),
        }
    }

    /// What a line of the quoted draft is of; `None` when it is not published any more.
    pub fn goods(&self, variant: VariantId) -> Option<&Goods> {
        self.goods.get(&variant)
    }

    /// Whether the tax provider has to be asked: it has not answered for this quote.
    pub fn wants_taxes(&self) -> bool {
        self.tax_request.is_some() && self.cart.tax_quote.is_empty()
    }

    /// Whether the cart and its lines are the same.
    pub fn same(&self, other: &Self) -> bool {
        self.cart == other.cart && self.lines == other.lines
    }

    /// Refuses what was put in and has no price here.
    fn check_added(&mut self) -> Result<(), CartError> {
        for (variant, path) in std::mem::take(&mut self.added) {
            if self.lines.iter().any(|line| line.variant_id == variant && line.unit_price.is_none()) {
                let message = format!("This has no price in {} and cannot be bought.", self.cart.currency);
                return Err(Problem::new(ErrorCode::NotPurchasable, message).at(&path).into());
            }
        }
        Ok(())
    }
}

impl Carts {
    /// Begins a change: the cart is the actor's, still open, and locked.
    pub(super) async fn open(&self, actor: &Actor, id: CartId) -> Result<(Tx, Draft), CartError> {
        let tx = self.db.begin().await?;
        let draft = self.lock_in(&tx, actor, id).await?.still_open()?;
        Ok((tx, draft))
    }

    /// Ends a change: quotes anew, writes and commits.
    pub(super) async fn close(&self, tx: Tx, draft: Draft) -> Result<Cart, CartError> {
        let saved = self.save_in(&tx, draft).await?;
        tx.commit().await?;
        Ok(Box::pin(self.ask_for_taxes(saved)).await?.cart)
    }

    /// Anybody's cart with its lines, locked until the caller's transaction ends: for staff, and for the shop itself. It
    /// may have become an order.
    pub async fn lock_any_in(&self, conn: &Conn, id: CartId) -> Result<Draft, CartError> {
        let cart = repo::lock(conn, id).await?.ok_or(CartError::NotFound)?;
        let lines = self.lines_of(conn, &[id]).await?;
        Ok(Draft::of(cart, lines))
    }

    /// The actor's cart with its lines, locked until the caller's transaction ends; it may have become an order.
    pub async fn lock_in(&self, conn: &Conn, actor: &Actor, id: CartId) -> Result<Draft, CartError> {
        let cart = repo::lock(conn, id).await?.filter(|cart| cart.is_own_of(actor)).ok_or(CartError::NotFound)?;
        let lines = self.lines_of(conn, &[id]).await?;
        Ok(Draft::of(cart, lines))
    }

    /// Quotes the draft anew and writes it in the caller's transaction.
    pub async fn save_in(&self, conn: &Conn, mut draft: Draft) -> Result<Draft, CartError> {
        // On the heap: what quoting keeps between its statements would be part of every mutation of a cart.
        Box::pin(self.requote_in(conn, &mut draft)).await?;
        draft.check_added()?;
        draft.cart.totals(&draft.lines)?;
        draft.cart.version += 1;
        draft.cart.updated_at = self.clock.now();
        repo::update(conn, &draft.cart).await?;
        repo::save_lines(conn, draft.cart.id, &draft.lines).await?;
        publish(conn, Event::CartUpdated(draft.cart.id), self.clock.now()).await?;
        Ok(draft)
    }
}
