//! Money that moves outside: captures, voids and refunds, and sessions that are let go.
//!
//! Each is asked for in a transaction of its use case, which begins the run as well; the provider is asked after the
//! commit, as often as it takes, and the answer is written down with the end of the run.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::db::{self, Conn, Db};
use crate::domain::orders::{Entry, MoneyMove, OrderError, Orders};
use crate::domain::payments::provider::{Moved, ProviderError};
use crate::domain::payments::{AskedMove, Failure, MoneyKind, PaymentError, PaymentSession, Payments, SessionStatus};
use crate::durable::{
    Call, Engine, Next, Outcome, Policy, Started, Step, Transient, WhenExhausted, Workflow, enqueue_in, unfinished,
};
use crate::kernel;
use crate::kernel::clock::SharedClock;
use crate::kernel::error::{Explain, Problem};
use crate::kernel::ids::{OrderId, WorkflowRunId};

/// A provider is asked for hours before somebody has to look at it.
const PATIENT: Policy = Policy {
    timeout: Duration::from_secs(10),
    attempts: 40,
    backoff: Duration::from_millis(300),
    longest_backoff: Duration::from_secs(600),
    when_exhausted: WhenExhausted::Stuck,
};

/// How often a capture is tried while its provider cannot be reached.
const CAPTURE_ATTEMPTS: u32 = 3;
/// The code of a move that was given up because the provider could not be reached.
const UNAVAILABLE: &str = "unavailable";
/// How long whoever moves money waits for it; after that it is pending.
const PATIENCE: Duration = Duration::from_secs(8);

/// Why money did not move.
#[derive(Debug, thiserror::Error)]
pub enum MoneyError {
    /// The payment.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// What a closed session holds could not be let go.
    #[error("money is still held: {0}")]
    Held(#[source] PaymentError),
    /// It came to nothing.
    #[error("undone: {}", .0.message)]
    Undone(Problem),
    /// The order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl Explain for MoneyError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Payment(error) | Self::Held(error) => error.problems(),
            Self::Undone(problem) => vec![problem.clone()],
            Self::Order(error) => error.problems(),
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
            // The provider is configured again, or staff will have to look.
            Self::Payment(PaymentError::UnknownProvider) | Self::Held(_) => true,
            Self::Payment(error) => error.is_transient(),
            Self::Order(_) | Self::Undone(_) => false,
        }
    }
}

/// Has a provider do what was asked for.
#[derive(Clone)]
pub struct MovingMoney {
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
}

/// Money that was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Moving {
    asked: AskedMove,
    /// What the provider said. A refusal is an answer like any other.
    answer: Option<Result<Moved, Failure>>,
}

impl Moving {
    /// The order that it is for.
    pub const fn order(&self) -> Option<OrderId> {
        self.asked.order
    }

    /// Money that was asked for, and of which nothing has come yet.
    pub const fn of(asked: AskedMove) -> Self {
        Self { asked, answer: None }
    }

    /// Whether an attempt is the last: staff who capture wait for the answer, and are told when the provider cannot be
    /// reached and certainly nothing happened. What is let go or given back is tried for as long as it takes.
    fn is_given_up(&self, error: &PaymentError, call: &Call) -> bool {
        let nothing_happened = matches!(error, PaymentError::Provider(ProviderError::Unavailable(_)));
        self.asked.kind == MoneyKind::Capture && nothing_happened && call.attempt >= CAPTURE_ATTEMPTS
    }

    /// Why the provider did not do it, when it said so.
    fn refusal(self) -> Option<PaymentError> {
        let failure = self.answer?.err()?;
        Some(match failure.code.as_str() {
            UNAVAILABLE => ProviderError::Unavailable(failure.message).into(),
            _ => PaymentError::declined(failure),
        })
    }
}

