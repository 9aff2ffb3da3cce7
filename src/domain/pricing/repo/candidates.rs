//! Loads the candidates of a selection, in one statement.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::db::{Conn, Result};
use crate::domain::pricing::model::{ListRules, PriceListKind, PriceRules};
use crate::domain::pricing::select::{Candidate, CandidateList};
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, CustomerGroupId, PriceId, PriceListId, ProductId, RegionId, VariantId};
use crate::kernel::money::Currency;

/// The variants or products whose prices are loaded.
#[derive(Clone, Copy)]
pub(in crate::domain::pricing) enum Of<'a> {
    Variants(&'a [VariantId]),
    Products(&'a [ProductId]),
}

/// The time or period whose prices are loaded.
#[derive(Clone, Copy)]
pub(in crate::domain::pricing) enum When {
    /// The current prices, with the lists that are in effect at this time. The start of a price is ignored, because the
    /// clock of the machine that wrote it may be ahead.
    Present(Timestamp),
    /// The prices and lists that were in effect at this time.
    At(Timestamp),
    /// The current prices, with every list that is in effect now or later.
    From(Timestamp),
    /// All current and past prices.
    Always(Timestamp),
}

impl When {
    const fn moment(self) -> Timestamp {
        match self {
            Self::Present(at) | Self::At(at) | Self::From(at) | Self::Always(at) => at,
        }
    }

    /// The conditions on prices and on their lists' periods, and the columns for the time in which both are in effect.
    const fn sql(self) -> (&'static str, &'static str, &'static str) {
        const IN_FORCE: &str = "t.starts_at <= $3 AND (t.ends_at IS NULL OR t.ends_at > $3)";
        match self {
            Self::Present(_) => ("p.valid_until IS NULL", IN_FORCE, "t.starts_at AS since, t.ends_at AS until"),
            Self::From(_) => (
                "p.valid_until IS NULL",
                "t.ends_at IS NULL OR t.ends_at > $3",
                "t.starts_at AS since, t.ends_at AS until",
            ),
            Self::At(_) => ("p.valid_from <= $3 AND (p.valid_until IS NULL OR p.valid_until > $3)", IN_FORCE, BOTH),
            Self::Always(_) => ("p.valid_from <= $3", "t.starts_at <= $3", BOTH),
        }
    }
}

/// `greatest` and `least` ignore nulls.
const BOTH: &str = "greatest(p.valid_from, t.starts_at) AS since, least(p.valid_until, t.ends_at) AS until";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: PriceId,
    #[diesel(sql_type = SqlUuid)]
    variant_id: VariantId,
    #[diesel(sql_type = SqlUuid)]
    product_id: ProductId,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = Numeric)]
    amount: Decimal,
    #[diesel(sql_type = Nullable<Numeric>)]
    compare_at_price: Option<Decimal>,
    #[diesel(sql_type = Integer)]
    min_quantity: i32,
    #[diesel(sql_type = Nullable<Integer>)]
    max_quantity: Option<i32>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    region_id: Option<RegionId>,
    #[diesel(sql_type = Nullable<Text>)]
    country: Option<Country>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    customer_group_id: Option<CustomerGroupId>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    channel_id: Option<ChannelId>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    since: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    until: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Bool>)]
    preference: Option<bool>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    list_id: Option<PriceListId>,
    #[diesel(sql_type = Nullable<Text>)]
    list_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    list_kind: Option<PriceListKind>,
    #[diesel(sql_type = Nullable<Array<SqlUuid>>)]
    region_ids: Option<Vec<RegionId>>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    countries: Option<Vec<Country>>,
    #[diesel(sql_type = Nullable<Array<SqlUuid>>)]
    customer_group_ids: Option<Vec<CustomerGroupId>>,
    #[diesel(sql_type = Nullable<Array<SqlUuid>>)]
    channel_ids: Option<Vec<ChannelId>>,
}

/// Returns the candidates in these currencies, sorted by product and variant. A list price has one row for each period
/// of its list.
pub(in crate::domain::pricing) async fn load(
    mut conn: &Conn,
    of: Of<'_>,
    currencies: &[Currency],
    when: When,
) -> Result<Vec<Candidate>> {
    let (prices, periods, time) = when.sql();
    let (of, ids): (_, Vec<Uuid>) = match of {
        Of::Variants(ids) => ("v.id", ids.iter().map(|id| id.0).collect()),
        Of::Products(ids) => ("v.product_id", ids.iter().map(|id| id.0).collect()),
    };
    let query = format!(
        "SELECT p.id, p.variant_id, v.product_id, p.currency, p.amount, p.compare_at_price, p.min_quantity, p.max_quantity,
            p.region_id, p.country, p.customer_group_id, p.channel_id, {time}, c.prices_include_tax AS preference,
            l.id AS list_id, l.name AS list_name, l.kind AS list_kind, l.region_ids, l.countries,
            l.customer_group_ids, l.channel_ids
        FROM variants v
        JOIN prices p ON p.variant_id = v.id AND p.currency = ANY($2) AND {prices}
        LEFT JOIN currency_preferences c ON c.currency = p.currency
        LEFT JOIN price_lists l ON l.id = p.price_list_id
        LEFT JOIN price_list_periods t ON t.price_list_id = p.price_list_id AND ({periods})
        WHERE {of} = ANY($1) AND (p.price_list_id IS NULL OR t.price_list_id IS NOT NULL)
            AND $3 IS NOT NULL
        ORDER BY v.product_id, p.variant_id"
    );
    let codes: Vec<_> = currencies.iter().map(|currency| currency.code()).collect();
    let rows: Vec<Row> = sql_query(query)
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Array<Text>, _>(codes)
        .bind::<Timestamptz, _>(when.moment())
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().map(Candidate::from).collect())
}

impl From<Row> for Candidate {
    fn from(row: Row) -> Self {
        let rules = ListRules {
            region_ids: row.region_ids.unwrap_or_default(),
            countries: row.countries.unwrap_or_default(),
            customer_group_ids: row.customer_group_ids.unwrap_or_default(),
            channel_ids: row.channel_ids.unwrap_or_default(),
        };
        let list = row.list_id.zip(row.list_name).zip(row.list_kind);
        Self {
            price_id: row.id,
            variant_id: row.variant_id,
            product_id: row.product_id,
            currency: row.currency,
            amount: row.amount,
            compare_at_price: row.compare_at_price,
            min_quantity: row.min_quantity,
            max_quantity: row.max_quantity,
            rules: PriceRules {
                region_id: row.region_id,
                country: row.country,
                customer_group_id: row.customer_group_id,
                channel_id: row.channel_id,
            },
            preference: row.preference,
            from: row.since,
            until: row.until,
            list: list.map(|((id, name), kind)| CandidateList { id, name, kind, rules }),
        }
    }
}
