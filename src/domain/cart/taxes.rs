//! Taxes from an external provider, requested after a change is saved, because nothing waits for the network while
//! holding a lock.
//!
//! The cart stores a fingerprint of the provider request. As long as a new quote would send the same request, the
//! provider's answer applies; otherwise the shop's own rates apply until the provider has answered again.

use sha2::{Digest, Sha256};

use super::draft::CartDraft;
use super::model::{CartLine, CartStatus};
use super::{CartError, Carts, repo};
use crate::db::Conn;
use crate::domain::pricing::LineTotals;
use crate::domain::tax::provider::{TaxQuote, TaxRequest, TaxRequestLine};
use crate::domain::tax::{AppliedRates, TaxPlace, Taxed};
use crate::events::{Event, publish};

/// The taxes before the cart is requoted.
pub(super) struct EarlierTaxes {
    fingerprint: String,
    lines: Vec<AppliedRates>,
    shipping: AppliedRates,
}

/// The provider's taxes on the draft; `None` if they are the shop's own.
pub(super) fn earlier_taxes(draft: &mut CartDraft) -> Option<EarlierTaxes> {
    let fingerprint = std::mem::take(&mut draft.cart.tax_quote);
    (!fingerprint.is_empty()).then(|| EarlierTaxes {
        fingerprint,
        lines: draft.lines.iter().map(|line| line.taxes.clone()).collect(),
        shipping: draft.cart.shipping_taxes.clone(),
    })
}

/// Restores the provider's earlier taxes if the request would be the same.
pub(super) fn restore_taxes(draft: &mut CartDraft, earlier: Option<EarlierTaxes>) {
    let asked = draft.tax_request.as_ref().map(fingerprint);
    let Some(earlier) = earlier.filter(|earlier| Some(&earlier.fingerprint) == asked.as_ref()) else { return };
    for (line, taxes) in draft.lines.iter_mut().zip(earlier.lines) {
        line.taxes = taxes;
    }
    draft.cart.shipping_taxes = earlier.shipping;
    draft.cart.tax_quote = earlier.fingerprint;
}

impl Carts {
    /// Requests taxes for a saved draft from the provider, and saves the answer. If the request fails, or the cart has
    /// changed in the meantime, the draft is returned unchanged.
    pub async fn request_taxes(&self, saved: CartDraft) -> Result<CartDraft, CartError> {
        let Some(request) = saved.tax_request.as_ref().filter(|_| saved.needs_taxes()) else { return Ok(saved) };
        let Some(answer) = self.taxes.from_provider(request).await else { return Ok(saved) };
        let asked = fingerprint(request);
        let tx = self.db.begin().await?;
        let cart = repo::lock(&tx, saved.cart.id).await?;
        if cart.is_none_or(|cart| cart.version != saved.cart.version || cart.status() != CartStatus::Active) {
            return Ok(saved);
        }
        let mut draft = saved;
        apply_answer(&mut draft, answer, asked);
        draft.cart.totals(&draft.lines)?;
        draft.cart.version += 1;
        repo::update(&tx, &draft.cart).await?;
        repo::save_lines(&tx, draft.cart.id, &draft.lines).await?;
        publish(&tx, Event::CartUpdated(draft.cart.id), self.clock.now()).await?;
        tx.commit().await?;
        Ok(draft)
    }

    /// The request to send; `None` without a provider or an address, and for customers exempt from tax.
    pub(super) async fn tax_request(&self, conn: &Conn, draft: &CartDraft) -> Result<Option<TaxRequest>, CartError> {
        let cart = &draft.cart;
        let wanted = self.taxes.provider_name().is_some() && !cart.tax_exempt;
        let Some(address) = cart.shipping_address.as_ref().filter(|_| wanted) else { return Ok(None) };
        let ids: Vec<_> = draft.goods.values().filter_map(|goods| goods.tax_class_id).collect();
        let classes = self.taxes.classes(conn, &ids).await?;
        let totals = cart.totals(&draft.lines)?;
        let own = |taxed: Taxed, includes_tax| if includes_tax { taxed.gross.amount } else { taxed.net.amount };
        let line = |(line, totals): (&CartLine, &LineTotals)| {
            let goods = draft.goods.get(&line.variant_id);
            let class = classes.iter().find(|class| goods.is_some_and(|goods| goods.tax_class_id == Some(class.id)));
            TaxRequestLine {
                reference: line.variant_id.to_string(),
                sku: goods.and_then(|goods| goods.variant.sku.clone()),
                amount: own(totals.total, line.includes_tax),
                includes_tax: line.includes_tax,
                taxable: goods.is_none_or(|goods| goods.variant.taxable),
                quantity: line.quantity,
                tax_class: class.map(|class| class.name.clone()),
            }
        };
        Ok(Some(TaxRequest {
            currency: cart.currency,
            prices_include_tax: cart.prices_include_tax,
            place: TaxPlace::from(address),
            exempt: cart.tax_exempt,
            lines: draft.lines.iter().zip(&totals.lines).map(line).collect(),
            shipping: cart.shipping_amount.map(|_| own(totals.shipping.total, cart.prices_include_tax)),
        }))
    }
}

fn apply_answer(draft: &mut CartDraft, answer: TaxQuote, asked: String) {
    for (line, rates) in draft.lines.iter_mut().zip(answer.lines) {
        let taxable = draft.goods.get(&line.variant_id).is_none_or(|goods| goods.variant.taxable);
        line.taxes = AppliedRates(if taxable { rates } else { Vec::new() });
    }
    draft.cart.shipping_taxes = AppliedRates(answer.shipping);
    draft.cart.tax_quote = asked;
}

fn fingerprint(request: &TaxRequest) -> String {
    let text = serde_json::to_vec(request).unwrap_or_default();
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