impl MovingMoney {
    /// Writes down what came of a request.
    async fn close_in(
        &self,
        conn: &Conn,
        asked: &AskedMove,
        answer: &Result<Moved, Failure>,
    ) -> Result<(), MoneyError> {
        // The order is locked before its payment, as everywhere.
        let mut order = match asked.order {
            Some(id) => Some(self.orders.lock_in(conn, id).await?.0),
            None => None,
        };
        self.payments.settle_in(conn, asked, answer).await?;
        if answer.is_ok() {
            note_in(&self.orders, conn, asked).await?;
        }
        if let Some(order) = &mut order {
            self.orders.touch_in(conn, order).await?;
        }
        Ok(())
    }
}

impl Workflow for MovingMoney {
    const NAME: &'static str = "money";
    type State = Moving;
    type Error = MoneyError;

    fn steps(&self) -> &'static [&'static dyn Step<Self>] {
        &[&Asked, &Move]
    }

    fn subject(&self, state: &Moving) -> String {
        state.asked.order.map_or_else(|| state.asked.payment.to_string(), |order| order.to_string())
    }
}

/// The request, which was written down by whoever began the run. When nothing comes of the run, it is closed: with what
/// the provider did all the same, or as failed.
struct Asked;

#[async_trait]
impl Step<MovingMoney> for Asked {
    fn name(&self) -> &'static str {
        "ask"
    }

    async fn undo_write(
        &self,
        workflow: &MovingMoney,
        conn: &Conn,
        state: &mut Moving,
        cause: &Problem,
    ) -> Result<(), MoneyError> {
        let failed = || Err(Failure::new("undone", cause.message.clone()));
        let answer = state.answer.clone().unwrap_or_else(failed);
        workflow.close_in(conn, &state.asked, &answer).await
    }
}

struct Move;

#[async_trait]
impl Step<MovingMoney> for Move {
    fn name(&self) -> &'static str {
        "move"
    }

    fn outside(&self, _workflow: &MovingMoney, _state: &Moving) -> bool {
        true
    }

    fn policy(&self) -> Policy {
        PATIENT
    }

    async fn call(&self, workflow: &MovingMoney, state: &mut Moving, call: &Call) -> Result<(), MoneyError> {
        // The request's own id is the key, so that a run that is begun once more moves nothing twice.
        let key = state.asked.id.to_string();
        state.answer = Some(match workflow.payments.perform(&state.asked, &key, call.attempt).await {
            Ok(moved) => Ok(moved),
            Err(error) if error.is_transient() && !state.is_given_up(&error, call) => return Err(error.into()),
            Err(error) if error.is_transient() => Err(Failure::new(UNAVAILABLE, error.to_string())),
            Err(error) => Err(error.into_failure().unwrap_or_else(|other| Failure::new("refused", other.to_string()))),
        });
        Ok(())
    }

    async fn write(&self, workflow: &MovingMoney, conn: &Conn, state: &mut Moving) -> Result<Next, MoneyError> {
        // Without an answer, staff have found out elsewhere that it was done, and not what the provider calls it.
        let done = || Ok(Moved::done(""));
        let answer = state.answer.clone().unwrap_or_else(done);
        workflow.close_in(conn, &state.asked, &answer).await?;
        Ok(Next::Step)
    }

    async fn undo_call(&self, workflow: &MovingMoney, state: &mut Moving, _call: &Call) -> Result<(), MoneyError> {
        let key = state.asked.id.to_string();
        if let Some(moved) = workflow.payments.find_move(&state.asked, &key).await? {
            state.answer = Some(Ok(moved));
        }
        Ok(())
    }
}

/// Lets go of what closed sessions hold.
#[derive(Clone)]
pub struct LettingGo {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) payments: Payments,
}

impl LettingGo {
    /// Begins it in the caller's transaction; it is done a moment after the commit. Each time is a run of its own: a session
    /// has to be let go again when its provider tells late that it holds money after all.
    pub(super) async fn begin_in(&self, conn: &Conn, sessions: Vec<PaymentSession>) -> db::Result<()> {
        for session in sessions {
            let key = format!("{}-{}", session.id, WorkflowRunId::new());
            self.enqueue(conn, &key, session).await?;
        }
        Ok(())
    }

