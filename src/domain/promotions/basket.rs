//! The input of promotions: a cart before discounts. Pure data.

use rust_decimal::Decimal;

use crate::kernel::buyer::Buyer;
use crate::kernel::ids::{CategoryId, CollectionId, CustomerId, ProductId, ShippingOptionId, VariantId};

/// A cart before discounts.
#[derive(Clone, Debug, PartialEq)]
pub struct Basket {
    /// The customer's region, currency and groups.
    pub buyer: Buyer,
    /// The lines that have a price.
    pub lines: Vec<BasketLine>,
    /// Shipping, if an option is selected.
    pub shipping: Option<BasketShipping>,
    /// The customer, for limits per customer.
    pub customer_id: Option<CustomerId>,
    /// The customer's email address, for limits per customer.
    pub email: Option<String>,
}

/// Shipping before discounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasketShipping {
    /// The shipping option.
    pub option_id: ShippingOptionId,
    /// The price, with or without tax as the cart's prices are.
    pub amount: Decimal,
}

/// A line before discounts.
#[derive(Clone, Debug, PartialEq)]
pub struct BasketLine {
    /// The variant.
    pub variant_id: VariantId,
    /// The product.
    pub product_id: ProductId,
    /// The quantity, at least 1.
    pub quantity: i32,
    /// The unit price, with or without tax as the cart's prices are.
    pub unit_price: Decimal,
    /// The price of all units, rounded, on the same tax basis.
    pub amount: Decimal,
    /// The product's category and its ancestors.
    pub category_path: Vec<CategoryId>,
    /// The collections of the product.
    pub collection_ids: Vec<CollectionId>,
    /// The product's tags.
    pub tags: Vec<String>,
    /// The product's type.
    pub product_type: String,
    /// The brand or manufacturer.
    pub vendor: String,
}
