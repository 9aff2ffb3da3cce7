//! Quoting a cart with the current prices, shipping, taxes and promotions.

use std::collections::HashMap;

use super::draft::CartDraft;
use super::model::{Cart, CartLine};
use super::taxes::{earlier_taxes, restore_taxes};
use super::{CartError, Carts, repo};
use crate::db::Conn;
use crate::domain::customers::CustomerTerms;
use crate::domain::pricing::convert_tax;
use crate::domain::promotions::{Allocations, AppliedPromotions, Basket, BasketLine, BasketShipping};
use crate::domain::regions::Region;
use crate::domain::tax::{AppliedRate, AppliedRates, TaxPlace};
use crate::kernel::buyer::Buyer;
use crate::kernel::ids::{CartId, CustomerGroupId, TaxClassId, VariantId};
use crate::kernel::money::{Money, MoneyError};

impl Carts {
    /// Updates prices, shipping, taxes and promotions of the draft, in the caller's transaction: one statement for
    /// each, regardless of the number of lines and promotions.
    pub async fn requote_in(&self, conn: &Conn, draft: &mut CartDraft) -> Result<(), CartError> {
        let earlier = earlier_taxes(draft);
        let basket = self.price_in(conn, draft).await?;
        self.discount(conn, draft, basket).await?;
        draft.tax_request = self.tax_request(conn, draft).await?;
        restore_taxes(draft, earlier);
        Ok(())
    }

    /// The promotions' input for any cart, at current prices. Nothing is saved. `None` if the cart does not exist.
    pub async fn basket(&self, conn: &Conn, id: CartId) -> Result<Option<Basket>, CartError> {
        let Some(cart) = repo::find(conn, id).await? else { return Ok(None) };
        let lines = self.lines_of(conn, &[id]).await?;
        Ok(Some(self.price_in(conn, &mut CartDraft::of(cart, lines)).await?))
    }

    /// Updates prices, shipping and taxes, and returns the input for the promotions.
    async fn price_in(&self, conn: &Conn, draft: &mut CartDraft) -> Result<Basket, CartError> {
        let region = self.regions.find_for_share(conn, draft.cart.region_id).await?;
        let region = region.ok_or(CartError::RegionNotFound)?;
        let standing = match draft.cart.customer_id {
            Some(customer) => self.customers.terms(conn, customer).await?,
            None => CustomerTerms::default(),
        };
        apply_region(&mut draft.cart, &region, standing.tax_exempt);
        let buyer = buyer(&draft.cart, &region, standing.groups);
        let ids: Vec<_> = draft.lines.iter().map(|line| line.variant_id).collect();
        let goods = self.catalog.goods(conn, &ids).await?;
        draft.goods = goods.into_iter().map(|goods| (goods.variant.id, goods)).collect();
        self.price(conn, draft, &buyer).await?;
        let shipping_class = self.ship(conn, draft).await?;
        self.tax(conn, draft, &region, shipping_class).await?;
        Ok(basket(draft, buyer)?)
    }

