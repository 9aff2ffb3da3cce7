//! Operations of remote providers: captures, voids and refunds, and the release of closed sessions.
//!
//! Each is requested in the transaction of its use case, which also starts the run; the provider is called after the
//! commit, as often as necessary, and the result is recorded with the end of the run.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::db::{self, Conn, Db};
use crate::domain::orders::{NewTimelineEntry, OrderError, Orders, PaymentAction};
use crate::domain::payments::provider::{OperationResult, ProviderError};
use crate::domain::payments::{
    PaymentError, PaymentFailure, PaymentOperation, PaymentSession, Payments, SessionStatus, TransactionKind,
};
use crate::durable::{
    Call, Engine, Next, Outcome, Policy, Started, Step, Transient, WhenExhausted, Workflow, enqueue_in, unfinished,
};
use crate::kernel;
use crate::kernel::clock::SharedClock;
use crate::kernel::error::{UserError, UserFacing};
use crate::kernel::ids::{OrderId, WorkflowRunId};

/// A provider is retried for hours before staff must intervene.
const LONG_RETRY: Policy = Policy {
    timeout: Duration::from_secs(10),
    attempts: 40,
    backoff: Duration::from_millis(300),
    max_backoff: Duration::from_secs(600),
    when_exhausted: WhenExhausted::Stuck,
};

/// The number of attempts of a capture while its provider cannot be reached.
const CAPTURE_ATTEMPTS: u32 = 3;
/// The failure code of an operation that was abandoned because the provider could not be reached.
const UNAVAILABLE: &str = "unavailable";
/// How long a caller waits for an operation; after that it is pending.
const WAIT_TIMEOUT: Duration = Duration::from_secs(8);

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum MoneyError {
    /// A payment error.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The funds of a closed session could not be released.
    #[error("money is still held: {0}")]
    Held(#[source] PaymentError),
    /// The run was compensated.
    #[error("undone: {}", .0.message)]
    Undone(UserError),
    /// An order error.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl UserFacing for MoneyError {
    fn user_errors(&self) -> Vec<UserError> {
        match self {
            Self::Payment(error) | Self::Held(error) => error.user_errors(),
            Self::Undone(problem) => vec![problem.clone()],
            Self::Order(error) => error.user_errors(),
            Self::Db(_) => Vec::new(),
        }
    }
}

impl Transient for MoneyError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Payment(PaymentError::Db(error)) | Self::Order(OrderError::Db(error)) | Self::Db(error) => {
                error.is_transient()
            }
            // The provider may be configured again, or staff must intervene.
            Self::Payment(PaymentError::UnknownProvider) | Self::Held(_) => true,
            Self::Payment(error) => error.is_transient(),
            Self::Order(_) | Self::Undone(_) => false,
        }
    }
}

/// Performs a requested operation with its provider.
#[derive(Clone)]
pub struct PaymentOperationWorkflow {
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
}

/// The state of a requested operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OperationState {
    operation: PaymentOperation,
    /// The provider's answer. A refusal is an answer like any other.
    answer: Option<Result<OperationResult, PaymentFailure>>,
}

impl OperationState {
    /// Returns the order it belongs to.
    pub const fn order(&self) -> Option<OrderId> {
        self.operation.order
    }

    /// Creates the state of an operation without an answer.
    pub const fn of(operation: PaymentOperation) -> Self {
        Self { operation, answer: None }
    }

    /// Whether this is the last attempt: staff who capture wait for the answer, and are told if the provider cannot be
    /// reached and the call certainly had no effect. Voids and refunds are retried for as long as it takes.
    fn is_last_attempt(&self, error: &PaymentError, call: &Call) -> bool {
        let nothing_happened = matches!(error, PaymentError::Provider(ProviderError::Unavailable(_)));
        self.operation.kind == TransactionKind::Capture && nothing_happened && call.attempt >= CAPTURE_ATTEMPTS
    }

    /// Returns the provider's refusal, if it refused.
    fn refusal(self) -> Option<PaymentError> {
        let failure = self.answer?.err()?;
        Some(match failure.code.as_str() {
            UNAVAILABLE => ProviderError::Unavailable(failure.message).into(),
            _ => PaymentError::declined(failure),
        })
    }
}

impl PaymentOperationWorkflow {
    /// Records the result of an operation.
    async fn settle_in(
        &self,
        conn: &Conn,
        operation: &PaymentOperation,
        answer: &Result<OperationResult, PaymentFailure>,
    ) -> Result<(), MoneyError> {
        // As everywhere, the order is locked before its payment.
        let mut order = match operation.order {
            Some(id) => Some(self.orders.lock_in(conn, id).await?.0),
            None => None,
        };
        self.payments.settle_in(conn, operation, answer).await?;
        if answer.is_ok() {
            note_in(&self.orders, conn, operation).await?;
        }
        if let Some(order) = &mut order {
            self.orders.save_in(conn, order).await?;
        }
        Ok(())
    }
}

