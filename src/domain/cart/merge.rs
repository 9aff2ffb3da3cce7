//! Putting two carts together, as when somebody who filled one as a guest logs in and has another.

use super::edit::Draft;
use super::lines::{MOST_LINES, MOST_UNITS};
use super::model::CartLine;
use super::{CartError, Carts};
use crate::db::Conn;
use crate::kernel::actor::Actor;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::ids::{CartId, CartLineId};
use crate::kernel::text::Checks;
use crate::kernel::words;

words! {
    /// How the quantities of lines that are in both merged carts are combined. No line is lost either way.
    CartMergeStrategy {
        /// The larger of the two quantities.
        Max = "MAX",
        /// The sum of the two quantities.
        Sum = "SUM",
    }
}

impl Carts {
    /// Puts what is in one cart into another one, in the caller's transaction, and gives that one, saved. Both are the
    /// actor's and stay locked; the first one is the caller's to throw away (rule D9).
    ///
    /// The lines of `into` come first. What the other one adds is neither checked against the stock nor refused when it
    /// cannot be bought any more: nothing is lost, and completing the cart tells. A price that was set by hand is that of
    /// the cart that it was set in.
    pub async fn merge_in(
        &self,
        conn: &Conn,
        actor: &Actor,
        from: CartId,
        into: CartId,
        strategy: CartMergeStrategy,
    ) -> Result<Draft, CartError> {
        if from == into {
            return Err(Problem::new(ErrorCode::Invalid, "Choose another cart: a cart cannot be merged with itself.")
                .at("into")
                .into());
        }
        // Locked in the order of their ids, as everywhere.
        let lock = async |id, path| {
            let draft = self.lock_in(conn, actor, id).await.and_then(Draft::still_open);
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

/// Takes over the lines of another cart.
fn take_lines(draft: &mut Draft, others: Vec<CartLine>, strategy: CartMergeStrategy) -> Result<(), CartError> {
    for other in others {
        let same = |line: &&mut CartLine| line.takes(other.variant_id, &other.properties);
        let Some(line) = draft.lines.iter_mut().find(same) else {
            let mut line = CartLine { id: CartLineId::new(), cart_id: draft.cart.id, ..other };
            line.forget_override();
            draft.lines.push(line);
            continue;
        };
        let quantity = match strategy {
            CartMergeStrategy::Max => line.quantity.max(other.quantity),
            CartMergeStrategy::Sum => line.quantity + other.quantity,
        };
        if quantity > MOST_UNITS {
            let message = format!("A line can have at most {MOST_UNITS} units.");
            return Err(Problem::new(ErrorCode::InvalidQuantity, message).at("strategy").into());
        }
        line.set_quantity(quantity);
    }
    let mut checks = Checks::new();
    checks.count("into", draft.lines.len(), MOST_LINES);
    checks.finish().map_err(CartError::Invalid)
}

impl CartError {
    /// The same about the cart that was named at this place.
    fn at(self, path: &str) -> Self {
        match self {
            Self::Db(error) => Self::Db(error),
            told => Self::Invalid(told.problems().into_iter().map(|problem| problem.at(path)).collect()),
        }
    }
}