    /// Begins it for sessions whose money nobody let go, once for what each holds now. Says how many there are.
    pub async fn sweep(&self) -> Result<usize, MoneyError> {
        let (mut count, mut after) = (0, None);
        loop {
            let tx = self.db.begin().await?;
            let left = self.payments.left_holding(&tx, after).await?;
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
        if !self.payments.is_outside(&session.provider) {
            return Ok(());
        }
        enqueue_in(conn, self, key, &Closed { session }, self.clock.now()).await
    }
}

/// A session that was closed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Closed {
    /// The session.
    pub session: PaymentSession,
}

impl Workflow for LettingGo {
    const NAME: &'static str = "let-go";
    type State = Closed;
    type Error = MoneyError;

    fn steps(&self) -> &'static [&'static dyn Step<Self>] {
        &[&Release]
    }

    fn subject(&self, state: &Closed) -> String {
        state.session.id.to_string()
    }
}

struct Release;

#[async_trait]
impl Step<LettingGo> for Release {
    fn name(&self) -> &'static str {
        "release"
    }

    fn outside(&self, _workflow: &LettingGo, _state: &Closed) -> bool {
        true
    }

    fn policy(&self) -> Policy {
        PATIENT
    }

    async fn call(&self, workflow: &LettingGo, state: &mut Closed, call: &Call) -> Result<(), MoneyError> {
        match workflow.payments.release(&state.session, call.attempt).await {
            // It has come to pay an order meanwhile.
            Err(PaymentError::InvalidState(SessionStatus::Bound)) => Ok(()),
            // Money that is held for nothing is never given up: it is tried for hours, and shown to staff then.
            released => released.map_err(MoneyError::Held),
        }
    }
}

/// Moves money of orders.
#[derive(Clone)]
pub struct Money {
    pub(crate) engine: Engine,
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
}

impl Money {
    /// Moves money that was asked for, in the caller's transaction, where that needs nobody outside, and begins to where it
    /// does: [`Self::finish`] that after the commit.
    pub(super) async fn begin_in(&self, conn: &Conn, asked: Vec<AskedMove>) -> Result<Vec<WorkflowRunId>, MoneyError> {
        let mut runs = Vec::new();
        for asked in asked {
            if !self.payments.is_outside(&asked.provider) {
                self.payments.settle_inside(conn, &asked).await?;
                note_in(&self.orders, conn, &asked).await?;
                continue;
            }
            let key = asked.id.to_string();
            let moving = Moving::of(asked);
            if let Started::Run(run) = self.engine.start_in::<MovingMoney>(conn, &key, moving).await? {
                runs.push(run);
            }
        }
        Ok(runs)
    }

    /// Works on moves that were begun until each is answered, or its answer takes too long: then it is pending. Gives the
    /// first refusal.
    pub(super) async fn finish(&self, runs: Vec<WorkflowRunId>) -> Result<(), MoneyError> {
        let mut first = Ok(());
        for run in runs {
            let outcome = self.engine.drive::<MovingMoney>(run, PATIENCE).await?;
            match outcome {
                Outcome::Done(moving) => {
                    if let Some(refusal) = moving.refusal() {
                        first = first.and(Err(refusal.into()));
                    }
                }
                Outcome::Undone { cause, .. } => first = first.and(Err(MoneyError::Undone(cause))),
                Outcome::Waiting(_) | Outcome::Going(_) | Outcome::Stuck(..) => {}
            }
        }
        first
    }
}

/// Writes a move into the timeline of its order.
async fn note_in(orders: &Orders, conn: &Conn, asked: &AskedMove) -> Result<(), MoneyError> {
    let moved = match asked.kind {
        MoneyKind::Capture => MoneyMove::Captured,
        MoneyKind::Refund => MoneyMove::Refunded,
        MoneyKind::Void => MoneyMove::Voided,
        MoneyKind::Authorize | MoneyKind::Chargeback | MoneyKind::Adjust => return Ok(()),
    };
    let Some(order) = asked.order else { return Ok(()) };
    let amount = kernel::money::Money::new(asked.amount, asked.currency);
    let entry = Entry::money(moved, amount, asked.payment).by(asked.staff);
    Ok(orders.note_in(conn, order, vec![entry]).await?)
}
