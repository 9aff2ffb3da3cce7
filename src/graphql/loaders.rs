//! The loaders of a request, one field each.

use std::collections::HashMap;
use std::sync::Arc;

use super::context::Scope;
use super::loader::{One, Source, grouped};
use crate::db::Result;
use crate::domain::cart::CartLine;
use crate::domain::catalog::{Category, Collection, Product, ProductImage, ProductOption, Variant};
use crate::domain::customers::{Customer, CustomerAddress};
use crate::domain::fulfilment::ShippingOption;
use crate::domain::inventory::{Availability, Location, StockLevel};
use crate::domain::orders::{Fulfillment, FulfillmentLine, Order, OrderLine, OrderList};
use crate::domain::payments::Payment;
use crate::domain::pricing::{Price, PriceRange};
use crate::domain::regions::Region;
use crate::domain::search::ProductList;
use crate::kernel::country::Country;
use crate::kernel::ids::{
    CartId, CategoryId, CollectionId, CustomerId, FulfillmentId, LocationId, OrderId, ProductId, RegionId, VariantId,
};
use crate::kernel::page::Page;

/// Declares the loaders: `name: Source(Key => Value) = |scope, conn, ids| query, rows to (key, value) pairs`.
macro_rules! loaders {
    (
        one { $($(#[$doc:meta])* $one:ident: $One:ident($OneKey:ty => $OneValue:ty) =
            |$scope1:ident, $conn1:ident, $ids1:ident| $query1:expr, $pair1:expr;)* }
        many { $($(#[$mdoc:meta])* $many:ident: $Many:ident($ManyKey:ty => $ManyValue:ty) =
            |$scope2:ident, $conn2:ident, $ids2:ident| $query2:expr, $pair2:expr;)* }
    ) => {
        $(
            pub(super) struct $One;
            impl Source for $One {
                type Key = $OneKey;
                type Value = $OneValue;
                async fn fetch($scope1: &Scope, $ids1: &[$OneKey]) -> Result<HashMap<$OneKey, $OneValue>> {
                    let $conn1 = $scope1.conn().await?;
                    Ok($query1.await?.into_iter().map($pair1).collect())
                }
            }
        )*
        $(
            pub(super) struct $Many;
            impl Source for $Many {
                type Key = $ManyKey;
                type Value = Vec<$ManyValue>;
                async fn fetch($scope2: &Scope, $ids2: &[$ManyKey]) -> Result<HashMap<$ManyKey, Vec<$ManyValue>>> {
                    let $conn2 = $scope2.conn().await?;
                    Ok(grouped($query2.await?.into_iter().map($pair2)))
                }
            }
        )*

        /// The loaders of a request.
        pub(super) struct Loaders {
            $($(#[$doc])* pub(super) $one: One<$One>,)*
            $($(#[$mdoc])* pub(super) $many: One<$Many>,)*
            pub(super) price: One<PriceByVariant>,
            pub(super) price_range: One<PriceRangeByProduct>,
            pub(super) product_list: One<ProductPage>,
            pub(super) order_list: One<OrderPage>,
        }

        impl Loaders {
            /// Fresh loaders over this scope.
            pub(super) fn new(scope: &Arc<Scope>) -> Self {
                Self {
                    $($one: One::new(scope),)*
                    $($many: One::new(scope),)*
                    price: One::new(scope),
                    price_range: One::new(scope),
                    product_list: One::new(scope),
                    order_list: One::new(scope),
                }
            }
        }
    };
}

loaders! {
    one {
        product: ProductById(ProductId => Product) =
            |scope, conn, ids| scope.app.catalog.products(conn, scope.audience, ids), |row| (row.id, row);
        variant: VariantById(VariantId => Variant) =
            |scope, conn, ids| scope.app.catalog.variants(conn, scope.audience, ids), |row| (row.id, row);
        category: CategoryById(CategoryId => Category) =
            |scope, conn, ids| scope.app.catalog.categories(conn, ids), |row| (row.id, row);
        collection: CollectionById(CollectionId => Collection) =
            |scope, conn, ids| scope.app.catalog.collections(conn, ids), |row| (row.id, row);
        availability: AvailabilityByVariant(VariantId => Availability) =
            |scope, conn, ids| scope.app.inventory.availability(conn, ids), |row| (row.variant_id, row);
        location: LocationById(LocationId => Location) =
            |scope, conn, ids| scope.app.inventory.locations_by_ids(conn, ids), |row| (row.id, row);
        region: RegionById(RegionId => Region) =
            |scope, conn, ids| scope.app.regions.by_ids(conn, ids), |row| (row.id, row);
        customer: CustomerById(CustomerId => Customer) =
            |scope, conn, ids| scope.app.customers.by_ids(conn, ids), |row| (row.id, row);
    }
    many {
        variants: VariantsByProduct(ProductId => Variant) =
            |scope, conn, ids| scope.app.catalog.variants_of(conn, ids), |row| (row.product_id, row);
        options: OptionsByProduct(ProductId => ProductOption) =
            |scope, conn, ids| scope.app.catalog.options_of(conn, ids), |row| (row.product_id, row);
        images: ImagesByProduct(ProductId => ProductImage) =
            |scope, conn, ids| scope.app.catalog.images_of(conn, ids), |row| (row.product_id, row);
        collections: CollectionsByProduct(ProductId => Collection) =
            |scope, conn, ids| scope.app.catalog.collections_of(conn, ids), |pair| pair;
        subcategories: CategoriesByParent(CategoryId => Category) =
            |scope, conn, ids| scope.app.catalog.categories_below(conn, ids),
            |row| (row.parent_id.unwrap_or(row.id), row);
        all_prices: PricesByVariant(VariantId => Price) =
            |scope, conn, ids| scope.app.pricing.all_prices(conn, ids), |row| (row.variant_id, row);
        levels: LevelsByVariant(VariantId => StockLevel) =
            |scope, conn, ids| scope.app.inventory.levels(conn, ids), |row| (row.variant_id, row);
        countries: CountriesByRegion(RegionId => Country) =
            |scope, conn, ids| scope.app.regions.countries(conn, ids), |pair| pair;
        shipping_options: ShippingOptionsByRegion(RegionId => ShippingOption) =
            |scope, conn, ids| scope.app.fulfilment.options_of(conn, ids, false), |row| (row.region_id, row);
        addresses: AddressesByCustomer(CustomerId => CustomerAddress) =
            |scope, conn, ids| scope.app.customers.addresses(conn, ids), |row| (row.customer_id, row);
        cart_lines: LinesByCart(CartId => CartLine) =
            |scope, conn, ids| scope.app.carts.lines_of(conn, ids), |row| (row.cart_id, row);
        order_lines: LinesByOrder(OrderId => OrderLine) =
            |scope, conn, ids| scope.app.orders.lines_of(conn, ids), |row| (row.order_id, row);
        payments: PaymentsByOrder(OrderId => Payment) =
            |scope, conn, ids| scope.app.payments.of_orders(conn, ids), |row| (row.order_id, row);
        fulfillments: FulfillmentsByOrder(OrderId => Fulfillment) =
            |scope, conn, ids| scope.app.orders.fulfillments_of(conn, ids), |row| (row.order_id, row);
        fulfillment_lines: LinesByFulfillment(FulfillmentId => FulfillmentLine) =
            |scope, conn, ids| scope.app.orders.fulfillment_lines_of(conn, ids), |row| (row.fulfillment_id, row);
    }
}

/// The price of a variant in the request's market; none without a market.
pub(super) struct PriceByVariant;

impl Source for PriceByVariant {
    type Key = VariantId;
    type Value = Price;

    async fn fetch(scope: &Scope, ids: &[VariantId]) -> Result<HashMap<VariantId, Price>> {
        let Some(market) = scope.market().await? else { return Ok(HashMap::new()) };
        let rows = scope.app.pricing.prices(scope.conn().await?, ids, market.currency).await?;
        Ok(rows.into_iter().map(|row| (row.variant_id, row)).collect())
    }
}

/// The price range of a product in the request's market; none without a market.
pub(super) struct PriceRangeByProduct;

impl Source for PriceRangeByProduct {
    type Key = ProductId;
    type Value = PriceRange;

    async fn fetch(scope: &Scope, ids: &[ProductId]) -> Result<HashMap<ProductId, PriceRange>> {
        let Some(market) = scope.market().await? else { return Ok(HashMap::new()) };
        let rows = scope.app.pricing.ranges(scope.conn().await?, ids, market.currency).await?;
        Ok(rows.into_iter().map(|row| (row.product_id, row)).collect())
    }
}

/// A page of products, such as the first three of a collection. The lists of a level are one statement.
pub(super) struct ProductPage;

impl Source for ProductPage {
    type Key = ProductList;
    type Value = Page<Product>;

    async fn fetch(scope: &Scope, lists: &[ProductList]) -> Result<HashMap<ProductList, Page<Product>>> {
        let pages = scope.app.search.products(scope.conn().await?, lists).await?;
        Ok(lists.iter().cloned().zip(pages).collect())
    }
}

/// A page of orders, such as the newest of a customer. The lists of a level are one statement.
pub(super) struct OrderPage;

impl Source for OrderPage {
    type Key = OrderList;
    type Value = Page<Order>;

    async fn fetch(scope: &Scope, lists: &[OrderList]) -> Result<HashMap<OrderList, Page<Order>>> {
        let pages = scope.app.orders.lists(scope.conn().await?, lists).await?;
        Ok(lists.iter().cloned().zip(pages).collect())
    }
}
