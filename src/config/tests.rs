use std::time::Duration;

use clap::{CommandFactory, Parser};

use super::reader::variable;
use super::{Config, LogFormat, Origins, Settings, Source, unknown_variables};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
}

/// Empty values override variables that may be set where the tests run.
fn read(args: &[&str]) -> Result<Config, Vec<String>> {
    let mut all = vec!["cartwright".to_owned()];
    for arg in Cli::command().get_arguments().filter_map(clap::Arg::get_long) {
        let given = args.iter().find_map(|given| given.strip_prefix(arg)?.strip_prefix('='));
        all.push(format!("--{arg}={}", given.unwrap_or_default()));
    }
    Config::read(&Cli::parse_from(all).settings)
}

fn problem(arg: &str) -> String {
    read(&[arg]).err().expect("a problem").join("; ")
}

#[test]
fn nothing_configured_is_a_shop_on_this_machine() {
    let config = read(&[]).expect("the defaults are right");
    assert_eq!(config.server.bind.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url(config.server.bind), "http://127.0.0.1:8080");
    assert_eq!(config.server.origins, Origins::Any);
    assert_eq!(config.server.grace, Duration::from_secs(10));
    assert!(matches!(config.database.source, Source::Private { pg_bin: None }));
    assert_eq!(config.database.data_dir.to_str(), Some(".cartwright"));
    assert!(config.database.pool_size >= 4);
    assert!(!config.auth.is_given() && config.shop.demo);
    assert_eq!(config.log.format, LogFormat::Text);
}

#[test]
fn a_database_of_ones_own_gets_no_demo_unasked() {
    let url = "database-url=postgres://shop:pw@db.example:5432/shop";
    let config = read(&[url]).expect("right");
    assert!(!config.database.is_private() && !config.shop.demo);
    assert!(read(&[url, "demo=true"]).expect("right").shop.demo);
}

#[test]
fn all_errors_are_reported_one_per_line() {
    let wrong = ["bind=8080", "pool-size=0", "jwt-secret=hunter2", "log-format=xml", "database-url=mysql://x"];
    let problems = read(&wrong).err().expect("problems");
    assert_eq!(problems.len(), 5, "{problems:?}");
    assert!(problems.iter().all(|problem| !problem.contains('\n') && problem.contains("expected")));
    assert!(problems.iter().any(|problem| problem.starts_with("--database-url (DATABASE_URL): ")));
    assert!(!problems.iter().any(|problem| problem.contains("hunter2")), "a secret is never shown");
}

#[test]
fn each_setting_is_judged() {
    for wrong in [
        "bind=localhost",
        "bind=127.0.0.1:99999",
        "pool-size=many",
        "pool-size=1001",
        "public-url=shop.example",
        "public-url=https://shop.example/?a=b",
        "cors-origins=shop.example",
        "cors-origins=https://shop.example/path",
        "cors-origins=,",
        "shutdown-grace=-1",
        "shutdown-grace=3601",
        "data-dir=Cargo.toml",
        "pg-bin=/no/such/folder",
        "database-url=postgres:///shop",
        "jwt-secret=0123456789012345678901234567890",
        "log=inof",
        "log=cartwright=loud",
        "demo=perhaps",
        "stripe-secret-key=pk_live_1",
        "stripe-api-base=stripe.com",
        "stripe-capture=later",
        "test-payments=perhaps",
    ] {
        let flag = wrong.split('=').next().unwrap_or_default();
        assert!(problem(wrong).contains(&format!("--{flag} ({}): expected ", variable(flag))), "{wrong}");
    }
}

#[test]
fn origins_are_what_browsers_send() {
    let config = read(&["cors-origins=https://Shop.example/, http://localhost:5173"]).expect("right");
    let Origins::These(origins) = config.server.origins else { panic!("these") };
    assert_eq!(origins, ["https://shop.example", "http://localhost:5173"]);
}

#[test]
fn the_public_url_follows_the_port_unless_it_is_given() {
    let config = read(&["bind=0.0.0.0:0"]).expect("right");
    assert_eq!(config.server.public_url(([0, 0, 0, 0], 4321).into()), "http://localhost:4321");
    let config = read(&["public-url=https://shop.example/"]).expect("right");
    assert_eq!(config.server.public_url(config.server.bind), "https://shop.example");
}

#[test]
fn every_flag_has_its_variable() {
    for arg in Cli::command().get_arguments().filter(|arg| arg.get_long() != Some("help")) {
        let flag = arg.get_long().expect("a long flag");
        assert_eq!(arg.get_env().and_then(|env| env.to_str()), Some(variable(flag).as_str()));
    }
}

#[test]
fn the_secret_is_made_once_and_for_us_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let auth = read(&[]).expect("right").auth;
    let first = auth.secret(folder.path()).expect("a secret");
    let second = auth.secret(folder.path()).expect("a secret");
    assert!(first.expose() == second.expose() && first.expose().len() == 64);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = super::AuthConfig::file(folder.path());
        assert_eq!(std::fs::metadata(file).expect("a file").permissions().mode() & 0o777, 0o600);
    }
    std::fs::write(super::AuthConfig::file(folder.path()), "short").expect("written");
    assert!(auth.secret(folder.path()).is_err());
}

#[test]
fn nobody_pays_with_test_money_unasked() {
    let config = read(&[]).expect("right").payments;
    assert!(config.test.is_none() && config.stripe.is_none());
    let config = read(&["test-payments=true", "stripe-secret-key=sk_test_1", "stripe-webhook-secrets=a, b"]);
    let config = config.expect("right").payments;
    assert!(config.test.is_some_and(|secret| secret.expose() == "test-webhook-secret"));
    let stripe = config.stripe.expect("stripe");
    assert_eq!((stripe.webhook_secrets.len(), stripe.automatic), (2, false));
    assert_eq!(stripe.api_base, "https://api.stripe.com");
    assert!(!problem("stripe-secret-key=hunter2").contains("hunter2"));
}

#[test]
fn an_address_to_listen_on_may_be_written_as_developers_write_it() {
    for (given, address) in [
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("[::1]:8080", "[::1]:8080"),
        ("localhost:8080", "127.0.0.1:8080"),
        (":8080", "0.0.0.0:8080"),
    ] {
        assert_eq!(read(&[&format!("bind={given}")]).expect("right").server.bind.to_string(), address);
    }
    assert!(
        read(&["bind=localhost:"]).is_err() && read(&["bind=:"]).is_err() && read(&["bind=shop.example:80"]).is_err()
    );
}

#[test]
fn variables_that_are_no_settings_are_named_with_what_was_probably_meant() {
    let names = ["CARTWRIGHT_BIN", "CARTWRIGHT_BIND", "CARTWRIGHT_PUBLICURL", "CARTWRIGHT_XYZ", "PATH", "DATABASE_URL"];
    let kubernetes = ["CARTWRIGHT_SERVICE_HOST", "CARTWRIGHT_PORT", "CARTWRIGHT_PORT_80_TCP"];
    let found = unknown_variables(names.iter().chain(&kubernetes).map(|name| (*name).to_owned()));
    let found: Vec<_> = found.iter().map(|(name, meant)| (name.as_str(), meant.as_deref())).collect();
    let wanted = [
        ("CARTWRIGHT_BIN", Some("CARTWRIGHT_BIND")),
        ("CARTWRIGHT_PUBLICURL", Some("CARTWRIGHT_PUBLIC_URL")),
        ("CARTWRIGHT_XYZ", None),
    ];
    assert_eq!(found, wanted);
}
