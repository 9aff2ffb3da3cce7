//! What promotions look at: a cart before discounts. Pure facts.

use rust_decimal::Decimal;

use crate::kernel::buyer::Buyer;
use crate::kernel::ids::{CategoryId, CollectionId, CustomerId, ProductId, ShippingOptionId, VariantId};

/// A cart before discounts.
#[derive(Clone, Debug, PartialEq)]
pub struct Basket {
    /// Who buys, where, in which currency.
    pub buyer: Buyer,
    /// The lines that have a price.
    pub lines: Vec<BasketLine>,
    /// Shipping, once it is chosen.
    pub shipping: Option<BasketShipping>,
    /// The customer, for limits per customer.
    pub customer_id: Option<CustomerId>,
    /// Their e-mail address, for the same.
    pub email: Option<String>,
}

/// Shipping before discounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasketShipping {
    /// By which option.
    pub option_id: ShippingOptionId,
    /// What it costs, in the cart's basis.
    pub amount: Decimal,
}

/// A line before discounts.
#[derive(Clone, Debug, PartialEq)]
pub struct BasketLine {
    /// What is bought.
    pub variant_id: VariantId,
    /// Of which product.
    pub product_id: ProductId,
    /// How many, from 1.
    pub quantity: i32,
    /// The price of one, in the cart's basis: with or without tax.
    pub unit_price: Decimal,
    /// The price of all, rounded, in the same basis.
    pub amount: Decimal,
    /// The product's category and all above it.
    pub category_path: Vec<CategoryId>,
    /// The collections that the product is in.
    pub collection_ids: Vec<CollectionId>,
    /// The product's tags.
    pub tags: Vec<String>,
    /// The product's type.
    pub product_type: String,
    /// Who makes it.
    pub vendor: String,
}
