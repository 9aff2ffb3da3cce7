//! The records of the test provider. Each change is one statement, so that a crash never leaves it half done.

use rust_decimal::Decimal;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Row};

use crate::domain::payments::provider::ProviderError;
use crate::domain::payments::{PaymentFailure, TransactionKind};
use crate::kernel::money::Money;
use std::sync::Arc;

/// Creates the tables. The lock is for servers that start at the same time.
const TABLES: &str = concat!(
    "BEGIN; SET LOCAL client_min_messages = warning; SELECT pg_advisory_xact_lock(7243891); ",
    include_str!("tables.sql"),
    "COMMIT;"
);

const COLUMNS: &str = "reference, currency, amount::text, authorized::text, automatic, state, data::text";

/// A charge as recorded by the provider.
#[derive(Clone, Debug)]
pub(super) struct Charge {
    pub(super) reference: String,
    pub(super) currency: String,
    pub(super) amount: Decimal,
    pub(super) authorized: Decimal,
    pub(super) automatic: bool,
    pub(super) state: String,
    pub(super) data: Value,
}

impl Charge {
    /// Creates a charge that is not recorded yet.
    pub(super) fn named(reference: &str, data: &Value) -> Self {
        Self {
            reference: reference.to_owned(),
            currency: String::new(),
            amount: Decimal::ZERO,
            authorized: Decimal::ZERO,
            automatic: false,
            state: "OPEN".to_owned(),
            data: data.clone(),
        }
    }

    fn read(row: &Row) -> Self {
        let amount = |column: usize| row.get::<_, String>(column).parse().unwrap_or_default();
        Self {
            reference: row.get(0),
            currency: row.get(1),
            amount: amount(2),
            authorized: amount(3),
            automatic: row.get(4),
            state: row.get(5),
            data: serde_json::from_str(&row.get::<_, String>(6)).unwrap_or_default(),
        }
    }
}

/// The records, on a connection of their own.
pub(super) struct Bank {
    url: String,
    client: Mutex<Option<Arc<Client>>>,
}

