//! Fulfillments: units that are packed, approved, handed to the carrier and delivered. The effects on stock are in
//! `workflows::orders`.

use async_graphql::InputObject;
use serde_json::json;

use super::cancel::{named, remaining_units};
use super::model::{AllocatedStock, AllocatedStocks, Fulfillment, FulfillmentLine, Order, OrderLine, Shipment};
use super::repo::fulfillments::Count;
use super::status::{FulfillmentStatus, OrderStatus, TimelineKind};
use super::timeline::{NewTimelineEntry, units_were};
use super::{LineUnits, OrderError, Orders, repo};
use crate::db::Conn;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::{FulfillmentId, OrderLineId, ShipmentId, StaffId};
use crate::kernel::text::Validator;

/// The maximum number of parcels per fulfillment.
const MAX_PARCELS: usize = 100;

/// The tracking information of a parcel.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "TrackingInput")]
pub struct Tracking {
    /// The carrier's tracking number: at most 200 characters.
    #[graphql(default)]
    pub number: String,
    /// The tracking URL.
    #[graphql(default)]
    pub url: String,
}

/// Units of an order line to fulfill.
#[derive(Clone, Copy, Debug, InputObject)]
#[graphql(name = "FulfillmentLineInput")]
pub struct FulfillLine {
    /// The id of the order line.
    pub line_id: OrderLineId,
    /// The number of units, at least 1.
    pub quantity: i32,
}

impl From<FulfillLine> for LineUnits {
    fn from(line: FulfillLine) -> Self {
        Self { line_id: line.line_id, quantity: line.quantity }
    }
}

impl Tracking {
    fn check(&self, validator: &mut Validator, path: &str) {
        validator.line(&format!("{path}.number"), &self.number, 200);
        if !self.url.is_empty() {
            validator.url(&format!("{path}.url"), &self.url);
        }
    }
}

/// Units that have left the shelf, for a new fulfillment.
#[derive(Clone, Debug)]
pub struct NewFulfillment {
    /// The units of each line.
    pub units: Vec<LineUnits>,
    /// The units taken from each location.
    pub stock: Vec<AllocatedStock>,
    /// The parcel, if it has already been handed to the carrier.
    pub tracking: Option<Tracking>,
    /// Whether staff must approve it first.
    pub await_approval: bool,
}

/// A fulfillment, with its order locked.
#[derive(Clone, Debug)]
pub struct LockedFulfillment {
    /// The order.
    pub order: Order,
    /// The fulfillment.
    pub fulfillment: Fulfillment,
    /// Its lines.
    pub lines: Vec<FulfillmentLine>,
}

impl Fulfillment {
    fn transition_to(&mut self, next: FulfillmentStatus) -> Result<(), OrderError> {
        if !self.status.can_transition_to(next) {
            return Err(OrderError::FulfillmentTransition { from: self.status, to: next });
        }
        self.status = next;
        Ok(())
    }
}

/// The units to fulfill: the specified ones, or all that are left (rule G1).
pub fn units_to_fulfill(
    order: &Order,
    lines: &[OrderLine],
    wanted: &[FulfillLine],
) -> Result<Vec<LineUnits>, OrderError> {
    order.expect_placed()?;
    if !wanted.is_empty() {
        let wanted: Vec<LineUnits> = wanted.iter().copied().map(LineUnits::from).collect();
        return named(lines, &wanted);
    }
    let rest = remaining_units(lines);
    if rest.is_empty() {
        return Err(UserError::new(ErrorCode::InvalidState, "Nothing is left to fulfill.").into());
    }
    Ok(rest)
}

/// Validates the tracking information, and rejects tracking on a fulfillment that awaits approval.
pub fn check_packing(tracking: Option<&Tracking>, await_approval: bool) -> Result<(), OrderError> {
    let mut validator = Validator::new();
    if let Some(tracking) = tracking {
        tracking.check(&mut validator, "tracking");
        if await_approval {
            validator.add(
                "tracking",
                ErrorCode::Invalid,
                "Omit the tracking: a fulfillment that awaits approval is not shipped yet.",
            );
        }
    }
    validator.finish().map_err(OrderError::Invalid)
}

