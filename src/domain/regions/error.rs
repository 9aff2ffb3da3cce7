//! What regions refuse.

use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};

/// Why something about regions or channels was refused.
#[derive(Debug, thiserror::Error)]
pub enum RegionError {
    /// The input is wrong.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// There is no such region.
    #[error("there is no such region")]
    NotFound,
    /// There is no such region to become the default one.
    #[error("there is no such region")]
    NoSuchDefault,
    /// There is no such sales channel.
    #[error("there is no such sales channel")]
    ChannelNotFound,
    /// Another region serves one of the countries.
    #[error("another region serves one of the countries")]
    CountryTaken,
    /// Carts still use it.
    #[error("the region is in use")]
    InUse,
    /// It is the default region of a sales channel.
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

impl From<Problem> for RegionError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl Explain for RegionError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NotFound => vec![Problem::new(ErrorCode::NotFound, "There is no such region.")],
            Self::NoSuchDefault => {
                vec![Problem::new(ErrorCode::NotFound, "There is no such region.").at("input.defaultRegionId")]
            }
            Self::ChannelNotFound => {
                vec![Problem::new(ErrorCode::NotFound, "There is no such sales channel.").at("id")]
            }
            Self::CountryTaken => {
                vec![
                    Problem::new(
                        ErrorCode::Taken,
                        "Another region already serves one of these countries: remove it there first.",
                    )
                    .at("input.countries"),
                ]
            }
            Self::InUse => {
                let message = "Carts still use this region: it cannot be deleted.";
                vec![Problem::new(ErrorCode::InUse, message).at("ids")]
            }
            Self::IsDefault => {
                let message =
                    "This is the default region of a sales channel: choose another one with channelUpdate first.";
                vec![Problem::new(ErrorCode::InUse, message).at("ids")]
            }
            Self::Db(_) => Vec::new(),
        }
    }
}
