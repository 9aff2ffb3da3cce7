//! Adds codes to errors, and limits their number and length.

use async_graphql::{ErrorExtensionValues, ServerError, Value};

/// The maximum number of errors in a response; the rest is dropped.
const MAX_ERRORS: usize = 20;

/// The maximum number of characters of an error message; the rest is truncated.
const MAX_MESSAGE_CHARS: usize = 300;

/// Creates an error with a code.
pub(in crate::http) fn coded(code: &'static str, message: impl Into<String>) -> ServerError {
    with_code(ServerError::new(message, None), code)
}

/// Extracts the problem from the parser's message, which also quotes the source line; the position is in `locations`.
pub(super) fn syntax_error(error: async_graphql::parser::Error) -> ServerError {
    let mut error = ServerError::from(error);
    if let Some((_, problem)) = error.message.rsplit_once("\n  = ") {
        error.message = format!("Syntax error: {problem}");
    }
    with_code(error, "GRAPHQL_PARSE_FAILED")
}

fn with_code(mut error: ServerError, code: &'static str) -> ServerError {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code);
    error
}

pub(super) fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        Value::Enum(code) => Some(code),
        _ => None,
    }
}

/// Adds codes to async-graphql's own errors, and limits their number.
pub(super) fn finish(mut response: async_graphql::Response) -> async_graphql::Response {
    response.errors.truncate(MAX_ERRORS);
    response.errors = response.errors.into_iter().map(finish_error).collect();
    response
}

pub(super) fn finish_error(mut error: ServerError) -> ServerError {
    if let Some((cut, _)) = error.message.char_indices().nth(MAX_MESSAGE_CHARS) {
        error.message.truncate(cut);
    }
    // Parsing has succeeded, so an error without code or path comes from validation.
    match code_of(&error) {
        None if error.path.is_empty() => {
            let code = code_by_message(&error.message);
            if let Some(place) = argument_path(&error.message) {
                error.extensions.get_or_insert_default().set("argumentPath", place);
            }
            with_code(error, code)
        }
        _ => error,
    }
}

/// The place of a value that does not match its type, as in `Invalid value for argument "input.lines.0.quantity", ...`.
fn argument_path(message: &str) -> Option<Value> {
    let (place, _) = message.strip_prefix("Invalid value for argument \"")?.split_once('"')?;
    Some(Value::List(place.split('.').map(Value::from).collect()))
}

/// async-graphql's errors have no kind; only the message distinguishes a value that does not match its type.
fn code_by_message(message: &str) -> &'static str {
    let starts = |start: &str| message.starts_with(start);
    // `Variable x is not defined.` is a missing value, `Variable "$x" is not defined` a misspelled name.
    let missing = starts("Variable ") && !starts("Variable \"") && message.ends_with(" is not defined.");
    if missing || starts("Invalid value for ") || starts("Invalid default value for ") {
        return "BAD_USER_INPUT";
    }
    match message {
        "Query is too complex." | "Query is nested too deep." => "TOO_COSTLY",
        _ => "GRAPHQL_VALIDATION_FAILED",
    }
}