impl Orders {
    /// Creates a fulfillment of a locked order, in the caller's transaction. With tracking, it is shipped immediately.
    pub async fn create_fulfillment_in(
        &self,
        conn: &Conn,
        order: &mut Order,
        packing: NewFulfillment,
        staff: Option<StaffId>,
    ) -> Result<Fulfillment, OrderError> {
        let now = self.clock.now();
        let status = match (packing.await_approval, &packing.tracking) {
            (true, _) => FulfillmentStatus::AwaitingApproval,
            (false, None) => FulfillmentStatus::Packed,
            (false, Some(_)) => FulfillmentStatus::Shipped,
        };
        let fulfillment = Fulfillment {
            id: FulfillmentId::new(),
            order_id: order.id,
            status,
            stock: AllocatedStocks(packing.stock),
            created_at: now,
            updated_at: now,
            shipped_at: packing.tracking.is_some().then_some(now),
            delivered_at: None,
            canceled_at: None,
        };
        let row = |part: &LineUnits| FulfillmentLine {
            fulfillment_id: fulfillment.id,
            order_line_id: part.line_id,
            quantity: part.quantity,
        };
        let rows: Vec<_> = packing.units.iter().map(row).collect();
        repo::fulfillments::insert(conn, &fulfillment, &rows).await?;
        let awaiting = i32::from(packing.await_approval);
        repo::fulfillments::count(conn, &rows, Count { fulfilled: 1, awaiting, delivered: 0 }).await?;
        let data = json!({ "fulfillmentId": fulfillment.id, "lines": LineUnits::to_json(&packing.units),
            "awaitingApproval": packing.await_approval });
        let units: i64 = packing.units.iter().map(|part| i64::from(part.quantity)).sum();
        let packed = NewTimelineEntry::new(TimelineKind::Fulfilled, units_were(units, "packed"));
        let mut entries = vec![packed.with(data).by(staff)];
        if let Some(tracking) = packing.tracking {
            let parcels = self.parcels(fulfillment.id, vec![tracking]);
            repo::fulfillments::insert_shipments(conn, &parcels).await?;
            entries.push(sent(&parcels, fulfillment.id).by(staff));
        }
        self.note_in(conn, order.id, entries).await?;
        self.save_in(conn, order).await?;
        Ok(fulfillment)
    }

    /// The fulfillment with its order, locked until the caller's transaction ends. `path` is the path of its id in the
    /// input.
    pub async fn lock_fulfillment_in(
        &self,
        conn: &Conn,
        id: FulfillmentId,
        path: &'static str,
    ) -> Result<LockedFulfillment, OrderError> {
        let missing = || OrderError::Missing { what: "fulfillment", path };
        let order_id = self.fulfillments(conn, &[id]).await?.pop().ok_or_else(missing)?.order_id;
        let order = repo::orders::lock(conn, order_id).await?.ok_or(OrderError::NotFound)?;
        // Read again, because it may have changed while we waited for the order's lock.
        let fulfillment = self.fulfillments(conn, &[id]).await?.pop().ok_or_else(missing)?;
        let lines = self.fulfillment_lines_of(conn, &[id]).await?;
        Ok(LockedFulfillment { order, fulfillment, lines })
    }

    /// Approves a fulfillment for shipping.
    pub async fn approve(&self, id: FulfillmentId, staff: Option<StaffId>) -> Result<(Order, Fulfillment), OrderError> {
        let tx = self.db.begin().await?;
        let LockedFulfillment { mut order, mut fulfillment, lines } = self.lock_fulfillment_in(&tx, id, "id").await?;
        fulfillment.transition_to(FulfillmentStatus::Packed)?;
        order.expect_placed()?;
        repo::fulfillments::count(&tx, &lines, Count { fulfilled: 0, awaiting: -1, delivered: 0 }).await?;
        let entry = NewTimelineEntry::new(TimelineKind::Approved, "A fulfillment was approved.");
        let entry = entry.with(json!({ "fulfillmentId": id })).by(staff);
        self.save_fulfillment_in(&tx, &mut order, &mut fulfillment, entry).await?;
        tx.commit().await?;
        Ok((order, fulfillment))
    }

    /// Hands a fulfillment to the carrier, in one or more parcels.
    pub async fn ship(
        &self,
        id: FulfillmentId,
        tracking: Vec<Tracking>,
        staff: Option<StaffId>,
    ) -> Result<(Order, Fulfillment, Vec<Shipment>), OrderError> {
        let mut validator = Validator::new();
        validator.count("tracking", tracking.len(), MAX_PARCELS);
        for (place, parcel) in tracking.iter().enumerate() {
            parcel.check(&mut validator, &format!("tracking.{place}"));
        }
        validator.finish().map_err(OrderError::Invalid)?;
        let tx = self.db.begin().await?;
        let locked = self.lock_fulfillment_in(&tx, id, "fulfillmentId").await?;
        let (mut order, mut fulfillment) = (locked.order, locked.fulfillment);
        fulfillment.transition_to(FulfillmentStatus::Shipped)?;
        order.expect_placed()?;
        fulfillment.shipped_at = Some(self.clock.now());
        let parcels = self.parcels(id, if tracking.is_empty() { vec![Tracking::default()] } else { tracking });
        repo::fulfillments::insert_shipments(&tx, &parcels).await?;
        self.save_fulfillment_in(&tx, &mut order, &mut fulfillment, sent(&parcels, id).by(staff)).await?;
        tx.commit().await?;
        Ok((order, fulfillment, parcels))
    }

