use async_graphql::Context;
use cartwright_macros::mutations;
use graphql_plan::object;

use super::objects::Customer;
use super::sources::MEMBERS_OF_GROUP;
use crate::domain::customers::{self, CreateCustomerGroup, UpdateCustomerGroup};
use crate::graphql::context::{CxExt, RequestExt};
use crate::graphql::errors::{Done, Refusal, Result};
use crate::graphql::guards::staff;
use crate::kernel::actor::Permission;
use crate::kernel::ids::{CustomerGroupId, CustomerId};

object! {
    /// A group of customers who are treated alike, such as wholesalers.
    pub CustomerGroup for customers::CustomerGroup {
        /// Id.
        id;
        /// Name, unique.
        name;
        /// Time at which it was created (UTC).
        created_at;
        /// The number of customers in the group; null unless the caller is staff with the permission CUSTOMERS.
        /// `customers(filter: {groupId})` lists them.
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

#[mutations(staff = CUSTOMERS)]
impl CustomerGroupMutation {
    /// Creates an empty customer group. Codes: REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
    #[returns(customer_group: CustomerGroup, "The new group.")]
    async fn customer_group_create(
        ctx: &Context<'_>,
        /// The group to create.
        input: CreateCustomerGroup,
    ) -> Done<CustomerGroup> {
        Ok(ctx.writer().customers.create_group(input).await?)
    }

    /// Renames a customer group. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
    #[returns(customer_group: CustomerGroup, "The updated group.")]
    async fn customer_group_update(
        ctx: &Context<'_>,
        /// The id of the customer group.
        id: CustomerGroupId,
        /// The changes.
        input: UpdateCustomerGroup,
    ) -> Done<CustomerGroup> {
        Ok(ctx.writer().customers.update_group(id, input).await?)
    }

    /// Deletes customer groups, all of them or none. The customers are not deleted. Codes: NOT_FOUND.
    #[returns(deleted_ids: value Vec<CustomerGroupId>, "The ids of the deleted groups.")]
    async fn customer_group_delete(
        ctx: &Context<'_>,
        /// The ids of the customer groups.
        ids: Vec<CustomerGroupId>,
    ) -> Result<Vec<CustomerGroupId>, Refusal> {
        Ok(ctx.writer().customers.delete_groups(&ids).await?)
    }

    /// Adds customers to a group, all of them or none; at most 1,000 per call. Customers who are already in the group
    /// stay in it.
    /// Codes: NOT_FOUND, TOO_LONG.
    #[returns(customer_group: CustomerGroup, "The updated group.")]
    async fn customer_group_members_add(
        ctx: &Context<'_>,
        /// The id of the customer group.
        group_id: CustomerGroupId,
        /// The ids of the customers to add.
        customer_ids: Vec<CustomerId>,
    ) -> Done<CustomerGroup> {
        Ok(ctx.writer().customers.add_members(group_id, &customer_ids).await?)
    }

    /// Removes customers from a group. Customers who are not in the group are ignored. Codes: NOT_FOUND, TOO_LONG.
    #[returns(customer_group: CustomerGroup, "The updated group.")]
    async fn customer_group_members_remove(
        ctx: &Context<'_>,
        /// The id of the customer group.
        group_id: CustomerGroupId,
        /// The ids of the customers to remove.
        customer_ids: Vec<CustomerId>,
    ) -> Done<CustomerGroup> {
        Ok(ctx.writer().customers.remove_members(group_id, &customer_ids).await?)
    }

    /// Exempts a customer from tax, or ends the exemption. Open carts reflect it when they are next changed or
    /// completed.
    /// Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT.
    #[returns(customer: Customer, "The updated customer.")]
    async fn customer_tax_exemption_set(
        ctx: &Context<'_>,
        /// The id of the customer.
        customer_id: CustomerId,
        /// Whether the customer is exempt from tax.
        exempt: bool,
        /// The reason, such as a certificate number: at most 500 characters. Required to exempt a customer.
        reason: Option<String>,
    ) -> Done<Customer> {
        Ok(ctx.writer().customers.set_tax_exemption(customer_id, exempt, reason).await?)
    }
}
