//! The stock components of variants.

use super::{ProductEditing, ProductEditingError};
use crate::domain::catalog::{Audience, CatalogError, Variant};
use crate::domain::inventory::Component;
use crate::kernel::ids::VariantId;

impl ProductEditing {
    /// Makes a variant a kit of several items, or of one item again. Carts are checked against the new items from now
    /// on; orders keep the components they were placed with.
    pub async fn set_components(
        &self,
        id: VariantId,
        components: &[Component],
    ) -> Result<Variant, ProductEditingError> {
        let tx = self.db.begin().await?;
        let found = self.catalog.variants(&tx, Audience::Staff, &[id]).await?.pop();
        let product = found.ok_or(CatalogError::NotFound { what: "variant", path: "variantId" })?.product_id;
        self.lock_product(&tx, product, "variantId").await?;
        let variant = self.catalog.lock_variant_in(&tx, id).await?;
        self.inventory.set_components_in(&tx, id, components).await?;
        tx.commit().await?;
        Ok(variant)
    }
}
