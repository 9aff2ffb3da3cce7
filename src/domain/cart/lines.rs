//! Adding, changing and removing lines.

use std::collections::BTreeMap;

use async_graphql::InputObject;

use super::draft::CartDraft;
use super::model::{Attributes, Cart, CartLine};
use super::{CartError, Carts};
use crate::db::Conn;
use crate::domain::catalog::Audience;
use crate::domain::inventory::InventoryError;
use crate::domain::promotions::Allocations;
use crate::domain::tax::AppliedRates;
use crate::kernel::actor::Actor;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::ids::{CartId, CartLineId, VariantId};
use crate::kernel::text::Validator;

/// The maximum number of units per line.
pub(super) const MAX_UNITS: i32 = 9_999;
/// The maximum number of lines per cart.
pub(super) const MAX_LINES: usize = 500;
/// The maximum number of attributes per line.
const MAX_ATTRIBUTES: usize = 20;

/// A line to add to a cart.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CartLineInput")]
pub struct AddLine {
    /// The variant to buy.
    pub variant_id: VariantId,
    /// The number of units: 1 to 9,999.
    #[graphql(default = 1)]
    pub quantity: i32,
    /// Custom attributes, such as an engraving: at most 20. Lines with the same variant and the same attributes are
    /// merged into one line.
    #[graphql(default)]
    pub attributes: Vec<Attribute>,
}

/// A custom attribute of a line, such as `engraving` with the value `For Ada`.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "AttributeInput")]
pub struct Attribute {
    /// Name: at most 100 characters.
    pub key: String,
    /// Value: at most 1,000 characters.
    pub value: String,
}

/// The new quantity of a line.
#[derive(Clone, Copy, Debug, InputObject)]
#[graphql(name = "CartLineUpdateInput")]
pub struct UpdateLine {
    /// The id of the line.
    pub line_id: CartLineId,
    /// The number of units; 0 removes the line.
    pub quantity: i32,
}

impl Carts {
    /// Adds units. They are added to an existing line if the variant and the attributes are the same (rule D7).
    pub async fn add_lines(&self, actor: &Actor, id: CartId, lines: Vec<AddLine>) -> Result<Cart, CartError> {
        let (tx, mut draft) = self.open(actor, id).await?;
        self.put_lines(&tx, &mut draft, lines, "lines").await?;
        self.close(tx, draft).await
    }

    /// Updates quantities, all or none; 0 removes a line (rule D8).
    pub async fn update_lines(&self, actor: &Actor, id: CartId, updates: &[UpdateLine]) -> Result<Cart, CartError> {
        let (tx, mut draft) = self.open(actor, id).await?;
        let mut touched = BTreeMap::new();
        for (place, update) in updates.iter().enumerate() {
            let path = format!("lines.{place}.quantity");
            if update.quantity < 0 || update.quantity > MAX_UNITS {
                return Err(bad_quantity(&path, 0));
            }
            let line = draft.lines.iter_mut().find(|line| line.id == update.line_id);
            let line = line.ok_or(CartError::LineNotFound { path: format!("lines.{place}.lineId") })?;
            if update.quantity > line.quantity {
                touched.insert(line.variant_id, path);
            }
            line.set_quantity(update.quantity);
        }
        draft.lines.retain(|line| line.quantity > 0);
        self.check_stock(&tx, &draft, &touched).await?;
        self.close(tx, draft).await
    }

    /// Removes lines, all or none.
    pub async fn remove_lines(&self, actor: &Actor, id: CartId, lines: &[CartLineId]) -> Result<Cart, CartError> {
        let (tx, mut draft) = self.open(actor, id).await?;
        for (place, line) in lines.iter().enumerate() {
            let found = draft.lines.iter().position(|own| own.id == *line);
            draft.lines.remove(found.ok_or(CartError::LineNotFound { path: format!("lineIds.{place}") })?);
        }
        self.close(tx, draft).await
    }

