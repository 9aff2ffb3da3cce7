use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::schema::{payment_customers, saved_payment_methods};
use crate::db::{Conn, Result};
use crate::domain::payments::Payments;
use crate::domain::payments::model::SavedMethod;
use crate::kernel::ids::{CustomerId, PaymentMethodId};

/// The provider's reference for a customer.
pub(in crate::domain::payments) async fn customer(
    mut conn: &Conn,
    id: CustomerId,
    provider: &str,
) -> Result<Option<String>> {
    let known = payment_customers::table.find((id, provider)).select(payment_customers::reference);
    Ok(known.first(&mut conn).await.optional()?)
}

pub(in crate::domain::payments) async fn save_customer(
    mut conn: &Conn,
    id: CustomerId,
    provider: &str,
    reference: &str,
) -> Result<()> {
    diesel::insert_into(payment_customers::table)
        .values((
            payment_customers::customer_id.eq(id),
            payment_customers::provider.eq(provider),
            payment_customers::reference.eq(reference),
        ))
        .on_conflict_do_nothing()
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Saves a method once, and returns the stored row.
pub(in crate::domain::payments) async fn insert(mut conn: &Conn, method: &SavedMethod) -> Result<SavedMethod> {
    let saved = diesel::insert_into(saved_payment_methods::table)
        .values(method)
        .on_conflict((
            saved_payment_methods::customer_id,
            saved_payment_methods::provider,
            saved_payment_methods::reference,
        ))
        .do_update()
        .set((saved_payment_methods::brand.eq(&method.brand), saved_payment_methods::expires.eq(&method.expires)));
    Ok(saved.returning(SavedMethod::as_returning()).get_result(&mut conn).await?)
}

pub(in crate::domain::payments) async fn find(
    mut conn: &Conn,
    customer: CustomerId,
    id: PaymentMethodId,
) -> Result<Option<SavedMethod>> {
    let own = saved_payment_methods::table.find(id).filter(saved_payment_methods::customer_id.eq(customer));
    Ok(own.select(SavedMethod::as_select()).first(&mut conn).await.optional()?)
}

impl Payments {
    /// Returns the saved payment methods of these customers, oldest first.
    pub async fn methods_of(&self, mut conn: &Conn, ids: &[CustomerId]) -> Result<Vec<SavedMethod>> {
        let own = saved_payment_methods::table.filter(saved_payment_methods::customer_id.eq_any(ids));
        let in_order = own.order((saved_payment_methods::created_at, saved_payment_methods::id));
        Ok(in_order.select(SavedMethod::as_select()).load(&mut conn).await?)
    }
}

pub(in crate::domain::payments) async fn delete(mut conn: &Conn, id: PaymentMethodId) -> Result<()> {
    diesel::delete(saved_payment_methods::table.find(id)).execute(&mut conn).await?;
    Ok(())
}
