//! The audit: invariants of the database that hold whenever nothing is in progress.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use cartwright::kernel::ids::{OrderId, PaymentSessionId};
use tokio::time::sleep;
use tokio_postgres::{Client, NoTls};

use super::environment::{Environment, RECOVERY_TIMEOUT};
use super::error::StressError;

/// Runs that have not ended.
const IN_PROGRESS: &str = "SELECT count(*) FROM workflow_runs WHERE status NOT IN ('DONE', 'COMPENSATED', 'STUCK')";

/// The violations, and the queries that count them.
const VIOLATIONS: &[(&str, &str)] = &[
    (
        "B1: money was captured without an order, and not refunded",
        "SELECT count(*) FROM test_bank_charges c JOIN payment_sessions s ON s.provider = 'test' AND s.reference = c.reference
         WHERE c.captured > c.refunded AND s.status <> 'COMPLETED'",
    ),
    (
        "B2: an order without its units",
        "SELECT count(*) FROM (
             SELECT l.order_id, sum((l.quantity - l.fulfilled_quantity - l.canceled_quantity) * (c->>'quantity')::int) AS due
             FROM order_lines l CROSS JOIN jsonb_array_elements(l.components) c
             JOIN orders o ON o.id = l.order_id WHERE o.status <> 'CANCELED' GROUP BY 1) due
         LEFT JOIN (SELECT order_id, sum(quantity) AS kept FROM stock_reservations WHERE kind = 'ORDER' GROUP BY 1) kept
             ON kept.order_id = due.order_id
         WHERE due.due <> coalesce(kept.kept, 0)",
    ),
    (
        "B3: an order whose payment is unknown to the bank, or differs",
        "SELECT count(*) FROM payments p LEFT JOIN test_bank_charges c ON c.reference = p.reference
         WHERE p.provider = 'test' AND p.order_id IS NOT NULL
           AND (p.authorized, p.captured, p.voided, p.refunded) IS DISTINCT FROM (c.authorized, c.captured, c.voided, c.refunded)",
    ),
    (
        "B4: a level that is not the sum of its movements",
        "SELECT count(*) FROM stock_levels l CROSS JOIN LATERAL (
             SELECT coalesce(sum(m.stocked_delta), 0) AS stocked, coalesce(sum(m.reserved_delta), 0) AS reserved
             FROM stock_movements m WHERE m.item_id = l.item_id AND m.location_id = l.location_id) m
         WHERE (l.stocked, l.reserved) IS DISTINCT FROM (m.stocked, m.reserved)",
    ),
    (
        "B4: a level that does not match its reservations",
        "SELECT count(*) FROM stock_levels l WHERE l.reserved <> (SELECT coalesce(sum(r.quantity), 0)
         FROM stock_reservations r WHERE r.kind = 'ORDER' AND r.item_id = l.item_id AND r.location_id = l.location_id)",
    ),
    ("B4: more reserved than available", "SELECT count(*) FROM stock_levels WHERE reserved > stocked + backorder_limit"),
    (
        "B4: units reserved for no order",
        "SELECT count(*) FROM stock_reservations r LEFT JOIN orders o ON o.id = r.order_id
         WHERE r.kind = 'ORDER' AND o.id IS NULL",
    ),
    (
        "B5: an authorization without an order",
        "SELECT count(*) FROM test_bank_charges c JOIN payment_sessions s ON s.provider = 'test' AND s.reference = c.reference
         WHERE c.authorized > c.captured + c.voided AND s.status NOT IN ('COMPLETED', 'CREATED', 'ACTION_REQUIRED', 'PENDING', 'AUTHORIZED')",
    ),
    (
        "B5: a session that is open for a cart that has become an order",
        "SELECT count(*) FROM payment_sessions s JOIN carts c ON c.id = s.cart_id
         WHERE c.order_id IS NOT NULL AND s.status IN ('CREATED', 'ACTION_REQUIRED', 'PENDING', 'AUTHORIZED')",
    ),
    ("B6: two orders for one cart", "SELECT count(*) FROM (SELECT cart_id FROM orders GROUP BY 1 HAVING count(*) > 1) twice"),
    (
        "B6: a cart and an order that do not reference each other",
        "SELECT count(*) FROM orders o FULL JOIN (SELECT * FROM carts WHERE order_id IS NOT NULL) c ON c.id = o.cart_id
         WHERE o.id IS DISTINCT FROM c.order_id",
    ),
    (
        "B7: an order whose lines do not add up",
        "SELECT count(*) FROM orders o CROSS JOIN LATERAL
         (SELECT sum(l.net) AS net, sum(l.tax) AS tax, sum(l.discount_net) AS off, sum(l.discount_tax) AS off_tax
          FROM order_lines l WHERE l.order_id = o.id) l
         WHERE (o.subtotal_net, o.subtotal_tax) IS DISTINCT FROM (l.net + l.off, l.tax + l.off_tax)",
    ),
    (
        "B7: an order whose payment differs from its total",
        "SELECT count(*) FROM orders o WHERE o.total_gross > 0 AND o.status <> 'CANCELED' AND o.total_gross <>
         (SELECT coalesce(sum(p.authorized - p.voided), 0) FROM payments p WHERE p.order_id = o.id)",
    ),
    ("B8: a run that is stuck", "SELECT count(*) FROM workflow_runs WHERE status = 'STUCK'"),
    (
        "B8: a cart that is being completed without a run",
        "SELECT count(*) FROM carts c LEFT JOIN workflow_runs r ON r.id = c.completing_run_id
         WHERE c.completing_run_id IS NOT NULL AND (r.id IS NULL OR r.status IN ('DONE', 'COMPENSATED'))",
    ),
    (
        "double charge: a cart that was charged more than once",
        "SELECT count(*) FROM (SELECT s.cart_id FROM payment_sessions s
         JOIN test_bank_charges c ON s.provider = 'test' AND c.reference = s.reference
         WHERE c.authorized - c.voided - c.refunded > 0 GROUP BY 1 HAVING count(*) > 1) twice",
    ),
    (
        "a promotion that was used more often than its limit",
        "SELECT count(*) FROM promotions p WHERE p.usage_limit IS NOT NULL AND p.used <>
         (SELECT count(*) FROM promotion_usages u WHERE u.promotion_id = p.id AND u.state <> 'RETURNED')",
    ),
    (
        "a promotion use that is reserved without a checkout",
        "SELECT count(*) FROM promotion_usages u WHERE u.state = 'RESERVED'",
    ),
];

