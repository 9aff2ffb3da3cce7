//! The SQL of orders and their lines.

use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel::sql_types::{Array, Integer, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;

use crate::db::keyset::keyset;
use crate::db::lateral_union::{LateralUnion, Row, regroup};
use crate::db::rows::rows;
use crate::db::schema::{order_lines, orders};
use crate::db::{Conn, Result};
use crate::domain::orders::model::{Order, OrderLine};
use crate::domain::orders::status::OrderStatus;
use crate::domain::orders::{LineUnits, OrderFilter, OrderList, OrderSort, Orders};
use crate::kernel::clock::{Timestamp, clamp_to_storable};
use crate::kernel::ids::{CartId, ChannelId, OrderId};
use crate::kernel::text::{normalize_email, strip_nul};

rows! { Order in orders, by OrderId, read as Orders::by_ids }

impl Orders {
    /// The order that a cart became.
    pub async fn of_cart(&self, mut conn: &Conn, cart: CartId) -> Result<Option<Order>> {
        let of_cart = orders::table.filter(orders::cart_id.eq(cart)).select(Order::as_select());
        Ok(of_cart.first(&mut conn).await.optional()?)
    }

    /// The number of orders that match the filter.
    pub async fn count(&self, mut conn: &Conn, filter: &OrderFilter) -> Result<i64> {
        Ok(filtered(filter).count().get_result(&mut conn).await?)
    }

    /// The lines of these orders, sorted by position.
    pub async fn lines_of(&self, mut conn: &Conn, ids: &[OrderId]) -> Result<Vec<OrderLine>> {
        let of_orders = order_lines::table.filter(order_lines::order_id.eq_any(ids));
        let in_order = of_orders.order((order_lines::order_id, order_lines::position));
        Ok(in_order.select(OrderLine::as_select()).load(&mut conn).await?)
    }
}

pub(in crate::domain::orders) async fn insert_lines(mut conn: &Conn, lines: &[OrderLine]) -> Result<()> {
    diesel::insert_into(order_lines::table).values(lines).execute(&mut conn).await?;
    Ok(())
}

/// The rows of each list, in the same order, in one statement.
pub(in crate::domain::orders) async fn lists(mut conn: &Conn, lists: &[OrderList]) -> Result<Vec<Vec<Order>>> {
    let queries = lists.iter().map(query).collect();
    let rows: Vec<Row<Order>> = LateralUnion::<SqlTypeOf<AsSelect<Order, Pg>>>::new(queries).load(&mut conn).await?;
    Ok(regroup(rows, lists.len()))
}

fn query(list: &OrderList) -> Box<dyn QueryFragment<Pg> + Send> {
    let (paging, rows) = (&list.paging, filtered(&list.filter).select(Order::as_select()));
    let down = matches!(list.sort, OrderSort::Newest | OrderSort::TotalDesc);
    match list.sort {
        OrderSort::Newest | OrderSort::Oldest => {
            let cursor = list.cursor::<Timestamp>();
            Box::new(keyset!(rows, paging, down, orders::placed_at, orders::id, cursor))
        }
        OrderSort::TotalDesc | OrderSort::TotalAsc => {
            let cursor = list.cursor::<Decimal>();
            Box::new(keyset!(rows, paging, down, orders::total_gross, orders::id, cursor))
        }
    }
}

fn filtered(filter: &OrderFilter) -> orders::BoxedQuery<'static, Pg> {
    let mut query = orders::table.into_boxed();
    if let Some(customer) = filter.customer_id {
        query = query.filter(orders::customer_id.eq(customer));
    }
    if let Some(statuses) = &filter.status {
        query = query.filter(orders::status.eq_any(statuses.clone()));
    }
    match filter.on_hold {
        Some(true) => query = query.filter(orders::status.eq(OrderStatus::OnHold)),
        Some(false) => query = query.filter(orders::status.ne(OrderStatus::OnHold)),
        None => {}
    }
    if let Some(number) = filter.number {
        query = query.filter(orders::number.eq(number));
    }
    if let Some(email) = &filter.email {
        query = query.filter(orders::email.eq(strip_nul(normalize_email(email))));
    }
    if let Some(fulfilled) = filter.fulfilled {
        let unsent = order_lines::table
            .filter(order_lines::order_id.eq(orders::id))
            .filter((order_lines::fulfilled_quantity + order_lines::canceled_quantity).lt(order_lines::quantity));
        let unsent = diesel::dsl::exists(unsent.select(order_lines::id));
        query = match fulfilled {
            true => query.filter(diesel::dsl::not(unsent)).filter(orders::canceled_at.is_null()),
            false => query.filter(unsent),
        };
    }
    if let Some(from) = filter.placed_from {
        query = query.filter(orders::placed_at.ge(clamp_to_storable(from)));
    }
    if let Some(before) = filter.placed_before {
        query = query.filter(orders::placed_at.lt(clamp_to_storable(before)));
    }
    if let Some(text) = filter.query.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        query = match text.trim_start_matches('#').parse::<i64>() {
            Ok(number) => query.filter(orders::number.eq(number)),
            Err(_) => {
                let piece =
                    strip_nul(text.to_lowercase()).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                query.filter(orders::email.like(format!("%{piece}%")))
            }
        };
    }
    query
}

pub(in crate::domain::orders) async fn by_number(
    mut conn: &Conn,
    channel: ChannelId,
    number: i64,
    email: &str,
) -> Result<Option<Order>> {
    let numbered = orders::table.filter(orders::channel_id.eq(channel)).filter(orders::number.eq(number));
    let both = numbered.filter(orders::email.eq(email)).select(Order::as_select());
    Ok(both.first(&mut conn).await.optional()?)
}

/// Adds units to the canceled counts of their lines, in one statement.
pub(in crate::domain::orders) async fn count_canceled(mut conn: &Conn, units: &[LineUnits]) -> Result<()> {
    diesel::sql_query(
        "UPDATE order_lines l SET canceled_quantity = l.canceled_quantity + c.units
         FROM unnest($1, $2) AS c (line_id, units) WHERE l.id = c.line_id",
    )
    .bind::<Array<SqlUuid>, _>(units.iter().map(|part| part.line_id).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(units.iter().map(|part| part.quantity).collect::<Vec<_>>())
    .execute(&mut conn)
    .await?;
    Ok(())
}
