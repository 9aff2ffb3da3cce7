//! Taxes of a provider outside: asked for after a change was saved, because nobody waits for the network under a lock.
//!
//! The cart keeps a fingerprint of what the provider was asked. As long as a new quote would ask the same, its answer
//! stands; the moment it would not, the shop's own rates do, until the provider has answered again.

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::edit::Draft;
use super::{CartError, Carts, repo};
use crate::db::Conn;
use crate::domain::pricing::in_basis;
use crate::domain::tax::provider::{TaxAnswer, TaxRequest, TaxRequestLine};
use crate::domain::tax::{AppliedRates, TaxPlace};
use crate::events::{Event, publish};

/// The taxes of a quote before it is made anew.
pub(super) struct EarlierTaxes {
    fingerprint: String,
    lines: Vec<AppliedRates>,
    shipping: AppliedRates,
}

/// The provider's taxes on the draft; `None` when they are the shop's own.
pub(super) fn earlier_taxes(draft: &mut Draft) -> Option<EarlierTaxes> {
    let fingerprint = std::mem::take(&mut draft.cart.tax_quote);
    (!fingerprint.is_empty()).then(|| EarlierTaxes {
        fingerprint,
        lines: draft.lines.iter().map(|line| line.taxes.clone()).collect(),
        shipping: draft.cart.shipping_taxes.clone(),
    })
}

/// Puts the provider's earlier taxes back when it would be asked the same again.
pub(super) fn keep_taxes(draft: &mut Draft, earlier: Option<EarlierTaxes>) {
    let asked = draft.tax_request.as_ref().map(fingerprint);
    let Some(earlier) = earlier.filter(|earlier| Some(&earlier.fingerprint) == asked.as_ref()) else { return };
    for (line, taxes) in draft.lines.iter_mut().zip(earlier.lines) {
        line.taxes = taxes;
    }
    draft.cart.shipping_taxes = earlier.shipping;
    draft.cart.tax_quote = earlier.fingerprint;
}

impl Carts {
    /// Asks the provider about a draft that was saved, and saves what it says. When it fails, or the cart was changed
    /// meanwhile, the draft stays as it is.
    pub(super) async fn ask_for_taxes(&self, saved: Draft) -> Result<Draft, CartError> {
        let Some(request) = saved.tax_request.as_ref().filter(|_| saved.cart.tax_quote.is_empty()) else {
            return Ok(saved);
        };
        let Some(answer) = self.taxes.from_provider(request).await else { return Ok(saved) };
        let asked = fingerprint(request);
        let tx = self.db.begin().await?;
        let cart = repo::lock(&tx, saved.cart.id).await?;
        if cart.is_none_or(|cart| cart.version != saved.cart.version || cart.order_id.is_some()) {
            return Ok(saved);
        }
        let mut draft = saved;
        take_answer(&mut draft, answer, asked);
        draft.cart.totals(&draft.lines)?;
        draft.cart.version += 1;
        repo::update(&tx, &draft.cart).await?;
        repo::save_lines(&tx, draft.cart.id, &draft.lines).await?;
        publish(&tx, Event::CartUpdated(draft.cart.id), self.clock.now()).await?;
        tx.commit().await?;
        Ok(draft)
    }

    /// What to ask; `None` without a provider or an address.
    pub(super) async fn tax_request(&self, conn: &Conn, draft: &Draft) -> Result<Option<TaxRequest>, CartError> {
        let cart = &draft.cart;
        let Some(address) = cart.shipping_address.as_ref().filter(|_| self.taxes.provider_name().is_some()) else {
            return Ok(None);
        };
        let ids: Vec<_> = draft.goods.values().filter_map(|goods| goods.tax_class_id).collect();
        let classes = self.taxes.classes(conn, &ids).await?;
        let mut lines = Vec::with_capacity(draft.lines.len());
        for line in &draft.lines {
            let (item, goods) = (line.item(), draft.goods.get(&line.variant_id));
            let amount = item.amount(cart.currency)?;
            let amount = in_basis(amount, line.includes_tax, cart.prices_include_tax, &line.taxes.0)?.amount;
            let class = classes.iter().find(|class| goods.is_some_and(|goods| goods.tax_class_id == Some(class.id)));
            lines.push(TaxRequestLine {
                reference: line.variant_id.to_string(),
                sku: goods.and_then(|goods| goods.variant.sku.clone()),
                amount: (amount - item.discount).max(Decimal::ZERO),
                quantity: line.quantity,
                tax_class: class.map(|class| class.name.clone()),
            });
        }
        let off: Decimal = cart.shipping_discounts.0.iter().map(|discount| discount.amount).sum();
        Ok(Some(TaxRequest {
            currency: cart.currency,
            prices_include_tax: cart.prices_include_tax,
            place: TaxPlace::from(address),
            exempt: cart.tax_exempt,
            lines,
            shipping: cart.shipping_amount.map(|amount| amount - off),
        }))
    }
}

fn take_answer(draft: &mut Draft, answer: TaxAnswer, asked: String) {
    for (line, rates) in draft.lines.iter_mut().zip(answer.lines) {
        line.taxes = AppliedRates(rates);
    }
    draft.cart.shipping_taxes = AppliedRates(answer.shipping);
    draft.cart.tax_quote = asked;
}

fn fingerprint(request: &TaxRequest) -> String {
    let text = serde_json::to_vec(request).unwrap_or_default();
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
