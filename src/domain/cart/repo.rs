//! The SQL of carts.

use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;

use super::Carts;
use super::model::{Cart, CartLine, PriceOverride};
use crate::db::rows::rows;
use crate::db::schema::{cart_lines, carts, price_overrides};
use crate::db::{Conn, Result};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CartId, CustomerId, OrderId, WorkflowRunId};

rows! { Cart in carts, by CartId }

impl Carts {
    /// The lines of these carts, in the order in which they were added.
    pub async fn lines_of(&self, mut conn: &Conn, ids: &[CartId]) -> Result<Vec<CartLine>> {
        let of_carts = cart_lines::table.filter(cart_lines::cart_id.eq_any(ids)).order(cart_lines::id);
        Ok(of_carts.select(CartLine::as_select()).load(&mut conn).await?)
    }

    /// The price overrides in these carts, oldest first.
    pub async fn overrides_of(&self, mut conn: &Conn, ids: &[CartId]) -> Result<Vec<PriceOverride>> {
        let of_carts = price_overrides::table.filter(price_overrides::cart_id.eq_any(ids)).order(price_overrides::id);
        Ok(of_carts.select(PriceOverride::as_select()).load(&mut conn).await?)
    }
}

pub(super) async fn find(mut conn: &Conn, id: CartId) -> Result<Option<Cart>> {
    Ok(carts::table.find(id).select(Cart::as_select()).first(&mut conn).await.optional()?)
}

pub(super) async fn set_run(mut conn: &Conn, id: CartId, run: Option<WorkflowRunId>, at: Timestamp) -> Result<()> {
    diesel::update(carts::table.find(id))
        .set((carts::completing_run_id.eq(run), carts::version.eq(carts::version + 1), carts::updated_at.eq(at)))
        .execute(&mut conn)
        .await?;
    Ok(())
}

pub(super) async fn complete(
    mut conn: &Conn,
    id: CartId,
    customer: Option<CustomerId>,
    order: OrderId,
    at: Timestamp,
) -> Result<()> {
    diesel::update(carts::table.find(id))
        .set((
            carts::order_id.eq(order),
            carts::completing_run_id.eq(None::<WorkflowRunId>),
            carts::customer_id.eq(customer),
            carts::version.eq(carts::version + 1),
            carts::updated_at.eq(at),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Replaces the cart's lines with these: deletes the others, updates the existing ones.
pub(super) async fn save_lines(mut conn: &Conn, id: CartId, lines: &[CartLine]) -> Result<()> {
    let kept: Vec<_> = lines.iter().map(|line| line.id).collect();
    let others = cart_lines::table.filter(cart_lines::cart_id.eq(id)).filter(cart_lines::id.ne_all(kept));
    diesel::delete(others).execute(&mut conn).await?;
    if lines.is_empty() {
        return Ok(());
    }
    diesel::insert_into(cart_lines::table)
        .values(lines)
        .on_conflict(cart_lines::id)
        .do_update()
        .set((
            cart_lines::quantity.eq(excluded(cart_lines::quantity)),
            cart_lines::unit_price.eq(excluded(cart_lines::unit_price)),
            cart_lines::includes_tax.eq(excluded(cart_lines::includes_tax)),
            cart_lines::compare_at_price.eq(excluded(cart_lines::compare_at_price)),
            cart_lines::price_list.eq(excluded(cart_lines::price_list)),
            cart_lines::min_quantity.eq(excluded(cart_lines::min_quantity)),
            cart_lines::override_price.eq(excluded(cart_lines::override_price)),
            cart_lines::override_reason.eq(excluded(cart_lines::override_reason)),
            cart_lines::taxes.eq(excluded(cart_lines::taxes)),
            cart_lines::discounts.eq(excluded(cart_lines::discounts)),
            cart_lines::requires_shipping.eq(excluded(cart_lines::requires_shipping)),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

pub(super) async fn record_override(mut conn: &Conn, record: &PriceOverride) -> Result<()> {
    diesel::insert_into(price_overrides::table).values(record).execute(&mut conn).await?;
    Ok(())
}
