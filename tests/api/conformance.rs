//! The protocols as seen by third-party software: the audits of npm `graphql-http`, the rules of
//! `graphql-transport-ws`, and the clients of npm `graphql-ws` and `graphql-sse`. The scripts are in
//! `tests/conformance`.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use cartwright::config::Origins;
use cartwright::graphql::Engine;
use cartwright::http::limits::Limits;
use cartwright::http::{HttpServices, router, server};
use cartwright_macros::shop_test;
use chrono::TimeDelta;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::{Shop, TestClock};

/// How far the second server's clock is behind: its access tokens, which are valid for 30 minutes, expire 8 seconds
/// after they are issued.
const CLOCK_LAG: TimeDelta = TimeDelta::seconds(8 - 30 * 60);

#[shop_test]
async fn all_protocol_audits_pass() {
    let folder = install();
    let mut shop = Shop::demo().await;
    shop.start_worker();
    let clock = TestClock::default();
    clock.advance(CLOCK_LAG);
    let behind = shop.another_app(|builder| builder.clock(Arc::new(clock)));
    let stop = CancellationToken::new();
    let parts = HttpServices {
        engine: Engine::new(behind.clone()),
        app: behind,
        limits: Limits::default(),
        origins: Origins::Any,
        shutdown: stop.clone(),
    };
    let (url, expiring) = (serve(shop.router(), &stop).await, serve(router(parts), &stop).await);
    let testing = tokio::task::spawn_blocking(move || {
        let mut node = Command::new("node");
        node.args(["--test", "--test-reporter=spec"]).args(scripts(&folder)).current_dir(&folder);
        node.env("CARTWRIGHT_URL", url).env("CARTWRIGHT_EXPIRING_URL", expiring).env_remove("NODE_OPTIONS");
        node.output().expect("the tests of the protocols need Node 20.19 or newer")
    });
    let output = testing.await.expect("no panic");
    stop.cancel();
    let output_text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output_text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(output_text.contains("\u{2139} skipped 0"), "nothing is left out:\n{output_text}");
}

/// Serves the routes on a free port, and returns the URL.
async fn serve(routes: Router, stop: &CancellationToken) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(server::serve(listener, routes, stop.clone(), Duration::from_secs(1)));
    format!("http://{address}")
}

fn source_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let mut scripts: Vec<_> = files.filter(|path| path.to_string_lossy().ends_with(".test.mjs")).collect();
    scripts.sort();
    assert!(!scripts.is_empty(), "there are scripts");
    scripts
}

/// A folder with the current scripts and their dependencies, which are installed once for all runs.
fn install() -> PathBuf {
    let lock = fs::read(source_dir().join("package-lock.json")).expect("the lock");
    let mut hasher = DefaultHasher::new();
    lock.hash(&mut hasher);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("conformance-{:016x}", hasher.finish()));
    if !folder.join("node_modules").exists() {
        let draft = folder.with_extension(format!("{}.new", std::process::id()));
        fs::create_dir_all(&draft).expect("a folder");
        for name in ["package.json", "package-lock.json", ".npmrc"] {
            fs::copy(source_dir().join(name), draft.join(name)).expect("a copy");
        }
        let npm = Command::new("npm").args(["ci", "--omit=dev"]).current_dir(&draft).output();
        let done = npm.as_ref().is_ok_and(|output| output.status.success());
        let output_text =
            npm.map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stderr).into_owned());
        assert!(
            done,
            "the tests of the protocols need Node 20.19 or newer with npm, to install their packages: {output_text}"
        );
        if fs::rename(&draft, &folder).is_err() {
            // Another run was faster.
            let _ = fs::remove_dir_all(&draft);
        }
    }
    for script in fs::read_dir(source_dir()).expect("the folder").map(|entry| entry.expect("an entry").path()) {
        if script.extension().is_some_and(|extension| extension == "mjs") {
            fs::copy(&script, folder.join(script.file_name().expect("a name"))).expect("a copy");
        }
    }
    folder
}
