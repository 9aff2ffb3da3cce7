use async_graphql::{Context, Description, InputObject, Object};

use super::objects::Customer;
use crate::domain::customers;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CustomerGroupId, CustomerId};

/// Customers who are treated alike, such as wholesalers.
#[derive(Description)]
pub struct CustomerGroup(pub customers::CustomerGroup);

#[Object(use_type_description)]
impl CustomerGroup {
    /// Id.
    async fn id(&self) -> CustomerGroupId {
        self.0.id
    }

    /// Name, unique.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// How many customers are in it; null for anybody but staff who may see customers. `customers(filter: {groupId})`
    /// lists them.
    #[graphql(visible = "staff")]
    async fn member_count(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        if !ctx.actor().may(Permission::Customers) {
            return Ok(None);
        }
        Ok(Some(ctx.reads().loaders.member_count.load(self.0.id).await?.unwrap_or_default()))
    }
}

/// How many groups of customers there are.
pub struct CustomerGroupTotal;

#[Object]
impl CustomerGroupTotal {
    /// How many groups there are, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().customers.count_groups(reads.conn().await?).await?)
    }
}

/// A group of customers to make.
#[derive(InputObject)]
pub struct CustomerGroupCreateInput {
    /// Name, unique: at most 100 characters.
    name: String,
}

/// What to change of a group of customers; what is left out stays.
#[derive(InputObject)]
pub struct CustomerGroupUpdateInput {
    /// Name, unique.
    name: Option<String>,
}

payloads! {
    CustomerGroupCreatePayload {
        /// The new group.
        customer_group: CustomerGroup
    }
    CustomerGroupUpdatePayload {
        /// The group after the change.
        customer_group: CustomerGroup
    }
    CustomerGroupDeletePayload {
        /// The groups that are gone.
        deleted_ids: Vec<CustomerGroupId>
    }
    GroupMembersAddPayload {
        /// The group.
        customer_group: CustomerGroup
    }
    GroupMembersRemovePayload {
        /// The group.
        customer_group: CustomerGroup
    }
    CustomerTaxExemptionSetPayload {
        /// The customer after the change.
        customer: Customer
    }
}

#[derive(Default)]
pub struct CustomerGroupMutation;

#[Object]
impl CustomerGroupMutation {
    /// Makes a group of customers, with nobody in it. Codes: REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
    #[graphql(guard = "Needs(Permission::Customers)", visible = "staff", directive = requires::apply("CUSTOMERS".into()))]
    async fn customer_group_create(
        &self,
        ctx: &Context<'_>,
        input: CustomerGroupCreateInput,
    ) -> Result<CustomerGroupCreatePayload> {
        let outcome = ctx.for_write().customers.create_group(input.name).await;
        CustomerGroupCreatePayload::of(outcome, |row| CustomerGroupCreatePayload {
            customer_group: Some(CustomerGroup(row)),
            ..Default::default()
        })
    }

    /// Renames a group of customers. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
    #[graphql(guard = "Needs(Permission::Customers)", visible = "staff", directive = requires::apply("CUSTOMERS".into()))]
    async fn customer_group_update(
        &self,
        ctx: &Context<'_>,
        id: CustomerGroupId,
        input: CustomerGroupUpdateInput,
    ) -> Result<CustomerGroupUpdatePayload> {
        let outcome = ctx.for_write().customers.update_group(id, input.name).await;
        CustomerGroupUpdatePayload::of(outcome, |row| CustomerGroupUpdatePayload {
            customer_group: Some(CustomerGroup(row)),
            ..Default::default()
        })
    }

    /// Deletes groups of customers, all of them or none; the customers stay. Codes: NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Customers)", visible = "staff", directive = requires::apply("CUSTOMERS".into()))]
    async fn customer_group_delete(
        &self,
        ctx: &Context<'_>,
        ids: Vec<CustomerGroupId>,
    ) -> Result<CustomerGroupDeletePayload> {
        let outcome = ctx.for_write().customers.delete_groups(&ids).await;
        CustomerGroupDeletePayload::of(outcome, |ids| CustomerGroupDeletePayload {
            deleted_ids: Some(ids),
            ..Default::default()
        })
    }

    /// Puts customers into a group, at most 1,000 at once, all of them or none; ones that are in it stay.
    /// Codes: NOT_FOUND, TOO_LONG.
    #[graphql(guard = "Needs(Permission::Customers)", visible = "staff", directive = requires::apply("CUSTOMERS".into()))]
    async fn group_members_add(
        &self,
        ctx: &Context<'_>,
        group_id: CustomerGroupId,
        customer_ids: Vec<CustomerId>,
    ) -> Result<GroupMembersAddPayload> {
        let outcome = ctx.for_write().customers.add_members(group_id, &customer_ids).await;
        GroupMembersAddPayload::of(outcome, |row| GroupMembersAddPayload {
            customer_group: Some(CustomerGroup(row)),
            ..Default::default()
        })
    }

    /// Takes customers out of a group; ones that are not in it are passed over. Codes: NOT_FOUND, TOO_LONG.
    #[graphql(guard = "Needs(Permission::Customers)", visible = "staff", directive = requires::apply("CUSTOMERS".into()))]
    async fn group_members_remove(
        &self,
        ctx: &Context<'_>,
        group_id: CustomerGroupId,
        customer_ids: Vec<CustomerId>,
    ) -> Result<GroupMembersRemovePayload> {
        let outcome = ctx.for_write().customers.remove_members(group_id, &customer_ids).await;
        GroupMembersRemovePayload::of(outcome, |row| GroupMembersRemovePayload {
            customer_group: Some(CustomerGroup(row)),
            ..Default::default()
        })
    }

    /// Exempts a customer from tax, or ends the exemption. To exempt them a reason is needed, such as the number of a
    /// certificate: at most 500 characters. Open carts show it when they are next changed or completed.
    /// Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT.
    #[graphql(guard = "Needs(Permission::Customers)", visible = "staff", directive = requires::apply("CUSTOMERS".into()))]
    async fn customer_tax_exemption_set(
        &self,
        ctx: &Context<'_>,
        customer_id: CustomerId,
        exempt: bool,
        reason: Option<String>,
    ) -> Result<CustomerTaxExemptionSetPayload> {
        let outcome = ctx.for_write().customers.set_tax_exemption(customer_id, exempt, reason).await;
        CustomerTaxExemptionSetPayload::of(outcome, |row| CustomerTaxExemptionSetPayload {
            customer: Some(Customer(row)),
            ..Default::default()
        })
    }
}
