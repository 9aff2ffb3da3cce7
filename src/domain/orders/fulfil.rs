//! Fulfillments: units that leave the shelf, are approved, handed to the carrier, and arrive. What that does to stock is
//! in `workflows::orders`.

use async_graphql::InputObject;
use serde_json::json;

use super::cancel::{everything_left, named};
use super::model::{Fulfillment, FulfillmentLine, Order, OrderLine, Shipment, Taken, TakenStock};
use super::repo::fulfillments::Count;
use super::status::{FulfillmentState, OrderStatus, TimelineKind};
use super::timeline::{Entry, units_were};
use super::{LineUnits, OrderError, Orders, repo};
use crate::db::Conn;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{FulfillmentId, OrderLineId, ShipmentId, StaffId};
use crate::kernel::text::Checks;

/// The most parcels of one fulfillment.
const MOST_PARCELS: usize = 100;

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
    fn check(&self, checks: &mut Checks, path: &str) {
        checks.line(&format!("{path}.number"), &self.number, 200);
        if !self.url.is_empty() {
            checks.url(&format!("{path}.url"), &self.url);
        }
    }
}

/// Units that have left the shelf, to be made a fulfillment.
#[derive(Clone, Debug)]
pub struct Packing {
    /// Which units of which lines.
    pub units: Vec<LineUnits>,
    /// What left which shelf.
    pub stock: Vec<Taken>,
    /// The parcel, when the carrier has it already.
    pub tracking: Option<Tracking>,
    /// Whether somebody has to approve first.
    pub await_approval: bool,
}

/// A fulfillment, with its order locked.
#[derive(Clone, Debug)]
pub struct LockedFulfillment {
    /// The order.
    pub order: Order,
    /// The fulfillment.
    pub fulfillment: Fulfillment,
    /// What is in it.
    pub lines: Vec<FulfillmentLine>,
}

impl Fulfillment {
    fn turn(&mut self, next: FulfillmentState) -> Result<(), OrderError> {
        if !self.status.may_become(next) {
            return Err(OrderError::FulfillmentTransition { from: self.status, to: next });
        }
        self.status = next;
        Ok(())
    }
}

/// Which units of which lines are sent: the wanted ones, or all that are left (rule G1).
pub fn to_send(order: &Order, lines: &[OrderLine], wanted: &[FulfillLine]) -> Result<Vec<LineUnits>, OrderError> {
    order.expect_placed()?;
    if !wanted.is_empty() {
        let wanted: Vec<LineUnits> = wanted.iter().copied().map(LineUnits::from).collect();
        return named(lines, &wanted);
    }
    let rest = everything_left(lines);
    if rest.is_empty() {
        return Err(Problem::new(ErrorCode::InvalidState, "Nothing is left to fulfill.").into());
    }
    Ok(rest)
}

/// Refuses parcels that cannot be followed as they say, and one that is sent before it is approved.
pub fn check_packing(tracking: Option<&Tracking>, await_approval: bool) -> Result<(), OrderError> {
    let mut checks = Checks::new();
    if let Some(tracking) = tracking {
        tracking.check(&mut checks, "tracking");
        if await_approval {
            checks.add(
                "tracking",
                ErrorCode::Invalid,
                "Omit the tracking: a fulfillment that awaits approval is not shipped yet.",
            );
        }
    }
    checks.finish().map_err(OrderError::Invalid)
}

