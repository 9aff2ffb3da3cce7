//! Creates, updates, fills and deletes collections.

use async_graphql::InputObject;

use super::model::Collection;
use super::products::clean_html;
use super::{Catalog, CatalogError, repo};
use crate::db::Conn;
use crate::kernel::error::all_found;
use crate::kernel::ids::{CollectionId, ProductId};
use crate::kernel::patch::set;
use crate::kernel::text::{Validator, handle_from};

/// A collection to create.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CollectionCreateInput")]
pub struct CreateCollection {
    /// Title: at most 255 characters.
    pub title: String,
    /// Handle, used in URLs. If omitted, it is derived from the title.
    pub handle: Option<String>,
    /// Description as HTML; scripts and other unsafe markup are removed.
    #[graphql(default)]
    pub description_html: String,
}

/// The changes to a collection. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CollectionUpdateInput")]
pub struct UpdateCollection {
    /// Title.
    pub title: Option<String>,
    /// Handle.
    pub handle: Option<String>,
    /// Description as HTML; scripts and other unsafe markup are removed.
    pub description_html: Option<String>,
}

impl Catalog {
    /// Creates a collection.
    pub async fn create_collection(&self, command: CreateCollection) -> Result<Collection, CatalogError> {
        let conn = self.db.conn().await?;
        self.create_collection_in(&conn, command).await
    }

    /// Returns the collection with this title's handle; creates it if missing, in the caller's transaction.
    pub async fn find_or_create_collection_in(&self, conn: &Conn, title: &str) -> Result<CollectionId, CatalogError> {
        if let Some(found) = self.collection_by_handle(conn, &handle_from(title)).await? {
            return Ok(found.id);
        }
        let command = CreateCollection { title: title.to_owned(), handle: None, description_html: String::new() };
        Ok(self.create_collection_in(conn, command).await?.id)
    }

    async fn create_collection_in(&self, conn: &Conn, command: CreateCollection) -> Result<Collection, CatalogError> {
        let collection = Collection {
            id: CollectionId::new(),
            handle: command.handle.unwrap_or_else(|| handle_from(&command.title)),
            title: command.title,
            description_html: clean_html(&command.description_html),
            created_at: self.clock.now(),
        };
        check(&collection)?;
        repo::collections::insert(conn, &collection).await?;
        Ok(collection)
    }

    /// Updates a collection.
    pub async fn update_collection(
        &self,
        id: CollectionId,
        command: UpdateCollection,
    ) -> Result<Collection, CatalogError> {
        let tx = self.db.begin().await?;
        let missing = CatalogError::NotFound { what: "collection", path: "id" };
        let mut collection = repo::collections::lock(&tx, id).await?.ok_or(missing)?;
        set(&mut collection.title, command.title);
        set(&mut collection.handle, command.handle);
        set(&mut collection.description_html, command.description_html.map(|html| clean_html(&html)));
        check(&collection)?;
        repo::collections::update(&tx, &collection).await?;
        tx.commit().await?;
        Ok(collection)
    }

    /// Adds products to a collection.
    pub async fn add_to_collection(
        &self,
        id: CollectionId,
        products: &[ProductId],
    ) -> Result<Collection, CatalogError> {
        let tx = self.db.begin().await?;
        let missing = CatalogError::NotFound { what: "collection", path: "id" };
        let collection = repo::collections::lock(&tx, id).await?.ok_or(missing)?;
        let pairs: Vec<_> = products.iter().map(|product| (id, *product)).collect();
        repo::collections::add(&tx, &pairs).await?;
        tx.commit().await?;
        Ok(collection)
    }

    /// Removes products from a collection; products not in it are ignored.
    pub async fn remove_from_collection(
        &self,
        id: CollectionId,
        products: &[ProductId],
    ) -> Result<Collection, CatalogError> {
        let tx = self.db.begin().await?;
        let missing = CatalogError::NotFound { what: "collection", path: "id" };
        let collection = repo::collections::lock(&tx, id).await?.ok_or(missing)?;
        repo::collections::remove(&tx, id, products).await?;
        tx.commit().await?;
        Ok(collection)
    }

    /// Deletes collections, all of them or none; their products stay.
    pub async fn delete_collections(&self, ids: &[CollectionId]) -> Result<Vec<CollectionId>, CatalogError> {
        let tx = self.db.begin().await?;
        let gone = repo::collections::delete(&tx, ids).await?;
        all_found("collection", ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }
}

fn check(collection: &Collection) -> Result<(), CatalogError> {
    let mut validator = Validator::new();
    validator.line("input.title", &collection.title, 255);
    validator.required("input.title", &collection.title);
    validator.handle("input.handle", &collection.handle);
    validator.html("input.descriptionHtml", &collection.description_html, 100_000);
    validator.finish().map_err(CatalogError::Invalid)
}
