use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::{One, object};

use crate::domain::promotions::engine::simulate;
use crate::domain::promotions::{Allocation, Basket, Outcome, PromotionTrial};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Result, refused};
use crate::graphql::scalars::Money;
use crate::kernel::ids::{CartId, VariantId};
use crate::kernel::money;

/// A cart before discounts, and the result of applying one promotion to it.
#[derive(Clone, Debug)]
pub struct Simulated {
    basket: Basket,
    outcome: Outcome,
}

impl Simulated {
    fn total(&self) -> money::Money {
        let amounts = self.outcome.applied.iter().map(|applied| applied.amount);
        money::Money::new(amounts.sum(), self.basket.buyer.currency)
    }

    fn off(&self, allocations: &[Allocation]) -> money::Money {
        let amounts = allocations.iter().map(|allocation| allocation.amount);
        money::Money::new(amounts.sum(), self.basket.buyer.currency)
    }

    fn lines(&self) -> Vec<(VariantId, money::Money)> {
        let lines = self.basket.lines.iter().zip(&self.outcome.lines);
        lines.map(|(line, allocations)| (line.variant_id, self.off(allocations))).collect()
    }
}

object! {
    /// What a promotion on its own would do to a cart.
    pub PromotionSimulation for Simulated {
        /// Whether it would apply.
        applies: value(|simulated| !simulated.outcome.applied.is_empty());
        /// Machine-readable reason why it would not apply; null if it would.
        reason: value(|simulated| simulated.outcome.rejected.first().map(|rejected| rejected.reason));
        /// Human-readable reason why it would not apply, in one sentence.
        message: value(|simulated| simulated.outcome.rejected.first().map(|rejected| rejected.message.clone()));
        /// The discount on lines and shipping, with or without tax as the cart's prices are.
        discount_total: embed(Money, |simulated| simulated.total());
        /// The discount on each line that can be bought, in the order of the lines.
        lines: embed(SimulatedDiscount, |simulated| simulated.lines());
        /// The discount on shipping.
        shipping: embed(Money, |simulated| simulated.off(&simulated.outcome.shipping));
    }
}

object! {
    /// The simulated discount on a line.
    pub SimulatedDiscount for (VariantId, money::Money) {
        /// The id of the variant.
        variant_id: field(|(variant_id, _)| variant_id);
        /// The discount.
        amount: embed(Money, |(_, amount)| *amount);
    }
}

#[queries(staff = PRICING)]
impl SimulationQuery {
    /// Simulates what a promotion on its own would do to any cart at current prices; null if there is no such promotion
    /// or cart. Nothing is changed.
    /// Codes for `input`: those of `promotionCreate`.
    async fn promotion_simulate(
        ctx: &Context<'_>,
        /// The promotion to simulate.
        promotion: PromotionTrial,
        /// The id of the cart.
        cart_id: CartId,
    ) -> Result<Option<One<PromotionSimulation>>> {
        let (app, loaders) = (ctx.app(), ctx.loaders());
        let conn = loaders.conn().await?;
        let candidate = app.promotions.candidate(conn, promotion).await.map_err(refused)?;
        let basket = app.carts.basket(conn, cart_id).await.map_err(refused)?;
        let told = |(candidate, basket)| One::new(Simulated { outcome: simulate(&basket, &candidate), basket });
        Ok(candidate.zip(basket).map(told))
    }
}
