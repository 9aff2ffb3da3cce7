use async_graphql::{Context, Description, Object, SimpleObject};

use crate::domain::orders::{self, FulfillmentState};
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::graphql::guards::staff;
use crate::graphql::inventory::StockLocation;
use crate::kernel::actor::Permission;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{FulfillmentId, LocationId, OrderLineId, ShipmentId};
use crate::workflows::orders::Planned;

/// Units of an order that were taken from the shelf to be sent together.
#[derive(Description)]
pub struct Fulfillment(pub orders::Fulfillment);

impl Fulfillment {
    async fn rows(&self, ctx: &Context<'_>) -> Result<Vec<orders::Shipment>> {
        Ok(ctx.reads().loaders.shipments.load(self.0.id).await?.unwrap_or_default())
    }
}

#[Object(use_type_description)]
impl Fulfillment {
    /// Id.
    async fn id(&self) -> FulfillmentId {
        self.0.id
    }

    /// Where it stands.
    async fn status(&self) -> FulfillmentState {
        self.0.status
    }

    /// The carrier's number of its first parcel; empty when there is none.
    async fn tracking_number(&self, ctx: &Context<'_>) -> Result<String> {
        let first = self.rows(ctx).await?.into_iter().next();
        Ok(first.map(|parcel| parcel.tracking_number).unwrap_or_default())
    }

    /// Where the way of its first parcel can be followed; empty when that is nowhere.
    async fn tracking_url(&self, ctx: &Context<'_>) -> Result<String> {
        let first = self.rows(ctx).await?.into_iter().next();
        Ok(first.map(|parcel| parcel.tracking_url).unwrap_or_default())
    }

    /// Its parcels, oldest first; empty before it is sent.
    async fn shipments(&self, ctx: &Context<'_>) -> Result<Vec<Shipment>> {
        Ok(self.rows(ctx).await?.into_iter().map(Shipment::from).collect())
    }

    /// What is in it.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<FulfillmentLine>> {
        let found = ctx.reads().loaders.fulfillment_lines.load(self.0.id).await?.unwrap_or_default();
        let line =
            |row: orders::FulfillmentLine| FulfillmentLine { line_id: row.order_line_id, quantity: row.quantity };
        Ok(found.into_iter().map(line).collect())
    }

    /// The location that all of it was taken from; null when there are several, or none, and for anybody but staff.
    #[graphql(visible = "staff")]
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<StockLocation>> {
        let seen = ctx.actor().may(Permission::Orders);
        location(ctx, self.0.location().filter(|_| seen)).await
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// When it was handed to the carrier; null before.
    async fn shipped_at(&self) -> Option<Timestamp> {
        self.0.shipped_at
    }

    /// When it arrived; null before.
    async fn delivered_at(&self) -> Option<Timestamp> {
        self.0.delivered_at
    }

    /// When it was cancelled; null when it was not.
    async fn cancelled_at(&self) -> Option<Timestamp> {
        self.0.cancelled_at
    }
}

async fn location(ctx: &Context<'_>, id: Option<LocationId>) -> Result<Option<StockLocation>> {
    let Some(id) = id else { return Ok(None) };
    StockLocation::load(ctx, id).await
}

/// Units of a line.
#[derive(SimpleObject)]
pub struct FulfillmentLine {
    /// Of which line.
    line_id: OrderLineId,
    /// How many.
    quantity: i32,
}

/// A parcel that the carrier has.
#[derive(SimpleObject)]
pub struct Shipment {
    /// Id.
    id: ShipmentId,
    /// The carrier's number; empty when there is none.
    tracking_number: String,
    /// Where its way can be followed; empty when that is nowhere.
    tracking_url: String,
    /// When it was handed to the carrier.
    created_at: Timestamp,
    /// When its tracking was last changed.
    updated_at: Timestamp,
}

impl From<orders::Shipment> for Shipment {
    fn from(row: orders::Shipment) -> Self {
        let orders::Shipment { id, tracking_number, tracking_url, created_at, updated_at, .. } = row;
        Self { id, tracking_number, tracking_url, created_at, updated_at }
    }
}

/// Units that would be sent from one location.
#[derive(Description)]
pub struct FulfillmentPlan(pub Planned);

#[Object(use_type_description)]
impl FulfillmentPlan {
    /// From where; null for what is not kept in stock, and for units that have to be gathered from several locations.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<StockLocation>> {
        location(ctx, self.0.location_id).await
    }

    /// Which units of which lines.
    async fn lines(&self) -> Vec<FulfillmentLine> {
        let line = |part: &orders::LineUnits| FulfillmentLine { line_id: part.line_id, quantity: part.quantity };
        self.0.lines.iter().map(line).collect()
    }
}
