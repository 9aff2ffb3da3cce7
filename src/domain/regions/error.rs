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
    /// There is no such sales channel.
    #[error("there is no such sales channel")]
    ChannelNotFound,
    /// Another region serves one of the countries.
    #[error("another region serves one of the countries")]
    CountryTaken,
    /// Carts, orders or a channel still use it.
    #[error("the region is in use")]
    InUse,
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] db::Error),
}

impl From<db::Error> for RegionError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("region_countries_pkey") => Self::CountryTaken,
            Some("carts_region_fkey" | "sales_channels_default_region_fkey") => Self::InUse,
            _ => Self::Db(error),
        }
    }
}

impl Explain for RegionError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NotFound => vec![Problem::new(ErrorCode::NotFound, "There is no such region.")],
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
            Self::InUse => vec![Problem::new(
                ErrorCode::InUse,
                "Carts, orders or a sales channel still use this region: it cannot be deleted.",
            )],
            Self::Db(_) => Vec::new(),
        }
    }
}
