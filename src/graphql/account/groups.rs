use async_graphql::{Context, InputObject};
use cartwright_macros::mutations;
use graphql_plan::object;

use super::objects::Customer;
use super::sources::MEMBERS_OF_GROUP;
use crate::domain::customers;
use crate::graphql::context::{Asked, Requested};
use crate::graphql::errors::{Done, Refusal, Result};
use crate::graphql::guards::staff;
use crate::kernel::actor::Permission;
use crate::kernel::ids::{CustomerGroupId, CustomerId};

object! {
    /// Customers who are treated alike, such as wholesalers.
    pub CustomerGroup for customers::CustomerGroup {
        /// Id.
        id;
        /// Name, unique.
        name;
        /// When it was made.
        created_at;
        /// How many customers are in it; null for anybody but staff who may see customers. `customers(filter: {groupId})`
        /// lists them.
        member_count: from(
            MEMBERS_OF_GROUP,
            |group, cx| cx.actor().may(Permission::Customers).then_some(group.id),
            |_, found, cx| {
                let seen = cx.actor().may(Permission::Customers);
                seen.then(|| found.first().copied().unwrap_or_default())
            },
        ).visible(staff);
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

#[mutations(staff = CUSTOMERS)]
impl CustomerGroupMutation {
    /// Makes a group of customers, with nobody in it. Codes: REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
    #[returns(customer_group: CustomerGroup, "The new group.")]
    async fn customer_group_create(ctx: &Context<'_>, input: CustomerGroupCreateInput) -> Done<CustomerGroup> {
        Ok(ctx.for_write().customers.create_group(input.name).await?)
    }

    /// Renames a group of customers. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
    #[returns(customer_group: CustomerGroup, "The group after the change.")]
    async fn customer_group_update(
        ctx: &Context<'_>,
        id: CustomerGroupId,
        input: CustomerGroupUpdateInput,
    ) -> Done<CustomerGroup> {
        Ok(ctx.for_write().customers.update_group(id, input.name).await?)
    }

    /// Deletes groups of customers, all of them or none; the customers stay. Codes: NOT_FOUND.
    #[returns(deleted_ids: value Vec<CustomerGroupId>, "The groups that are gone.")]
    async fn customer_group_delete(
        ctx: &Context<'_>,
        ids: Vec<CustomerGroupId>,
    ) -> Result<Vec<CustomerGroupId>, Refusal> {
        Ok(ctx.for_write().customers.delete_groups(&ids).await?)
    }

    /// Puts customers into a group, at most 1,000 at once, all of them or none; ones that are in it stay.
    /// Codes: NOT_FOUND, TOO_LONG.
    #[returns(customer_group: CustomerGroup, "The group.")]
    async fn group_members_add(
        ctx: &Context<'_>,
        group_id: CustomerGroupId,
        customer_ids: Vec<CustomerId>,
    ) -> Done<CustomerGroup> {
        Ok(ctx.for_write().customers.add_members(group_id, &customer_ids).await?)
    }

    /// Takes customers out of a group; ones that are not in it are passed over. Codes: NOT_FOUND, TOO_LONG.
    #[returns(customer_group: CustomerGroup, "The group.")]
    async fn group_members_remove(
        ctx: &Context<'_>,
        group_id: CustomerGroupId,
        customer_ids: Vec<CustomerId>,
    ) -> Done<CustomerGroup> {
        Ok(ctx.for_write().customers.remove_members(group_id, &customer_ids).await?)
    }

    /// Exempts a customer from tax, or ends the exemption. To exempt them a reason is needed, such as the number of a
    /// certificate: at most 500 characters. Open carts show it when they are next changed or completed.
    /// Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT.
    #[returns(customer: Customer, "The customer after the change.")]
    async fn customer_tax_exemption_set(
        ctx: &Context<'_>,
        customer_id: CustomerId,
        exempt: bool,
        reason: Option<String>,
    ) -> Done<Customer> {
        Ok(ctx.for_write().customers.set_tax_exemption(customer_id, exempt, reason).await?)
    }
}
