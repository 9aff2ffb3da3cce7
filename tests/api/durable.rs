//! Durable workflows: after any crash, failure or delay, a run is completed or undone, and no effect happens twice.

mod sample;
mod staff;

use std::sync::atomic::Ordering;
use std::time::Duration;

use cartwright::durable::testing::exercise;
use cartwright::durable::{Engine, Outcome, Run, Started, StepStatus};
use cartwright::kernel::error::{ErrorCode, UserError};
use cartwright::kernel::ids::WorkflowRunId;
use cartwright_macros::shop_test;
use chrono::TimeDelta;

use crate::support::Shop;
use sample::{Behavior, Harness, SampleError, SampleState, SampleWorkflow, sample_state};

/// The timeout of a run. Longer than any run in these tests takes.
const RUN_TIMEOUT: Duration = Duration::from_secs(20);

async fn harness() -> (Shop, Harness) {
    let shop = Shop::empty().await;
    let harness = Harness::new(shop.url()).await;
    (shop, harness)
}

async fn start(engine: &Engine, key: &str, state: SampleState) -> Result<Started<SampleState>, SampleError> {
    let tx = engine.db().begin().await?;
    let started = engine.start_in::<SampleWorkflow>(&tx, key, state).await?;
    tx.commit().await?;
    Ok(started)
}

/// Starts a run with external calls. The name of the item is the key.
async fn start_run(engine: &Engine, name: &str, behavior: Behavior) -> WorkflowRunId {
    match start(engine, name, sample_state(name, behavior)).await.expect("it starts") {
        Started::Run(id) => id,
        Started::Done(state) => panic!("{state:?} is done at once"),
    }
}

async fn drive(engine: &Engine, id: WorkflowRunId) -> Outcome<SampleState> {
    engine.drive::<SampleWorkflow>(id, RUN_TIMEOUT).await.expect("it is driven")
}

async fn run_of(engine: &Engine, id: WorkflowRunId) -> Run {
    let conn = engine.db().conn().await.expect("a connection");
    engine.find(&conn, id).await.expect("it is found").expect("a run")
}

async fn steps_of(engine: &Engine, id: WorkflowRunId) -> Vec<(String, StepStatus, i32)> {
    let conn = engine.db().conn().await.expect("a connection");
    let steps = engine.steps_of(&conn, &[id]).await.expect("steps");
    steps.into_iter().map(|step| (step.name, step.status, step.attempts)).collect()
}

fn is_done(outcome: &Outcome<SampleState>) -> bool {
    matches!(outcome, Outcome::Done(_))
}

fn cause_of(outcome: &Outcome<SampleState>) -> &UserError {
    match outcome {
        Outcome::Undone { cause, .. } | Outcome::Stuck(_, cause) => cause,
        other => panic!("{other:?} has no cause"),
    }
}

fn sold(writes: i32) -> Option<(String, i32)> {
    Some(("SOLD".to_owned(), writes))
}

#[shop_test]
async fn a_run_is_completed_or_undone_after_any_failure_or_crash() {
    let (_shop, harness) = harness().await;
    let tried = exercise::<SampleWorkflow>(&harness).await.expect("every case ends as it should");
    assert_eq!(tried.outside, ["charge", "send"]);
    assert_eq!(tried.written, ["charge", "note", "send", "book"]);
    assert_eq!(tried.runs, tried.done + tried.undone);
    assert!(tried.done > 10 && tried.undone > 30 && tried.crashes > 30, "{tried:?}");
}

#[shop_test]
async fn a_workflow_without_external_calls_is_one_transaction() {
    let (shop, harness) = harness().await;
    let free = Behavior { free: true, ..Behavior::default() };
    let before = harness.db.statements();
    let outcome = start(&harness.engine(), "free", sample_state("free", free.clone())).await.expect("it starts");
    assert!(matches!(outcome, Started::Done(_)));
    // BEGIN, the writes of four steps, COMMIT.
    assert_eq!(harness.db.statements() - before, 2 + 4);
    assert_eq!(harness.place("free").await, sold(4));
    assert_eq!(shop.count("SELECT count(*) FROM workflow_runs").await, 0);
    let unbookable = Behavior { unbookable: true, ..free };
    let rejected = start(&harness.engine(), "no", sample_state("no", unbookable)).await;
    assert!(matches!(rejected, Err(SampleError::BookedOut)), "{rejected:?}");
    assert_eq!(harness.place("no").await, None);
}

