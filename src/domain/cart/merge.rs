//! Merging two carts, for example when a guest with a cart logs in and already has another.

use super::draft::CartDraft;
use super::lines::{MAX_LINES, MAX_UNITS};
use super::model::CartLine;
use super::{CartError, Carts};
use crate::db::Conn;
use crate::kernel::actor::Actor;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::ids::{CartId, CartLineId};
use crate::kernel::string_enum;
use crate::kernel::text::Validator;

string_enum! {
    /// How the quantities of lines that are in both merged carts are combined. No line is lost either way.
    CartMergeStrategy {
        /// The larger of the two quantities.
        Max = "MAX",
        /// The sum of the two quantities.
        Sum = "SUM",
    }
}

impl Carts {
    /// Merges one cart into another in the caller's transaction, saves the target and returns it. Both belong to the
    /// actor and stay locked; the caller deletes the source (rule D9).
    ///
    /// The lines of `into` come first. Lines from the source are neither checked against stock nor rejected if they can
    /// no longer be bought: nothing is lost, and completing the cart reports the problems. A price override only
    /// applies in the cart in which it was set.
    pub async fn merge_in(
        &self,
        conn: &Conn,
        actor: &Actor,
        from: CartId,
        into: CartId,
        strategy: CartMergeStrategy,
    ) -> Result<CartDraft, CartError> {
        if from == into {
            return Err(UserError::new(
                ErrorCode::Invalid,
                "Choose another cart: a cart cannot be merged with itself.",
            )
            .at("into")
            .into());
        }
        // Locked in the order of their ids, as everywhere.
        let lock = async |id, path| {
            let draft = self.lock_in(conn, actor, id).await.and_then(CartDraft::ensure_open);
            draft.map_err(|error| error.at(path))
        };
        let (other, mut draft);
        if from < into {
            other = lock(from, "from").await?;
            draft = lock(into, "into").await?;
        } else {
            draft = lock(into, "into").await?;
            other = lock(from, "from").await?;
        }
        take_lines(&mut draft, other.lines, strategy)?;
        let (cart, other) = (&mut draft.cart, other.cart);
        other.codes.iter().for_each(|code| cart.add_code(code));
        cart.customer_id = cart.customer_id.or(other.customer_id);
        cart.email = cart.email.take().or(other.email);
        if cart.note.is_empty() {
            cart.note = other.note;
        }
        if cart.region_id == other.region_id {
            cart.shipping_address = cart.shipping_address.take().or(other.shipping_address);
            cart.shipping_option_id = cart.shipping_option_id.or(other.shipping_option_id);
        }
        cart.billing_address = cart.billing_address.take().or(other.billing_address);
        self.save_in(conn, draft).await
    }
}

/// Moves the lines of another cart into the draft.
fn take_lines(draft: &mut CartDraft, others: Vec<CartLine>, strategy: CartMergeStrategy) -> Result<(), CartError> {
    for other in others {
        let same = |line: &&mut CartLine| line.matches(other.variant_id, &other.attributes);
        let Some(line) = draft.lines.iter_mut().find(same) else {
            let mut line = CartLine { id: CartLineId::new(), cart_id: draft.cart.id, ..other };
            line.clear_override();
            draft.lines.push(line);
            continue;
        };
        let quantity = match strategy {
            CartMergeStrategy::Max => line.quantity.max(other.quantity),
            CartMergeStrategy::Sum => line.quantity + other.quantity,
        };
        if quantity > MAX_UNITS {
            let message = format!("A line can have at most {MAX_UNITS} units.");
            return Err(UserError::new(ErrorCode::InvalidQuantity, message).at("strategy").into());
        }
        line.set_quantity(quantity);
    }
    let mut validator = Validator::new();
    validator.count("into", draft.lines.len(), MAX_LINES);
    validator.finish().map_err(CartError::Invalid)
}

impl CartError {
    /// The same error, at the path of the cart that caused it.
    fn at(self, path: &str) -> Self {
        match self {
            Self::Db(error) => Self::Db(error),
            told => Self::Invalid(told.user_errors().into_iter().map(|problem| problem.at(path)).collect()),
        }
    }
}
