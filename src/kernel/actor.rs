//! Who acts.

use super::ids::{CustomerId, SessionId, StaffId};
use super::words;

words! {
    /// A permission of a staff user. Each guarded field of the API names the one it requires.
    Permission {
        /// Create, edit, publish and delete products, variants, prices, images, collections and categories.
        Catalog = "CATALOG",
        /// Edit regions, taxes, shipping options and stock locations.
        Settings = "SETTINGS",
        /// View and change stock.
        Stock = "STOCK",
        /// View, fulfill and cancel orders, and capture their payments.
        Orders = "ORDERS",
        /// View customers, add them to groups and exempt them from tax.
        Customers = "CUSTOMERS",
        /// Edit price lists, promotions, campaigns and discount codes, and override prices in carts.
        Pricing = "PRICING",
    }
}

/// Who sends a request, as far as its credentials prove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Actor {
    /// Nobody known: a shopper without an account, or a machine without a key.
    #[default]
    Anonymous,
    /// A customer who has logged in.
    Customer {
        /// Who.
        id: CustomerId,
        /// On which login.
        session: SessionId,
    },
    /// A member of staff who has logged in.
    Staff {
        /// Who.
        id: StaffId,
        /// On which login.
        session: SessionId,
        /// What they may do.
        permissions: Vec<Permission>,
    },
}

impl Actor {
    /// The customer, when it is one.
    pub const fn customer(&self) -> Option<CustomerId> {
        match self {
            Self::Customer { id, .. } => Some(*id),
            Self::Anonymous | Self::Staff { .. } => None,
        }
    }

    /// Whether this is a member of staff, whatever they may do.
    pub const fn is_staff(&self) -> bool {
        matches!(self, Self::Staff { .. })
    }

    /// Whether this is a member of staff with that permission.
    pub fn may(&self, permission: Permission) -> bool {
        matches!(self, Self::Staff { permissions, .. } if permissions.contains(&permission))
    }
}
