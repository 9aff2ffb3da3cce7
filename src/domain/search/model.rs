//! The types of this domain.

use async_graphql::InputObject;

use crate::domain::catalog::Audience;
use crate::kernel::clock::Timestamp;
use crate::kernel::decimal::Decimal;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::{CategoryId, CollectionId, PriceContextId, ProductId};
use crate::kernel::page::{Key, PageArgs, PageRequest};
use crate::kernel::string_enum;
use crate::kernel::text::strip_nul;

string_enum! {
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
    /// The products.
    pub query: ProductQuery,
    pub(super) sort: ProductSort,
    pub(super) paging: PageRequest,
}

impl ProductList {
    /// Creates a page request. Without a sort, the best match comes first if there is a search text, otherwise the
    /// newest. RELEVANCE without a text and cursors of another sort are rejected.
    pub fn new(mut query: ProductQuery, sort: Option<ProductSort>, args: &PageArgs) -> Result<Self, UserError> {
        query.filter = query.filter.strip_nul();
        let sort = match sort {
            None if query.tsquery().is_some() => ProductSort::Relevance,
            None => ProductSort::Newest,
            Some(ProductSort::Relevance) if query.tsquery().is_none() => {
                return Err(UserError::new(ErrorCode::Invalid, "RELEVANCE requires a search text in `query`."));
            }
            Some(sort) => sort,
        };
        let paging = PageRequest::new(args, sort.as_str())?;
        match sort {
            ProductSort::Newest => paging.key::<Timestamp>().map(drop)?,
            ProductSort::TitleAsc | ProductSort::TitleDesc => paging.key::<String>().map(drop)?,
            ProductSort::PriceAsc | ProductSort::PriceDesc => paging.key::<rust_decimal::Decimal>().map(drop)?,
            ProductSort::Relevance => paging.key::<f64>().map(drop)?,
        }
        Ok(Self { query, sort, paging })
    }

    /// Returns whether this sort compares prices.
    pub const fn sorts_by_price(sort: Option<ProductSort>) -> bool {
        matches!(sort, Some(ProductSort::PriceAsc | ProductSort::PriceDesc))
    }

    /// Returns the key and product of the cursor, which `new` has validated.
    pub(super) fn cursor<K: Key>(&self) -> Option<(K, ProductId)> {
        self.paging.key().ok().flatten().map(|(key, id)| (key, ProductId(id)))
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
    fn strip_nul(self) -> Self {
        Self {
            tags: self.tags.into_iter().map(strip_nul).collect(),
            vendor: self.vendor.map(strip_nul),
            product_type: self.product_type.map(strip_nul),
            ..self
        }
    }
}

/// The products of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProductQuery {
    /// The audience.
    pub audience: Audience,
    /// The price context; `None` means no prices. Used only by price filters and sorts.
    pub prices_for: Option<PriceContextId>,
    /// The search text: each word is a prefix of a word in the title, vendor, type or description.
    pub text: Option<String>,
    /// Further filters.
    pub filter: ProductFilter,
}

impl ProductQuery {
    /// Returns a query for all products that this audience can see.
    pub fn all(audience: Audience) -> Self {
        Self { audience, prices_for: None, text: None, filter: ProductFilter::default() }
    }

    /// Returns whether it filters by price, and so needs a price context.
    pub const fn compares_prices(&self) -> bool {
        self.filter.price_min.is_some() || self.filter.price_max.is_some()
    }

    /// Converts the text to a PostgreSQL tsquery that requires every word as a prefix. `None` if it has no words.
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