#[shop_test]
async fn starting_twice_with_the_same_key_creates_one_run() {
    let (shop, harness) = harness().await;
    let engine = harness.engine();
    let starts = (0..10).map(|_| {
        let engine = harness.engine();
        tokio::spawn(async move { start_run(&engine, "bear", Behavior::default()).await })
    });
    let ids = futures_util::future::join_all(starts).await;
    let ids: Vec<_> = ids.into_iter().map(|id| id.expect("no panic")).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    harness.sql("UPDATE workflow_runs SET lease_until = now() - interval '1 second' WHERE due_at IS NOT NULL").await;
    engine.recover().await.expect("a round");
    assert_eq!(start_run(&engine, "bear", Behavior::default()).await, ids[0], "also once it is done");
    assert!(is_done(&drive(&engine, ids[0]).await));
    assert_eq!((harness.place("bear").await, shop.count("SELECT count(*) FROM workflow_runs").await), (sold(4), 1));
}

#[shop_test]
async fn two_processes_driving_the_same_run_have_each_effect_once() {
    let (_shop, harness) = harness().await;
    let (one, two) = (harness.engine(), harness.engine());
    for number in 0..10 {
        let name = format!("toy {number}");
        let id = start_run(&one, &name, Behavior::default()).await;
        let (first, second, _) = tokio::join!(drive(&one, id), drive(&two, id), one.recover());
        assert!(is_done(&first) && is_done(&second), "{first:?} {second:?}");
        assert_eq!(harness.services.of(&name), [("charge".to_owned(), 1), ("send".to_owned(), 1)]);
        assert_eq!(harness.place(&name).await, sold(4));
    }
}

#[shop_test]
async fn fifty_concurrent_runs_need_few_connections() {
    let (_shop, harness) = harness().await;
    let runs = (0..50).map(|number| {
        let engine = harness.engine();
        tokio::spawn(async move {
            let id = start_run(&engine, &format!("toy {number}"), Behavior::default()).await;
            drive(&engine, id).await
        })
    });
    for outcome in futures_util::future::join_all(runs).await {
        assert!(is_done(&outcome.expect("no panic")));
    }
    for number in 0..50 {
        assert_eq!(harness.place(&format!("toy {number}")).await, sold(4));
    }
}

#[shop_test]
async fn a_process_that_lost_its_lease_writes_nothing() {
    let (_shop, harness) = harness().await;
    let (slow, quick) = (harness.engine(), harness.engine());
    let id = start_run(&slow, "train", Behavior { gate: true, ..Behavior::default() }).await;
    let sleeper = tokio::spawn({
        let slow = slow.clone();
        async move { drive(&slow, id).await }
    });
    while !harness.services.at_gate.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(quick.recover().await.expect("a round"), 0, "it is still leased");
    harness.sql("UPDATE workflow_runs SET lease_until = now() - interval '1 second'").await;
    assert_eq!(quick.recover().await.expect("a round"), 1);
    assert_eq!(harness.place("train").await, sold(4));
    harness.services.gate.notify_one();
    let late_outcome = sleeper.await.expect("no panic");
    assert!(!matches!(late_outcome, Outcome::Undone { .. }), "{late_outcome:?}");
    assert_eq!(harness.place("train").await, sold(4));
    assert!(is_done(&drive(&slow, id).await));
    assert_eq!(harness.services.steps_of("train"), ["charge", "send"]);
}

#[shop_test]
async fn external_calls_hold_no_connection_and_survive_disconnects() {
    let (_shop, harness) = harness().await;
    let engine = harness.engine();
    let id = start_run(&engine, "drum", Behavior { gate: true, ..Behavior::default() }).await;
    let client = tokio::spawn({
        let engine = engine.clone();
        async move { drive(&engine, id).await }
    });
    while !harness.services.at_gate.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (open, idle) = harness.db.connections();
    assert_eq!(open, idle, "of {open} connections {idle} are idle");
    client.abort();
    harness.services.gate.notify_one();
    assert!(is_done(&drive(&harness.engine(), id).await), "another caller waits for the outcome");
}

