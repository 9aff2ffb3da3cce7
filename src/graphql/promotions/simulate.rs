use async_graphql::{Context, Object, OneofObject, SimpleObject};

use super::inputs::PromotionCreateInput;
use crate::domain::promotions::engine::simulate;
use crate::domain::promotions::{Basket, CodeProblem, Outcome};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, refused};
use crate::graphql::guards::{Needs, requires, staff};
use crate::graphql::scalars::Money;
use crate::kernel::actor::Permission;
use crate::kernel::ids::{CartId, PromotionId, VariantId};
use crate::kernel::money;

/// A promotion to try out.
#[derive(OneofObject)]
pub enum PromotionTrial {
    /// One that there is, whatever its status, dates and limits.
    Id(PromotionId),
    /// One that is not made yet.
    Input(Box<PromotionCreateInput>),
}

/// What a promotion alone would do to a cart.
#[derive(SimpleObject)]
pub struct PromotionSimulation {
    /// Whether it would apply.
    applies: bool,
    /// Why it would not; null when it would.
    reason: Option<CodeProblem>,
    /// The same for people, in one sentence.
    message: Option<String>,
    /// What it would take off lines and shipping, with or without tax as the cart's prices are.
    discount_total: Money,
    /// What it would take off each line that can be bought, in their order.
    lines: Vec<SimulatedDiscount>,
    /// What it would take off shipping.
    shipping: Money,
}

/// What a promotion would take off a line.
#[derive(SimpleObject)]
pub struct SimulatedDiscount {
    /// What the line is of.
    variant_id: VariantId,
    /// How much.
    amount: Money,
}

impl PromotionSimulation {
    fn new(basket: &Basket, outcome: Outcome) -> Self {
        let money = |amount| Money::from(money::Money::new(amount, basket.buyer.currency));
        let off = |allocations: &[crate::domain::promotions::Allocation]| {
            money(allocations.iter().map(|allocation| allocation.amount).sum())
        };
        let line = |(line, allocations): (&crate::domain::promotions::BasketLine, &Vec<_>)| SimulatedDiscount {
            variant_id: line.variant_id,
            amount: off(allocations),
        };
        let rejected = outcome.rejected.first();
        Self {
            applies: !outcome.applied.is_empty(),
            reason: rejected.map(|rejected| rejected.reason),
            message: rejected.map(|rejected| rejected.message.clone()),
            discount_total: money(outcome.applied.iter().map(|applied| applied.amount).sum()),
            lines: basket.lines.iter().zip(&outcome.lines).map(line).collect(),
            shipping: off(&outcome.shipping),
        }
    }
}

#[derive(Default)]
pub struct SimulationQuery;

#[Object]
impl SimulationQuery {
    /// What a promotion alone would do to anybody's cart, at the prices of this moment; null when there is no such
    /// promotion or cart. Nothing is changed. Codes for `input`: those of promotionCreate.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn promotion_simulate(
        &self,
        ctx: &Context<'_>,
        promotion: PromotionTrial,
        cart_id: CartId,
    ) -> Result<Option<PromotionSimulation>> {
        let (app, reads) = (ctx.app(), ctx.reads());
        let conn = reads.conn().await?;
        let candidate = match promotion {
            PromotionTrial::Id(id) => app.promotions.candidate_by_id(conn, id).await?,
            PromotionTrial::Input(input) => {
                Some(app.promotions.candidate_of(conn, &(*input).into()).await.map_err(refused)?)
            }
        };
        let basket = app.carts.basket(conn, cart_id).await.map_err(refused)?;
        let told = |(candidate, basket)| PromotionSimulation::new(&basket, simulate(&basket, &candidate));
        Ok(candidate.zip(basket).map(told))
    }
}
