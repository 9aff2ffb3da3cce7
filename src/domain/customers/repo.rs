//! The SQL of customers and addresses.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Customer, CustomerAddress, CustomerFilter};
use crate::db::keyset::keyset;
use crate::db::schema::{customer_addresses, customers};
use crate::db::{Conn, Result};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{AddressId, CustomerId};
use crate::kernel::page::Window;

pub(super) async fn by_ids(mut conn: &Conn, ids: &[CustomerId]) -> Result<Vec<Customer>> {
    Ok(customers::table.filter(customers::id.eq_any(ids)).select(Customer::as_select()).load(&mut conn).await?)
}

pub(super) async fn by_email(mut conn: &Conn, email: &str) -> Result<Option<Customer>> {
    let by_email = customers::table.filter(customers::email.eq(email)).select(Customer::as_select());
    Ok(by_email.first(&mut conn).await.optional()?)
}

pub(super) async fn lock(mut conn: &Conn, id: CustomerId) -> Result<Option<Customer>> {
    let locked = customers::table.find(id).select(Customer::as_select()).for_update();
    Ok(locked.first(&mut conn).await.optional()?)
}

pub(super) async fn insert(mut conn: &Conn, customer: &Customer) -> Result<()> {
    diesel::insert_into(customers::table).values(customer).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn update(mut conn: &Conn, customer: &Customer) -> Result<()> {
    diesel::update(customers::table.find(customer.id)).set(customer).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn list(
    mut conn: &Conn,
    filter: &CustomerFilter,
    window: &Window,
    beyond: Option<(Timestamp, Uuid)>,
) -> Result<Vec<Customer>> {
    let query = narrowed(filter).select(Customer::as_select());
    let beyond = beyond.map(|(created, id)| (created, CustomerId(id)));
    Ok(keyset!(query, window, true, customers::created_at, customers::id, beyond).load(&mut conn).await?)
}

pub(super) async fn count(mut conn: &Conn, filter: &CustomerFilter) -> Result<i64> {
    Ok(narrowed(filter).count().get_result(&mut conn).await?)
}

fn narrowed(filter: &CustomerFilter) -> customers::BoxedQuery<'static, diesel::pg::Pg> {
    let mut query = customers::table.into_boxed();
    if let Some(text) = &filter.query {
        let piece = format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        let name = customers::first_name.concat(" ").concat(customers::last_name);
        query = query.filter(customers::email.ilike(piece.clone()).or(name.ilike(piece)));
    }
    if let Some(from) = filter.created_from {
        query = query.filter(customers::created_at.ge(from));
    }
    if let Some(before) = filter.created_before {
        query = query.filter(customers::created_at.lt(before));
    }
    query
}

pub(super) async fn addresses(mut conn: &Conn, ids: &[CustomerId]) -> Result<Vec<CustomerAddress>> {
    let of_customers = customer_addresses::table.filter(customer_addresses::customer_id.eq_any(ids));
    let in_order = of_customers.order((customer_addresses::created_at, customer_addresses::id));
    Ok(in_order.select(CustomerAddress::as_select()).load(&mut conn).await?)
}

pub(super) async fn address(mut conn: &Conn, customer: CustomerId, id: AddressId) -> Result<Option<CustomerAddress>> {
    let own = customer_addresses::table.find(id).filter(customer_addresses::customer_id.eq(customer));
    Ok(own.select(CustomerAddress::as_select()).first(&mut conn).await.optional()?)
}

pub(super) async fn save_address(mut conn: &Conn, entry: &CustomerAddress) -> Result<()> {
    diesel::insert_into(customer_addresses::table)
        .values(entry)
        .on_conflict(customer_addresses::id)
        .do_update()
        .set((
            customer_addresses::address.eq(&entry.address),
            customer_addresses::default_shipping.eq(entry.default_shipping),
            customer_addresses::default_billing.eq(entry.default_billing),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

pub(super) async fn clear_default_shipping(mut conn: &Conn, customer: CustomerId) -> Result<()> {
    let of_customer = customer_addresses::table.filter(customer_addresses::customer_id.eq(customer));
    diesel::update(of_customer).set(customer_addresses::default_shipping.eq(false)).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn clear_default_billing(mut conn: &Conn, customer: CustomerId) -> Result<()> {
    let of_customer = customer_addresses::table.filter(customer_addresses::customer_id.eq(customer));
    diesel::update(of_customer).set(customer_addresses::default_billing.eq(false)).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn delete_address(mut conn: &Conn, customer: CustomerId, id: AddressId) -> Result<bool> {
    let own = customer_addresses::table.find(id).filter(customer_addresses::customer_id.eq(customer));
    Ok(diesel::delete(own).execute(&mut conn).await? == 1)
}