#[shop_test]
async fn transient_errors_are_retried_after_the_wait_timeout() {
    let (_shop, harness) = harness().await;
    let engine = harness.engine();
    let id = start_run(&engine, "kite", Behavior { charge_failures: 2, ..Behavior::default() }).await;
    let outcome = engine.drive::<SampleWorkflow>(id, Duration::ZERO).await.expect("it is driven");
    assert!(matches!(outcome, Outcome::InProgress(_)), "{outcome:?}");
    let run = run_of(&engine, id).await;
    assert_eq!((run.attempt, run.lease_owner), (1, None));
    harness.clock.advance(TimeDelta::seconds(1));
    assert_eq!(harness.engine().recover().await.expect("a round"), 1);
    assert!(is_done(&drive(&engine, id).await));
    let charge = &steps_of(&engine, id).await[1];
    assert_eq!(*charge, ("charge".to_owned(), StepStatus::Done, 3));
}

#[shop_test]
async fn a_permanent_failure_is_compensated_and_reported() {
    let (_shop, harness) = harness().await;
    let engine = harness.engine();
    let id = start_run(&engine, "doll", Behavior { declined: true, ..Behavior::default() }).await;
    let outcome = drive(&engine, id).await;
    let cause = UserError::new(ErrorCode::PaymentDeclined, "The card was declined.").at("payment");
    assert_eq!(*cause_of(&outcome), cause);
    assert_eq!(harness.place("doll").await, Some(("SHELF".to_owned(), 2)));
    assert_eq!(harness.services.calls("doll", "charge"), 0);
    let steps: Vec<_> = steps_of(&engine, id).await.into_iter().map(|(_, status, _)| status).collect();
    use StepStatus::{Failed, Pending, Undone};
    assert_eq!(steps, [Undone, Failed, Pending, Pending, Pending]);
    assert_eq!(drive(&harness.engine(), id).await, outcome, "later callers get the same outcome");

    let id = start_run(&engine, "lorry", Behavior { unbookable: true, ..Behavior::default() }).await;
    assert_eq!(cause_of(&drive(&engine, id).await).code, ErrorCode::Taken);
    assert!(harness.services.of("lorry").is_empty(), "the charge and the shipment are undone");
    let steps: Vec<_> = steps_of(&engine, id).await.into_iter().map(|(_, status, _)| status).collect();
    assert_eq!(steps, [Undone, Undone, Undone, Undone, Failed]);
}

#[shop_test]
async fn f11_a_call_that_timed_out_is_retried_with_its_key_and_finally_undone() {
    let (_shop, harness) = harness().await;
    let engine = harness.engine();
    let id = start_run(&engine, "ball", Behavior { charge_timeouts: 1, ..Behavior::default() }).await;
    assert!(is_done(&drive(&engine, id).await));
    assert_eq!(
        harness.services.of("ball"),
        [("charge".to_owned(), 2), ("send".to_owned(), 1)],
        "two calls, one effect"
    );

    let id = start_run(&engine, "bike", Behavior { charge_timeouts: 9, ..Behavior::default() }).await;
    let outcome = drive(&engine, id).await;
    assert_eq!(cause_of(&outcome).code, ErrorCode::Unavailable);
    assert_eq!((harness.services.calls("bike", "charge"), harness.services.of("bike")), (3, Vec::new()));
    assert_eq!(harness.place("bike").await.map(|(place, _)| place).as_deref(), Some("SHELF"));
}

#[shop_test]
async fn a_step_that_panics_is_undone() {
    let (_shop, harness) = harness().await;
    let engine = harness.engine();
    let id = start_run(&engine, "jack in the box", Behavior { charge_panics: true, ..Behavior::default() }).await;
    assert_eq!(cause_of(&drive(&engine, id).await).code, ErrorCode::Internal);
    assert!(harness.services.of("jack in the box").is_empty());
}

