//! How a cart ends: it is completed, at once or after its payment, or goes back to its shopper.

use super::{CartError, Carts, repo};
use crate::db::{Conn, Result as DbResult};
use crate::events::{Event, publish};
use crate::kernel::ids::{CartId, CustomerId, OrderId, WorkflowRunId};

impl Carts {
    /// The run that completes a cart, while there is one.
    pub async fn completing(&self, conn: &Conn, id: CartId) -> DbResult<Option<WorkflowRunId>> {
        Ok(repo::find(conn, id).await?.and_then(|cart| cart.completing_run_id))
    }

    /// Keeps a cart, which the caller has locked, from being changed while a run completes it, in the caller's transaction.
    pub async fn begin_completing_in(&self, conn: &Conn, id: CartId, run: WorkflowRunId) -> Result<(), CartError> {
        repo::set_run(conn, id, Some(run), self.clock.now()).await?;
        self.tell_in(conn, id).await
    }

    /// Gives a cart back to its shopper, in the caller's transaction: it was not completed.
    pub async fn reopen_in(&self, conn: &Conn, id: CartId) -> Result<(), CartError> {
        repo::set_run(conn, id, None, self.clock.now()).await?;
        self.tell_in(conn, id).await
    }

    /// Freezes a cart that has become an order, in the caller's transaction (rule D13). From then on it belongs to the
    /// order's customer, so that a guest who knows its id does not come to the order by it.
    pub async fn complete_in(
        &self,
        conn: &Conn,
        id: CartId,
        customer: Option<CustomerId>,
        order: OrderId,
    ) -> Result<(), CartError> {
        repo::complete(conn, id, customer, order, self.clock.now()).await?;
        self.tell_in(conn, id).await
    }

    /// Tells whoever listens that a cart, or its payment, has changed, in the caller's transaction.
    pub async fn tell_in(&self, conn: &Conn, id: CartId) -> Result<(), CartError> {
        Ok(publish(conn, Event::CartUpdated(id), self.clock.now()).await?)
    }
}
