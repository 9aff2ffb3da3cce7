//! The order draft: the quoted cart with its current titles and images.

use serde_json::json;

use super::run::OrderDraft;
use super::{Checkout, CheckoutError};
use crate::db::Conn;
use crate::domain::cart::CartDraft;
use crate::domain::inventory::Components;
use crate::domain::orders::{NewOrder, SoldLine};
use crate::kernel::ids::OrderId;

impl Checkout {
    /// Creates the draft of a cart that the caller has locked and quoted.
    pub(super) async fn draft_order(&self, conn: &Conn, draft: &CartDraft) -> Result<OrderDraft, CheckoutError> {
        let cart = &draft.cart;
        let order = NewOrder {
            id: OrderId::new(),
            channel_id: cart.channel_id,
            number: 0,
            cart_id: cart.id,
            customer_id: cart.customer_id,
            region_id: cart.region_id,
            email: cart.email.clone().unwrap_or_default(),
            currency: cart.currency,
            prices_include_tax: cart.prices_include_tax,
            tax_rounding: cart.tax_rounding,
            note: cart.note.clone(),
            shipping_address: cart.shipping_address.clone(),
            billing_address: cart.billing_address.clone(),
            shipping_name: cart.shipping_name.clone(),
            promotions: cart.promotions.clone(),
            shipping_discounts: cart.shipping_discounts.clone(),
            tax_exempt: cart.tax_exempt,
            explanation: cart.explain(&draft.lines)?,
            lines: self.sold_lines(conn, draft).await?,
            totals: cart.totals(&draft.lines)?,
        };
        Ok(OrderDraft::new(order))
    }

    /// The lines with their current titles and images.
    async fn sold_lines(&self, conn: &Conn, draft: &CartDraft) -> Result<Vec<SoldLine>, CheckoutError> {
        let goods = draft.lines.iter().filter_map(|line| draft.goods(line.variant_id));
        let products: Vec<_> = goods.map(|goods| goods.variant.product_id).collect();
        let images = self.catalog.images_of(conn, &products).await?;
        let mut sold = Vec::with_capacity(draft.lines.len());
        for line in &draft.lines {
            let (Some(goods), Some(unit_price)) = (draft.goods(line.variant_id), line.unit_price) else {
                return Err(CheckoutError::Incomplete(draft.cart.problems(&draft.lines)));
            };
            let variant = &goods.variant;
            let own = images.iter().find(|image| Some(image.id) == variant.image_id);
            let image = own.or_else(|| images.iter().find(|image| image.product_id == variant.product_id));
            sold.push(SoldLine {
                variant_id: variant.id,
                product_id: variant.product_id,
                product_title: goods.product_title.clone(),
                variant_title: variant.title.clone(),
                sku: variant.sku.clone(),
                image_url: image.map(|image| image.url.clone()),
                attributes: json!(line.attributes),
                quantity: line.quantity,
                unit_price,
                includes_tax: line.includes_tax,
                compare_at_price: line.compare_at_price,
                price_list: line.price_list.clone(),
                min_quantity: line.min_quantity,
                override_reason: line.override_reason.clone(),
                discounts: line.discounts.clone(),
                components: Components::default(),
                backordered: 0,
            });
        }
        Ok(sold)
    }
}
