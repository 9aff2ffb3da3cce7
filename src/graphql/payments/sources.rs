//! Batch sources for payments.

use crate::domain::payments::{GrantedRefund, Payment, PaymentSession, SavedMethod, TransactionEvent};
use crate::graphql::sources::source;
use crate::kernel::ids::{CartId, CustomerId, OrderId, PaymentId};

source! {
    pub SESSION_OF_CART: CartId => PaymentSession =
        |scope, conn, ids| scope.app.payments.sessions_of(conn, ids), by |row| row.cart_id
}
source! {
    pub PAYMENTS_OF_ORDER: OrderId => Payment = |scope, conn, ids| scope.app.payments.of_orders(conn, ids)
}
source! {
    pub REFUNDS_OF_ORDER: OrderId => GrantedRefund = |scope, conn, ids| scope.app.payments.refunds_of(conn, ids)
}
source! {
    pub EVENTS_OF_PAYMENT: PaymentId => TransactionEvent =
        |scope, conn, ids| scope.app.payments.events_of(conn, ids), by |row| row.payment_id
}
source! {
    pub METHODS_OF_CUSTOMER: CustomerId => SavedMethod =
        |scope, conn, ids| scope.app.payments.methods_of(conn, ids), by |row| row.customer_id
}
