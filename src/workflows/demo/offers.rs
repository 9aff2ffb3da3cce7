//! The demo shop's offers: a sale, a quantity discount, promotions, and two tax rates.

use rust_decimal::Decimal;

use super::{Demo, DemoError};
use crate::domain::catalog::{Audience, ProductDetails, UpdateProduct, Variant};
use crate::domain::pricing::{
    CreatePriceList, ListPrice, ListRules, PriceListFilter, PriceListKind, PriceListStatus, PriceRow, PriceRules,
};
use crate::domain::promotions::rules::{Amount, BuyGet, Conditions, ItemFilter};
use crate::domain::promotions::{
    CreatePromotion, DiscountClass, FreeShippingEffectInput, PercentageEffectInput, PromotionEffectInput,
    PromotionFilter, PromotionOrderInput, PromotionTargetInput,
};
use crate::domain::tax::{CreateTaxClass, CreateTaxRate, CreateTaxRegion};
use crate::kernel::error::UserError;
use crate::kernel::ids::ProductId;
use crate::kernel::page::{PageArgs, PageRequest};
use crate::kernel::patch::Patch;

/// The sale, and the sale price of each of its products.
const SALE: &str = "Garden sale";
const SALE_PRICES: [(&str, [(&str, i64); 2]); 2] =
    [("watering-can", [("EUR", 3_680), ("USD", 4_160)]), ("hand-trowel", [("EUR", 1_920), ("USD", 2_120)])];

/// Pencils by the dozen, and the price of a dozen from the minimum quantity on.
const TIER: (&str, i32, [(&str, i64); 2]) = ("PCL-CAR-12", 5, [("EUR", 1_500), ("USD", 1_700)]);

/// The product taxed at the reduced rate in Germany.
const REDUCED: &str = "garden-twine";

impl Demo {
    /// Creates what does not exist yet.
    pub(super) async fn add_offers(&self) -> Result<(), DemoError> {
        self.add_sale().await?;
        self.add_tier().await?;
        self.add_taxes().await?;
        self.add_promotions().await
    }

    async fn product(&self, handle: &str) -> Result<Option<(ProductId, Vec<Variant>)>, DemoError> {
        let conn = self.db.conn().await?;
        let Some(product) = self.catalog.product_by_handle(&conn, Audience::Staff, handle).await? else {
            return Ok(None);
        };
        Ok(Some((product.id, self.catalog.variants_of(&conn, &[product.id]).await?)))
    }

    async fn add_sale(&self) -> Result<(), DemoError> {
        let new = CreatePriceList {
            name: SALE.to_owned(),
            description: "A fifth off what gardens need".to_owned(),
            kind: PriceListKind::Sale,
            starts_at: None,
            ends_at: None,
            rules: ListRules::default(),
        };
        let known = {
            let conn = self.db.conn().await?;
            self.pricing.lists(&conn, PriceListFilter::default(), &newest()?).await?.entries
        };
        let list = match known.into_iter().find(|(_, list)| list.name == SALE) {
            Some((_, list)) => list,
            None => self.pricing.create_list(new).await?,
        };
        let mut rows = Vec::new();
        for (handle, prices) in SALE_PRICES {
            let variants = self.product(handle).await?.map(|(_, variants)| variants).unwrap_or_default();
            for variant in variants {
                for (currency, cents) in prices {
                    rows.push(ListPrice {
                        variant_id: variant.id,
                        currency: currency.parse()?,
                        amount: Decimal::new(cents, 2).into(),
                        min_quantity: 1,
                        max_quantity: None,
                        rules: PriceRules::default(),
                    });
                }
            }
        }
        self.pricing.set_list_prices(list.id, &rows).await?;
        if list.status != PriceListStatus::Active {
            self.pricing.set_list_status(list.id, PriceListStatus::Active).await?;
        }
        Ok(())
    }

    async fn add_tier(&self) -> Result<(), DemoError> {
        let (sku, from, prices) = TIER;
        let found = {
            let conn = self.db.conn().await?;
            self.catalog.variant_by_sku(&conn, Audience::Staff, sku).await?
        };
        let mut rows = Vec::new();
        for (currency, cents) in prices {
            let Some(variant) = &found else { break };
            let base = PriceRow::base(variant.id, currency.parse()?, Some(Decimal::new(cents, 2)), None);
            rows.push(PriceRow { min_quantity: from, ..base });
        }
        Ok(self.pricing.set(&rows).await?)
    }