impl Workflow for PaymentOperationWorkflow {
    const NAME: &'static str = "money";
    type State = OperationState;
    type Error = MoneyError;

    fn steps(&self) -> &'static [&'static dyn Step<Self>] {
        &[&RecordRequest, &Execute]
    }

    fn subject(&self, state: &OperationState) -> String {
        state.operation.order.map_or_else(|| state.operation.payment.to_string(), |order| order.to_string())
    }
}

/// The request, which was stored when the run was started. If the run fails, the request is closed: with what the
/// provider did nevertheless, or as failed.
struct RecordRequest;

#[async_trait]
impl Step<PaymentOperationWorkflow> for RecordRequest {
    fn name(&self) -> &'static str {
        "request"
    }

    async fn undo_write(
        &self,
        workflow: &PaymentOperationWorkflow,
        conn: &Conn,
        state: &mut OperationState,
        cause: &UserError,
    ) -> Result<(), MoneyError> {
        let failed = || Err(PaymentFailure::new("undone", cause.message.clone()));
        let answer = state.answer.clone().unwrap_or_else(failed);
        workflow.settle_in(conn, &state.operation, &answer).await
    }
}

struct Execute;

#[async_trait]
impl Step<PaymentOperationWorkflow> for Execute {
    fn name(&self) -> &'static str {
        "execute"
    }

    fn outside(&self, _workflow: &PaymentOperationWorkflow, _state: &OperationState) -> bool {
        true
    }

    fn policy(&self) -> Policy {
        LONG_RETRY
    }

    async fn call(
        &self,
        workflow: &PaymentOperationWorkflow,
        state: &mut OperationState,
        call: &Call,
    ) -> Result<(), MoneyError> {
        // The key is the request's own ID, so that a restarted run does not move money twice.
        let key = state.operation.id.to_string();
        state.answer = Some(match workflow.payments.perform(&state.operation, &key, call.attempt).await {
            Ok(moved) => Ok(moved),
            Err(error) if error.is_transient() && !state.is_last_attempt(&error, call) => return Err(error.into()),
            Err(error) if error.is_transient() => Err(PaymentFailure::new(UNAVAILABLE, error.to_string())),
            Err(error) => {
                Err(error.into_failure().unwrap_or_else(|other| PaymentFailure::new("refused", other.to_string())))
            }
        });
        Ok(())
    }

    async fn write(
        &self,
        workflow: &PaymentOperationWorkflow,
        conn: &Conn,
        state: &mut OperationState,
    ) -> Result<Next, MoneyError> {
        // Without an answer, staff have found out elsewhere that it was done, but not the provider's reference.
        let done = || Ok(OperationResult::done(""));
        let answer = state.answer.clone().unwrap_or_else(done);
        workflow.settle_in(conn, &state.operation, &answer).await?;
        Ok(Next::Step)
    }

    async fn undo_call(
        &self,
        workflow: &PaymentOperationWorkflow,
        state: &mut OperationState,
        _call: &Call,
    ) -> Result<(), MoneyError> {
        let key = state.operation.id.to_string();
        if let Some(moved) = workflow.payments.find_operation(&state.operation, &key).await? {
            state.answer = Some(Ok(moved));
        }
        Ok(())
    }
}

/// Releases the funds of closed sessions.
#[derive(Clone)]
pub struct ReleaseAuthorization {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) payments: Payments,
}

impl ReleaseAuthorization {
    /// Starts releases in the caller's transaction; they run after the commit. Each call is a run of its own: a session
    /// must be released again if its provider reports late that it holds funds after all.
    pub(super) async fn begin_in(&self, conn: &Conn, sessions: Vec<PaymentSession>) -> db::Result<()> {
        for session in sessions {
            let key = format!("{}-{}", session.id, WorkflowRunId::new());
            self.enqueue(conn, &key, session).await?;
        }
        Ok(())
    }

    /// Starts releases for sessions with unreleased funds, once per payment version. Returns the number of sessions.
    pub async fn sweep(&self) -> Result<usize, MoneyError> {
        let (mut count, mut after) = (0, None);
        loop {
            let tx = self.db.begin().await?;
            let left = self.payments.unreleased(&tx, after).await?;
            let Some((last, _)) = left.last() else { return Ok(count) };
            after = Some(last.id);
            let subjects: Vec<_> = left.iter().map(|(session, _)| session.id.to_string()).collect();
            let under_way = unfinished::<Self>(&tx, &subjects).await?;
            for (session, version) in left {
                if !under_way.contains(&session.id.to_string()) {
                    let key = format!("{}-{version}", session.id);
                    self.enqueue(&tx, &key, session).await?;
                    count += 1;
                }
            }
            tx.commit().await?;
        }
    }

