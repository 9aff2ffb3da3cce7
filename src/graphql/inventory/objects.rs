use graphql_plan::object;

use super::sources::{INVENTORY_ITEM, LEVELS_OF_ITEM, LOCATION, USES_OF_ITEM, Use};
use crate::domain::inventory::{self, Availability, Component};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::catalog::sources::VARIANT;
use crate::kernel::ids::VariantId;

object! {
    /// A place where stock is kept.
    pub StockLocation for inventory::Location {
        /// Id.
        id;
        /// Name.
        name;
        /// Its turn when units are taken: low ones first.
        position;
    }
}

object! {
    /// Something that is kept in stock. A variant takes units of one item, or as a kit of several.
    pub InventoryItem for inventory::InventoryItem {
        /// Id.
        id;
        /// Stock-keeping unit; null when it has none. The item that was made with a variant follows the variant's.
        sku;
        /// Title, for people. The item that was made with a variant begins with the titles of that moment.
        title;
        /// Whether units are counted; an item whose units are not never runs out.
        tracked;
        /// How many units may be sold that are not there, over all locations: 0 for none, 1,000,000,000 for any number.
        backorder_limit;
        /// Counts the changes of the item itself; those of its levels do not count.
        version;
        /// Its units at each location, in the order in which they are taken.
        levels: many(StockLevel, LEVELS_OF_ITEM, |item| item.id);
        /// The variants that take of it.
        used_by: many(InventoryUse, USES_OF_ITEM, |item| item.id);
        /// When it was made, UTC.
        created_at;
        /// When it was last changed, UTC.
        updated_at;
    }
}

object! {
    /// What one unit of a variant takes of an inventory item.
    pub InventoryComponent for Component {
        /// The item; null only when it was deleted meanwhile.
        inventory_item: option(InventoryItem, INVENTORY_ITEM, |component| component.item_id);
        /// How many units of it.
        quantity;
    }
}

object! {
    /// A variant that takes of an inventory item.
    pub InventoryUse for Use {
        /// The variant; null when the caller may not see it because it is not published.
        variant: option(ProductVariant, VARIANT, |(_, variant, _)| *variant);
        /// How many units one unit of it takes.
        quantity: field(|(_, _, quantity)| quantity);
    }
}

object! {
    /// An item's units at a location.
    pub StockLevel for inventory::StockLevel {
        /// Of which inventory item.
        inventory_item_id: field(|level| &level.item_id);
        /// Of what.
        inventory_item: option(InventoryItem, INVENTORY_ITEM, |level| level.item_id);
        /// The variant that the item was made with; null for an item that was made by itself, or whose variant is not shown to
        /// the caller.
        variant_id: from(
            VARIANT,
            |level| VariantId(level.item_id.0),
            |_, found| found.first().map(|variant| variant.id),
        );
        /// Where.
        location: option(StockLocation, LOCATION, |level| level.location_id);
        /// Units on the shelf.
        stocked;
        /// Units of these that are promised to orders.
        reserved;
        /// Units of these that are kept for carts at the moment.
        held;
        /// Units that can be sold: stocked less reserved and held; negative while backorders wait for stock.
        available: value(|level| level.available());
    }
}

object! {
    /// What can be bought of a variant at the moment, over all locations.
    pub VariantAvailability for Availability {
        /// Which variant.
        variant_id;
        /// Whether it is in stock, or is sold without stock.
        available_for_sale: value(|stock| stock.allows(1));
        /// How many units are there and can be bought; null when they are not counted.
        quantity_available: value(|stock| stock.tracked.then_some(stock.available));
        /// Whether it is sold when there is none left.
        allows_backorder: field(|stock| &stock.backorder);
    }
}
