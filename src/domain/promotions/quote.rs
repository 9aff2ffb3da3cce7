//! Computes the current discounts of a cart.

use std::collections::HashMap;

use super::basket::Basket;
use super::codes::is_code;
use super::discounts::Outcome;
use super::engine;
use super::model::code_key;
use super::repo::usages::Buyer;
use super::select::{Found, select};
use super::{Promotions, repo};
use crate::db::{Conn, Result};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::PromotionId;

impl Promotions {
    /// Returns the discounts of the automatic promotions and of these codes, and why the other codes do not apply. One
    /// statement, plus one if a promotion has a limit per customer.
    pub async fn quote(&self, conn: &Conn, basket: &Basket, codes: &[String], at: Timestamp) -> Result<Outcome> {
        let keys: Vec<_> = codes.iter().map(|code| code_key(code)).filter(|key| is_code(key)).collect();
        let found = repo::promotions::found(conn, &keys, at).await?;
        let used = self.used_by(conn, basket, &found).await?;
        let selection = select(&found, codes, &used, at);
        let mut outcome = engine::apply(basket, &selection.candidates);
        outcome.rejected.extend(selection.rejected);
        outcome.rejected.sort_by_key(|rejected| codes.iter().position(|code| *code == rejected.code));
        Ok(outcome)
    }

    async fn used_by(&self, conn: &Conn, basket: &Basket, found: &[Found]) -> Result<HashMap<PromotionId, i64>> {
        let limited = found.iter().filter(|(promotion, _, _)| promotion.customer_usage_limit.is_some());
        let ids: Vec<_> = limited.map(|(promotion, _, _)| promotion.id).collect();
        let buyer = Buyer::new(basket.customer_id, basket.email.as_deref());
        if ids.is_empty() || buyer.is_unknown() {
            return Ok(HashMap::new());
        }
        let counts = repo::usages::of_buyer(conn, &ids, &buyer, None).await?;
        Ok(counts.into_iter().map(|count| (count.promotion_id, count.others)).collect())
    }
}