impl Orders {
    /// Makes units of a locked order a fulfillment, in the caller's transaction. With a parcel it is sent at once.
    pub async fn pack_in(
        &self,
        conn: &Conn,
        order: &mut Order,
        packing: Packing,
        staff: Option<StaffId>,
    ) -> Result<Fulfillment, OrderError> {
        let now = self.clock.now();
        let status = match (packing.await_approval, &packing.tracking) {
            (true, _) => FulfillmentState::AwaitingApproval,
            (false, None) => FulfillmentState::Packed,
            (false, Some(_)) => FulfillmentState::Shipped,
        };
        let fulfillment = Fulfillment {
            id: FulfillmentId::new(),
            order_id: order.id,
            status,
            stock: TakenStock(packing.stock),
            created_at: now,
            updated_at: now,
            shipped_at: packing.tracking.is_some().then_some(now),
            delivered_at: None,
            cancelled_at: None,
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
        let data = json!({ "fulfillmentId": fulfillment.id, "lines": LineUnits::told(&packing.units),
            "awaitingApproval": packing.await_approval });
        let units: i64 = packing.units.iter().map(|part| i64::from(part.quantity)).sum();
        let packed = Entry::new(TimelineKind::Fulfilled, units_were(units, "packed"));
        let mut entries = vec![packed.with(data).by(staff)];
        if let Some(tracking) = packing.tracking {
            let parcels = self.parcels(fulfillment.id, vec![tracking]);
            repo::fulfillments::insert_shipments(conn, &parcels).await?;
            entries.push(sent(&parcels, fulfillment.id).by(staff));
        }
        self.note_in(conn, order.id, entries).await?;
        self.touch_in(conn, order).await?;
        Ok(fulfillment)
    }

    /// The fulfillment with its order locked until the caller's transaction ends. `path` is where its id was given.
    pub async fn lock_fulfillment_in(
        &self,
        conn: &Conn,
        id: FulfillmentId,
        path: &'static str,
    ) -> Result<LockedFulfillment, OrderError> {
        let missing = || OrderError::Missing { what: "fulfillment", path };
        let order_id = self.fulfillments(conn, &[id]).await?.pop().ok_or_else(missing)?.order_id;
        let order = repo::orders::lock(conn, order_id).await?.ok_or(OrderError::NotFound)?;
        // It is read once more, because somebody may have changed it while the order's lock was waited for.
        let fulfillment = self.fulfillments(conn, &[id]).await?.pop().ok_or_else(missing)?;
        let lines = self.fulfillment_lines_of(conn, &[id]).await?;
        Ok(LockedFulfillment { order, fulfillment, lines })
    }

    /// Approves that a fulfillment is sent.
    pub async fn approve(&self, id: FulfillmentId, staff: Option<StaffId>) -> Result<(Order, Fulfillment), OrderError> {
        let tx = self.db.begin().await?;
        let LockedFulfillment { mut order, mut fulfillment, lines } = self.lock_fulfillment_in(&tx, id, "id").await?;
        fulfillment.turn(FulfillmentState::Packed)?;
        order.expect_placed()?;
        repo::fulfillments::count(&tx, &lines, Count { fulfilled: 0, awaiting: -1, delivered: 0 }).await?;
        let entry = Entry::new(TimelineKind::Approved, "A fulfillment was approved.");
        let entry = entry.with(json!({ "fulfillmentId": id })).by(staff);
        self.save_fulfillment_in(&tx, &mut order, &mut fulfillment, entry).await?;
        tx.commit().await?;
        Ok((order, fulfillment))
    }

    /// Hands a fulfillment to the carrier, in one parcel or in several.
    pub async fn ship(
        &self,
        id: FulfillmentId,
        tracking: Vec<Tracking>,
        staff: Option<StaffId>,
    ) -> Result<(Order, Fulfillment, Vec<Shipment>), OrderError> {
        let mut checks = Checks::new();
        checks.count("tracking", tracking.len(), MOST_PARCELS);
        for (place, parcel) in tracking.iter().enumerate() {
            parcel.check(&mut checks, &format!("tracking.{place}"));
        }
        checks.finish().map_err(OrderError::Invalid)?;
        let tx = self.db.begin().await?;
        let locked = self.lock_fulfillment_in(&tx, id, "fulfillmentId").await?;
        let (mut order, mut fulfillment) = (locked.order, locked.fulfillment);
        fulfillment.turn(FulfillmentState::Shipped)?;
        order.expect_placed()?;
        fulfillment.shipped_at = Some(self.clock.now());
        let parcels = self.parcels(id, if tracking.is_empty() { vec![Tracking::default()] } else { tracking });
        repo::fulfillments::insert_shipments(&tx, &parcels).await?;
        self.save_fulfillment_in(&tx, &mut order, &mut fulfillment, sent(&parcels, id).by(staff)).await?;
        tx.commit().await?;
        Ok((order, fulfillment, parcels))
    }

    /// Changes how a parcel can be followed.
    pub async fn track(
        &self,
        id: ShipmentId,
        tracking: Tracking,
        staff: Option<StaffId>,
    ) -> Result<(Order, Shipment), OrderError> {
        let mut checks = Checks::new();
        tracking.check(&mut checks, "tracking");
        checks.finish().map_err(OrderError::Invalid)?;
        let missing = || OrderError::Missing { what: "shipment", path: "id" };
        let tx = self.db.begin().await?;
        let mut shipment = repo::fulfillments::find_shipment(&tx, id).await?.ok_or_else(missing)?;
        let locked = self.lock_fulfillment_in(&tx, shipment.fulfillment_id, "id").await?;
        let (mut order, mut fulfillment) = (locked.order, locked.fulfillment);
        (shipment.tracking_number, shipment.tracking_url) = (tracking.number, tracking.url);
        shipment.updated_at = self.clock.now();
        repo::fulfillments::update_shipment(&tx, &shipment).await?;
        let entry = Entry::new(TimelineKind::Updated, "The tracking of a parcel was changed.");
        let told = json!({ "changed": ["tracking"], "shipmentId": id, "tracking": [told(&shipment)] });
        self.save_fulfillment_in(&tx, &mut order, &mut fulfillment, entry.with(told).by(staff)).await?;
        tx.commit().await?;
        Ok((order, shipment))
    }

    /// Writes down that a fulfillment has arrived, in the caller's transaction.
    pub async fn deliver_in(
        &self,
        conn: &Conn,
        locked: &mut LockedFulfillment,
        staff: Option<StaffId>,
    ) -> Result<(), OrderError> {
        let LockedFulfillment { order, fulfillment, lines } = locked;
        fulfillment.turn(FulfillmentState::Delivered)?;
        fulfillment.delivered_at = Some(self.clock.now());
        repo::fulfillments::count(conn, lines, Count { fulfilled: 0, awaiting: 0, delivered: 1 }).await?;
        let entry = Entry::new(TimelineKind::Delivered, "A fulfillment was delivered.");
        let entry = entry.with(json!({ "fulfillmentId": fulfillment.id })).by(staff);
        self.save_fulfillment_in(conn, order, fulfillment, entry).await
    }

    /// Cancels a fulfillment that was not sent, in the caller's transaction: its units are left to send again.
    pub async fn unpack_in(
        &self,
        conn: &Conn,
        locked: &mut LockedFulfillment,
        staff: Option<StaffId>,
    ) -> Result<(), OrderError> {
        let LockedFulfillment { order, fulfillment, lines } = locked;
        let awaiting = -i32::from(fulfillment.status == FulfillmentState::AwaitingApproval);
        fulfillment.turn(FulfillmentState::Cancelled)?;
        if !matches!(order.status, OrderStatus::Placed | OrderStatus::OnHold) {
            return Err(OrderError::NotPlaced(order.status));
        }
        fulfillment.cancelled_at = Some(self.clock.now());
        repo::fulfillments::count(conn, lines, Count { fulfilled: -1, awaiting, delivered: 0 }).await?;
        let entry = Entry::new(TimelineKind::FulfillmentCancelled, "A fulfillment was canceled.");
        let entry = entry.with(json!({ "fulfillmentId": fulfillment.id })).by(staff);
        self.save_fulfillment_in(conn, order, fulfillment, entry).await
    }

    async fn save_fulfillment_in(
        &self,
        conn: &Conn,
        order: &mut Order,
        fulfillment: &mut Fulfillment,
        entry: Entry,
    ) -> Result<(), OrderError> {
        fulfillment.updated_at = self.clock.now();
        repo::fulfillments::update(conn, fulfillment).await?;
        self.note_in(conn, order.id, vec![entry]).await?;
        self.touch_in(conn, order).await
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

fn sent(parcels: &[Shipment], id: FulfillmentId) -> Entry {
    let message = match parcels.len() {
        1 => "A parcel was handed to the carrier.".to_owned(),
        several => format!("{several} parcels were handed to the carrier."),
    };
    let tracking: Vec<_> = parcels.iter().map(told).collect();
    Entry::new(TimelineKind::Shipped, message).with(json!({ "fulfillmentId": id, "tracking": tracking }))
}
