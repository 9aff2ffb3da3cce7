//! The SQL of fulfillments and parcels.

use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::db::schema::{fulfillment_lines, fulfillments, shipments};
use crate::db::{Conn, Result};
use crate::domain::orders::Orders;
use crate::domain::orders::model::{Fulfillment, FulfillmentLine, Shipment};
use crate::kernel::ids::{FulfillmentId, OrderId, ShipmentId};

impl Orders {
    /// The fulfillments with these ids, in no particular order.
    pub async fn fulfillments(&self, mut conn: &Conn, ids: &[FulfillmentId]) -> Result<Vec<Fulfillment>> {
        let by_ids = fulfillments::table.filter(fulfillments::id.eq_any(ids));
        Ok(by_ids.select(Fulfillment::as_select()).load(&mut conn).await?)
    }

    /// The fulfillments of these orders, oldest first.
    pub async fn fulfillments_of(&self, mut conn: &Conn, ids: &[OrderId]) -> Result<Vec<Fulfillment>> {
        let of_orders = fulfillments::table.filter(fulfillments::order_id.eq_any(ids)).order(fulfillments::id);
        Ok(of_orders.select(Fulfillment::as_select()).load(&mut conn).await?)
    }

    /// The lines of these fulfillments.
    pub async fn fulfillment_lines_of(&self, mut conn: &Conn, ids: &[FulfillmentId]) -> Result<Vec<FulfillmentLine>> {
        let of_them = fulfillment_lines::table.filter(fulfillment_lines::fulfillment_id.eq_any(ids));
        let in_order = of_them.order(fulfillment_lines::order_line_id);
        Ok(in_order.select(FulfillmentLine::as_select()).load(&mut conn).await?)
    }

    /// The parcels of these fulfillments, oldest first.
    pub async fn shipments_of(&self, mut conn: &Conn, ids: &[FulfillmentId]) -> Result<Vec<Shipment>> {
        let of_them = shipments::table.filter(shipments::fulfillment_id.eq_any(ids)).order(shipments::id);
        Ok(of_them.select(Shipment::as_select()).load(&mut conn).await?)
    }
}

/// The change of a line's counts for each unit: 1, -1 or 0.
#[derive(Clone, Copy, Debug)]
pub(in crate::domain::orders) struct Count {
    pub(in crate::domain::orders) fulfilled: i32,
    pub(in crate::domain::orders) awaiting: i32,
    pub(in crate::domain::orders) delivered: i32,
}

pub(in crate::domain::orders) async fn find_shipment(mut conn: &Conn, id: ShipmentId) -> Result<Option<Shipment>> {
    Ok(shipments::table.find(id).select(Shipment::as_select()).first(&mut conn).await.optional()?)
}

pub(in crate::domain::orders) async fn insert(
    mut conn: &Conn,
    fulfillment: &Fulfillment,
    lines: &[FulfillmentLine],
) -> Result<()> {
    diesel::insert_into(fulfillments::table).values(fulfillment).execute(&mut conn).await?;
    diesel::insert_into(fulfillment_lines::table).values(lines).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::orders) async fn update(mut conn: &Conn, fulfillment: &Fulfillment) -> Result<()> {
    diesel::update(fulfillments::table.find(fulfillment.id)).set(fulfillment).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::orders) async fn insert_shipments(mut conn: &Conn, rows: &[Shipment]) -> Result<()> {
    diesel::insert_into(shipments::table).values(rows).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::orders) async fn update_shipment(mut conn: &Conn, shipment: &Shipment) -> Result<()> {
    diesel::update(shipments::table.find(shipment.id)).set(shipment).execute(&mut conn).await?;
    Ok(())
}

/// Adds the units of a fulfillment to the counts of their lines, in one statement.
pub(in crate::domain::orders) async fn count(mut conn: &Conn, units: &[FulfillmentLine], by: Count) -> Result<()> {
    diesel::sql_query(
        "UPDATE order_lines l SET fulfilled_quantity = l.fulfilled_quantity + $3 * c.units,
             awaiting_quantity = l.awaiting_quantity + $4 * c.units,
             delivered_quantity = l.delivered_quantity + $5 * c.units
         FROM unnest($1, $2) AS c (line_id, units) WHERE l.id = c.line_id",
    )
    .bind::<Array<SqlUuid>, _>(units.iter().map(|part| part.order_line_id).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(units.iter().map(|part| part.quantity).collect::<Vec<_>>())
    .bind::<Integer, _>(by.fulfilled)
    .bind::<Integer, _>(by.awaiting)
    .bind::<Integer, _>(by.delivered)
    .execute(&mut conn)
    .await?;
    Ok(())
}
