//! Staff accounts: the first one, and `user create`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cartwright::app::App;
use cartwright::config::Config;
use cartwright::domain::auth::{AuthError, NewStaff, StaffUser};
use cartwright::kernel::actor::Permission;
use rand::distr::{Alphanumeric, SampleString};

use super::database::Database;
use super::failure::CommandError;

/// The email address of the first account.
const FIRST_EMAIL: &str = "admin@example.com";
/// The length of a generated password: 119 bits.
const PASSWORD_LENGTH: usize = 20;

/// `cartwright user create`.
pub(crate) async fn create(
    config: &Config,
    email: String,
    name: String,
    password: Option<String>,
) -> Result<ExitCode, CommandError> {
    let (password, is_made) = match password.as_deref() {
        None => (random_password(), true),
        Some("-") => (io::read_to_string(io::stdin())?.trim_end_matches(['\r', '\n']).to_owned(), false),
        Some(password) => (password.to_owned(), false),
    };
    let database = Database::borrow(&config.database).await?;
    database.require_shop().await?;
    database.migrate().await?;
    let app = database.app_for_command(config)?;
    let user = create_account(&app, email, name, password.clone()).await?;
    println!("Created {} ({}), who may do everything.", user.email, user.name);
    if is_made {
        println!("Password: {password}");
    }
    drop(app);
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Creates the first account of a private shop and writes its password to a file that only we can read.
pub(crate) async fn ensure_first(app: &App, data_dir: &Path) -> Result<(), CommandError> {
    let has_staff = {
        let conn = app.db.conn().await?;
        app.auth.has_staff(&conn).await?
    };
    if has_staff {
        return Ok(());
    }
    let password = random_password();
    // Writes the file first: an account whose password nobody knows would be worse than an unused file.
    let path = login_file(data_dir);
    let text = format!("{FIRST_EMAIL}\n{password}\n");
    write_private(&path, &text)
        .map_err(|error| CommandError::new(format!("cannot write {}: {error}", path.display())))?;
    create_account(app, FIRST_EMAIL.to_owned(), "Administrator".to_owned(), password).await?;
    Ok(())
}

/// Returns the first account's email address and password, while the file with them exists.
pub(crate) fn first_login(data_dir: &Path) -> Option<(String, String)> {
    let text = fs::read_to_string(login_file(data_dir)).ok()?;
    let mut lines = text.lines().map(str::to_owned);
    Some((lines.next()?, lines.next()?))
}

/// The file with the first account's password.
pub(crate) fn login_file(data_dir: &Path) -> PathBuf {
    data_dir.join("staff-login.txt")
}

async fn create_account(app: &App, email: String, name: String, password: String) -> Result<StaffUser, CommandError> {
    let new = NewStaff { email, name, password, permissions: Permission::ALL.to_vec() };
    app.auth.create_staff(new).await.map_err(|error| match error {
        AuthError::Invalid(problems) => {
            let problems: Vec<String> =
                problems.iter().map(|problem| format!("--{}: {}", problem.path.join("."), problem.message)).collect();
            CommandError::new(problems.join(" "))
        }
        AuthError::EmailTaken => CommandError::new("there is a staff account with this email address already"),
        other => other.into(),
    })
}

fn random_password() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), PASSWORD_LENGTH)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let _ = fs::remove_file(path);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
