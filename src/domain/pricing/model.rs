//! The words of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::schema::{prices, product_price_ranges};
use crate::kernel::ids::{ProductId, VariantId};
use crate::kernel::money::Currency;

/// What one unit of a variant costs in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = prices)]
pub struct Price {
    /// Which variant.
    pub variant_id: VariantId,
    /// In which currency.
    pub currency: Currency,
    /// The price, in major units.
    pub amount: Decimal,
    /// What it cost before, always higher; `None` when it is not reduced.
    pub compare_at: Option<Decimal>,
}

/// The lowest and highest price over a product's variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = product_price_ranges)]
pub struct PriceRange {
    /// Which product.
    pub product_id: ProductId,
    /// In which currency.
    pub currency: Currency,
    /// The lowest price.
    pub min_amount: Decimal,
    /// The highest price.
    pub max_amount: Decimal,
}
