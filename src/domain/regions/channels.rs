//! Sales channels.

use async_graphql::InputObject;

use super::model::{Channel, Region, StockAllocation};
use super::{RegionError, Regions, repo};
use crate::db::{Conn, Result};
use crate::kernel::ids::{ChannelId, RegionId};
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::Validator;

/// A sales channel to create.
#[derive(Clone, Debug)]
pub struct CreateChannel {
    /// The human-readable name.
    pub name: String,
    /// The default region of shoppers whose location is unknown.
    pub default_region_id: Option<RegionId>,
}

/// The changes to a sales channel. Omitted fields keep their values.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "SalesChannelUpdateInput")]
pub struct UpdateChannel {
    /// Name, shown to shoppers as the name of the shop: at most 100 characters.
    pub name: Option<String>,
    /// The region of requests that name neither a region nor a country; null means that they have to name one.
    pub default_region_id: Patch<RegionId>,
    /// How the stock of its orders is allocated to locations.
    pub stock_allocation: Option<StockAllocation>,
    /// Whether carts can reserve stock with `cartReserve`.
    pub cart_holds: Option<bool>,
}

impl Regions {
    /// Creates a channel with a new publishable key.
    pub async fn create_channel(&self, command: CreateChannel) -> std::result::Result<Channel, RegionError> {
        let id = ChannelId::new();
        let channel = Channel {
            id,
            name: command.name,
            publishable_key: format!("pk_{}", uuid::Uuid::new_v4().simple()),
            default_region_id: command.default_region_id,
            last_order_number: 1_000,
            created_at: self.clock.now(),
            stock_allocation: StockAllocation::FewestLocations,
            cart_holds: false,
        };
        let conn = self.db.conn().await?;
        repo::insert_channel(&conn, &channel).await?;
        Ok(channel)
    }

    /// Updates a channel. Applies to carts, orders and holds created from then on.
    pub async fn update_channel(
        &self,
        id: ChannelId,
        command: UpdateChannel,
    ) -> std::result::Result<Channel, RegionError> {
        let tx = self.db.begin().await?;
        let mut channel = repo::lock_channel(&tx, id).await?.ok_or(RegionError::ChannelNotFound)?;
        if let Patch::Set(region) = command.default_region_id {
            self.find_for_share(&tx, region).await?.ok_or(RegionError::DefaultRegionNotFound)?;
        }
        set(&mut channel.name, command.name.map(|name| name.trim().to_owned()));
        command.default_region_id.apply(&mut channel.default_region_id);
        set(&mut channel.stock_allocation, command.stock_allocation);
        set(&mut channel.cart_holds, command.cart_holds);
        check(&channel)?;
        repo::update_channel(&tx, &channel).await?;
        tx.commit().await?;
        Ok(channel)
    }

    /// Makes the shop's first region the default region of its channels, in the transaction that creates it. Locks the
    /// channels before counting regions, so that of two regions created at the same time only one is first.
    pub(super) async fn set_first_default_in(&self, conn: &Conn, region: &Region) -> Result<()> {
        for mut channel in repo::lock_channels(conn).await? {
            if channel.default_region_id.is_none() && repo::is_only_region(conn, region.id).await? {
                channel.default_region_id = Some(region.id);
                repo::update_channel(conn, &channel).await?;
            }
        }
        Ok(())
    }
}

fn check(channel: &Channel) -> std::result::Result<(), RegionError> {
    let mut validator = Validator::new();
    validator.line("input.name", &channel.name, 100);
    validator.required("input.name", &channel.name);
    validator.finish().map_err(RegionError::Invalid)
}
