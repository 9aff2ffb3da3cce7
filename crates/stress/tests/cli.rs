//! The command line. This test also makes `cargo test` build the program, which `.ci/run` then starts.

use std::process::{Command, Output};

fn run_stress(args: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_cartwright-stress")).args(args).output();
    command.expect("the program starts")
}

#[test]
fn a_missing_server_is_reported_before_anything_starts() {
    let folder = std::env::temp_dir().join(format!("cartwright-stress-cli-{}", std::process::id()));
    let name = folder.to_str().expect("a UTF-8 path");
    let output = run_stress(&["--quick", "--folder", name, "--server", "/nowhere/cartwright"]);
    let output_text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{output_text}");
    for part in ["error: ", "/nowhere/cartwright", "cargo build", "--bin cartwright", "--server"] {
        assert!(output_text.contains(part), "{output_text}");
    }
    assert!(output.stdout.is_empty() && !folder.exists());
}

#[test]
fn the_options_match_the_docs() {
    let output = run_stress(&["--help"]);
    let help = String::from_utf8_lossy(&output.stdout);
    for option in ["--quick", "--checkouts", "--only", "--seed", "--folder", "--server"] {
        assert!(help.contains(option), "{help}");
    }
    assert_eq!(run_stress(&["--unknown"]).status.code(), Some(2));
}
