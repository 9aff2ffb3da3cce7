//! Errors of fields and loads.

use async_graphql::{ErrorExtensionValues, Pos, ServerError};

/// The result of a load or field.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a load or field, as sent to the client.
///
/// It has no `Display`, and there is no blanket conversion into it: `?` must not leak a database error to a client.
#[derive(Clone, Debug)]
pub struct Error {
    /// The human-readable message.
    pub message: String,
    /// The error's `extensions` in the response, for machines.
    pub extensions: Option<ErrorExtensionValues>,
}

impl Error {
    /// Creates an error with a code in its extensions.
    pub fn coded(code: &str, message: impl Into<String>) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", code);
        Self { message: message.into(), extensions: Some(extensions) }
    }

    pub(crate) fn at(self, pos: Pos) -> ServerError {
        ServerError { extensions: self.extensions, ..ServerError::new(self.message, Some(pos)) }
    }
}

impl From<async_graphql::Error> for Error {
    fn from(error: async_graphql::Error) -> Self {
        Self { message: error.message, extensions: error.extensions }
    }
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        Self { message: error.message, source: None, extensions: error.extensions }
    }
}
