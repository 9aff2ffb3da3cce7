//! Reserves stock for a cart before it is completed.
//!
//! # Decisions
//! - It is off unless the cart's sales channel enables it: reserved units are unavailable to other shoppers.
//! - A reservation covers the cart's current lines. Changing the cart does not change it; reserving again replaces it,
//!   and completing the cart consumes it.

use chrono::TimeDelta;

use crate::db::{self, Db};
use crate::domain::cart::{Cart, CartError, Carts};
use crate::domain::inventory::{Inventory, InventoryError};
use crate::domain::regions::Regions;
use crate::events::{Event, publish};
use crate::kernel::actor::Actor;
use crate::kernel::clock::SharedClock;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::ids::CartId;

/// The maximum duration of a reservation, in minutes.
const MAX_MINUTES: i32 = 60;

/// Reserves stock for carts.
#[derive(Clone)]
pub struct Holds {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) regions: Regions,
    pub(crate) inventory: Inventory,
    pub(crate) carts: Carts,
}

/// Why a reservation failed.
#[derive(Debug, thiserror::Error)]
pub enum ReservationError {
    /// The sales channel does not reserve stock for carts.
    #[error("the channel does not keep units for carts")]
    Off,
    /// The duration is out of range.
    #[error("units are kept for 1 to {MAX_MINUTES} minutes")]
    Minutes,
    /// The cart is empty.
    #[error("the cart is empty")]
    Empty,
    /// A cart error.
    #[error(transparent)]
    Cart(#[from] CartError),
    /// An inventory error.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl UserFacing for ReservationError {
    fn user_errors(&self) -> Vec<UserError> {
        let one = |code, message: &str, path: &str| vec![UserError::new(code, message).at(path)];
        match self {
            Self::Off => one(
                ErrorCode::InvalidState,
                "This sales channel does not reserve stock for carts: complete the cart instead.",
                "cartId",
            ),
            Self::Minutes => one(ErrorCode::Invalid, "The reservation must last from 1 to 60 minutes.", "minutes"),
            Self::Empty => one(ErrorCode::CartIncomplete, "Add a line first: the cart is empty.", "cartId"),
            Self::Cart(error) => error.user_errors(),
            Self::Inventory(error) => error.user_errors(),
            Self::Db(_) => Vec::new(),
        }
    }
}

impl Holds {
    /// Reserves a cart's lines for this many minutes, all or nothing (rules E1, E3).
    pub async fn reserve(&self, actor: &Actor, cart: CartId, minutes: i32) -> Result<Cart, ReservationError> {
        if !(1..=MAX_MINUTES).contains(&minutes) {
            return Err(ReservationError::Minutes);
        }
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let draft = self.carts.lock_in(&tx, actor, cart).await?.ensure_open()?;
        let channel = self.regions.channel(&tx, draft.cart.channel_id).await?;
        let channel = channel.filter(|channel| channel.cart_holds).ok_or(ReservationError::Off)?;
        if draft.lines.is_empty() {
            return Err(ReservationError::Empty);
        }
        let wanted: Vec<_> = draft.lines.iter().map(|line| (line.variant_id, line.quantity)).collect();
        let until = now + TimeDelta::minutes(i64::from(minutes));
        self.inventory.hold_in(&tx, cart, channel.stock_allocation, &wanted, until).await?;
        publish(&tx, Event::CartUpdated(cart), now).await?;
        tx.commit().await?;
        Ok(draft.cart)
    }

    /// Releases a cart's reservation.
    pub async fn release(&self, actor: &Actor, cart: CartId) -> Result<Cart, ReservationError> {
        let tx = self.db.begin().await?;
        let draft = self.carts.lock_in(&tx, actor, cart).await?.ensure_open()?;
        self.inventory.release_hold_in(&tx, cart).await?;
        publish(&tx, Event::CartUpdated(cart), self.clock.now()).await?;
        tx.commit().await?;
        Ok(draft.cart)
    }
}
