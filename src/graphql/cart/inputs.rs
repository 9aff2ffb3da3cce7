use async_graphql::InputObject;

use crate::domain::cart::{AddLine, Properties, UpdateLine};
use crate::kernel::ids::{CartLineId, RegionId, VariantId};

/// A name and a value, such as `engraving` and `For Ada`.
#[derive(InputObject)]
pub struct PropertyInput {
    /// Name: at most 100 characters.
    key: String,
    /// Value: at most 1,000 characters.
    value: String,
}

/// Units to put into a cart.
#[derive(InputObject)]
pub struct CartLineInput {
    /// Of what.
    variant_id: VariantId,
    /// How many: 1 to 9,999.
    #[graphql(default = 1)]
    quantity: i32,
    /// How the shopper wants it: at most 20. Lines of one variant with the same properties are one line.
    #[graphql(default)]
    properties: Vec<PropertyInput>,
}

impl From<CartLineInput> for AddLine {
    fn from(input: CartLineInput) -> Self {
        let pair = |property: PropertyInput| (property.key, property.value);
        Self {
            variant_id: input.variant_id,
            quantity: input.quantity,
            properties: Properties(input.properties.into_iter().map(pair).collect()),
        }
    }
}

/// A line's new quantity.
#[derive(InputObject)]
pub struct CartLineUpdateInput {
    /// Which line.
    line_id: CartLineId,
    /// How many: 0 takes the line out.
    quantity: i32,
}

impl From<CartLineUpdateInput> for UpdateLine {
    fn from(input: CartLineUpdateInput) -> Self {
        Self { line_id: input.line_id, quantity: input.quantity }
    }
}

/// A cart to make.
#[derive(InputObject, Default)]
pub struct CartCreateInput {
    /// The market whose prices it has; left out, the one that the request's context shows.
    pub(super) region_id: Option<RegionId>,
    /// Where the order's news go; left out, a customer's own address.
    pub(super) email: Option<String>,
    /// What is in it from the start.
    #[graphql(default)]
    pub(super) lines: Vec<CartLineInput>,
}

/// What to change of a cart; what is left out stays.
#[derive(InputObject)]
pub struct CartUpdateInput {
    /// Where the order's news go.
    pub(super) email: Option<String>,
    /// What the shopper wants to say: at most 5,000 characters.
    pub(super) note: Option<String>,
    /// The market whose prices it has. Everything is quoted anew, shipping has to be chosen again, and lines that
    /// cannot be bought there are kept without a price.
    pub(super) region_id: Option<RegionId>,
}
