//! Creates, renames and deletes customer groups, and changes their members.

use async_graphql::InputObject;

use super::model::Membership;
use super::{CustomerError, CustomerGroup, Customers, repo};
use crate::kernel::error::all_found;
use crate::kernel::ids::{CustomerGroupId, CustomerId};
use crate::kernel::patch::set;
use crate::kernel::text::Validator;

/// The maximum number of customers per call.
const MAX_MEMBERS: usize = 1_000;

/// A customer group to create.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CustomerGroupCreateInput")]
pub struct CreateCustomerGroup {
    /// Name, unique: at most 100 characters.
    pub name: String,
}

/// The changes to a customer group. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CustomerGroupUpdateInput")]
pub struct UpdateCustomerGroup {
    /// Name, unique.
    pub name: Option<String>,
}

impl Customers {
    /// Creates an empty group.
    pub async fn create_group(&self, command: CreateCustomerGroup) -> Result<CustomerGroup, CustomerError> {
        let group = CustomerGroup { id: CustomerGroupId::new(), name: command.name, created_at: self.clock.now() };
        check(&group)?;
        repo::groups::insert(&*self.db.conn().await?, &group).await?;
        Ok(group)
    }

    /// Renames a group; no-op without a name.
    pub async fn update_group(
        &self,
        id: CustomerGroupId,
        command: UpdateCustomerGroup,
    ) -> Result<CustomerGroup, CustomerError> {
        let tx = self.db.begin().await?;
        let mut group = repo::groups::lock(&tx, id).await?.ok_or(CustomerError::GroupNotFound { path: "id" })?;
        set(&mut group.name, command.name);
        check(&group)?;
        repo::groups::update(&tx, &group).await?;
        tx.commit().await?;
        Ok(group)
    }

    /// Deletes groups, all of them or none; their customers stay.
    pub async fn delete_groups(&self, ids: &[CustomerGroupId]) -> Result<Vec<CustomerGroupId>, CustomerError> {
        let tx = self.db.begin().await?;
        let gone = repo::groups::delete(&tx, ids).await?;
        all_found("customer group", ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Adds customers to a group, all of them or none; existing members are ignored.
    pub async fn add_members(
        &self,
        id: CustomerGroupId,
        customers: &[CustomerId],
    ) -> Result<CustomerGroup, CustomerError> {
        check_members(customers)?;
        let tx = self.db.begin().await?;
        let group = repo::groups::lock(&tx, id).await?.ok_or(CustomerError::GroupNotFound { path: "groupId" })?;
        let member = |customer: &CustomerId| Membership { group_id: id, customer_id: *customer };
        repo::add_members(&tx, &customers.iter().map(member).collect::<Vec<_>>()).await?;
        tx.commit().await?;
        Ok(group)
    }

    /// Removes customers from a group; non-members are ignored.
    pub async fn remove_members(
        &self,
        id: CustomerGroupId,
        customers: &[CustomerId],
    ) -> Result<CustomerGroup, CustomerError> {
        check_members(customers)?;
        let tx = self.db.begin().await?;
        let group = repo::groups::lock(&tx, id).await?.ok_or(CustomerError::GroupNotFound { path: "groupId" })?;
        repo::remove_members(&tx, id, customers).await?;
        tx.commit().await?;
        Ok(group)
    }
}

fn check(group: &CustomerGroup) -> Result<(), CustomerError> {
    let mut validator = Validator::new();
    validator.line("input.name", &group.name, 100);
    validator.required("input.name", &group.name);
    validator.finish().map_err(CustomerError::Invalid)
}

fn check_members(customers: &[CustomerId]) -> Result<(), CustomerError> {
    let mut validator = Validator::new();
    validator.count("customerIds", customers.len(), MAX_MEMBERS);
    validator.finish().map_err(CustomerError::Invalid)
}
