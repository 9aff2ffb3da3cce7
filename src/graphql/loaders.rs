//! The loaders of a request, one field each.

use std::collections::HashMap;
use std::sync::Arc;

use super::context::Scope;
use super::loader::{One, Source, grouped};
use crate::db::Result;
use crate::domain::cart::{CartLine, PriceOverride};
use crate::domain::catalog::{Category, Collection, Product, ProductImage, ProductOption, Variant};
use crate::domain::customers::{Customer, CustomerAddress, CustomerGroup};
use crate::domain::fulfilment::ShippingOption;
use crate::domain::inventory::{Availability, Component, InventoryItem, Location, StockLevel};
use crate::domain::orders::{
    Fulfillment, FulfillmentLine, Order, OrderLine, OrderList, Shipment, Timeline, TimelineEntry,
};
use crate::domain::payments::{GrantedRefund, MoneyEvent, Payment, PaymentSession, SavedMethod};
use crate::domain::pricing::{Price, PriceList, PriceRange, Resolved, Tier};
use crate::domain::promotions::{Campaign, ListOf, Promotion, PromotionCode, PromotionUsage};
use crate::domain::regions::Region;
use crate::domain::search::ProductList;
use crate::domain::tax::{TaxClass, TaxJurisdiction, TaxRate};
use crate::durable::{Run, RunStep};
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{
    CampaignId, CartId, CategoryId, CollectionId, CustomerGroupId, CustomerId, FulfillmentId, InventoryItemId,
    LocationId, OrderId, PaymentId, PriceId, PriceListId, ProductId, PromotionId, RegionId, TaxClassId,
    TaxJurisdictionId, VariantId, WorkflowRunId,
};
use crate::kernel::money;
use crate::kernel::page::{Page, Window};

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
            pub(super) lowest_price: One<LowestPriceByVariant>,
            pub(super) price_tiers: One<TiersByVariant>,
            pub(super) price_range: One<PriceRangeByProduct>,
            pub(super) list_prices: One<PriceListPrices>,
            pub(super) product_list: One<ProductPage>,
            pub(super) order_list: One<OrderPage>,
            pub(super) code_list: One<CodePage>,
            pub(super) usage_list: One<UsagePage>,
            pub(super) timeline: One<TimelinePage>,
        }

        impl Loaders {
            /// Fresh loaders over this scope.
            pub(super) fn new(scope: &Arc<Scope>) -> Self {
                Self {
                    $($one: One::new(scope),)*
                    $($many: One::new(scope),)*
                    price: One::new(scope),
                    lowest_price: One::new(scope),
                    price_tiers: One::new(scope),
                    price_range: One::new(scope),
                    list_prices: One::new(scope),
                    product_list: One::new(scope),
                    order_list: One::new(scope),
                    code_list: One::new(scope),
                    usage_list: One::new(scope),
                    timeline: One::new(scope),
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
        inventory_item: InventoryItemById(InventoryItemId => InventoryItem) =
            |scope, conn, ids| scope.app.inventory.items_by_ids(conn, ids), |row| (row.id, row);
        /// When what a cart keeps is free again.
        held_until: HoldByCart(CartId => Timestamp) =
            |scope, conn, ids| scope.app.inventory.held_until(conn, ids), |pair| pair;
        region: RegionById(RegionId => Region) =
            |scope, conn, ids| scope.app.regions.by_ids(conn, ids), |row| (row.id, row);
        customer: CustomerById(CustomerId => Customer) =
            |scope, conn, ids| scope.app.customers.by_ids(conn, ids), |row| (row.id, row);
        customer_group: CustomerGroupById(CustomerGroupId => CustomerGroup) =
            |scope, conn, ids| scope.app.customers.groups(conn, ids), |row| (row.id, row);
        member_count: MemberCountByGroup(CustomerGroupId => i64) =
            |scope, conn, ids| scope.app.customers.member_counts(conn, ids), |pair| pair;
        tax_class: TaxClassById(TaxClassId => TaxClass) =
            |scope, conn, ids| scope.app.taxes.classes(conn, ids), |row| (row.id, row);
        tax_jurisdiction: TaxJurisdictionById(TaxJurisdictionId => TaxJurisdiction) =
            |scope, conn, ids| scope.app.taxes.jurisdictions(conn, ids), |row| (row.id, row);
        price_list: PriceListById(PriceListId => PriceList) =
            |scope, conn, ids| scope.app.pricing.lists_by_ids(conn, ids), |row| (row.id, row);
        price_row: PriceById(PriceId => Price) =
            |scope, conn, ids| scope.app.pricing.prices_by_ids(conn, ids), |row| (row.id, row);
        promotion: PromotionById(PromotionId => Promotion) =
            |scope, conn, ids| scope.app.promotions.by_ids(conn, ids), |row| (row.id, row);
        campaign: CampaignById(CampaignId => Campaign) =
            |scope, conn, ids| scope.app.promotions.campaigns_by_ids(conn, ids), |row| (row.id, row);
        code_count: CodeCountByPromotion(PromotionId => i64) =
            |scope, conn, ids| scope.app.promotions.code_counts(conn, ids), |pair| pair;
        order: OrderById(OrderId => Order) =
            |scope, conn, ids| scope.app.orders.by_ids(conn, ids), |row| (row.id, row);
        payment_session: SessionByCart(CartId => PaymentSession) =
            |scope, conn, ids| scope.app.payments.sessions_of(conn, ids), |row| (row.cart_id, row);
        /// How many uses a promotion has: all, and those that count.
        usage_count: UsageCountByPromotion(PromotionId => (i64, i64)) =
            |scope, conn, ids| scope.app.promotions.usage_counts(conn, ids), |pair| pair;
        workflow_run: WorkflowRunById(WorkflowRunId => Run) =
            |scope, conn, ids| scope.app.durable.by_ids(conn, ids), |row| (row.id, row);
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
            |scope, conn, ids| scope.app.inventory.levels_of_variants(conn, ids), |pair| pair;
        item_levels: LevelsByItem(InventoryItemId => StockLevel) =
            |scope, conn, ids| scope.app.inventory.levels(conn, ids), |row| (row.item_id, row);
        components: ComponentsByVariant(VariantId => Component) =
            |scope, conn, ids| scope.app.inventory.components(conn, ids), |pair| pair;
        item_uses: UsesByItem(InventoryItemId => (VariantId, i32)) =
            |scope, conn, ids| scope.app.inventory.uses(conn, ids), |(item, variant, quantity)| (item, (variant, quantity));
        countries: CountriesByRegion(RegionId => Country) =
            |scope, conn, ids| scope.app.regions.countries(conn, ids), |pair| pair;
        shipping_options: ShippingOptionsByRegion(RegionId => ShippingOption) =
            |scope, conn, ids| scope.app.fulfilment.options_of(conn, ids, false), |row| (row.region_id, row);
        addresses: AddressesByCustomer(CustomerId => CustomerAddress) =
            |scope, conn, ids| scope.app.customers.addresses(conn, ids), |row| (row.customer_id, row);
        price_overrides: OverridesByCart(CartId => PriceOverride) =
            |scope, conn, ids| scope.app.carts.overrides_of(conn, ids), |row| (row.cart_id, row);
        customer_groups: GroupsByCustomer(CustomerId => CustomerGroup) =
            |scope, conn, ids| scope.app.customers.groups_of(conn, ids), |pair| pair;
        tax_rates: RatesByJurisdiction(TaxJurisdictionId => TaxRate) =
            |scope, conn, ids| scope.app.taxes.rates_of(conn, ids), |row| (row.jurisdiction_id, row);
        cart_lines: LinesByCart(CartId => CartLine) =
            |scope, conn, ids| scope.app.carts.lines_of(conn, ids), |row| (row.cart_id, row);
        order_lines: LinesByOrder(OrderId => OrderLine) =
            |scope, conn, ids| scope.app.orders.lines_of(conn, ids), |row| (row.order_id, row);
        payments: PaymentsByOrder(OrderId => Payment) =
            |scope, conn, ids| scope.app.payments.of_orders(conn, ids), |pair| pair;
        refunds: RefundsByOrder(OrderId => GrantedRefund) =
            |scope, conn, ids| scope.app.payments.refunds_of(conn, ids), |pair| pair;
        money_events: EventsByPayment(PaymentId => MoneyEvent) =
            |scope, conn, ids| scope.app.payments.events_of(conn, ids), |row| (row.payment_id, row);
        payment_methods: MethodsByCustomer(CustomerId => SavedMethod) =
            |scope, conn, ids| scope.app.payments.methods_of(conn, ids), |row| (row.customer_id, row);
        fulfillments: FulfillmentsByOrder(OrderId => Fulfillment) =
            |scope, conn, ids| scope.app.orders.fulfillments_of(conn, ids), |row| (row.order_id, row);
        fulfillment_lines: LinesByFulfillment(FulfillmentId => FulfillmentLine) =
            |scope, conn, ids| scope.app.orders.fulfillment_lines_of(conn, ids), |row| (row.fulfillment_id, row);
        workflow_steps: StepsByRun(WorkflowRunId => RunStep) =
            |scope, conn, ids| scope.app.durable.steps_of(conn, ids), |row| (row.run_id, row);
        shipments: ShipmentsByFulfillment(FulfillmentId => Shipment) =
            |scope, conn, ids| scope.app.orders.shipments_of(conn, ids), |row| (row.fulfillment_id, row);
    }
}

/// The price of one unit of a variant for the request's buyer, with what it cost before; none without a market.
pub(super) struct PriceByVariant;

impl Source for PriceByVariant {
    type Key = VariantId;
    type Value = ShownPrice;

    async fn fetch(scope: &Scope, ids: &[VariantId]) -> Result<HashMap<VariantId, ShownPrice>> {
        let Some(buyer) = scope.buyer().await? else { return Ok(HashMap::new()) };
        let wanted: Vec<_> = ids.iter().map(|id| (*id, 1)).collect();
        let now = scope.app.clock.now();
        let rows = scope.app.pricing.resolve(scope.conn().await?, buyer, &wanted, now).await?;
        let shown = |row: Resolved| {
            let money = |amount| money::Money::new(amount, buyer.currency);
            let (amount, before) = (money(row.selected.amount), row.selected.was(buyer).map(money));
            (row.variant_id, ShownPrice { amount, before, resolved: row })
        };
        Ok(rows.into_iter().map(shown).collect())
    }
}

/// A price, as shoppers see it.
#[derive(Clone, Debug)]
pub(super) struct ShownPrice {
    pub(super) amount: money::Money,
    pub(super) before: Option<money::Money>,
    pub(super) resolved: Resolved,
}

/// The lowest price of a variant in the 30 days before its reduction, for the request's buyer.
pub(super) struct LowestPriceByVariant;

impl Source for LowestPriceByVariant {
    type Key = VariantId;
    type Value = money::Money;

    async fn fetch(scope: &Scope, ids: &[VariantId]) -> Result<HashMap<VariantId, money::Money>> {
        let Some(buyer) = scope.buyer().await? else { return Ok(HashMap::new()) };
        let now = scope.app.clock.now();
        let rows = scope.app.pricing.lowest_30_days(scope.conn().await?, buyer, ids, now).await?;
        Ok(rows.into_iter().map(|(id, amount)| (id, money::Money::new(amount, buyer.currency))).collect())
    }
}

/// What a variant costs by how many are bought, for the request's buyer.
pub(super) struct TiersByVariant;

impl Source for TiersByVariant {
    type Key = VariantId;
    type Value = (money::Currency, Vec<Tier>);

    async fn fetch(scope: &Scope, ids: &[VariantId]) -> Result<HashMap<VariantId, (money::Currency, Vec<Tier>)>> {
        let Some(buyer) = scope.buyer().await? else { return Ok(HashMap::new()) };
        let now = scope.app.clock.now();
        let rows = scope.app.pricing.tiers(scope.conn().await?, buyer, ids, now).await?;
        Ok(rows.into_iter().map(|(id, tiers)| (id, (buyer.currency, tiers))).collect())
    }
}

/// The price range of a product for the request's buyer; none without a market.
pub(super) struct PriceRangeByProduct;

impl Source for PriceRangeByProduct {
    type Key = ProductId;
    type Value = PriceRange;

    async fn fetch(scope: &Scope, ids: &[ProductId]) -> Result<HashMap<ProductId, PriceRange>> {
        let Some(buyer) = scope.buyer().await? else { return Ok(HashMap::new()) };
        let now = scope.app.clock.now();
        let rows = scope.app.pricing.ranges(scope.conn().await?, buyer, ids, now).await?;
        Ok(rows.into_iter().map(|row| (row.product_id, row)).collect())
    }
}

/// A page of the prices of a list. The pages of a level are one statement.
pub(super) struct PriceListPrices;

impl Source for PriceListPrices {
    type Key = (PriceListId, Window);
    type Value = Page<Price>;

    async fn fetch(scope: &Scope, pages: &[Self::Key]) -> Result<HashMap<Self::Key, Page<Price>>> {
        let found = scope.app.pricing.list_prices(scope.conn().await?, pages).await?;
        Ok(pages.iter().cloned().zip(found).collect())
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

/// A page of a promotion's codes. The lists of a level are one statement.
pub(super) struct CodePage;

impl Source for CodePage {
    type Key = ListOf;
    type Value = Page<PromotionCode>;

    async fn fetch(scope: &Scope, lists: &[ListOf]) -> Result<HashMap<ListOf, Page<PromotionCode>>> {
        let pages = scope.app.promotions.code_lists(scope.conn().await?, lists).await?;
        Ok(lists.iter().cloned().zip(pages).collect())
    }
}

/// A page of a promotion's uses. The lists of a level are one statement.
pub(super) struct UsagePage;

impl Source for UsagePage {
    type Key = ListOf;
    type Value = Page<PromotionUsage>;

    async fn fetch(scope: &Scope, lists: &[ListOf]) -> Result<HashMap<ListOf, Page<PromotionUsage>>> {
        let pages = scope.app.promotions.usage_lists(scope.conn().await?, lists).await?;
        Ok(lists.iter().cloned().zip(pages).collect())
    }
}

/// A page of an order's timeline. The timelines of a level are one statement.
pub(super) struct TimelinePage;

impl Source for TimelinePage {
    type Key = Timeline;
    type Value = Page<TimelineEntry>;

    async fn fetch(scope: &Scope, lists: &[Timeline]) -> Result<HashMap<Timeline, Page<TimelineEntry>>> {
        let pages = scope.app.orders.timelines(scope.conn().await?, lists).await?;
        Ok(lists.iter().cloned().zip(pages).collect())
    }
}
