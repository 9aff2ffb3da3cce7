//! The actor of a request.

use std::fmt;

use super::ids::{CustomerId, SessionId, StaffId};
use super::string_enum;

string_enum! {
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

/// The actor of a request, as proven by its credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Actor {
    /// Not authenticated: a shopper without an account, or a client without an API key.
    #[default]
    Anonymous,
    /// A logged-in customer.
    Customer {
        /// The customer.
        id: CustomerId,
        /// The session.
        session: SessionId,
    },
    /// A logged-in staff member.
    Staff {
        /// The staff member.
        id: StaffId,
        /// The session.
        session: SessionId,
        /// Their permissions.
        permissions: Vec<Permission>,
    },
}

/// The id of the customer or staff member, for the log.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::Customer { id, .. } => id.fmt(f),
            Self::Staff { id, .. } => id.fmt(f),
        }
    }
}

impl Actor {
    /// Returns the customer if the actor is one.
    pub const fn customer(&self) -> Option<CustomerId> {
        match self {
            Self::Customer { id, .. } => Some(*id),
            Self::Anonymous | Self::Staff { .. } => None,
        }
    }

    /// Whether the actor is a staff member, regardless of permissions.
    pub const fn is_staff(&self) -> bool {
        matches!(self, Self::Staff { .. })
    }

    /// Whether the actor is a staff member with this permission.
    pub fn may(&self, permission: Permission) -> bool {
        matches!(self, Self::Staff { permissions, .. } if permissions.contains(&permission))
    }
}