impl Bank {
    pub(super) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), client: Mutex::new(None) }
    }

    async fn client(&self) -> Result<Arc<Client>, ProviderError> {
        let mut slot = self.client.lock().await;
        if let Some(client) = slot.as_ref().filter(|client| !client.is_closed()) {
            return Ok(Arc::clone(client));
        }
        let away = |_| ProviderError::Unavailable("the bank's books cannot be reached".to_owned());
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.map_err(away)?;
        tokio::spawn(connection);
        client.batch_execute(TABLES).await.map_err(|error| db_error(&error))?;
        let client = Arc::new(client);
        *slot = Some(Arc::clone(&client));
        Ok(client)
    }

    async fn query(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, ProviderError> {
        self.client().await?.query(sql, params).await.map_err(|error| db_error(&error))
    }

    /// Opens a charge, once per key.
    pub(super) async fn open(&self, ahead: &Charge, amount: Money, key: &str) -> Result<Charge, ProviderError> {
        let sql = format!(
            "INSERT INTO test_bank_charges (reference, key, currency, amount, data)
             VALUES ($1, $2, $3, $4::text::numeric, $5::text::jsonb)
             ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING {COLUMNS}"
        );
        let (currency, sum, data) = (amount.currency.code(), amount.amount.to_string(), ahead.data.to_string());
        let rows = self.query(&sql, &[&ahead.reference, &key, &currency, &sum, &data]).await?;
        let charge = rows.first().map(Charge::read).ok_or_else(lost)?;
        let same = charge.amount == amount.amount && charge.currency == currency;
        if same { Ok(charge) } else { Err(key_reused()) }
    }

    pub(super) async fn charge(&self, reference: &str) -> Result<Charge, ProviderError> {
        let sql = format!("SELECT {COLUMNS} FROM test_bank_charges WHERE reference = $1");
        let rows = self.query(&sql, &[&reference]).await?;
        rows.first().map(Charge::read).ok_or_else(|| ProviderError::Misuse("there is no such charge".to_owned()))
    }

    /// Records a call, and returns its ordinal among the calls of this operation for the charge.
    pub(super) async fn call(&self, operation: &str, key: &str, charge: &str) -> Result<i64, ProviderError> {
        let sql = "WITH new AS (INSERT INTO test_bank_calls (key, operation, charge) VALUES ($1, $2, $3))
            SELECT count(*) + 1 FROM test_bank_calls WHERE charge = $3 AND operation = $2";
        let rows = self.query(sql, &[&key, &operation, &charge]).await?;
        Ok(rows.first().map_or(1, |row| row.get(0)))
    }

    /// Stores updated client data.
    pub(super) async fn learn(&self, reference: &str, data: &Value) -> Result<(), ProviderError> {
        let sql = "UPDATE test_bank_charges SET data = $2::text::jsonb WHERE reference = $1";
        self.query(sql, &[&reference, &data.to_string()]).await.map(drop)
    }

    pub(super) async fn put(&self, reference: &str, state: &str) -> Result<(), ProviderError> {
        let sql = "UPDATE test_bank_charges SET state = $2
            WHERE reference = $1 AND state IN ('OPEN', 'ACTION', 'PENDING')";
        self.query(sql, &[&reference, &state]).await.map(drop)
    }

    /// Authorizes the amount, once, and captures it immediately if `automatic`.
    pub(super) async fn hold(&self, reference: &str, automatic: bool) -> Result<(), ProviderError> {
        let sql = "UPDATE test_bank_charges SET state = 'AUTHORIZED', authorized = amount, automatic = $2,
            captured = CASE WHEN $2 THEN amount ELSE 0 END
            WHERE reference = $1 AND state IN ('OPEN', 'ACTION', 'PENDING')";
        self.query(sql, &[&reference, &automatic]).await.map(drop)
    }

    /// Performs an operation, once per key, and returns its reference.
    pub(super) async fn execute(
        &self,
        kind: TransactionKind,
        charge: &Charge,
        amount: Money,
        key: &str,
    ) -> Result<String, ProviderError> {
        if let Some(known) = self.known(kind, &charge.reference, amount, key).await? {
            return Ok(known);
        }
        let (change, fits) = match kind {
            TransactionKind::Capture => {
                ("captured = captured + $5::text::numeric", "captured + voided + $5::text::numeric <= authorized")
            }
            TransactionKind::Refund => {
                ("refunded = refunded + $5::text::numeric", "refunded + $5::text::numeric <= captured")
            }
            // A void releases the whole uncaptured amount, whatever amount was requested.
            _ => ("voided = authorized - captured, state = 'CANCELED'", "captured = 0 OR $5::text::numeric >= 0"),
        };
        let sql = format!(
            "WITH held AS (SELECT reference FROM test_bank_charges WHERE reference = $3 AND ({fits}) FOR UPDATE),
             new AS (INSERT INTO test_bank_moves (key, reference, operation, charge, amount)
                SELECT $1, $2, $4, reference, $5::text::numeric FROM held ON CONFLICT DO NOTHING RETURNING reference)
             UPDATE test_bank_charges SET {change} WHERE reference = $3 AND EXISTS (SELECT FROM new) RETURNING 1"
        );
        let name = format!("tmv_{key}");
        let (sum, operation) = (amount.amount.to_string(), kind.as_str());
        let moved = self.query(&sql, &[&key, &name, &charge.reference, &operation, &sum]).await?;
        if !moved.is_empty() {
            return Ok(name);
        }
        let known = self.known(kind, &charge.reference, amount, key).await?;
        known
            .ok_or_else(|| ProviderError::Declined(PaymentFailure::new("amount_too_large", "The amount is too large.")))
    }

    /// Returns the operation with this key, whose parameters must be the same.
    pub(super) async fn known(
        &self,
        kind: TransactionKind,
        charge: &str,
        amount: Money,
        key: &str,
    ) -> Result<Option<String>, ProviderError> {
        let sql = "SELECT reference, operation = $2 AND charge = $3 AND amount = $4::text::numeric
            FROM test_bank_moves WHERE key = $1";
        let rows = self.query(sql, &[&key, &kind.as_str(), &charge, &amount.amount.to_string()]).await?;
        match rows.first() {
            None => Ok(None),
            Some(row) if row.get(1) => Ok(Some(row.get(0))),
            Some(_) => Err(key_reused()),
        }
    }
}

fn db_error(error: &tokio_postgres::Error) -> ProviderError {
    match error.code() {
        Some(&SqlState::CHECK_VIOLATION) => {
            ProviderError::Declined(PaymentFailure::new("amount_too_large", "The amount is too large."))
        }
        _ => ProviderError::Unknown(error.to_string()),
    }
}

fn key_reused() -> ProviderError {
    ProviderError::Misuse("the key was used with other figures".to_owned())
}

fn lost() -> ProviderError {
    ProviderError::Unknown("the books gave no answer".to_owned())
}
