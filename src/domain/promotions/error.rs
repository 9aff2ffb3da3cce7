//! What promotions refuse.

use serde_json::json;

use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};

/// Why something about promotions, campaigns or codes was refused.
#[derive(Debug, thiserror::Error)]
pub enum PromotionError {
    /// The input is wrong.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// There is no such thing.
    #[error("there is no such {what}")]
    NotFound {
        /// What is not there.
        what: &'static str,
        /// Where its id was given.
        path: &'static str,
    },
    /// A promotion of a cart was used up since its total was computed.
    #[error("a promotion of the cart is used up")]
    Limit {
        /// The promotion's title, where it is known.
        title: Option<String>,
        /// The code that it was asked for with.
        code: Option<String>,
    },
    /// Another campaign has that name.
    #[error("the name is taken")]
    NameTaken,
    /// Something still depends on it.
    #[error("{0}")]
    InUse(&'static str),
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] db::Error),
}

impl From<db::Error> for PromotionError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("campaigns_name_key") => Self::NameTaken,
            Some("promotions_campaign_fkey" | "promotion_usages_campaign_fkey") => {
                Self::InUse("Promotions of this campaign exist or have been used: keep the campaign.")
            }
            Some("promotion_usages_promotion_fkey" | "promotion_usages_code_fkey") => {
                Self::InUse("Orders have used this promotion: deactivate it instead.")
            }
            Some("promotion_codes_promotion_fkey") => Self::NotFound { what: "promotion", path: "promotionId" },
            Some("promotions_within_limit" | "promotion_codes_within_limit" | "campaigns_within_budget") => {
                Self::Limit { title: None, code: None }
            }
            _ => Self::Db(error),
        }
    }
}

impl From<Problem> for PromotionError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl Explain for PromotionError {
    fn problems(&self) -> Vec<Problem> {
        let problem = match self {
            Self::Invalid(problems) => return problems.clone(),
            Self::NotFound { what, path } => {
                Problem::new(ErrorCode::NotFound, format!("There is no such {what}.")).at(path)
            }
            Self::Limit { title, code } => {
                let message = match title {
                    Some(title) => {
                        format!("\"{title}\" was used up in the meantime. The cart now shows the total without it.")
                    }
                    None => "An offer was used up in the meantime. The cart now shows the total without it.".to_owned(),
                };
                Problem::new(ErrorCode::PromoLimit, message).with(json!({ "title": title, "code": code }))
            }
            Self::NameTaken => {
                Problem::new(ErrorCode::Taken, "Another campaign already has this name: choose another one.")
                    .at("input.name")
            }
            Self::InUse(why) => Problem::new(ErrorCode::InUse, *why),
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