    async fn enqueue(&self, conn: &Conn, key: &str, session: PaymentSession) -> db::Result<()> {
        if !self.payments.is_remote(&session.provider) {
            return Ok(());
        }
        enqueue_in(conn, self, key, &ClosedSession { session }, self.clock.now()).await
    }
}

/// The state of a release.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClosedSession {
    /// The closed session.
    pub session: PaymentSession,
}

impl Workflow for ReleaseAuthorization {
    const NAME: &'static str = "release-authorization";
    type State = ClosedSession;
    type Error = MoneyError;

    fn steps(&self) -> &'static [&'static dyn Step<Self>] {
        &[&Release]
    }

    fn subject(&self, state: &ClosedSession) -> String {
        state.session.id.to_string()
    }
}

struct Release;

#[async_trait]
impl Step<ReleaseAuthorization> for Release {
    fn name(&self) -> &'static str {
        "release"
    }

    fn outside(&self, _workflow: &ReleaseAuthorization, _state: &ClosedSession) -> bool {
        true
    }

    fn policy(&self) -> Policy {
        LONG_RETRY
    }

    async fn call(
        &self,
        workflow: &ReleaseAuthorization,
        state: &mut ClosedSession,
        call: &Call,
    ) -> Result<(), MoneyError> {
        match workflow.payments.release(&state.session, call.attempt).await {
            // It has been completed in the meantime.
            Err(PaymentError::InvalidState(SessionStatus::Completed)) => Ok(()),
            // The release of funds is never abandoned: it is retried for hours, then shown to staff.
            released => released.map_err(MoneyError::Held),
        }
    }
}

/// Performs payment operations of orders.
#[derive(Clone)]
pub struct Money {
    pub(crate) engine: Engine,
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
}

impl Money {
    /// Performs operations of in-process providers in the caller's transaction, and starts runs for those of remote
    /// ones: [`Self::finish`] them after the commit.
    pub(super) async fn begin_in(
        &self,
        conn: &Conn,
        operations: Vec<PaymentOperation>,
    ) -> Result<Vec<WorkflowRunId>, MoneyError> {
        let mut runs = Vec::new();
        for operation in operations {
            if !self.payments.is_remote(&operation.provider) {
                self.payments.settle_inside(conn, &operation).await?;
                note_in(&self.orders, conn, &operation).await?;
                continue;
            }
            let key = operation.id.to_string();
            let state = OperationState::of(operation);
            if let Started::Run(run) = self.engine.start_in::<PaymentOperationWorkflow>(conn, &key, state).await? {
                runs.push(run);
            }
        }
        Ok(runs)
    }

    /// Drives runs until each is answered or times out: then it is pending. Returns the first refusal.
    pub(super) async fn finish(&self, runs: Vec<WorkflowRunId>) -> Result<(), MoneyError> {
        let mut first = Ok(());
        for run in runs {
            let outcome = self.engine.drive::<PaymentOperationWorkflow>(run, WAIT_TIMEOUT).await?;
            match outcome {
                Outcome::Done(state) => {
                    if let Some(refusal) = state.refusal() {
                        first = first.and(Err(refusal.into()));
                    }
                }
                Outcome::Undone { cause, .. } => first = first.and(Err(MoneyError::Undone(cause))),
                Outcome::Waiting(_) | Outcome::InProgress(_) | Outcome::Stuck(..) => {}
            }
        }
        first
    }
}

/// Adds an operation to the timeline of its order.
async fn note_in(orders: &Orders, conn: &Conn, operation: &PaymentOperation) -> Result<(), MoneyError> {
    let action = match operation.kind {
        TransactionKind::Capture => PaymentAction::Captured,
        TransactionKind::Refund => PaymentAction::Refunded,
        TransactionKind::Void => PaymentAction::Voided,
        TransactionKind::Authorize | TransactionKind::Chargeback | TransactionKind::Adjust => return Ok(()),
    };
    let Some(order) = operation.order else { return Ok(()) };
    let amount = kernel::money::Money::new(operation.amount, operation.currency);
    let entry = NewTimelineEntry::money(action, amount, operation.payment).by(operation.staff);
    Ok(orders.note_in(conn, order, vec![entry]).await?)
}
