//! Errors of catalog operations.

use crate::db;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};

/// Why a catalog operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The input is invalid.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// The record does not exist.
    #[error("there is no such {what}")]
    NotFound {
        /// The kind of the record, such as `product`.
        what: &'static str,
        /// The path of its id in the input.
        path: &'static str,
    },
    /// Another product, category or collection has this handle.
    #[error("the handle is taken")]
    HandleTaken,
    /// Another variant has this stock-keeping unit.
    #[error("the SKU is taken")]
    SkuTaken,
    /// Another variant of the product has the same option values.
    #[error("the combination of options is taken")]
    OptionsTaken,
    /// The product already has this image.
    #[error("the image is there already")]
    ImageTaken,
    /// The record is still in use.
    #[error("in use: {0}")]
    InUse(&'static str),
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] db::Error),
}

impl From<db::Error> for CatalogError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("products_handle_key" | "categories_handle_key" | "collections_handle_key") => Self::HandleTaken,
            Some("variants_sku_key") => Self::SkuTaken,
            Some("variants_options_key") => Self::OptionsTaken,
            Some("product_images_url_key") => Self::ImageTaken,
            Some("products_category_fkey") => Self::NotFound { what: "category", path: "input.categoryId" },
            Some("products_tax_class_fkey") => Self::NotFound { what: "tax class", path: "input.taxClassId" },
            Some("collection_products_collection_fkey") => {
                Self::NotFound { what: "collection", path: "input.collectionIds" }
            }
            Some("collection_products_product_fkey") => Self::NotFound { what: "product", path: "productIds" },
            Some("categories_parent_fkey") => Self::InUse("Delete the categories below it first."),
            Some("stock_reservations_level_fkey") => {
                Self::InUse("Units of it are reserved for orders: ship or cancel them first.")
            }
            _ => Self::Db(error),
        }
    }
}

impl From<UserError> for CatalogError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl UserFacing for CatalogError {
    fn user_errors(&self) -> Vec<UserError> {
        let one = |code, message: String, path: &str| vec![UserError::new(code, message).at(path)];
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NotFound { what, path } => one(ErrorCode::NotFound, format!("There is no such {what}."), path),
            Self::HandleTaken => {
                one(ErrorCode::Taken, "This handle is already taken: choose another one.".to_owned(), "input.handle")
            }
            Self::SkuTaken => one(
                ErrorCode::Taken,
                "Another variant already has this SKU: choose another one.".to_owned(),
                "input.sku",
            ),
            Self::OptionsTaken => {
                let message =
                    "Another variant of this product already has the same option values: choose others.".to_owned();
                one(ErrorCode::Taken, message, "input.optionValues")
            }
            Self::ImageTaken => one(ErrorCode::Taken, "The product already has this image.".to_owned(), "input.url"),
            Self::InUse(why) => one(ErrorCode::InUse, (*why).to_owned(), ""),
            Self::Db(_) => Vec::new(),
        }
    }
}
