//! What staff can see of runs, and how they can resolve a stuck one.

use std::sync::Arc;

use cartwright::durable::Outcome;
use cartwright_macros::shop_test;
use serde_json::{Value, json};

use super::sample::{Behavior, Harness, SampleWorkflow};
use super::{drive, is_done, start_run};
use crate::support::{Client, Shop, text};

const RUN: &str = "query($id: ID!) { workflowRun(id: $id) { id workflow subject status step attempt state
    steps { name status attempts error { code message } startedAt finishedAt undoneAt } error { code message }
    dueAt createdAt updatedAt finishedAt } }";
const RETRY: &str = "mutation($id: ID!) { workflowStepRetry(runId: $id) {
    workflowRun { status attempt error { code } } userErrors { code message path details } } }";
const RESOLVE: &str = "mutation($id: ID!, $step: String!, $output: JSON, $undone: Boolean) {
    workflowStepResolve(runId: $id, step: $step, output: $output, undone: $undone) {
        workflowRun { status state steps { name status } } userErrors { code message path details } } }";

/// A shop whose app runs the sample workflow.
async fn shop_with_workflow() -> (Shop, Harness) {
    let services = Arc::default();
    let shared = Arc::clone(&services);
    let shop = Shop::demo_with(move |builder| builder.workflow(SampleWorkflow(shared))).await;
    let harness = Harness { services, ..Harness::new(shop.url()).await };
    (shop, harness)
}

/// A run that is stuck because shipping fails this many times. Each round makes two attempts.
async fn stuck(shop: &Shop, name: &str, send_failures: u32, more: Behavior) -> String {
    let id = start_run(&shop.durable, name, Behavior { send_failures, ..more }).await;
    let outcome = drive(&shop.durable, id).await;
    assert!(matches!(outcome, Outcome::Stuck(..)), "{outcome:?}");
    id.to_string()
}

async fn run(staff: &Client, id: &str) -> Value {
    staff.data(RUN, json!({ "id": id })).await["workflowRun"].clone()
}

#[shop_test]
async fn staff_can_retry_a_stuck_run() {
    let (shop, harness) = shop_with_workflow().await;
    let staff = shop.staff().await;
    let id = stuck(&shop, "ark", 3, Behavior::default()).await;
    let seen = run(&staff, &id).await;
    assert_eq!((text(&seen["status"]), text(&seen["step"]), text(&seen["subject"])), ("STUCK", "send", "ark"));
    assert_eq!(seen["error"], json!({ "code": "UNAVAILABLE", "message": "The line is busy." }));
    assert_eq!((&seen["dueAt"], &seen["finishedAt"]), (&Value::Null, &Value::Null));
    let states: Vec<_> = seen["steps"].as_array().expect("steps").iter().map(|step| text(&step["status"])).collect();
    assert_eq!(states, ["DONE", "DONE", "DONE", "FAILED", "PENDING"]);
    assert_eq!((&seen["steps"][3]["attempts"], &seen["steps"][4]["startedAt"]), (&json!(2), &Value::Null));
    assert!(text(&seen["state"]["receipt"]).contains(&id), "{seen}");

    let again = staff.data(RETRY, json!({ "id": id })).await;
    assert_eq!(again["workflowStepRetry"]["workflowRun"]["status"], "DONE");
    let seen = run(&staff, &id).await;
    assert_eq!((&seen["error"], &seen["steps"][3]["attempts"]), (&Value::Null, &json!(4)));
    assert!(seen["finishedAt"].is_string());
    assert_eq!(harness.place("ark").await, Some(("SOLD".to_owned(), 4)));
    let rejected = staff.user_error(RETRY, json!({ "id": id })).await;
    assert_eq!((text(&rejected["code"]), &rejected["details"]), ("INVALID_STATE", &json!({ "status": "DONE" })));
    let unknown = "run_01m84q05c3e3jbvaxd7vc1mw18";
    assert_eq!(staff.user_error(RETRY, json!({ "id": unknown })).await["code"], "NOT_FOUND");
    assert_eq!(run(&staff, unknown).await, Value::Null);
}

