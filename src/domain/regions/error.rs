//! Errors of region and channel operations.

use crate::db;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};

/// Why a region or channel operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum RegionError {
    /// The input is invalid.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// The region does not exist.
    #[error("there is no such region")]
    NotFound,
    /// The new default region does not exist.
    #[error("there is no such region")]
    DefaultRegionNotFound,
    /// The sales channel does not exist.
    #[error("there is no such sales channel")]
    ChannelNotFound,
    /// Another region serves one of the countries.
    #[error("another region serves one of the countries")]
    CountryTaken,
    /// Carts still use the region.
    #[error("the region is in use")]
    InUse,
    /// The region is the default region of a sales channel.
    #[error("the region is the default of a sales channel")]
    IsDefault,
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] db::Error),
}

impl From<db::Error> for RegionError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("region_countries_pkey") => Self::CountryTaken,
            Some("carts_region_fkey") => Self::InUse,
            Some("sales_channels_default_region_fkey") => Self::IsDefault,
            _ => Self::Db(error),
        }
    }
}

impl From<UserError> for RegionError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl UserFacing for RegionError {
    fn user_errors(&self) -> Vec<UserError> {
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NotFound => vec![UserError::new(ErrorCode::NotFound, "There is no such region.")],
            Self::DefaultRegionNotFound => {
                vec![UserError::new(ErrorCode::NotFound, "There is no such region.").at("input.defaultRegionId")]
            }
            Self::ChannelNotFound => {
                vec![UserError::new(ErrorCode::NotFound, "There is no such sales channel.").at("id")]
            }
            Self::CountryTaken => {
                vec![
                    UserError::new(
                        ErrorCode::Taken,
                        "Another region already serves one of these countries: remove it there first.",
                    )
                    .at("input.countries"),
                ]
            }
            Self::InUse => {
                let message = "Carts still use this region: it cannot be deleted.";
                vec![UserError::new(ErrorCode::InUse, message).at("ids")]
            }
            Self::IsDefault => {
                let message =
                    "This is the default region of a sales channel: choose another one with salesChannelUpdate first.";
                vec![UserError::new(ErrorCode::InUse, message).at("ids")]
            }
            Self::Db(_) => Vec::new(),
        }
    }
}
