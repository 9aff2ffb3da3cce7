//! Checks that the records a promotion references exist, with one statement for each kind.

use std::collections::HashSet;
use std::hash::Hash;

use super::check::{effects, filters, options_at};
use super::model::Promotion;
use super::rules::{ItemFilter, Target};
use super::{Promotions, PromotionsParts};
use crate::db::{Conn, Result};
use crate::domain::catalog::Audience;
use crate::kernel::error::ErrorCode;
use crate::kernel::text::Validator;

/// Ids of one kind, each with its path in the input.
type Places<T> = Vec<(String, T)>;

impl Promotions {
    /// Adds an error for each id in the conditions and effects that does not exist.
    pub(super) async fn check_known(
        &self,
        conn: &Conn,
        promotion: &Promotion,
        validator: &mut Validator,
    ) -> Result<()> {
        self.check_items(conn, promotion, validator).await?;
        let PromotionsParts { regions, customers, fulfillment, .. } = &self.parts;
        let conditions = &promotion.conditions;
        let ids = places("input.conditions.regionIds", &conditions.region_ids);
        if !ids.is_empty() {
            let found = regions.by_ids(conn, &conditions.region_ids).await?;
            unknown(validator, "region", ids, found.iter().map(|row| row.id));
        }
        let ids = places("input.conditions.channelIds", &conditions.channel_ids);
        if !ids.is_empty() {
            let found = regions.known_channels(conn, &conditions.channel_ids).await?;
            unknown(validator, "sales channel", ids, found);
        }
        let ids = places("input.conditions.customerGroupIds", &conditions.customer_group_ids);
        if !ids.is_empty() {
            let found = customers.known_groups(conn, &conditions.customer_group_ids).await?;
            unknown(validator, "customer group", ids, found);
        }
        let options: Places<_> = effects(promotion)
            .flat_map(|(path, effect)| match &effect.target {
                Target::Shipping { option_ids } => places(&options_at(&path, effect), option_ids),
                _ => Vec::new(),
            })
            .collect();
        if !options.is_empty() {
            let found = fulfillment.options(conn, &only_ids(&options)).await?;
            unknown(validator, "shipping option", options, found.iter().map(|row| row.id));
        }
        Ok(())
    }

    async fn check_items(&self, conn: &Conn, promotion: &Promotion, validator: &mut Validator) -> Result<()> {
        let (catalog, filters) = (&self.parts.catalog, filters(promotion));
        let products = of_filters(&filters, "productIds", |filter| &filter.product_ids);
        if !products.is_empty() {
            let found = catalog.products(conn, Audience::Staff, &only_ids(&products)).await?;
            unknown(validator, "product", products, found.iter().map(|row| row.id));
        }
        let variants = of_filters(&filters, "variantIds", |filter| &filter.variant_ids);
        if !variants.is_empty() {
            let found = catalog.variants(conn, Audience::Staff, &only_ids(&variants)).await?;
            unknown(validator, "variant", variants, found.iter().map(|row| row.id));
        }
        let categories = of_filters(&filters, "categoryIds", |filter| &filter.category_ids);
        if !categories.is_empty() {
            let found = catalog.categories(conn, &only_ids(&categories)).await?;
            unknown(validator, "category", categories, found.iter().map(|row| row.id));
        }
        let collections = of_filters(&filters, "collectionIds", |filter| &filter.collection_ids);
        if !collections.is_empty() {
            let found = catalog.collections(conn, &only_ids(&collections)).await?;
            unknown(validator, "collection", collections, found.iter().map(|row| row.id));
        }
        Ok(())
    }
}

fn of_filters<T: Copy>(
    filters: &[(String, &ItemFilter)],
    field: &str,
    ids: impl Fn(&ItemFilter) -> &Vec<T>,
) -> Places<T> {
    filters.iter().flat_map(|(path, filter)| places(&format!("{path}.{field}"), ids(filter))).collect()
}

fn places<T: Copy>(path: &str, ids: &[T]) -> Places<T> {
    ids.iter().enumerate().map(|(place, id)| (format!("{path}.{place}"), *id)).collect()
}

fn only_ids<T: Copy>(places: &Places<T>) -> Vec<T> {
    places.iter().map(|(_, id)| *id).collect()
}

fn unknown<T: Eq + Hash>(validator: &mut Validator, what: &str, wanted: Places<T>, found: impl IntoIterator<Item = T>) {
    let found: HashSet<_> = found.into_iter().collect();
    for (path, _) in wanted.iter().filter(|(_, id)| !found.contains(id)) {
        validator.add(path, ErrorCode::NotFound, format!("There is no such {what}."));
    }
}
