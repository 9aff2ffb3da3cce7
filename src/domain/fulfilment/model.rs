//! The words of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::schema::shipping_options;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{RegionId, ShippingOptionId, TaxClassId};

/// A way to send an order.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = shipping_options, treat_none_as_null = true)]
pub struct ShippingOption {
    /// Id.
    pub id: ShippingOptionId,
    /// The region that it serves.
    pub region_id: RegionId,
    /// Name, for shoppers.
    pub name: String,
    /// What shoppers should know, such as how long it takes.
    pub description: String,
    /// Its price in the region's currency, with or without tax as the region's prices are.
    pub amount: Decimal,
    /// Its place among the region's options: low ones first.
    pub position: i32,
    /// Whether it is offered.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its tax class; `None` is taxed by default.
    pub tax_class_id: Option<TaxClassId>,
}
