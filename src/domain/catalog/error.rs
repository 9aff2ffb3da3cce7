//! What the catalogue refuses.

use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};

/// Why something about the catalogue was refused.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The input is wrong.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// There is no such thing: `what` names the kind, such as `product`.
    #[error("there is no such {what}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// Where its id was given.
        path: &'static str,
    },
    /// Another product, category or collection has the handle.
    #[error("the handle is taken")]
    HandleTaken,
    /// Another variant has the stock-keeping unit.
    #[error("the SKU is taken")]
    SkuTaken,
    /// Another variant of the product has the same options.
    #[error("the combination of options is taken")]
    OptionsTaken,
    /// The image is on the product already.
    #[error("the image is there already")]
    ImageTaken,
    /// Something else depends on it.
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

impl From<Problem> for CatalogError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl Explain for CatalogError {
    fn problems(&self) -> Vec<Problem> {
        let one = |code, message: String, path: &str| vec![Problem::new(code, message).at(path)];
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