    async fn add_taxes(&self) -> Result<(), DemoError> {
        let known = {
            let conn = self.db.conn().await?;
            self.taxes.list_classes(&conn).await?
        };
        let class = match known.into_iter().find(|class| class.name == "Reduced") {
            Some(class) => class,
            None => self.taxes.create_class(CreateTaxClass { name: "Reduced".to_owned() }).await?,
        };
        if let Some((product, _)) = self.product(REDUCED).await? {
            let details = ProductDetails { tax_class_id: Patch::Set(class.id), ..ProductDetails::default() };
            let command = UpdateProduct { details, ..UpdateProduct::default() };
            self.catalog.update_product(product, command, None).await?;
        }
        let germany = CreateTaxRegion {
            name: "Germany".to_owned(),
            country: "DE".parse()?,
            province: None,
            postcodes: None,
            overrides_parent: false,
        };
        let known = {
            let conn = self.db.conn().await?;
            self.taxes.count_tax_regions(&conn, Some(germany.country)).await?
        };
        if known > 0 {
            return Ok(());
        }
        let germany = self.taxes.create_tax_region(germany).await?;
        let rate = |code: &str, percent, tax_class_id| CreateTaxRate {
            tax_region_id: germany.id,
            tax_class_id,
            name: "VAT".to_owned(),
            code: code.to_owned(),
            rate: Decimal::new(percent, 2).into(),
            compound: false,
            position: 0,
            starts_at: None,
            ends_at: None,
        };
        self.taxes.create_rate(rate("DE-19", 19, None)).await?;
        self.taxes.create_rate(rate("DE-7", 7, Some(class.id))).await?;
        Ok(())
    }

    async fn add_promotions(&self) -> Result<(), DemoError> {
        let target = PromotionTargetInput::Order(PromotionOrderInput { with_shipping: false });
        let tenth = PercentageEffectInput { percentage: Decimal::TEN.into(), target };
        let summer = promotion("Summer", &["SUMMER2024"], PromotionEffectInput::Percentage(tenth));
        let free = PromotionEffectInput::FreeShipping(FreeShippingEffectInput { shipping_option_ids: Vec::new() });
        let least = Amount { amount: Decimal::from(50).into(), currency: "EUR".parse()? };
        let conditions = Conditions { min_subtotal: Some(least), ..Conditions::default() };
        let shipping = CreatePromotion { conditions, ..promotion("Free shipping from 50 euros", &["FREESHIP"], free) };
        let mut wanted = vec![summer, shipping];
        if let Some((pots, _)) = self.product("terracotta-pot").await? {
            let pots = ItemFilter { product_ids: vec![pots], ..ItemFilter::default() };
            let deal = BuyGet {
                buy_quantity: 2,
                buy: pots.clone(),
                get_quantity: 1,
                get: pots,
                percentage: Decimal::ONE_HUNDRED.into(),
                max_repeats: None,
            };
            let effect = PromotionEffectInput::BuyXGetY(Box::new(deal));
            let third = promotion("Three pots for the price of two", &[], effect);
            wanted.push(CreatePromotion { automatic: true, priority: 10, ..third });
        }
        let known = {
            let conn = self.db.conn().await?;
            self.promotions.list(&conn, &PromotionFilter::default(), &newest()?).await?.entries
        };
        for new in wanted {
            if known.iter().all(|(_, promotion)| promotion.title != new.title) {
                self.promotions.create(new).await?;
            }
        }
        Ok(())
    }
}

/// The newest hundred entries, more than the demo shop has.
fn newest() -> Result<PageRequest, UserError> {
    PageRequest::new(&PageArgs { first: Some(100), ..PageArgs::default() }, "NEWEST")
}

fn promotion(title: &str, codes: &[&str], effect: PromotionEffectInput) -> CreatePromotion {
    CreatePromotion {
        title: title.to_owned(),
        description: String::new(),
        activate: true,
        automatic: false,
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        campaign_id: None,
        priority: 0,
        exclusive: false,
        combines_with: DiscountClass::ALL.to_vec(),
        conditions: Conditions::default(),
        effects: vec![effect],
        starts_at: None,
        ends_at: None,
        usage_limit: None,
        customer_usage_limit: None,
        returned_on_cancel: true,
    }
}
