//! Batch sources for carts.

use crate::domain::cart::{CartLine, PriceOverride};
use crate::graphql::sources::source;
use crate::kernel::ids::CartId;

source! {
    pub LINES_OF_CART: CartId => CartLine =
        |scope, conn, ids| scope.app.carts.lines_of(conn, ids), by |row| row.cart_id
}
source! {
    pub OVERRIDES_OF_CART: CartId => PriceOverride =
        |scope, conn, ids| scope.app.carts.overrides_of(conn, ids), by |row| row.cart_id
}