#[shop_test]
async fn a_waiting_run_resumes_on_a_signal_and_is_undone_at_its_timeout() {
    let (_shop, harness) = harness().await;
    let engine = harness.engine();
    let until = harness.now() + TimeDelta::minutes(10);
    let waits = Behavior { wait_until: Some(until), ..Behavior::default() };
    let [signaled, timed_out, canceled] = ["woken", "late", "given up"].map(|name| (name, waits.clone()));
    let signaled = start_run(&engine, signaled.0, signaled.1).await;
    let timed_out = start_run(&engine, timed_out.0, timed_out.1).await;
    let canceled = start_run(&engine, canceled.0, canceled.1).await;
    for id in [signaled, timed_out, canceled] {
        assert!(matches!(drive(&engine, id).await, Outcome::Waiting(_)));
        assert_eq!(run_of(&engine, id).await.due_at, Some(until));
    }
    assert_eq!(engine.recover().await.expect("a round"), 0);

    let tx = harness.db.begin().await.expect("a transaction");
    let cause = UserError::new(ErrorCode::InvalidState, "The shopper went away.");
    assert!(engine.cancel_in(&tx, canceled, cause.clone()).await.expect("it is canceled"));
    tx.commit().await.expect("a commit");
    assert_eq!(*cause_of(&drive(&engine, canceled).await), cause);
    assert!(harness.services.of("given up").is_empty());

    harness.services.may_continue.store(true, Ordering::SeqCst);
    signal(&engine, signaled).await;
    assert!(is_done(&drive(&engine, signaled).await));
    assert_eq!(harness.place("woken").await, sold(5), "the waiting step runs once more");
    let tx = harness.db.begin().await.expect("a transaction");
    assert!(!engine.cancel_in(&tx, signaled, cause).await.expect("a response"), "it is no longer waiting");
    drop(tx);

    harness.services.may_continue.store(false, Ordering::SeqCst);
    harness.clock.advance(TimeDelta::minutes(11));
    assert_eq!(harness.engine().recover().await.expect("a round"), 1);
    assert_eq!(cause_of(&drive(&engine, timed_out).await).code, ErrorCode::Unavailable);
    assert_eq!(harness.place("late").await.map(|(place, _)| place).as_deref(), Some("SHELF"));
}

async fn signal(engine: &Engine, id: WorkflowRunId) {
    let tx = engine.db().begin().await.expect("a transaction");
    assert!(engine.signal_in(&tx, id).await.expect("a signal"));
    tx.commit().await.expect("a commit");
}

#[shop_test]
async fn signals_before_the_wait_are_not_lost() {
    let (_shop, harness) = harness().await;
    let engine = harness.engine();
    let until = harness.now() + TimeDelta::minutes(10);
    // The signal arrives during the call, and the waiting step checks for it too early.
    let id = start_run(&engine, "top", Behavior { gate: true, wait_until: Some(until), ..Behavior::default() }).await;
    let driving = tokio::spawn({
        let engine = engine.clone();
        async move { drive(&engine, id).await }
    });
    while !harness.services.at_gate.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    signal(&engine, id).await;
    harness.services.gate.notify_one();
    let outcome = driving.await.expect("no panic");
    assert!(matches!(outcome, Outcome::Waiting(_)), "{outcome:?}");
    assert_eq!(harness.place("top").await, Some(("NOTED".to_owned(), 4)), "it checked twice before it waited");
}

#[shop_test]
async fn recovery_takes_one_statement_and_ignores_unknown_workflows() {
    let (_shop, harness) = harness().await;
    let engine = harness.engine();
    engine.recover().await.expect("a round");
    let before = harness.db.statements();
    assert_eq!(engine.recover().await.expect("a round"), 0);
    assert_eq!(harness.db.statements() - before, 1);

    let id = start_run(&engine, "robot", Behavior::default()).await;
    harness.sql("UPDATE workflow_runs SET workflow = 'gone', lease_until = now() - interval '1 second'").await;
    assert_eq!(engine.recover().await.expect("a round"), 0);
    harness.sql("UPDATE workflow_runs SET workflow = 'toys', step = 'renamed'").await;
    assert_eq!(engine.recover().await.expect("a round"), 1);
    let outcome = drive(&engine, id).await;
    assert!(matches!(outcome, Outcome::Stuck(..)), "{outcome:?}");
    assert!(cause_of(&outcome).message.contains("renamed"), "{outcome:?}");
}

#[shop_test]
async fn concurrent_callers_of_one_run_all_get_its_outcome() {
    let (_shop, harness) = harness().await;
    let engine = harness.engine();
    let all = (0..50).map(|_| {
        let engine = engine.clone();
        tokio::spawn(async move {
            let id = start_run(&engine, "circus", Behavior::default()).await;
            drive(&engine, id).await
        })
    });
    for outcome in futures_util::future::join_all(all).await {
        let outcome = outcome.expect("no panic");
        assert!(is_done(&outcome), "{outcome:?}");
    }
    assert_eq!(harness.services.of("circus"), [("charge".to_owned(), 1), ("send".to_owned(), 1)]);
    assert_eq!(harness.place("circus").await, sold(4));
}
