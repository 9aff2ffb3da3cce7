//! Creates, updates, activates, deactivates and deletes price lists.

use std::collections::BTreeSet;

use async_graphql::InputObject;

use super::model::{ListRules, PriceList, PriceListKind, PriceListStatus};
use super::timeline::LOWEST_PRICE_PERIOD;
use super::{Pricing, PricingError, repo};
use crate::db::Conn;
use crate::kernel::clock::{Timestamp, clamp_to_storable};
use crate::kernel::country::Country;
use crate::kernel::error::{ErrorCode, unchanged};
use crate::kernel::ids::{ChannelId, CustomerGroupId, PriceListId, RegionId};
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::Validator;

/// The maximum number of values per attribute of a list's rules.
const MAX_VALUES: usize = 250;

/// A price list to create.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "PriceListCreateInput")]
pub struct CreatePriceList {
    /// Name, unique: at most 100 characters. Shoppers may see it.
    pub name: String,
    /// Description, for staff: at most 1,000 characters.
    #[graphql(default)]
    pub description: String,
    /// How it affects other prices; it cannot be changed later.
    pub kind: PriceListKind,
    /// Time at which it starts (UTC). If omitted, it starts when it is activated.
    pub starts_at: Option<Timestamp>,
    /// Time from which it is no longer valid (UTC). If omitted, it has no end.
    pub ends_at: Option<Timestamp>,
    /// For whom.
    #[graphql(flatten)]
    pub rules: ListRules,
}

/// The changes to a price list. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "PriceListUpdateInput")]
pub struct UpdatePriceList {
    /// Name.
    pub name: Option<String>,
    /// Description, for staff.
    pub description: Option<String>,
    /// Time at which it starts (UTC); null means when it is activated.
    pub starts_at: Patch<Timestamp>,
    /// Time from which it is no longer valid (UTC); null means that it has no end.
    pub ends_at: Patch<Timestamp>,
    /// The regions it is for; the list replaces the current regions.
    pub region_ids: Option<Vec<RegionId>>,
    /// The countries it is for; the list replaces the current countries.
    pub countries: Option<Vec<Country>>,
    /// The customer groups it is for; the list replaces the current groups.
    pub customer_group_ids: Option<Vec<CustomerGroupId>>,
    /// The sales channels it is for; the list replaces the current sales channels.
    pub channel_ids: Option<Vec<ChannelId>>,
}

