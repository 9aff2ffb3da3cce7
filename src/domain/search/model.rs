//! The words of this domain.

use async_graphql::InputObject;

use crate::domain::catalog::Audience;
use crate::kernel::clock::Timestamp;
use crate::kernel::decimal::Decimal;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{CategoryId, CollectionId, PriceContextId, ProductId};
use crate::kernel::page::{Key, PageArgs, Window};
use crate::kernel::text::storable;
use crate::kernel::words;

words! {
    /// The order in which a list of products is sorted.
    ProductSort {
        /// Newest first.
        Newest = "NEWEST",
        /// By title, from A to Z.
        TitleAsc = "TITLE_ASC",
        /// By title, from Z to A.
        TitleDesc = "TITLE_DESC",
        /// Lowest price first; products without a price in the currency are omitted.
        PriceAsc = "PRICE_ASC",
        /// Highest price first; products without a price in the currency are omitted.
        PriceDesc = "PRICE_DESC",
        /// Best match of the search text first. Only available with a search text.
        Relevance = "RELEVANCE",
    }
}

/// A page of a list of products.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProductList {
    /// Which products.
    pub query: ProductQuery,
    pub(super) sort: ProductSort,
    pub(super) window: Window,
}

impl ProductList {
    /// The page that is asked for. Without a sort, the best match of a text comes first, else the newest. Refused are
    /// RELEVANCE without a text, and cursors that do not belong to the sort.
    pub fn new(mut query: ProductQuery, sort: Option<ProductSort>, args: &PageArgs) -> Result<Self, Problem> {
        query.filter = query.filter.storable();
        let sort = match sort {
            None if query.tsquery().is_some() => ProductSort::Relevance,
            None => ProductSort::Newest,
            Some(ProductSort::Relevance) if query.tsquery().is_none() => {
                return Err(Problem::new(ErrorCode::Invalid, "RELEVANCE requires a search text in `query`."));
            }
            Some(sort) => sort,
        };
        let window = Window::new(args, sort.word())?;
        match sort {
            ProductSort::Newest => window.key::<Timestamp>().map(drop)?,
            ProductSort::TitleAsc | ProductSort::TitleDesc => window.key::<String>().map(drop)?,
            ProductSort::PriceAsc | ProductSort::PriceDesc => window.key::<rust_decimal::Decimal>().map(drop)?,
            ProductSort::Relevance => window.key::<f64>().map(drop)?,
        }
        Ok(Self { query, sort, window })
    }

    /// Whether a list so sorted compares prices.
    pub const fn sorts_by_price(sort: Option<ProductSort>) -> bool {
        matches!(sort, Some(ProductSort::PriceAsc | ProductSort::PriceDesc))
    }

    /// The cursor's key and product, which `new` has read before.
    pub(super) fn beyond<K: Key>(&self) -> Option<(K, ProductId)> {
        self.window.key().ok().flatten().map(|(key, id)| (key, ProductId(id)))
    }
}

/// A filter for products. Omitted fields do not restrict the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
#[graphql(name = "ProductFilterInput")]
pub struct ProductFilter {
    /// Only products in this collection.
    pub collection_id: Option<CollectionId>,
    /// Only products in this category or in a category below it.
    pub category_id: Option<CategoryId>,
    /// Only products with all of these tags.
    #[graphql(default)]
    pub tags: Vec<String>,
    /// Only products of this vendor.
    pub vendor: Option<String>,
    /// Only products of this type.
    pub product_type: Option<String>,
    /// Only products whose lowest price in the request's region is at least this amount, in major units.
    pub price_min: Option<Decimal>,
    /// Only products whose lowest price in the request's region is at most this amount, in major units.
    pub price_max: Option<Decimal>,
    /// True: only products with a variant that is in stock or can be backordered; false: only products without one.
    pub available: Option<bool>,
    /// Whether the products are published. Only staff see unpublished products.
    pub published: Option<bool>,
}

impl ProductFilter {
    fn storable(self) -> Self {
        Self {
            tags: self.tags.into_iter().map(storable).collect(),
            vendor: self.vendor.map(storable),
            product_type: self.product_type.map(storable),
            ..self
        }
    }
}

/// Which products a list shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProductQuery {
    /// For whom.
    pub audience: Audience,
    /// The buyers whose prices are compared; `None` has no prices. Only looked at by what is about prices.
    pub prices_for: Option<PriceContextId>,
    /// Words, each of which begins a word of title, vendor, type or description.
    pub text: Option<String>,
    /// What narrows it further.
    pub filter: ProductFilter,
}

impl ProductQuery {
    /// Every product that this audience sees.
    pub fn all(audience: Audience) -> Self {
        Self { audience, prices_for: None, text: None, filter: ProductFilter::default() }
    }

    /// Whether it is about prices, so that it has to say whose.
    pub const fn compares_prices(&self) -> bool {
        self.filter.price_min.is_some() || self.filter.price_max.is_some()
    }

    /// The text as PostgreSQL's tsquery: every word a prefix, all of them wanted. `None` when no word is in it.
    pub(super) fn tsquery(&self) -> Option<String> {
        let words: Vec<_> = self
            .text
            .as_deref()?
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .take(20)
            .map(|word| format!("{}:*", word.to_lowercase()))
            .collect();
        (!words.is_empty()).then(|| words.join(" & "))
    }
}

#[cfg(test)]
mod tests {
    use super::ProductQuery;
    use crate::domain::catalog::Audience;

    #[test]
    fn text_becomes_a_query_of_prefixes_whatever_is_in_it() {
        let cases = [
            ("mug", Some("mug:*")),
            ("Blue  MUG!", Some("blue:* & mug:*")),
            ("a'b | !c:* \\", Some("a:* & b:* & c:*")),
            ("Füllhalter", Some("füllhalter:*")),
            (" ?! ", None),
        ];
        for (text, want) in cases {
            let mut query = ProductQuery::all(Audience::Shoppers);
            query.text = Some(text.to_owned());
            assert_eq!(query.tsquery().as_deref(), want, "{text}");
        }
    }
}
