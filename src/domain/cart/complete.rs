//! The end of a cart: it is completed, immediately or after its payment, or returned to the shopper.

use super::{CartError, Carts, repo};
use crate::db::{Conn, Result as DbResult};
use crate::events::{Event, publish};
use crate::kernel::ids::{CartId, CustomerId, OrderId, WorkflowRunId};

impl Carts {
    /// The run that is completing the cart, if any.
    pub async fn completing(&self, conn: &Conn, id: CartId) -> DbResult<Option<WorkflowRunId>> {
        Ok(repo::find(conn, id).await?.and_then(|cart| cart.completing_run_id))
    }

    /// Blocks changes to a cart while a run completes it, in the caller's transaction. The caller has locked the cart.
    pub async fn begin_completing_in(&self, conn: &Conn, id: CartId, run: WorkflowRunId) -> Result<(), CartError> {
        repo::set_run(conn, id, Some(run), self.clock.now()).await?;
        self.notify_in(conn, id).await
    }

    /// Returns a cart that was not completed to its shopper, in the caller's transaction.
    pub async fn reopen_in(&self, conn: &Conn, id: CartId) -> Result<(), CartError> {
        repo::set_run(conn, id, None, self.clock.now()).await?;
        self.notify_in(conn, id).await
    }

    /// Freezes a cart that has become an order, in the caller's transaction (rule D13). The cart then belongs to the
    /// order's customer, so that a guest who knows its id cannot reach the order through it.
    pub async fn complete_in(
        &self,
        conn: &Conn,
        id: CartId,
        customer: Option<CustomerId>,
        order: OrderId,
    ) -> Result<(), CartError> {
        repo::complete(conn, id, customer, order, self.clock.now()).await?;
        self.notify_in(conn, id).await
    }

    /// Notifies subscribers that a cart or its payment has changed, in the caller's transaction.
    pub async fn notify_in(&self, conn: &Conn, id: CartId) -> Result<(), CartError> {
        Ok(publish(conn, Event::CartUpdated(id), self.clock.now()).await?)
    }
}