impl Pricing {
    /// Creates a price list as a draft.
    pub async fn create_list(&self, command: CreatePriceList) -> Result<PriceList, PricingError> {
        let now = self.clock.now();
        let list = PriceList {
            id: PriceListId::new(),
            name: command.name.trim().to_owned(),
            description: command.description,
            kind: command.kind,
            status: PriceListStatus::Draft,
            starts_at: command.starts_at.map(clamp_to_storable),
            ends_at: command.ends_at.map(clamp_to_storable),
            rules: command.rules,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        check(&list)?;
        let tx = self.db.begin().await?;
        repo::index::lock_writing_shared(&tx).await?;
        self.check_rules(&tx, &list.rules).await?;
        repo::lists::insert(&tx, &list).await?;
        self.add_rule_values(&tx, list.rules.values()).await?;
        tx.commit().await?;
        Ok(list)
    }

    /// Updates a price list. With `expected`, fails if its version differs. Past periods do not change.
    pub async fn update_list(
        &self,
        id: PriceListId,
        command: UpdatePriceList,
        expected: Option<i32>,
    ) -> Result<PriceList, PricingError> {
        let tx = self.db.begin().await?;
        let before = self.lock_list(&tx, id).await?;
        unchanged(expected, before.version)?;
        let list = changed(before.clone(), command);
        check(&list)?;
        if list.rules != before.rules {
            self.check_rules(&tx, &list.rules).await?;
            self.add_rule_values(&tx, list.rules.values()).await?;
        }
        let list = self.save_list(&tx, &before, list).await?;
        tx.commit().await?;
        Ok(list)
    }

    /// Activates or deactivates a price list. No-op if it already has this status.
    pub async fn set_list_status(&self, id: PriceListId, status: PriceListStatus) -> Result<PriceList, PricingError> {
        let tx = self.db.begin().await?;
        let before = self.lock_list(&tx, id).await?;
        if before.status == status {
            return Ok(before);
        }
        let list = self.save_list(&tx, &before, PriceList { status, ..before.clone() }).await?;
        tx.commit().await?;
        Ok(list)
    }

    /// Deletes price lists with their prices, all of them or none. Lists that were in effect within the last 30 days
    /// are kept, because the lowest price of that time must be known.
    pub async fn delete_lists(&self, ids: &[PriceListId]) -> Result<Vec<PriceListId>, PricingError> {
        let tx = self.db.begin().await?;
        repo::index::lock_writing_shared(&tx).await?;
        let found = repo::lists::lock(&tx, ids).await?;
        if let Some(place) = ids.iter().position(|id| found.iter().all(|list| list.id != *id)) {
            return Err(PricingError::NotFound { what: "price list", path: format!("ids.{place}") });
        }
        let now = self.clock.now();
        let recent = repo::lists::active_since(&tx, ids, now - LOWEST_PRICE_PERIOD, now).await?;
        if let Some(place) = ids.iter().position(|id| recent.contains(id)) {
            return Err(PricingError::Recent { place });
        }
        let (products, currencies) = repo::lists::priced(&tx, ids).await?;
        repo::prices::lock_products(&tx, &products).await?;
        repo::lists::delete(&tx, ids).await?;
        self.refresh_index(&tx, &products, Some(&currencies)).await?;
        tx.commit().await?;
        Ok(BTreeSet::from_iter(ids.iter().copied()).into_iter().collect())
    }

    async fn lock_list(&self, conn: &Conn, id: PriceListId) -> Result<PriceList, PricingError> {
        repo::index::lock_writing_shared(conn).await?;
        let found = repo::lists::lock(conn, &[id]).await?.pop();
        found.ok_or(PricingError::NotFound { what: "price list", path: "id".to_owned() })
    }

    /// Saves a changed list and updates its periods and the index.
    async fn save_list(&self, conn: &Conn, before: &PriceList, mut list: PriceList) -> Result<PriceList, PricingError> {
        let (products, currencies) = repo::lists::priced(conn, &[list.id]).await?;
        repo::prices::lock_products(conn, &products).await?;
        let now = self.clock.now();
        list.version += 1;
        list.updated_at = now;
        repo::lists::update(conn, &list).await?;
        let when = |list: &PriceList| (list.status, list.starts_at, list.ends_at);
        if when(&list) != when(before) {
            repo::lists::end_periods(conn, list.id, now).await?;
            if let Some((starts_at, ends_at)) = period(&list, now) {
                repo::lists::add_period(conn, list.id, starts_at, ends_at).await?;
            }
        }
        if when(&list) != when(before) || list.rules != before.rules {
            self.refresh_index(conn, &products, Some(&currencies)).await?;
        }
        Ok(list)
    }

    /// Rejects rules that reference unknown regions, groups or channels.
    async fn check_rules(&self, conn: &Conn, rules: &ListRules) -> Result<(), PricingError> {
        let named = [
            ("regionIds", rules.region_ids.iter().map(|id| id.0).collect::<Vec<_>>()),
            ("customerGroupIds", rules.customer_group_ids.iter().map(|id| id.0).collect()),
            ("channelIds", rules.channel_ids.iter().map(|id| id.0).collect()),
        ];
        let known = self.known(conn, named.iter().flat_map(|(_, ids)| ids.clone()).collect()).await?;
        let mut validator = Validator::new();
        for (field, ids) in &named {
            for (place, _) in ids.iter().enumerate().filter(|(_, id)| !known.contains(id)) {
                validator.add(&format!("input.{field}.{place}"), ErrorCode::NotFound, "There is no such object.");
            }
        }
        validator.finish().map_err(PricingError::Invalid)
    }
}

/// The period in which an active list is in effect from now on.
fn period(list: &PriceList, now: Timestamp) -> Option<(Timestamp, Option<Timestamp>)> {
    let starts_at = list.starts_at.map_or(now, |start| start.max(now));
    let lasts = list.ends_at.is_none_or(|end| end > starts_at);
    (list.status == PriceListStatus::Active && lasts).then_some((starts_at, list.ends_at))
}

fn changed(mut list: PriceList, command: UpdatePriceList) -> PriceList {
    set(&mut list.name, command.name.map(|name| name.trim().to_owned()));
    set(&mut list.description, command.description);
    command.starts_at.map(clamp_to_storable).apply(&mut list.starts_at);
    command.ends_at.map(clamp_to_storable).apply(&mut list.ends_at);
    set(&mut list.rules.region_ids, command.region_ids);
    set(&mut list.rules.countries, command.countries);
    set(&mut list.rules.customer_group_ids, command.customer_group_ids);
    set(&mut list.rules.channel_ids, command.channel_ids);
    list
}

fn check(list: &PriceList) -> Result<(), PricingError> {
    let mut validator = Validator::new();
    validator.line("input.name", &list.name, 100);
    validator.required("input.name", &list.name);
    validator.paragraph("input.description", &list.description, 1_000);
    validator.period("input.endsAt", list.starts_at, list.ends_at);
    validator.count("input.regionIds", list.rules.region_ids.len(), MAX_VALUES);
    validator.count("input.countries", list.rules.countries.len(), MAX_VALUES);
    validator.count("input.customerGroupIds", list.rules.customer_group_ids.len(), MAX_VALUES);
    validator.count("input.channelIds", list.rules.channel_ids.len(), MAX_VALUES);
    validator.finish().map_err(PricingError::Invalid)
}
