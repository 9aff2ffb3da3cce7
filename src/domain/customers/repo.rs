//! The SQL queries of customers, addresses and groups.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Customers;
use super::model::{Customer, CustomerAddress, CustomerFilter, CustomerGroup, CustomerTerms, Membership};
use crate::db::keyset::keyset;
use crate::db::rows::rows;
use crate::db::schema::{customer_addresses, customer_group_members, customer_groups, customers};
use crate::db::{Conn, Result};
use crate::kernel::clock::{Timestamp, clamp_to_storable};
use crate::kernel::ids::{AddressId, CustomerGroupId, CustomerId};
use crate::kernel::page::PageRequest;
use crate::kernel::text::strip_nul;

rows! { Customer in customers, by CustomerId, read as Customers::by_ids }
rows! {
    mod groups: CustomerGroup in customer_groups, by CustomerGroupId,
    read as Customers::groups, listed as Customers::list_groups by name: String, counted as Customers::count_groups
}

impl Customers {
    /// Returns those of these groups that exist.
    pub async fn known_groups(&self, mut conn: &Conn, ids: &[CustomerGroupId]) -> Result<Vec<CustomerGroupId>> {
        let known = customer_groups::table.filter(customer_groups::id.eq_any(ids)).select(customer_groups::id);
        Ok(known.load(&mut conn).await?)
    }

    /// Returns the number of customers that match the filter.
    pub async fn count(&self, mut conn: &Conn, filter: &CustomerFilter) -> Result<i64> {
        Ok(filtered(filter).count().get_result(&mut conn).await?)
    }

    /// Returns what this customer's prices and taxes depend on, in one statement; the default for unknown customers.
    pub async fn terms(&self, mut conn: &Conn, id: CustomerId) -> Result<CustomerTerms> {
        let with_groups = customers::table.left_join(customer_group_members::table).filter(customers::id.eq(id));
        let columns = (customers::tax_exempt, customer_group_members::group_id.nullable());
        let in_order = with_groups.order(customer_group_members::group_id).select(columns);
        let rows: Vec<(bool, Option<CustomerGroupId>)> = in_order.load(&mut conn).await?;
        let tax_exempt = rows.iter().any(|(tax_exempt, _)| *tax_exempt);
        Ok(CustomerTerms { tax_exempt, groups: rows.into_iter().filter_map(|(_, group)| group).collect() })
    }

    /// Returns the addresses of these customers, oldest first.
    pub async fn addresses(&self, mut conn: &Conn, ids: &[CustomerId]) -> Result<Vec<CustomerAddress>> {
        let of_customers = customer_addresses::table.filter(customer_addresses::customer_id.eq_any(ids));
        let in_order = of_customers.order((customer_addresses::created_at, customer_addresses::id));
        Ok(in_order.select(CustomerAddress::as_select()).load(&mut conn).await?)
    }

    /// Returns the groups of these customers, by name.
    pub async fn groups_of(&self, mut conn: &Conn, ids: &[CustomerId]) -> Result<Vec<(CustomerId, CustomerGroup)>> {
        let of_customers = customer_group_members::table.filter(customer_group_members::customer_id.eq_any(ids));
        let by_name =
            of_customers.inner_join(customer_groups::table).order((customer_groups::name, customer_groups::id));
        let columns = (customer_group_members::customer_id, CustomerGroup::as_select());
        Ok(by_name.select(columns).load(&mut conn).await?)
    }

    /// Returns the number of customers in each group. Empty groups are omitted.
    pub async fn member_counts(&self, mut conn: &Conn, ids: &[CustomerGroupId]) -> Result<Vec<(CustomerGroupId, i64)>> {
        let of_groups = customer_group_members::table.filter(customer_group_members::group_id.eq_any(ids));
        let counted = of_groups.group_by(customer_group_members::group_id);
        Ok(counted.select((customer_group_members::group_id, diesel::dsl::count_star())).load(&mut conn).await?)
    }
}

pub(super) async fn by_email(mut conn: &Conn, email: &str) -> Result<Option<Customer>> {
    let by_email = customers::table.filter(customers::email.eq(email)).select(Customer::as_select());
    Ok(by_email.first(&mut conn).await.optional()?)
}

pub(super) async fn list(
    mut conn: &Conn,
    filter: &CustomerFilter,
    paging: &PageRequest,
    cursor: Option<(Timestamp, Uuid)>,
) -> Result<Vec<Customer>> {
    let query = filtered(filter).select(Customer::as_select());
    let cursor = cursor.map(|(created, id)| (created, CustomerId(id)));
    Ok(keyset!(query, paging, true, customers::created_at, customers::id, cursor).load(&mut conn).await?)
}

fn filtered(filter: &CustomerFilter) -> customers::BoxedQuery<'static, diesel::pg::Pg> {
    let mut query = customers::table.into_boxed();
    if let Some(text) = filter.query.clone().map(strip_nul) {
        let piece = format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        let name = customers::first_name.concat(" ").concat(customers::last_name);
        query = query.filter(customers::email.ilike(piece.clone()).or(name.ilike(piece)));
    }
    if let Some(from) = filter.created_from {
        query = query.filter(customers::created_at.ge(clamp_to_storable(from)));
    }
    if let Some(before) = filter.created_before {
        query = query.filter(customers::created_at.lt(clamp_to_storable(before)));
    }
    if let Some(group) = filter.group_id {
        let of_group = customer_group_members::table.filter(customer_group_members::group_id.eq(group));
        query = query.filter(customers::id.eq_any(of_group.select(customer_group_members::customer_id)));
    }
    query
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

pub(super) async fn add_members(mut conn: &Conn, rows: &[Membership]) -> Result<()> {
    diesel::insert_into(customer_group_members::table).values(rows).on_conflict_do_nothing().execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn remove_members(mut conn: &Conn, group: CustomerGroupId, ids: &[CustomerId]) -> Result<()> {
    let of_group = customer_group_members::table.filter(customer_group_members::group_id.eq(group));
    let named = of_group.filter(customer_group_members::customer_id.eq_any(ids));
    diesel::delete(named).execute(&mut conn).await?;
    Ok(())
}
