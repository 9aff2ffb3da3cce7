//! Adding, updating and deleting the variants of a product.

use std::collections::BTreeSet;

use super::rows::{add_choices, fits, index, item, prices, trimmed, variant};
use super::{ProductEditing, ProductEditingError, UpdateVariant, VariantSpec};
use crate::db::Conn;
use crate::domain::catalog::{Audience, CatalogError, Product, ProductImage, ProductRows, Variant, title_of};
use crate::domain::inventory::StockItem;
use crate::kernel::error::{ErrorCode, UserError, unchanged};
use crate::kernel::ids::{ImageId, ProductId, VariantId};
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::{Validator, non_blank};

/// The maximum number of variants of a product.
const MAX_VARIANTS: usize = 2_000;

impl ProductEditing {
    /// Adds a variant to a product at the last position. New values are added to the product's options.
    pub async fn create_variant(&self, product: ProductId, spec: VariantSpec) -> Result<Variant, ProductEditingError> {
        let tx = self.db.begin().await?;
        let locked = self.lock_product(&tx, product, "input.productId").await?;
        let others = self.catalog.variants_of(&tx, &[product]).await?;
        let mut validator = Validator::new();
        validator.count("input", others.len() + 1, MAX_VARIANTS);
        validator.finish().map_err(ProductEditingError::Invalid)?;
        let values = trimmed(&spec.option_values);
        self.choose(&tx, product, &values, &others).await?;
        let image_id = match &spec.image_url {
            Some(url) => Some(self.image_at(&tx, product, url).await?),
            None => None,
        };
        let position = others.last().map_or(0, |last| last.position.saturating_add(1));
        let new = Variant { image_id, position, ..variant(product, &spec, values, self.clock.now()) };
        self.catalog.insert_variants_in(&tx, std::slice::from_ref(&new)).await?;
        let stocked = self.inventory.insert_items_in(&tx, &[item(&locked.title, &new, &spec)]).await;
        stocked
            .map_err(|error| ProductEditingError::from(error).relocated("variants", |_| Some("input".to_owned())))?;
        let rows: Vec<_> = prices(new.id, &spec.prices).collect();
        self.pricing.set_in(&tx, &rows, "input.prices").await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Updates a variant. With `expected`, only if that is still its version.
    pub async fn update_variant(
        &self,
        id: VariantId,
        command: UpdateVariant,
        expected: Option<i32>,
    ) -> Result<Variant, ProductEditingError> {
        let tx = self.db.begin().await?;
        let found = self.catalog.variants(&tx, Audience::Staff, &[id]).await?.pop();
        let product = found.ok_or(CatalogError::NotFound { what: "variant", path: "id" })?.product_id;
        self.lock_product(&tx, product, "id").await?;
        let before = self.catalog.lock_variant_in(&tx, id).await?;
        unchanged(expected, before.version).map_err(CatalogError::from)?;
        let mut variant = before.clone();
        let mut variants = self.catalog.variants_of(&tx, &[product]).await?;
        variants.retain(|other| other.id != id);
        if let Some(values) = command.option_values.as_deref().map(trimmed) {
            self.choose(&tx, product, &values, &variants).await?;
            variant.title = title_of(&values);
            variant.option_values = values;
        }
        if let Patch::Set(image) = command.image_id {
            self.check_image(&tx, product, image).await?;
        }
        let restocked = self.keep_stock(&tx, id, &command).await?;
        let position = command.position;
        apply(&mut variant, command);
        let moved = position.map(|position| place(&mut variant, variants, position)).unwrap_or_default();
        if variant == before && !restocked {
            return Ok(before);
        }
        variant.version += 1;
        variant.updated_at = self.clock.now();
        self.catalog.save_variants_in(&tx, std::slice::from_ref(&variant)).await?;
        self.catalog.save_variants_in(&tx, &moved).await?;
        tx.commit().await?;
        Ok(variant)
    }

    /// Deletes variants, all or none, and returns their IDs. A product keeps at least one.
    pub async fn delete_variants(&self, ids: &[VariantId]) -> Result<Vec<VariantId>, ProductEditingError> {
        let ids: Vec<_> = BTreeSet::from_iter(ids.iter().copied()).into_iter().collect();
        let tx = self.db.begin().await?;
        let found = self.catalog.variants(&tx, Audience::Staff, &ids).await?;
        if found.len() < ids.len() {
            return Err(CatalogError::NotFound { what: "variant", path: "ids" }.into());
        }
        let products: Vec<_> =
            BTreeSet::from_iter(found.iter().map(|variant| variant.product_id)).into_iter().collect();
        for product in &products {
            self.lock_product(&tx, *product, "ids").await?;
        }
        let all = self.catalog.variants_of(&tx, &products).await?;
        let kept = |product: &ProductId| {
            all.iter().any(|variant| variant.product_id == *product && ids.binary_search(&variant.id).is_err())
        };
        if !products.iter().all(kept) {
            let message = "A product must have at least one variant: delete the product instead.";
            return Err(UserError::new(ErrorCode::InUse, message).at("ids").into());
        }
        self.catalog.delete_variants_in(&tx, &ids).await?;
        self.pricing.refresh_products_in(&tx, &products).await?;
        tx.commit().await?;
        Ok(ids)
    }

    /// Locks the product before any of its variants.
    pub(super) async fn lock_product(
        &self,
        conn: &Conn,
        id: ProductId,
        path: &'static str,
    ) -> Result<Product, ProductEditingError> {
        match self.catalog.lock_in(conn, id).await {
            Ok(product) => Ok(product),
            Err(CatalogError::NotFound { what, .. }) => Err(CatalogError::NotFound { what, path }.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Checks a variant's option values against the other variants of its product, and adds new values to the options.
    async fn choose(
        &self,
        conn: &Conn,
        product: ProductId,
        values: &[String],
        others: &[Variant],
    ) -> Result<(), ProductEditingError> {
        let mut options = self.catalog.options_of(conn, &[product]).await?;
        fits(values, &options, "input.optionValues")?;
        if others.iter().any(|other| other.option_values == values) {
            return Err(CatalogError::OptionsTaken.into());
        }
        if add_choices(&mut options, values) {
            self.catalog.save_options_in(conn, &options).await?;
        }
        Ok(())
    }

    /// Returns the product's image with this URL, and adds it if it is missing.
    async fn image_at(&self, conn: &Conn, product: ProductId, url: &str) -> Result<ImageId, ProductEditingError> {
        let images = self.catalog.images_of(conn, &[product]).await?;
        if let Some(known) = images.iter().find(|image| image.url == url) {
            return Ok(known.id);
        }
        let position = images.last().map_or(0, |last| last.position.saturating_add(1));
        let (id, url) = (ImageId::new(), url.to_owned());
        let image = ProductImage { id, product_id: product, url, alt: String::new(), position };
        let added = self.catalog.insert_in(conn, &ProductRows { images: vec![image], ..ProductRows::default() }).await;
        added.map_err(|error| {
            ProductEditingError::from(error).relocated("images", |_| Some("input.imageUrl".to_owned()))
        })?;
        Ok(id)
    }

    async fn check_image(&self, conn: &Conn, product: ProductId, id: ImageId) -> Result<(), ProductEditingError> {
        match self.catalog.images(conn, &[id]).await?.pop() {
            Some(image) if image.product_id == product => Ok(()),
            _ => Err(UserError::new(ErrorCode::NotFound, "The product has no such image.").at("input.imageId").into()),
        }
    }

    async fn keep_stock(
        &self,
        conn: &Conn,
        id: VariantId,
        command: &UpdateVariant,
    ) -> Result<bool, ProductEditingError> {
        if command.track_inventory.is_none() && command.allow_backorder.is_none() {
            return Ok(false);
        }
        let known = self.inventory.items(conn, &[id]).await?.pop();
        let before = known.unwrap_or(StockItem { variant_id: id, tracked: true, backorder: false });
        let tracked = command.track_inventory.unwrap_or(before.tracked);
        let backorder = command.allow_backorder.unwrap_or(before.backorder);
        let wanted = StockItem { variant_id: id, tracked, backorder };
        let changed = known != Some(wanted);
        if changed {
            self.inventory.save_item_in(conn, wanted, "input.allowBackorder").await?;
        }
        Ok(changed)
    }
}

fn apply(variant: &mut Variant, command: UpdateVariant) {
    command.sku.apply(&mut variant.sku);
    variant.sku = non_blank(variant.sku.take());
    command.barcode.apply(&mut variant.barcode);
    variant.barcode = non_blank(variant.barcode.take());
    command.weight_grams.apply(&mut variant.weight_grams);
    set(&mut variant.requires_shipping, command.requires_shipping);
    set(&mut variant.taxable, command.taxable);
    command.image_id.apply(&mut variant.image_id);
}

/// Moves a variant to a position among the others, which are in order; returns those that moved.
fn place(variant: &mut Variant, others: Vec<Variant>, position: i32) -> Vec<Variant> {
    let place = usize::try_from(position).unwrap_or(0).min(others.len());
    variant.position = index(place);
    let moved = others.into_iter().enumerate().filter_map(|(n, mut other)| {
        let wanted = index(if n < place { n } else { n + 1 });
        let moves = other.position != wanted;
        other.position = wanted;
        moves.then_some(other)
    });
    moved.collect()
}