    /// Adds units to the draft's lines, after checking that they can be bought.
    pub(super) async fn put_lines(
        &self,
        conn: &Conn,
        draft: &mut CartDraft,
        lines: Vec<AddLine>,
        path: &str,
    ) -> Result<(), CartError> {
        let mut validator = Validator::new();
        validator.count(path, lines.len() + draft.lines.len(), MAX_LINES);
        validator.finish().map_err(CartError::Invalid)?;
        self.check_published(conn, &lines, path).await?;
        let mut touched = BTreeMap::new();
        for (place, add) in lines.into_iter().enumerate() {
            let at = format!("{path}.{place}.quantity");
            if !(1..=MAX_UNITS).contains(&add.quantity) {
                return Err(bad_quantity(&at, 1));
            }
            let pairs = add.attributes.into_iter().map(|attribute| (attribute.key, attribute.value));
            let attributes = Attributes(pairs.collect());
            check_attributes(&attributes, &format!("{path}.{place}.attributes"))?;
            let same = |line: &&mut CartLine| line.matches(add.variant_id, &attributes);
            match draft.lines.iter_mut().find(same) {
                Some(line) if line.quantity + add.quantity > MAX_UNITS => return Err(bad_quantity(&at, 1)),
                Some(line) => line.set_quantity(line.quantity + add.quantity),
                None => draft.lines.push(new_line(draft.cart.id, add.variant_id, add.quantity, attributes)),
            }
            draft.added.push((add.variant_id, format!("{path}.{place}.variantId")));
            touched.insert(add.variant_id, at);
        }
        self.check_stock(conn, draft, &touched).await
    }

    /// Rejects variants that are not published. Whether they have a price is checked when the cart is quoted.
    async fn check_published(&self, conn: &Conn, lines: &[AddLine], path: &str) -> Result<(), CartError> {
        let ids: Vec<_> = lines.iter().map(|line| line.variant_id).collect();
        let variants = self.catalog.variants(conn, Audience::Shoppers, &ids).await?;
        for (place, line) in lines.iter().enumerate() {
            let at = format!("{path}.{place}.variantId");
            if !variants.iter().any(|variant| variant.id == line.variant_id) {
                return Err(UserError::new(ErrorCode::NotFound, "There is no such variant.").at(&at).into());
            }
        }
        Ok(())
    }

    /// Rejects quantities above the available stock, counted over all lines that use the same item (rules D8, D15).
    async fn check_stock(
        &self,
        conn: &Conn,
        draft: &CartDraft,
        touched: &BTreeMap<VariantId, String>,
    ) -> Result<(), CartError> {
        if touched.is_empty() {
            return Ok(());
        }
        let lines: Vec<_> = draft.lines.iter().map(|line| (line.variant_id, line.quantity)).collect();
        let asked: Vec<_> = touched.keys().copied().collect();
        let short = self.inventory.shortages(conn, draft.cart.id, &lines, &asked).await?;
        let problems = short.into_iter().flat_map(|(variant, available)| {
            let path = touched.get(&variant).map_or("", String::as_str);
            let refused = InventoryError::Insufficient { variant, available }.user_errors();
            refused.into_iter().map(move |problem| problem.at(path))
        });
        let problems: Vec<_> = problems.collect();
        if problems.is_empty() { Ok(()) } else { Err(CartError::Invalid(problems)) }
    }
}

fn new_line(cart_id: CartId, variant_id: VariantId, quantity: i32, attributes: Attributes) -> CartLine {
    CartLine {
        id: CartLineId::new(),
        cart_id,
        variant_id,
        attributes,
        quantity,
        unit_price: None,
        includes_tax: false,
        compare_at_price: None,
        price_list: None,
        min_quantity: None,
        override_price: None,
        override_reason: None,
        taxes: AppliedRates::default(),
        discounts: Allocations::default(),
        requires_shipping: true,
    }
}

fn bad_quantity(path: &str, least: i32) -> CartError {
    let message = format!("The quantity must be from {least} to {MAX_UNITS}.");
    UserError::new(ErrorCode::InvalidQuantity, message).at(path).into()
}

fn check_attributes(attributes: &Attributes, path: &str) -> Result<(), CartError> {
    let mut validator = Validator::new();
    validator.count(path, attributes.0.len(), MAX_ATTRIBUTES);
    for (name, value) in &attributes.0 {
        validator.line(path, name, 100);
        validator.required(path, name);
        validator.paragraph(path, value, 1_000);
    }
    validator.finish().map_err(CartError::Invalid)
}