    /// Updates the tracking information of a parcel.
    pub async fn track(
        &self,
        id: ShipmentId,
        tracking: Tracking,
        staff: Option<StaffId>,
    ) -> Result<(Order, Shipment), OrderError> {
        let mut validator = Validator::new();
        tracking.check(&mut validator, "tracking");
        validator.finish().map_err(OrderError::Invalid)?;
        let missing = || OrderError::Missing { what: "shipment", path: "id" };
        let tx = self.db.begin().await?;
        let mut shipment = repo::fulfillments::find_shipment(&tx, id).await?.ok_or_else(missing)?;
        let locked = self.lock_fulfillment_in(&tx, shipment.fulfillment_id, "id").await?;
        let (mut order, mut fulfillment) = (locked.order, locked.fulfillment);
        (shipment.tracking_number, shipment.tracking_url) = (tracking.number, tracking.url);
        shipment.updated_at = self.clock.now();
        repo::fulfillments::update_shipment(&tx, &shipment).await?;
        let entry = NewTimelineEntry::new(TimelineKind::Updated, "The tracking of a parcel was changed.");
        let told = json!({ "changed": ["tracking"], "shipmentId": id, "tracking": [told(&shipment)] });
        self.save_fulfillment_in(&tx, &mut order, &mut fulfillment, entry.with(told).by(staff)).await?;
        tx.commit().await?;
        Ok((order, shipment))
    }

    /// Marks a fulfillment as delivered, in the caller's transaction.
    pub async fn deliver_in(
        &self,
        conn: &Conn,
        locked: &mut LockedFulfillment,
        staff: Option<StaffId>,
    ) -> Result<(), OrderError> {
        let LockedFulfillment { order, fulfillment, lines } = locked;
        fulfillment.transition_to(FulfillmentStatus::Delivered)?;
        fulfillment.delivered_at = Some(self.clock.now());
        repo::fulfillments::count(conn, lines, Count { fulfilled: 0, awaiting: 0, delivered: 1 }).await?;
        let entry = NewTimelineEntry::new(TimelineKind::Delivered, "A fulfillment was delivered.");
        let entry = entry.with(json!({ "fulfillmentId": fulfillment.id })).by(staff);
        self.save_fulfillment_in(conn, order, fulfillment, entry).await
    }

    /// Cancels a fulfillment that was not shipped, in the caller's transaction: its units can be fulfilled again.
    pub async fn cancel_fulfillment_in(
        &self,
        conn: &Conn,
        locked: &mut LockedFulfillment,
        staff: Option<StaffId>,
    ) -> Result<(), OrderError> {
        let LockedFulfillment { order, fulfillment, lines } = locked;
        let awaiting = -i32::from(fulfillment.status == FulfillmentStatus::AwaitingApproval);
        fulfillment.transition_to(FulfillmentStatus::Canceled)?;
        if !matches!(order.status, OrderStatus::Placed | OrderStatus::OnHold) {
            return Err(OrderError::NotPlaced(order.status));
        }
        fulfillment.canceled_at = Some(self.clock.now());
        repo::fulfillments::count(conn, lines, Count { fulfilled: -1, awaiting, delivered: 0 }).await?;
        let entry = NewTimelineEntry::new(TimelineKind::FulfillmentCanceled, "A fulfillment was canceled.");
        let entry = entry.with(json!({ "fulfillmentId": fulfillment.id })).by(staff);
        self.save_fulfillment_in(conn, order, fulfillment, entry).await
    }

    async fn save_fulfillment_in(
        &self,
        conn: &Conn,
        order: &mut Order,
        fulfillment: &mut Fulfillment,
        entry: NewTimelineEntry,
    ) -> Result<(), OrderError> {
        fulfillment.updated_at = self.clock.now();
        repo::fulfillments::update(conn, fulfillment).await?;
        self.note_in(conn, order.id, vec![entry]).await?;
        self.save_in(conn, order).await
    }

    fn parcels(&self, fulfillment_id: FulfillmentId, tracking: Vec<Tracking>) -> Vec<Shipment> {
        let now = self.clock.now();
        let parcel = |tracking: Tracking| Shipment {
            id: ShipmentId::new(),
            fulfillment_id,
            tracking_number: tracking.number,
            tracking_url: tracking.url,
            created_at: now,
            updated_at: now,
        };
        tracking.into_iter().map(parcel).collect()
    }
}

fn told(parcel: &Shipment) -> serde_json::Value {
    json!({ "number": parcel.tracking_number, "url": parcel.tracking_url })
}

fn sent(parcels: &[Shipment], id: FulfillmentId) -> NewTimelineEntry {
    let message = match parcels.len() {
        1 => "A parcel was handed to the carrier.".to_owned(),
        several => format!("{several} parcels were handed to the carrier."),
    };
    let tracking: Vec<_> = parcels.iter().map(told).collect();
    NewTimelineEntry::new(TimelineKind::Shipped, message).with(json!({ "fulfillmentId": id, "tracking": tracking }))
}
