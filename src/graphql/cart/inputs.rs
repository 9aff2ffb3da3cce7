use async_graphql::InputObject;

use crate::domain::cart::{AddLine, Properties, UpdateLine};
use crate::kernel::ids::{CartLineId, RegionId, VariantId};

/// A custom attribute of a line, such as `engraving` with the value `For Ada`.
#[derive(InputObject)]
pub struct PropertyInput {
    /// Name: at most 100 characters.
    key: String,
    /// Value: at most 1,000 characters.
    value: String,
}

/// A line to add to a cart.
#[derive(InputObject)]
pub struct CartLineInput {
    /// The variant to buy.
    variant_id: VariantId,
    /// The number of units: 1 to 9,999.
    #[graphql(default = 1)]
    quantity: i32,
    /// Custom attributes, such as an engraving: at most 20. Lines with the same variant and the same attributes are
    /// merged into one line.
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

/// The new quantity of a line.
#[derive(InputObject)]
pub struct CartLineUpdateInput {
    /// The id of the line.
    line_id: CartLineId,
    /// The number of units; 0 removes the line.
    quantity: i32,
}

impl From<CartLineUpdateInput> for UpdateLine {
    fn from(input: CartLineUpdateInput) -> Self {
        Self { line_id: input.line_id, quantity: input.quantity }
    }
}

/// A cart to create.
#[derive(InputObject, Default)]
pub struct CartCreateInput {
    /// The region that determines prices and currency. Defaults to the region of the request's context.
    pub(super) region_id: Option<RegionId>,
    /// The e-mail address for notifications about the order. Defaults to a customer's own address.
    pub(super) email: Option<String>,
    /// The initial lines.
    #[graphql(default)]
    pub(super) lines: Vec<CartLineInput>,
}

/// The changes to a cart. Omitted fields keep their values.
#[derive(InputObject)]
pub struct CartUpdateInput {
    /// The e-mail address for notifications about the order.
    pub(super) email: Option<String>,
    /// A note from the shopper: at most 5,000 characters.
    pub(super) note: Option<String>,
    /// The region that determines prices and currency. Changing it recalculates the cart and clears the selected
    /// shipping option; lines that cannot be bought there stay in the cart without a price.
    pub(super) region_id: Option<RegionId>,
}
