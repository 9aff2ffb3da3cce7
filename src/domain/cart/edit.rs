//! What every change of a cart does: lock, change, quote anew, write, tell.

use super::model::{Cart, CartLine};
use super::{CartError, Carts, owns, repo};
use crate::db::{Conn, Tx};
use crate::events::{Event, publish};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{CartId, CustomerId, OrderId};

/// A cart and its lines, while they are being changed under the cart's lock.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The cart.
    pub cart: Cart,
    /// Its lines.
    pub lines: Vec<CartLine>,
}

impl Carts {
    /// Begins a change: the cart is the actor's, still open, and locked.
    pub(super) async fn open(&self, actor: &Actor, id: CartId) -> Result<(Tx, Draft), CartError> {
        let tx = self.db.begin().await?;
        let draft = self.lock_in(&tx, actor, id).await?;
        match draft.cart.order_id {
            Some(order) => Err(CartError::Completed(order)),
            None => Ok((tx, draft)),
        }
    }

    /// Ends a change: quotes anew, writes and commits.
    pub(super) async fn close(&self, tx: Tx, draft: Draft) -> Result<Cart, CartError> {
        let cart = self.save_in(&tx, draft).await?.cart;
        tx.commit().await?;
        Ok(cart)
    }

    /// The actor's cart with its lines, locked until the caller's transaction ends; it may have become an order.
    pub async fn lock_in(&self, conn: &Conn, actor: &Actor, id: CartId) -> Result<Draft, CartError> {
        let cart = repo::lock(conn, id).await?.filter(|cart| owns(actor, cart)).ok_or(CartError::NotFound)?;
        let lines = repo::lines_of(conn, &[id]).await?;
        Ok(Draft { cart, lines })
    }

    /// Quotes the draft anew and writes it in the caller's transaction.
    pub async fn save_in(&self, conn: &Conn, mut draft: Draft) -> Result<Draft, CartError> {
        self.requote_in(conn, &mut draft).await?;
        draft.cart.totals(&draft.lines)?;
        draft.cart.version += 1;
        draft.cart.updated_at = self.clock.now();
        repo::update(conn, &draft.cart).await?;
        repo::save_lines(conn, draft.cart.id, &draft.lines).await?;
        publish(conn, Event::CartUpdated(draft.cart.id), self.clock.now()).await?;
        Ok(draft)
    }

    /// Freezes a cart that has become an order, in the caller's transaction (rule D13). From then on it belongs to the
    /// order's customer, so that a guest who knows the cart's id does not come to a customer's order by it.
    pub async fn complete_in(
        &self,
        conn: &Conn,
        draft: &Draft,
        order: OrderId,
        customer: Option<CustomerId>,
    ) -> Result<(), CartError> {
        let mut cart = draft.cart.clone();
        cart.order_id = Some(order);
        cart.customer_id = customer;
        cart.version += 1;
        cart.updated_at = self.clock.now();
        repo::update(conn, &cart).await?;
        publish(conn, Event::CartUpdated(cart.id), self.clock.now()).await?;
        Ok(())
    }
}
