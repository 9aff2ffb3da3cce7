//! The steps of every cart change: lock, change, requote, save, notify.

use std::collections::HashMap;

use super::model::{Cart, CartLine};
use super::{CartError, Carts, repo};
use crate::db::{Conn, Tx};
use crate::domain::catalog::SellableVariant;
use crate::domain::tax::provider::TaxRequest;
use crate::events::{Event, publish};
use crate::kernel::actor::Actor;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::{CartId, VariantId};

/// A cart and its lines, being changed under the cart's lock.
#[derive(Clone, Debug)]
pub struct CartDraft {
    /// The cart.
    pub cart: Cart,
    /// Its lines.
    pub lines: Vec<CartLine>,
    /// The published variants of its lines; filled when the draft is quoted.
    pub(super) goods: HashMap<VariantId, SellableVariant>,
    /// The variants being added, each with the path of its input: they must have a price.
    pub(super) added: Vec<(VariantId, String)>,
    /// The request to send to the tax provider after this is saved; `None` without a provider or an address.
    pub(super) tax_request: Option<TaxRequest>,
}

impl CartDraft {
    /// A draft without changes.
    pub(super) fn of(cart: Cart, lines: Vec<CartLine>) -> Self {
        Self { cart, lines, goods: HashMap::new(), added: Vec::new(), tax_request: None }
    }

    /// Returns the draft, unless its cart is being completed or has become an order (rule D13).
    pub fn ensure_open(self) -> Result<Self, CartError> {
        match (self.cart.order_id, self.cart.completing_run_id) {
            (Some(order), _) => Err(CartError::Completed(order)),
            (None, Some(_)) => Err(CartError::Completing),
            (None, None) => Ok(self),
        }
    }

    /// The sellable variant of a line of the quoted draft; `None` if it is no longer published.
    pub fn goods(&self, variant: VariantId) -> Option<&SellableVariant> {
        self.goods.get(&variant)
    }

    /// Whether the tax provider has not answered for this quote yet and must be called.
    pub fn needs_taxes(&self) -> bool {
        self.tax_request.is_some() && self.cart.tax_quote.is_empty()
    }

    /// Whether the cart and its lines are equal.
    pub fn same(&self, other: &Self) -> bool {
        self.cart == other.cart && self.lines == other.lines
    }

    /// Rejects added variants that have no price here.
    fn check_added(&mut self) -> Result<(), CartError> {
        for (variant, path) in std::mem::take(&mut self.added) {
            if self.lines.iter().any(|line| line.variant_id == variant && line.unit_price.is_none()) {
                let message = format!("This has no price in {} and cannot be bought.", self.cart.currency);
                return Err(UserError::new(ErrorCode::NotPurchasable, message).at(&path).into());
            }
        }
        Ok(())
    }
}

impl Carts {
    /// Starts a change: locks the actor's cart, which must still be open.
    pub(super) async fn open(&self, actor: &Actor, id: CartId) -> Result<(Tx, CartDraft), CartError> {
        let tx = self.db.begin().await?;
        let draft = self.lock_in(&tx, actor, id).await?.ensure_open()?;
        Ok((tx, draft))
    }

    /// Finishes a change: requotes, saves and commits.
    pub(super) async fn close(&self, tx: Tx, draft: CartDraft) -> Result<Cart, CartError> {
        let saved = self.save_in(&tx, draft).await?;
        tx.commit().await?;
        Ok(Box::pin(self.request_taxes(saved)).await?.cart)
    }

    /// Any cart with its lines, locked until the caller's transaction ends: for staff and for the engine itself. It may
    /// have become an order.
    pub async fn lock_unchecked_in(&self, conn: &Conn, id: CartId) -> Result<CartDraft, CartError> {
        let cart = repo::lock(conn, id).await?.ok_or(CartError::NotFound)?;
        let lines = self.lines_of(conn, &[id]).await?;
        Ok(CartDraft::of(cart, lines))
    }

    /// The actor's cart with its lines, locked until the caller's transaction ends. It may have become an order.
    pub async fn lock_in(&self, conn: &Conn, actor: &Actor, id: CartId) -> Result<CartDraft, CartError> {
        let cart =
            repo::lock(conn, id).await?.filter(|cart| cart.is_accessible_by(actor)).ok_or(CartError::NotFound)?;
        let lines = self.lines_of(conn, &[id]).await?;
        Ok(CartDraft::of(cart, lines))
    }

    /// Requotes the draft and saves it in the caller's transaction.
    pub async fn save_in(&self, conn: &Conn, mut draft: CartDraft) -> Result<CartDraft, CartError> {
        // Boxed: otherwise the quoting state held across awaits would be part of every cart mutation's future.
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
