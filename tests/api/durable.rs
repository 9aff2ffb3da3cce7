//! Durable workflows: whatever crashes, fails or arrives late, a run ends done or undone, and nothing happens twice.

mod staff;
mod toy;

use std::sync::atomic::Ordering;
use std::time::Duration;

use cartwright::durable::testing::exercise;
use cartwright::durable::{Engine, Outcome, Run, Started, StepStatus};
use cartwright::kernel::error::{ErrorCode, UserError};
use cartwright::kernel::ids::WorkflowRunId;
use cartwright_macros::shop_test;
use chrono::TimeDelta;

use crate::support::Shop;
use toy::{How, Play, ToyError, ToyState, Toys, toy};

/// Longer than any run in these tests.
const LONG: Duration = Duration::from_secs(20);

async fn play() -> (Shop, Play) {
    let shop = Shop::bare().await;
    let play = Play::over(shop.url()).await;
    (shop, play)
}

async fn start(engine: &Engine, key: &str, state: ToyState) -> Result<Started<ToyState>, ToyError> {
    let tx = engine.db().begin().await?;
    let started = engine.start_in::<Toys>(&tx, key, state).await?;
    tx.commit().await?;
    Ok(started)
}

/// Starts a run with external calls; its key is the toy's name.
async fn started(engine: &Engine, name: &str, how: How) -> WorkflowRunId {
    match start(engine, name, toy(name, how)).await.expect("it starts") {
        Started::Run(id) => id,
        Started::Done(state) => panic!("{state:?} is done at once"),
    }
}

