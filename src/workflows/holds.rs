//! Keeping units for a cart while its shopper makes up their mind.
//!
//! # Decisions
//! - It is off unless the cart's sales channel turns it on: whoever keeps units takes them from others.
//! - What is kept is what the cart holds now. A change of the cart changes nothing of it; keeping again replaces it, and
//!   completing the cart uses it up.

use chrono::TimeDelta;

use crate::db::{self, Db};
use crate::domain::cart::{Cart, CartError, Carts};
use crate::domain::inventory::{Inventory, InventoryError};
use crate::domain::regions::Regions;
use crate::events::{Event, publish};
use crate::kernel::actor::Actor;
use crate::kernel::clock::SharedClock;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::ids::CartId;

/// For how many minutes units may be kept.
const MOST_MINUTES: i32 = 60;

/// Keeping units for carts.
#[derive(Clone)]
pub struct Holds {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) regions: Regions,
    pub(crate) inventory: Inventory,
    pub(crate) carts: Carts,
}

/// Why units could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The channel does not keep units for carts.
    #[error("the channel does not keep units for carts")]
    Off,
    /// That is too long, or no time at all.
    #[error("units are kept for 1 to {MOST_MINUTES} minutes")]
    Minutes,
    /// There is nothing in the cart.
    #[error("the cart is empty")]
    Empty,
    /// The cart.
    #[error(transparent)]
    Cart(#[from] CartError),
    /// Stock.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl Explain for HoldError {
    fn problems(&self) -> Vec<Problem> {
        let one = |code, message: &str, path: &str| vec![Problem::new(code, message).at(path)];
        match self {
            Self::Off => one(
                ErrorCode::InvalidState,
                "This sales channel does not reserve stock for carts: complete the cart instead.",
                "cartId",
            ),
            Self::Minutes => one(ErrorCode::Invalid, "The reservation must last from 1 to 60 minutes.", "minutes"),
            Self::Empty => one(ErrorCode::CartIncomplete, "Add a line first: the cart is empty.", "cartId"),
            Self::Cart(error) => error.problems(),
            Self::Inventory(error) => error.problems(),
            Self::Db(_) => Vec::new(),
        }
    }
}

impl Holds {
    /// Keeps what is in a cart for so many minutes, all of it or nothing (rules E1, E3).
    pub async fn keep(&self, actor: &Actor, cart: CartId, minutes: i32) -> Result<Cart, HoldError> {
        if !(1..=MOST_MINUTES).contains(&minutes) {
            return Err(HoldError::Minutes);
        }
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let draft = self.carts.lock_in(&tx, actor, cart).await?.still_open()?;
        let channel = self.regions.channel(&tx, draft.cart.channel_id).await?;
        let channel = channel.filter(|channel| channel.cart_holds).ok_or(HoldError::Off)?;
        if draft.lines.is_empty() {
            return Err(HoldError::Empty);
        }
        let wanted: Vec<_> = draft.lines.iter().map(|line| (line.variant_id, line.quantity)).collect();
        let until = now + TimeDelta::minutes(i64::from(minutes));
        self.inventory.hold_in(&tx, cart, channel.stock_allocation, &wanted, until).await?;
        publish(&tx, Event::CartUpdated(cart), now).await?;
        tx.commit().await?;
        Ok(draft.cart)
    }

    /// Keeps nothing for a cart any more.
    pub async fn let_go(&self, actor: &Actor, cart: CartId) -> Result<Cart, HoldError> {
        let tx = self.db.begin().await?;
        let draft = self.carts.lock_in(&tx, actor, cart).await?.still_open()?;
        self.inventory.release_hold_in(&tx, cart).await?;
        publish(&tx, Event::CartUpdated(cart), self.clock.now()).await?;
        tx.commit().await?;
        Ok(draft.cart)
    }
}
