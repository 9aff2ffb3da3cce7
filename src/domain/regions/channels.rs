//! Sales channels.

use super::model::{Channel, StockAllocation};
use super::{RegionError, Regions, repo};
use crate::db::{Conn, Result};
use crate::kernel::ids::{ChannelId, RegionId};

/// A channel to make.
#[derive(Clone, Debug)]
pub struct NewChannel {
    /// Name, for people.
    pub name: String,
    /// The region of shoppers who have not said where they are.
    pub default_region_id: Option<RegionId>,
}

/// What to change of a channel; `None` leaves a thing as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChannelChanges {
    /// From which locations its orders take what they need.
    pub stock_allocation: Option<StockAllocation>,
    /// Whether its carts may keep units for a while.
    pub cart_holds: Option<bool>,
}

impl Regions {
    /// Makes a channel with a fresh publishable key.
    pub async fn create_channel(&self, new: NewChannel) -> std::result::Result<Channel, RegionError> {
        let id = ChannelId::new();
        let channel = Channel {
            id,
            name: new.name,
            publishable_key: format!("pk_{}", uuid::Uuid::new_v4().simple()),
            default_region_id: new.default_region_id,
            last_order_number: 1_000,
            created_at: self.clock.now(),
            stock_allocation: StockAllocation::FewestLocations,
            cart_holds: false,
        };
        let conn = self.db.conn().await?;
        repo::insert_channel(&conn, &channel).await?;
        Ok(channel)
    }

    /// Changes a channel. Orders and holds that are made from then on follow it.
    pub async fn update_channel(
        &self,
        id: ChannelId,
        changes: ChannelChanges,
    ) -> std::result::Result<Channel, RegionError> {
        let tx = self.db.begin().await?;
        let mut channel = repo::lock_channel(&tx, id).await?.ok_or(RegionError::ChannelNotFound)?;
        channel.stock_allocation = changes.stock_allocation.unwrap_or(channel.stock_allocation);
        channel.cart_holds = changes.cart_holds.unwrap_or(channel.cart_holds);
        repo::update_channel(&tx, &channel).await?;
        tx.commit().await?;
        Ok(channel)
    }

    /// Every channel, the oldest first. There are few.
    pub async fn channels(&self, conn: &Conn) -> Result<Vec<Channel>> {
        repo::channels(conn).await
    }

    /// The channel with this id.
    pub async fn channel(&self, conn: &Conn, id: ChannelId) -> Result<Option<Channel>> {
        repo::channel(conn, id).await
    }

    /// The channel that this publishable key belongs to.
    pub async fn channel_by_key(&self, conn: &Conn, key: &str) -> Result<Option<Channel>> {
        repo::channel_by_key(conn, key).await
    }

    /// Those of these channels that there are.
    pub async fn known_channels(&self, conn: &Conn, ids: &[ChannelId]) -> Result<Vec<ChannelId>> {
        repo::known_channels(conn, ids).await
    }

    /// The oldest channel: whose visitors send no key. `None` only before the shop is set up.
    pub async fn first_channel(&self, conn: &Conn) -> Result<Option<Channel>> {
        repo::first_channel(conn).await
    }

    /// Takes the next order number of a channel in the caller's transaction. The row stays locked until that ends, so
    /// numbers are unique without gaps from races; take it as late as possible (rule G13).
    pub async fn next_order_number_in(&self, conn: &Conn, id: ChannelId) -> Result<i64> {
        repo::next_order_number(conn, id).await
    }
}
