//! Errors of promotion operations.

use serde_json::json;

use crate::db;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};

/// Why an operation on promotions, campaigns or codes was refused.
#[derive(Debug, thiserror::Error)]
pub enum PromotionError {
    /// The input is invalid.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// The record does not exist.
    #[error("there is no such {what}")]
    NotFound {
        /// The kind of the record.
        what: &'static str,
        /// The path of its id in the input.
        path: &'static str,
    },
    /// A promotion of a cart was used up after its total was computed.
    #[error("a promotion of the cart is used up")]
    Limit {
        /// The promotion's title, if known.
        title: Option<String>,
        /// The code that was entered.
        code: Option<String>,
    },
    /// Another campaign has this name.
    #[error("the name is taken")]
    NameTaken,
    /// The record is still referenced.
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

impl From<UserError> for PromotionError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl UserFacing for PromotionError {
    fn user_errors(&self) -> Vec<UserError> {
        let problem = match self {
            Self::Invalid(problems) => return problems.clone(),
            Self::NotFound { what, path } => {
                UserError::new(ErrorCode::NotFound, format!("There is no such {what}.")).at(path)
            }
            Self::Limit { title, code } => {
                let message = match title {
                    Some(title) => {
                        format!("\"{title}\" was used up in the meantime. The cart now shows the total without it.")
                    }
                    None => "An offer was used up in the meantime. The cart now shows the total without it.".to_owned(),
                };
                UserError::new(ErrorCode::PromoLimit, message).with(json!({ "title": title, "code": code }))
            }
            Self::NameTaken => {
                UserError::new(ErrorCode::Taken, "Another campaign already has this name: choose another one.")
                    .at("input.name")
            }
            Self::InUse(why) => UserError::new(ErrorCode::InUse, *why),
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
