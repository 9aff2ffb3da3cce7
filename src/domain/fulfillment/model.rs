//! The types of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::schema::shipping_options;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{RegionId, ShippingOptionId, TaxClassId};

/// A shipping option for orders.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = shipping_options, treat_none_as_null = true)]
pub struct ShippingOption {
    /// The id.
    pub id: ShippingOptionId,
    /// The region it serves.
    pub region_id: RegionId,
    /// The name, shown to shoppers.
    pub name: String,
    /// The description for shoppers, such as the delivery time.
    pub description: String,
    /// The price in the region's currency, with or without tax as the region's prices are.
    pub amount: Decimal,
    /// The position among the region's options: lower positions come first.
    pub position: i32,
    /// Whether it is offered.
    pub active: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// The tax class; `None` for default rates.
    pub tax_class_id: Option<TaxClassId>,
}