async fn drive(engine: &Engine, id: WorkflowRunId) -> Outcome<ToyState> {
    engine.drive::<Toys>(id, LONG).await.expect("it is driven")
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

fn is_done(outcome: &Outcome<ToyState>) -> bool {
    matches!(outcome, Outcome::Done(_))
}

fn why(outcome: &Outcome<ToyState>) -> &UserError {
    match outcome {
        Outcome::Undone { cause, .. } | Outcome::Stuck(_, cause) => cause,
        other => panic!("{other:?} has no cause"),
    }
}

fn sold(writes: i32) -> Option<(String, i32)> {
    Some(("SOLD".to_owned(), writes))
}

#[shop_test]
async fn a_run_ends_done_or_undone_whatever_fails_or_crashes_wherever() {
    let (_shop, play) = play().await;
    let tried = exercise::<Toys>(&play).await.expect("every case ends as it should");
    assert_eq!(tried.outside, ["charge", "send"]);
    assert_eq!(tried.written, ["charge", "note", "send", "book"]);
    assert_eq!(tried.runs, tried.done + tried.undone);
    assert!(tried.done > 10 && tried.undone > 30 && tried.crashes > 30, "{tried:?}");
}

#[shop_test]
async fn a_workflow_that_calls_nobody_is_a_transaction_and_leaves_no_run() {
    let (shop, play) = play().await;
    let free = How { free: true, ..How::default() };
    let before = play.db.statements();
    let begun = start(&play.engine(), "free", toy("free", free.clone())).await.expect("it starts");
    assert!(matches!(begun, Started::Done(_)));
    // BEGIN, the writes of four steps, COMMIT.
    assert_eq!(play.db.statements() - before, 2 + 4);
    assert_eq!(play.place("free").await, sold(4));
    assert_eq!(shop.count("SELECT count(*) FROM workflow_runs").await, 0);
    let unbookable = How { unbookable: true, ..free };
    let refused = start(&play.engine(), "no", toy("no", unbookable)).await;
    assert!(matches!(refused, Err(ToyError::BookedOut)), "{refused:?}");
    assert_eq!(play.place("no").await, None);
}

#[shop_test]
async fn starting_with_one_key_gives_one_run() {
    let (shop, play) = play().await;
    let engine = play.engine();
    let starts = (0..10).map(|_| {
        let engine = play.engine();
        tokio::spawn(async move { started(&engine, "bear", How::default()).await })
    });
    let ids = futures_util::future::join_all(starts).await;
    let ids: Vec<_> = ids.into_iter().map(|id| id.expect("no panic")).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    play.sql("UPDATE workflow_runs SET lease_until = now() - interval '1 second' WHERE due_at IS NOT NULL").await;
    engine.recover().await.expect("a round");
    assert_eq!(started(&engine, "bear", How::default()).await, ids[0], "also when it is done");
    assert!(is_done(&drive(&engine, ids[0]).await));
    assert_eq!((play.place("bear").await, shop.count("SELECT count(*) FROM workflow_runs").await), (sold(4), 1));
}

#[shop_test]
async fn two_processes_that_want_the_same_run_have_one_effect_for_each_key() {
    let (_shop, play) = play().await;
    let (one, two) = (play.engine(), play.engine());
    for number in 0..10 {
        let name = format!("toy {number}");
        let id = started(&one, &name, How::default()).await;
        let (first, second, _) = tokio::join!(drive(&one, id), drive(&two, id), one.recover());
        assert!(is_done(&first) && is_done(&second), "{first:?} {second:?}");
        assert_eq!(play.world.of(&name), [("charge".to_owned(), 1), ("send".to_owned(), 1)]);
        assert_eq!(play.place(&name).await, sold(4));
    }
}

#[shop_test]
async fn fifty_runs_go_on_beside_each_other_on_few_connections() {
    let (_shop, play) = play().await;
    let runs = (0..50).map(|number| {
        let engine = play.engine();
        tokio::spawn(async move {
            let id = started(&engine, &format!("toy {number}"), How::default()).await;
            drive(&engine, id).await
        })
    });
    for outcome in futures_util::future::join_all(runs).await {
        assert!(is_done(&outcome.expect("no panic")));
    }
    for number in 0..50 {
        assert_eq!(play.place(&format!("toy {number}")).await, sold(4));
    }
}

#[shop_test]
async fn a_process_that_was_thought_dead_writes_nothing_when_it_wakes_up() {
    let (_shop, play) = play().await;
    let (slow, quick) = (play.engine(), play.engine());
    let id = started(&slow, "train", How { gate: true, ..How::default() }).await;
    let sleeper = tokio::spawn({
        let slow = slow.clone();
        async move { drive(&slow, id).await }
    });
    while !play.world.at_gate.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(quick.recover().await.expect("a round"), 0, "it is still leased");
    play.sql("UPDATE workflow_runs SET lease_until = now() - interval '1 second'").await;
    assert_eq!(quick.recover().await.expect("a round"), 1);
    assert_eq!(play.place("train").await, sold(4));
    play.world.gate.notify_one();
    let late = sleeper.await.expect("no panic");
    assert!(!matches!(late, Outcome::Undone { .. }), "{late:?}");
    assert_eq!(play.place("train").await, sold(4));
    assert!(is_done(&drive(&slow, id).await));
    assert_eq!(play.world.steps_of("train"), ["charge", "send"]);
}

#[shop_test]
async fn no_connection_is_held_while_somebody_is_called_and_hanging_up_stops_nothing() {
    let (_shop, play) = play().await;
    let engine = play.engine();
    let id = started(&engine, "drum", How { gate: true, ..How::default() }).await;
    let client = tokio::spawn({
        let engine = engine.clone();
        async move { drive(&engine, id).await }
    });
    while !play.world.at_gate.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (open, idle) = play.db.connections();
    assert_eq!(open, idle, "of {open} connections {idle} are idle");
    client.abort();
    play.world.gate.notify_one();
    assert!(is_done(&drive(&play.engine(), id).await), "another one waits for what comes of it");
}

#[shop_test]
async fn transient_errors_are_retried_after_the_wait_timeout() {
    let (_shop, play) = play().await;
    let engine = play.engine();
    let id = started(&engine, "kite", How { charge_failures: 2, ..How::default() }).await;
    let outcome = engine.drive::<Toys>(id, Duration::ZERO).await.expect("it is driven");
    assert!(matches!(outcome, Outcome::InProgress(_)), "{outcome:?}");
    let run = run_of(&engine, id).await;
    assert_eq!((run.attempt, run.lease_owner), (1, None));
    play.clock.forward(TimeDelta::seconds(1));
    assert_eq!(play.engine().recover().await.expect("a round"), 1);
    assert!(is_done(&drive(&engine, id).await));
    let charge = &steps_of(&engine, id).await[1];
    assert_eq!(*charge, ("charge".to_owned(), StepStatus::Done, 3));
}

#[shop_test]
async fn a_refusal_undoes_what_was_done_and_tells_why() {
    let (_shop, play) = play().await;
    let engine = play.engine();
    let id = started(&engine, "doll", How { declined: true, ..How::default() }).await;
    let outcome = drive(&engine, id).await;
    let cause = UserError::new(ErrorCode::PaymentDeclined, "The card was declined.").at("payment");
    assert_eq!(*why(&outcome), cause);
    assert_eq!(play.place("doll").await, Some(("SHELF".to_owned(), 2)));
    assert_eq!(play.world.calls("doll", "charge"), 0);
    let steps: Vec<_> = steps_of(&engine, id).await.into_iter().map(|(_, status, _)| status).collect();
    use StepStatus::{Failed, Pending, Undone};
    assert_eq!(steps, [Undone, Failed, Pending, Pending, Pending]);
    assert_eq!(drive(&play.engine(), id).await, outcome, "also for whoever asks later");

    let id = started(&engine, "lorry", How { unbookable: true, ..How::default() }).await;
    assert_eq!(why(&drive(&engine, id).await).code, ErrorCode::Taken);
    assert!(play.world.of("lorry").is_empty(), "what was charged and sent is taken back");
    let steps: Vec<_> = steps_of(&engine, id).await.into_iter().map(|(_, status, _)| status).collect();
    assert_eq!(steps, [Undone, Undone, Undone, Undone, Failed]);
}

#[shop_test]
async fn f11_a_call_that_timed_out_is_repeated_with_its_key_and_undone_when_no_answer_comes() {
    let (_shop, play) = play().await;
    let engine = play.engine();
    let id = started(&engine, "ball", How { charge_timeouts: 1, ..How::default() }).await;
    assert!(is_done(&drive(&engine, id).await));
    assert_eq!(play.world.of("ball"), [("charge".to_owned(), 2), ("send".to_owned(), 1)], "two calls, one effect");

    let id = started(&engine, "bike", How { charge_timeouts: 9, ..How::default() }).await;
    let outcome = drive(&engine, id).await;
    assert_eq!(why(&outcome).code, ErrorCode::Unavailable);
    assert_eq!((play.world.calls("bike", "charge"), play.world.of("bike")), (3, Vec::new()));
    assert_eq!(play.place("bike").await.map(|(place, _)| place).as_deref(), Some("SHELF"));
}

#[shop_test]
async fn a_step_that_panics_is_undone() {
    let (_shop, play) = play().await;
    let engine = play.engine();
    let id = started(&engine, "jack in the box", How { charge_panics: true, ..How::default() }).await;
    assert_eq!(why(&drive(&engine, id).await).code, ErrorCode::Internal);
    assert!(play.world.of("jack in the box").is_empty());
}

#[shop_test]
async fn a_run_that_waits_goes_on_when_it_is_woken_and_is_undone_when_nobody_wakes_it() {
    let (_shop, play) = play().await;
    let engine = play.engine();
    let until = play.now() + TimeDelta::minutes(10);
    let waits = How { wait_until: Some(until), ..How::default() };
    let [woken, late, given_up] = ["woken", "late", "given up"].map(|name| (name, waits.clone()));
    let woken = started(&engine, woken.0, woken.1).await;
    let late = started(&engine, late.0, late.1).await;
    let given_up = started(&engine, given_up.0, given_up.1).await;
    for id in [woken, late, given_up] {
        assert!(matches!(drive(&engine, id).await, Outcome::Waiting(_)));
        assert_eq!(run_of(&engine, id).await.due_at, Some(until));
    }
    assert_eq!(engine.recover().await.expect("a round"), 0);

    let tx = play.db.begin().await.expect("a transaction");
    let cause = UserError::new(ErrorCode::InvalidState, "The shopper went away.");
    assert!(engine.cancel_in(&tx, given_up, cause.clone()).await.expect("it is given up"));
    tx.commit().await.expect("a commit");
    assert_eq!(*why(&drive(&engine, given_up).await), cause);
    assert!(play.world.of("given up").is_empty());

    play.world.paid_up.store(true, Ordering::SeqCst);
    wake(&engine, woken).await;
    assert!(is_done(&drive(&engine, woken).await));
    assert_eq!(play.place("woken").await, sold(5), "the step that waited is done once more");
    let tx = play.db.begin().await.expect("a transaction");
    assert!(!engine.cancel_in(&tx, woken, cause).await.expect("it is asked"), "it does not wait any more");
    drop(tx);

    play.world.paid_up.store(false, Ordering::SeqCst);
    play.clock.forward(TimeDelta::minutes(11));
    assert_eq!(play.engine().recover().await.expect("a round"), 1);
    assert_eq!(why(&drive(&engine, late).await).code, ErrorCode::Unavailable);
    assert_eq!(play.place("late").await.map(|(place, _)| place).as_deref(), Some("SHELF"));
}

async fn wake(engine: &Engine, id: WorkflowRunId) {
    let tx = engine.db().begin().await.expect("a transaction");
    assert!(engine.signal_in(&tx, id).await.expect("it is woken"));
    tx.commit().await.expect("a commit");
}

#[shop_test]
async fn signals_before_the_wait_are_not_lost() {
    let (_shop, play) = play().await;
    let engine = play.engine();
    let until = play.now() + TimeDelta::minutes(10);
    // The signal arrives during the call, and the waiting step checks for it too early.
    let id = started(&engine, "top", How { gate: true, wait_until: Some(until), ..How::default() }).await;
    let driving = tokio::spawn({
        let engine = engine.clone();
        async move { drive(&engine, id).await }
    });
    while !play.world.at_gate.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    wake(&engine, id).await;
    play.world.gate.notify_one();
    let outcome = driving.await.expect("no panic");
    assert!(matches!(outcome, Outcome::Waiting(_)), "{outcome:?}");
    assert_eq!(play.place("top").await, Some(("NOTED".to_owned(), 4)), "it looked twice before it waited");
}

#[shop_test]
async fn looking_for_runs_that_are_due_is_one_statement_and_leaves_unknown_workflows_alone() {
    let (_shop, play) = play().await;
    let engine = play.engine();
    engine.recover().await.expect("a round");
    let before = play.db.statements();
    assert_eq!(engine.recover().await.expect("a round"), 0);
    assert_eq!(play.db.statements() - before, 1);

    let id = started(&engine, "robot", How::default()).await;
    play.sql("UPDATE workflow_runs SET workflow = 'gone', lease_until = now() - interval '1 second'").await;
    assert_eq!(engine.recover().await.expect("a round"), 0);
    play.sql("UPDATE workflow_runs SET workflow = 'toys', step = 'renamed'").await;
    assert_eq!(engine.recover().await.expect("a round"), 1);
    let outcome = drive(&engine, id).await;
    assert!(matches!(outcome, Outcome::Stuck(..)), "{outcome:?}");
    assert!(why(&outcome).message.contains("renamed"), "{outcome:?}");
}

#[shop_test]
async fn many_who_start_and_drive_one_run_in_one_process_all_learn_how_it_ends() {
    let (_shop, play) = play().await;
    let engine = play.engine();
    let all = (0..50).map(|_| {
        let engine = engine.clone();
        tokio::spawn(async move {
            let id = started(&engine, "circus", How::default()).await;
            drive(&engine, id).await
        })
    });
    for outcome in futures_util::future::join_all(all).await {
        let outcome = outcome.expect("no panic");
        assert!(is_done(&outcome), "{outcome:?}");
    }
    assert_eq!(play.world.of("circus"), [("charge".to_owned(), 1), ("send".to_owned(), 1)]);
    assert_eq!(play.place("circus").await, sold(4));
}