/// The records of a shop.
pub(super) struct Audit(Client);

impl Audit {
    pub(super) async fn connect(environment: &Environment) -> Result<Self, StressError> {
        let deadline = Instant::now() + RECOVERY_TIMEOUT;
        loop {
            match tokio_postgres::connect(&environment.database, NoTls).await {
                Ok((client, connection)) => {
                    tokio::spawn(connection);
                    return Ok(Self(client));
                }
                Err(error) if Instant::now() > deadline => return Err(StressError::new(error.to_string())),
                Err(_) => sleep(Duration::from_millis(200)).await,
            }
        }
    }

    /// Waits until nothing is in progress, and returns all violations.
    pub(super) async fn run(&self) -> Result<Vec<String>, StressError> {
        let mut violations = Vec::new();
        let deadline = Instant::now() + RECOVERY_TIMEOUT;
        while self.count(IN_PROGRESS).await? > 0 {
            if Instant::now() > deadline {
                let left = self.count(IN_PROGRESS).await?;
                violations.push(format!("B8: {left} runs are still in progress after {RECOVERY_TIMEOUT:?}"));
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        for (what, sql) in VIOLATIONS {
            let count = self.count(sql).await?;
            if count > 0 {
                violations.push(format!("{what} ({count})"));
            }
        }
        Ok(violations)
    }

    /// The bank's reference for a session, and its amount.
    pub(super) async fn session(&self, id: &str) -> Result<(String, String), StressError> {
        let id: PaymentSessionId =
            id.parse().map_err(|_| StressError::new(format!("{id} is not the ID of a session")))?;
        let sql = format!("SELECT reference, amount::text FROM payment_sessions WHERE id = '{}'", id.0);
        let row = self.0.query_one(&sql, &[]).await.map_err(|error| StressError::new(error.to_string()))?;
        Ok((row.get(0), row.get(1)))
    }

    /// The number of these orders that do not exist.
    pub(super) async fn missing(&self, orders: &BTreeSet<String>) -> Result<i64, StressError> {
        let quoted = |id: &String| {
            let id: OrderId = id.parse().map_err(|_| StressError::new(format!("{id} is not the ID of an order")))?;
            Ok(format!("'{}'", id.0))
        };
        let ids = orders.iter().map(quoted).collect::<Result<Vec<_>, StressError>>()?;
        let sql = format!(
            "SELECT count(*) FROM unnest(ARRAY[{}]::uuid[]) AS told (id) WHERE id NOT IN (SELECT id FROM orders)",
            ids.join(", ")
        );
        self.count(&sql).await
    }

    /// The number returned by a query.
    pub(super) async fn count(&self, sql: &str) -> Result<i64, StressError> {
        let row = self.0.query_one(sql, &[]).await;
        Ok(row.map_err(|error| StressError::new(format!("{error}: {sql}")))?.get(0))
    }
}
