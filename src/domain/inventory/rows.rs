//! Rows that set, adjust or move stock, and the items they specify.

use async_graphql::InputObject;

use super::InventoryError;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{InventoryItemId, LocationId, VariantId};
use crate::kernel::text::Validator;

/// Units of an inventory item at a location. Specify either the item or the variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, InputObject)]
#[graphql(name = "StockRowInput")]
pub struct StockRow {
    /// The id of the inventory item.
    pub inventory_item_id: Option<InventoryItemId>,
    /// The id of a variant that uses one unit of one item. For a kit, specify its items instead.
    pub variant_id: Option<VariantId>,
    /// The id of the stock location.
    pub location_id: LocationId,
    /// The counted number of units (`stockSet`), or the number of units to add, negative to remove (`stockAdjust`).
    pub quantity: i32,
    /// The number of stocked units that the caller expects before the change; if it differs, the code is STALE_VERSION.
    pub expected_stocked: Option<i32>,
}

/// Units of an inventory item to move to another location. Specify either the item or the variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, InputObject)]
#[graphql(name = "StockMoveRowInput")]
pub struct MoveRow {
    /// The id of the inventory item.
    pub inventory_item_id: Option<InventoryItemId>,
    /// The id of a variant that uses one unit of one item. For a kit, specify its items instead.
    pub variant_id: Option<VariantId>,
    /// The number of units, at least 1.
    pub quantity: i32,
}

/// What a row refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StockTarget {
    /// An item.
    Item(InventoryItemId),
    /// The item of a variant that uses one unit of one item.
    Variant(VariantId),
}

/// The item or variant that each row specifies. A row with neither or both is an error.
pub(super) fn things(
    rows: impl Iterator<Item = (Option<InventoryItemId>, Option<VariantId>)>,
) -> Result<Vec<StockTarget>, InventoryError> {
    let (mut things, mut validator) = (Vec::new(), Validator::new());
    for (place, named) in rows.enumerate() {
        let path = format!("rows.{place}");
        match named {
            (Some(item), None) => things.push(StockTarget::Item(item)),
            (None, Some(variant)) => things.push(StockTarget::Variant(variant)),
            (None, None) => validator.add(&path, ErrorCode::Required, "Specify inventoryItemId or variantId."),
            (Some(_), Some(_)) => {
                validator.add(&path, ErrorCode::Invalid, "Specify inventoryItemId or variantId, not both.");
            }
        }
    }
    validator.finish().map_err(InventoryError::Invalid)?;
    Ok(things)
}