#[shop_test]
async fn staff_can_resolve_a_step() {
    let (shop, harness) = shop_with_workflow().await;
    let staff = shop.staff().await;
    let id = stuck(&shop, "boat", 99, Behavior::default()).await;
    let resolve = |more: Value| {
        let mut input = json!({ "id": id, "step": "send" });
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        input
    };
    let wrong_step = staff.user_error(RESOLVE, resolve(json!({ "step": "charge" }))).await;
    assert_eq!((text(&wrong_step["code"]), &wrong_step["path"]), ("INVALID_STATE", &json!(["step"])));
    for output in [json!({ "parcel": 7 }), json!("P7"), json!({ "parcel": "\0" })] {
        let rejected = staff.user_error(RESOLVE, resolve(json!({ "output": output }))).await;
        assert_eq!((text(&rejected["code"]), &rejected["path"]), ("INVALID", &json!(["output"])), "{output}");
    }
    assert_eq!(run(&staff, &id).await["status"], "STUCK");
    let data = staff.data(RESOLVE, resolve(json!({ "output": { "parcel": "P7" } }))).await;
    let resolved = &data["workflowStepResolve"]["workflowRun"];
    assert_eq!((text(&resolved["status"]), text(&resolved["state"]["parcel"])), ("DONE", "P7"));
    assert_eq!(harness.services.steps_of("boat"), ["charge"], "the call was not repeated");
    assert_eq!(harness.place("boat").await, Some(("SOLD".to_owned(), 4)));

    let id = stuck(&shop, "car", 99, Behavior::default()).await;
    let undo = json!({ "id": id, "step": "send", "undone": true });
    let data = staff.data(RESOLVE, undo.clone()).await;
    let resolved = &data["workflowStepResolve"]["workflowRun"];
    assert_eq!((text(&resolved["status"]), text(&resolved["steps"][3]["status"])), ("COMPENSATED", "UNDONE"));
    assert!(harness.services.of("car").is_empty());
    assert_eq!(staff.user_error(RESOLVE, undo).await["code"], "INVALID_STATE");
}

#[shop_test]
async fn a_failing_compensation_is_stuck_until_staff_resolve_it() {
    let (shop, harness) = shop_with_workflow().await;
    let staff = shop.staff().await;
    let behavior = Behavior { unbookable: true, refund_fails: true, ..Behavior::default() };
    let id = start_run(&shop.durable, "plane", behavior).await;
    // The backoff is too long to wait for here.
    let hurry = async {
        loop {
            harness.sql("UPDATE workflow_runs SET attempt = 11 WHERE status = 'COMPENSATING' AND step = 'charge' AND attempt < 11").await;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let outcome = tokio::select! {
        outcome = drive(&shop.durable, id) => outcome,
        () = hurry => unreachable!("it is never done"),
    };
    assert!(matches!(&outcome, Outcome::Stuck(_, cause) if cause.message == "It is booked out."), "{outcome:?}");
    let id = id.to_string();
    let seen = run(&staff, &id).await;
    assert_eq!((text(&seen["status"]), text(&seen["steps"][1]["error"]["message"])), ("STUCK", "it was declined"));
    let done = staff.user_error(RESOLVE, json!({ "id": id, "step": "charge" })).await;
    assert_eq!((text(&done["code"]), &done["path"]), ("INVALID_STATE", &json!(["undone"])));
    let data = staff.data(RESOLVE, json!({ "id": id, "step": "charge", "undone": true })).await;
    assert_eq!(data["workflowStepResolve"]["workflowRun"]["status"], "COMPENSATED");
    assert_eq!(harness.place("plane").await.map(|(place, _)| place).as_deref(), Some("SHELF"));
}

#[shop_test]
async fn runs_are_listed_newest_first_with_a_constant_number_of_statements() {
    let (shop, _play) = shop_with_workflow().await;
    let staff = shop.staff().await;
    for number in 0..5 {
        let id = start_run(&shop.durable, &format!("toy {number}"), Behavior::default()).await;
        assert!(is_done(&drive(&shop.durable, id).await));
    }
    stuck(&shop, "late", 99, Behavior::default()).await;
    let list = "query($filter: WorkflowRunFilterInput, $first: Int, $after: String) {
        workflowRuns(filter: $filter, first: $first, after: $after) { totalCount
            pageInfo { hasNextPage endCursor } nodes { subject status steps { name } } } }";
    let subjects = |data: &Value| -> Vec<String> {
        let nodes = data["workflowRuns"]["nodes"].as_array().expect("nodes");
        nodes.iter().map(|node| text(&node["subject"]).to_owned()).collect()
    };
    let page = staff.data(list, json!({ "filter": {}, "first": 4 })).await;
    assert_eq!(subjects(&page), ["late", "toy 4", "toy 3", "toy 2"]);
    assert_eq!(page["workflowRuns"]["totalCount"], 6);
    let rest = json!({ "filter": {}, "first": 4, "after": page["workflowRuns"]["pageInfo"]["endCursor"] });
    assert_eq!(subjects(&staff.data(list, rest).await), ["toy 1", "toy 0"]);
    for (filter, found) in [
        (json!({ "status": "STUCK" }), vec!["late"]),
        (json!({ "subject": "toy 3" }), vec!["toy 3"]),
        (json!({ "workflow": "toys", "status": "DONE", "subject": "late" }), vec![]),
        (json!({ "workflow": "other" }), vec![]),
    ] {
        assert_eq!(subjects(&staff.data(list, json!({ "filter": filter })).await), found, "{filter}");
    }
    let count = async |first: i32| {
        let before = shop.db.statements();
        staff.data(list, json!({ "filter": {}, "first": first })).await;
        shop.db.statements() - before
    };
    assert_eq!(count(1).await, count(6).await);
    let fields = "{ workflowRuns { nodes { id } } }";
    assert_eq!(shop.customer().await.top_level_error(fields, Value::Null).await, "FORBIDDEN");
}
