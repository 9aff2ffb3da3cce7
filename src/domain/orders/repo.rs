//! The SQL of orders.

use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;

use super::model::{Fulfillment, FulfillmentLine, Order, OrderFilter, OrderLine, OrderList, OrderSort};
use crate::db::keyset::keyset;
use crate::db::per_group::{PerGroup, Row, regroup};
use crate::db::schema::{fulfillment_lines, fulfillments, order_lines, orders};
use crate::db::{Conn, Result};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CartId, FulfillmentId, OrderId};

pub(super) async fn by_ids(mut conn: &Conn, ids: &[OrderId]) -> Result<Vec<Order>> {
    Ok(orders::table.filter(orders::id.eq_any(ids)).select(Order::as_select()).load(&mut conn).await?)
}

pub(super) async fn of_cart(mut conn: &Conn, cart: CartId) -> Result<Option<Order>> {
    let of_cart = orders::table.filter(orders::cart_id.eq(cart)).select(Order::as_select());
    Ok(of_cart.first(&mut conn).await.optional()?)
}

pub(super) async fn lock(mut conn: &Conn, id: OrderId) -> Result<Option<Order>> {
    Ok(orders::table.find(id).select(Order::as_select()).for_update().first(&mut conn).await.optional()?)
}

pub(super) async fn insert(mut conn: &Conn, order: &Order) -> Result<()> {
    diesel::insert_into(orders::table).values(order).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn update(mut conn: &Conn, order: &Order) -> Result<()> {
    diesel::update(orders::table.find(order.id)).set(order).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn insert_lines(mut conn: &Conn, lines: &[OrderLine]) -> Result<()> {
    diesel::insert_into(order_lines::table).values(lines).execute(&mut conn).await?;
    Ok(())
}

/// The rows of each list, in the order of the lists, in one statement.
pub(super) async fn lists(mut conn: &Conn, lists: &[OrderList]) -> Result<Vec<Vec<Order>>> {
    let queries = lists.iter().map(query).collect();
    let rows: Vec<Row<Order>> = PerGroup::<SqlTypeOf<AsSelect<Order, Pg>>>::new(queries).load(&mut conn).await?;
    Ok(regroup(rows, lists.len()))
}

fn query(list: &OrderList) -> Box<dyn QueryFragment<Pg> + Send> {
    let (window, rows) = (&list.window, narrowed(&list.filter).select(Order::as_select()));
    let down = matches!(list.sort, OrderSort::Newest | OrderSort::TotalDesc);
    match list.sort {
        OrderSort::Newest | OrderSort::Oldest => {
            let beyond = list.beyond::<Timestamp>();
            Box::new(keyset!(rows, window, down, orders::placed_at, orders::id, beyond))
        }
        OrderSort::TotalDesc | OrderSort::TotalAsc => {
            let beyond = list.beyond::<Decimal>();
            Box::new(keyset!(rows, window, down, orders::total_gross, orders::id, beyond))
        }
    }
}

pub(super) async fn count(mut conn: &Conn, filter: &OrderFilter) -> Result<i64> {
    Ok(narrowed(filter).count().get_result(&mut conn).await?)
}

fn narrowed(filter: &OrderFilter) -> orders::BoxedQuery<'static, Pg> {
    let mut query = orders::table.into_boxed();
    if let Some(customer) = filter.customer_id {
        query = query.filter(orders::customer_id.eq(customer));
    }
    if let Some(status) = filter.status {
        query = query.filter(orders::status.eq(status));
    }
    if let Some(fulfilled) = filter.fulfilled {
        let unsent = order_lines::table
            .filter(order_lines::order_id.eq(orders::id))
            .filter(order_lines::fulfilled_quantity.lt(order_lines::quantity));
        let unsent = diesel::dsl::exists(unsent.select(order_lines::id));
        query = if fulfilled { query.filter(diesel::dsl::not(unsent)) } else { query.filter(unsent) };
    }
    if let Some(from) = filter.placed_from {
        query = query.filter(orders::placed_at.ge(from));
    }
    if let Some(before) = filter.placed_before {
        query = query.filter(orders::placed_at.lt(before));
    }
    if let Some(text) = filter.query.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        query = match text.trim_start_matches('#').parse::<i64>() {
            Ok(number) => query.filter(orders::number.eq(number)),
            Err(_) => {
                let piece = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                query.filter(orders::email.like(format!("%{piece}%")))
            }
        };
    }
    query
}

pub(super) async fn lines_of(mut conn: &Conn, ids: &[OrderId]) -> Result<Vec<OrderLine>> {
    let of_orders = order_lines::table.filter(order_lines::order_id.eq_any(ids));
    let in_order = of_orders.order((order_lines::order_id, order_lines::position));
    Ok(in_order.select(OrderLine::as_select()).load(&mut conn).await?)
}

pub(super) async fn fulfillments_of(mut conn: &Conn, ids: &[OrderId]) -> Result<Vec<Fulfillment>> {
    let of_orders = fulfillments::table.filter(fulfillments::order_id.eq_any(ids)).order(fulfillments::id);
    Ok(of_orders.select(Fulfillment::as_select()).load(&mut conn).await?)
}

pub(super) async fn fulfillment_lines_of(mut conn: &Conn, ids: &[FulfillmentId]) -> Result<Vec<FulfillmentLine>> {
    let parcels = fulfillment_lines::table.filter(fulfillment_lines::fulfillment_id.eq_any(ids));
    let in_order = parcels.order(fulfillment_lines::order_line_id);
    Ok(in_order.select(FulfillmentLine::as_select()).load(&mut conn).await?)
}

/// Writes a parcel and counts its units as sent.
pub(super) async fn insert_fulfillment(
    mut conn: &Conn,
    fulfillment: &Fulfillment,
    lines: &[FulfillmentLine],
) -> Result<()> {
    diesel::insert_into(fulfillments::table).values(fulfillment).execute(&mut conn).await?;
    diesel::insert_into(fulfillment_lines::table).values(lines).execute(&mut conn).await?;
    for line in lines {
        diesel::update(order_lines::table.find(line.order_line_id))
            .set(order_lines::fulfilled_quantity.eq(order_lines::fulfilled_quantity + line.quantity))
            .execute(&mut conn)
            .await?;
    }
    Ok(())
}
