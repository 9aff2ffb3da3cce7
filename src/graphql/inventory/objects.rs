use graphql_plan::object;

use super::sources::{INVENTORY_ITEM, LEVELS_OF_ITEM, LOCATION, USES_OF_ITEM, Use};
use crate::domain::inventory::{self, Availability, Component};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::catalog::sources::VARIANT;
use crate::kernel::ids::VariantId;

object! {
    /// A location where stock is kept.
    pub StockLocation for inventory::Location {
        /// Id.
        id;
        /// Name.
        name;
        /// The position in the allocation order: stock is allocated from locations with lower positions first.
        position;
    }
}

object! {
    /// An item that is kept in stock. A variant uses units of one item, or of several if it is a kit.
    pub InventoryItem for inventory::InventoryItem {
        /// Id.
        id;
        /// Stock-keeping unit (SKU); null if it has none. The SKU of an item that was created with a variant follows
        /// the SKU of the variant.
        sku;
        /// Title, shown to staff. An item that was created with a variant starts with the titles of the product and the
        /// variant at that time.
        title;
        /// Whether stock is tracked. An item without tracking never runs out.
        tracked;
        /// The number of units that can be backordered over all locations: 0 for none, 1,000,000,000 for no limit.
        backorder_limit;
        /// The version, incremented by each change of the item itself, but not by changes of its stock levels.
        version;
        /// The stock at each location, in the order in which stock is allocated.
        levels: many(StockLevel, LEVELS_OF_ITEM, |item| item.id);
        /// The variants that use it.
        used_by: many(InventoryUse, USES_OF_ITEM, |item| item.id);
        /// Time at which it was created (UTC).
        created_at;
        /// Time at which it was last updated (UTC).
        updated_at;
    }
}

object! {
    /// An inventory item that one unit of a variant uses.
    pub InventoryComponent for Component {
        /// The inventory item; null only if it was deleted in the meantime.
        inventory_item: option(InventoryItem, INVENTORY_ITEM, |component| component.item_id);
        /// The number of units.
        quantity;
    }
}

object! {
    /// A variant that uses an inventory item.
    pub InventoryUse for Use {
        /// The variant; null if it is not published and the caller may not see it.
        variant: option(ProductVariant, VARIANT, |(_, variant, _)| *variant);
        /// The number of units of the item that one unit of the variant uses.
        quantity: field(|(_, _, quantity)| quantity);
    }
}

object! {
    /// The stock of an inventory item at a location.
    pub StockLevel for inventory::StockLevel {
        /// The id of the inventory item.
        inventory_item_id: field(|level| &level.item_id);
        /// The inventory item.
        inventory_item: option(InventoryItem, INVENTORY_ITEM, |level| level.item_id);
        /// The id of the variant that the item was created with; null if the item was created on its own, or if the
        /// caller may not see the variant.
        variant_id: from(
            VARIANT,
            |level| VariantId(level.item_id.0),
            |_, found| found.first().map(|variant| variant.id),
        );
        /// The stock location.
        location: option(StockLocation, LOCATION, |level| level.location_id);
        /// Stocked units: the units on the shelf.
        stocked;
        /// Stocked units that are reserved for orders.
        reserved;
        /// Stocked units that are currently reserved for carts.
        held;
        /// Units that can be sold: `stocked` less `reserved` and `held`. Negative while backorders wait for stock.
        available: value(|level| level.available());
    }
}

object! {
    /// The current availability of a variant over all locations.
    pub VariantAvailability for Availability {
        /// The id of the variant.
        variant_id;
        /// Whether it is in stock or can be backordered.
        available_for_sale: value(|stock| stock.allows(1));
        /// The number of units that are in stock and can be bought; null if stock is not tracked.
        quantity_available: value(|stock| stock.tracked.then_some(stock.available));
        /// Whether it can be sold when it is out of stock.
        allows_backorder: field(|stock| &stock.backorder);
    }
}
