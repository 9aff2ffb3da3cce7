//! Creates, updates and deletes categories.

use async_graphql::InputObject;

use super::model::Category;
use super::{Catalog, CatalogError, repo};
use crate::db::{Conn, Tx};
use crate::kernel::error::{ErrorCode, UserError, all_found};
use crate::kernel::ids::CategoryId;
use crate::kernel::patch::set;
use crate::kernel::text::{Validator, handle_from};

/// The maximum depth of the category tree.
const MAX_DEPTH: usize = 10;

/// A category to create.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CategoryCreateInput")]
pub struct CreateCategory {
    /// Name: at most 255 characters.
    pub name: String,
    /// Handle, used in URLs. If omitted, it is derived from the name.
    pub handle: Option<String>,
    /// The parent category; if omitted, the category is a top-level category.
    pub parent_id: Option<CategoryId>,
}

/// The changes to a category. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CategoryUpdateInput")]
pub struct UpdateCategory {
    /// Name.
    pub name: Option<String>,
    /// Handle.
    pub handle: Option<String>,
}

impl Catalog {
    /// Creates a category.
    pub async fn create_category(&self, command: CreateCategory) -> Result<Category, CatalogError> {
        let tx = self.db.begin().await?;
        let category = self.create_category_in(&tx, command).await?;
        tx.commit().await?;
        Ok(category)
    }

    /// Returns the category at a path of names; creates missing ones, in the caller's transaction.
    pub async fn find_or_create_category_in(
        &self,
        conn: &Conn,
        names: &[String],
    ) -> Result<Option<CategoryId>, CatalogError> {
        let mut parent = None;
        for name in names.iter().take(MAX_DEPTH) {
            let found = repo::categories::named(conn, parent, name).await?;
            parent = Some(match found {
                Some(id) => id,
                None => {
                    let handle = self.free_handle(conn, name, parent).await?;
                    let command = CreateCategory { name: name.clone(), handle: Some(handle), parent_id: parent };
                    self.create_category_in(conn, command).await?.id
                }
            });
        }
        Ok(parent)
    }

    /// Derives a handle from a name, prefixed with the parent's handle if it is taken.
    async fn free_handle(&self, conn: &Conn, name: &str, parent: Option<CategoryId>) -> Result<String, CatalogError> {
        let handle = handle_from(name);
        if self.category_by_handle(conn, &handle).await?.is_none() {
            return Ok(handle);
        }
        let parents = self.categories(conn, &Vec::from_iter(parent)).await?;
        Ok(parents.first().map_or_else(|| handle.clone(), |parent| format!("{}-{handle}", parent.handle)))
    }

    async fn create_category_in(&self, conn: &Conn, command: CreateCategory) -> Result<Category, CatalogError> {
        let id = CategoryId::new();
        let mut path = match command.parent_id {
            None => Vec::new(),
            Some(parent) => {
                let missing = CatalogError::NotFound { what: "category", path: "input.parentId" };
                self.categories(conn, &[parent]).await?.pop().ok_or(missing)?.path
            }
        };
        path.push(id);
        let category = Category {
            id,
            parent_id: command.parent_id,
            handle: command.handle.unwrap_or_else(|| handle_from(&command.name)),
            name: command.name,
            path,
            created_at: self.clock.now(),
        };
        check(&category)?;
        repo::categories::insert(conn, &category).await?;
        Ok(category)
    }

    /// Updates a category.
    pub async fn update_category(&self, id: CategoryId, command: UpdateCategory) -> Result<Category, CatalogError> {
        let tx: Tx = self.db.begin().await?;
        let missing = CatalogError::NotFound { what: "category", path: "id" };
        let mut category = repo::categories::lock(&tx, id).await?.ok_or(missing)?;
        set(&mut category.name, command.name);
        set(&mut category.handle, command.handle);
        check(&category)?;
        repo::categories::update(&tx, &category).await?;
        tx.commit().await?;
        Ok(category)
    }

    /// Deletes categories, all of them or none. Products lose their category; child categories must be deleted first.
    pub async fn delete_categories(&self, ids: &[CategoryId]) -> Result<Vec<CategoryId>, CatalogError> {
        let tx = self.db.begin().await?;
        let gone = repo::categories::delete(&tx, ids).await?;
        all_found("category", ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }
}

fn check(category: &Category) -> Result<(), CatalogError> {
    let mut validator = Validator::new();
    validator.line("input.name", &category.name, 255);
    validator.required("input.name", &category.name);
    validator.handle("input.handle", &category.handle);
    if category.path.len() > MAX_DEPTH {
        let message = format!("Categories can be at most {MAX_DEPTH} levels deep.");
        return Err(UserError::new(ErrorCode::Invalid, message).at("input.parentId").into());
    }
    validator.finish().map_err(CatalogError::Invalid)
}