    /// Sets the price of each line: the override if there is one, otherwise the buyer's price for the total quantity of
    /// the variant.
    async fn price(&self, conn: &Conn, draft: &mut CartDraft, buyer: &Buyer) -> Result<(), CartError> {
        let mut wanted: HashMap<VariantId, i32> = HashMap::new();
        for line in &draft.lines {
            *wanted.entry(line.variant_id).or_default() += line.quantity;
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let prices = self.pricing.resolve(conn, buyer, &wanted, self.clock.now()).await?;
        for line in &mut draft.lines {
            let goods = draft.goods.get(&line.variant_id);
            let price = prices.iter().find(|price| price.variant_id == line.variant_id).map(|price| &price.selected);
            let price = price.filter(|_| goods.is_some());
            line.unit_price = price.map(|price| price.amount);
            line.includes_tax = price.map_or(buyer.prices_include_tax, |price| price.includes_tax);
            line.compare_at_price = price.and_then(|price| price.was(buyer));
            line.price_list = price.and_then(|price| price.price_list.clone()).map(|(_, name)| name);
            line.min_quantity = price.map(|price| price.min_quantity).filter(|from| *from > 1);
            line.requires_shipping = goods.is_none_or(|goods| goods.variant.requires_shipping);
            if let Some(by_hand) = line.override_price.filter(|_| goods.is_some()) {
                let listed = line.unit_price.filter(|_| line.includes_tax == buyer.prices_include_tax);
                line.compare_at_price = listed.filter(|listed| *listed > by_hand);
                line.unit_price = Some(by_hand);
                line.includes_tax = buyer.prices_include_tax;
                line.price_list = None;
                line.min_quantity = None;
            }
        }
        Ok(())
    }

    /// Updates the selected shipping option, if it is still offered and needed, and returns its tax class.
    async fn ship(&self, conn: &Conn, draft: &mut CartDraft) -> Result<Option<TaxClassId>, CartError> {
        let needed = draft.lines.iter().any(|line| line.requires_shipping);
        let cart = &mut draft.cart;
        let option = match cart.shipping_option_id.filter(|_| needed) {
            Some(id) => self.fulfillment.find_active(conn, id).await?,
            None => None,
        };
        let option = option.filter(|option| option.region_id == cart.region_id);
        cart.shipping_option_id = option.as_ref().map(|option| option.id);
        cart.shipping_name = option.as_ref().map(|option| option.name.clone());
        cart.shipping_amount = option.as_ref().map(|option| option.amount);
        Ok(option.and_then(|option| option.tax_class_id))
    }

    /// Sets the tax rates of the shipping destination; the region's own rate if no tax region is found.
    async fn tax(
        &self,
        conn: &Conn,
        draft: &mut CartDraft,
        region: &Region,
        shipping_class: Option<TaxClassId>,
    ) -> Result<(), CartError> {
        let goods = &draft.goods;
        let class = |line: &CartLine| goods.get(&line.variant_id).and_then(|goods| goods.tax_class_id);
        let classes: Vec<_> = draft.lines.iter().map(class).chain([shipping_class]).collect();
        let found = match &draft.cart.shipping_address {
            Some(address) => self.taxes.rates(conn, &TaxPlace::from(address), &classes, self.clock.now()).await?,
            None => None,
        };
        let mut rates = found.unwrap_or_else(|| vec![default_rates(region); classes.len()]).into_iter();
        for line in &mut draft.lines {
            let rates = rates.next().unwrap_or_default();
            let taxable = goods.get(&line.variant_id).is_none_or(|goods| goods.variant.taxable);
            line.taxes = AppliedRates(if taxable { rates } else { Vec::new() });
        }
        draft.cart.shipping_taxes = AppliedRates(rates.next().unwrap_or_default());
        Ok(())
    }

    /// Sets the promotions' discounts, and the reasons why codes do not apply.
    async fn discount(&self, conn: &Conn, draft: &mut CartDraft, basket: Basket) -> Result<(), CartError> {
        let outcome = self.promotions.quote(conn, &basket, &draft.cart.codes, self.clock.now()).await?;
        let purchasable = draft.lines.iter_mut().filter(|line| line.unit_price.is_some());
        for (line, discounts) in purchasable.zip(outcome.lines) {
            line.discounts = Allocations(discounts);
        }
        draft.cart.shipping_discounts = Allocations(outcome.shipping);
        draft.cart.promotions = AppliedPromotions { applied: outcome.applied, rejected: outcome.rejected };
        Ok(())
    }
}

fn apply_region(cart: &mut Cart, region: &Region, tax_exempt: bool) {
    cart.currency = region.currency;
    cart.prices_include_tax = region.prices_include_tax;
    cart.tax_rounding = region.tax_rounding;
    cart.shipping_tax = region.shipping_tax;
    cart.tax_exempt = tax_exempt;
}

fn buyer(cart: &Cart, region: &Region, groups: Vec<CustomerGroupId>) -> Buyer {
    let country = cart.shipping_address.as_ref().map(|address| address.country).or(cart.country);
    Buyer { channel_id: Some(cart.channel_id), groups, ..region.buyer(country) }
}

fn default_rates(region: &Region) -> Vec<AppliedRate> {
    if region.tax_rate.is_zero() { Vec::new() } else { vec![AppliedRate::of_region(region.tax_rate)] }
}

/// The promotions' input: the lines that can be bought, in the tax basis of the cart's prices. Clears the discounts of
/// the previous quote.
fn basket(draft: &mut CartDraft, buyer: Buyer) -> Result<Basket, MoneyError> {
    let cart = &draft.cart;
    let mut lines = Vec::with_capacity(draft.lines.len());
    for line in &mut draft.lines {
        line.discounts = Allocations::default();
        let (Some(unit_price), Some(goods)) = (line.unit_price, draft.goods.get(&line.variant_id)) else { continue };
        let amount = line.item().amount(cart.currency)?;
        let rebased = |amount| convert_tax(amount, line.includes_tax, cart.prices_include_tax, &line.taxes.0);
        lines.push(BasketLine {
            variant_id: line.variant_id,
            product_id: goods.variant.product_id,
            quantity: line.quantity,
            unit_price: rebased(Money::new(unit_price, cart.currency))?.amount,
            amount: rebased(amount)?.amount,
            category_path: goods.category_path.clone(),
            collection_ids: goods.collection_ids.clone(),
            tags: goods.tags.clone(),
            product_type: goods.product_type.clone(),
            vendor: goods.vendor.clone(),
        });
    }
    let shipping = cart.shipping_option_id.zip(cart.shipping_amount);
    Ok(Basket {
        buyer,
        lines,
        shipping: shipping.map(|(option_id, amount)| BasketShipping { option_id, amount }),
        customer_id: cart.customer_id,
        email: cart.email.clone(),
    })
}
