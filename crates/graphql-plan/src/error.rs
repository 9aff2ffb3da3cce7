//! Why a field has no value.

use async_graphql::{ErrorExtensionValues, Pos, ServerError};

/// What loads and fields give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a load or a field failed, as the client is told.
///
/// It has no `Display`, and nothing converts into it by itself: an error of a database must not reach a client because
/// somebody wrote `?`.
#[derive(Clone, Debug)]
pub struct Error {
    /// For people.
    pub message: String,
    /// For programs: `extensions` of the error in the answer.
    pub extensions: Option<ErrorExtensionValues>,
}

impl Error {
    /// An error with a code in its extensions.
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
