//! The command line. That this test is there also has `cargo test` build the program, which `.ci/run` then starts.

use std::process::{Command, Output};

fn stress(args: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_cartwright-stress")).args(args).output();
    command.expect("the program starts")
}

#[test]
fn without_a_server_it_says_how_to_build_one_and_starts_nothing() {
    let folder = std::env::temp_dir().join(format!("cartwright-stress-cli-{}", std::process::id()));
    let name = folder.to_str().expect("a plain name");
    let output = stress(&["--quick", "--folder", name, "--server", "/nowhere/cartwright"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    for part in ["error: ", "/nowhere/cartwright", "cargo build", "--bin cartwright", "--server"] {
        assert!(told.contains(part), "{told}");
    }
    assert!(output.stdout.is_empty() && !folder.exists());
}

#[test]
fn the_options_are_those_of_the_docs() {
    let output = stress(&["--help"]);
    let help = String::from_utf8_lossy(&output.stdout);
    for option in ["--quick", "--checkouts", "--only", "--seed", "--folder", "--server"] {
        assert!(help.contains(option), "{help}");
    }
    assert_eq!(stress(&["--unknown"]).status.code(), Some(2));
}
