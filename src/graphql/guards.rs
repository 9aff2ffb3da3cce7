//! Access control for fields.

use std::sync::Arc;

use async_graphql::{Context, TypeDirective};
use graphql_plan::{Cx, Guard};

use super::context::RequestContext;
use super::errors::{ApiError, Result};
use crate::kernel::actor::{Actor, Permission};
use crate::kernel::error::ErrorCode;

/// Requires staff with this permission. Other callers are refused, and do not see the field in introspection.
#[TypeDirective(location = "FieldDefinition")]
fn requires(permission: String) {}

/// Declares the guard of each permission.
macro_rules! guards {
    ($($guard:ident = $permission:ident),+ $(,)?) => {$(
        #[doc = concat!("Only for staff with the permission ", stringify!($guard), ".")]
        pub(super) static $guard: Guard = Guard {
            register: |registry| TypeDirective::register(&requires, registry),
            directive: || requires::apply(Permission::$permission.as_str().to_owned()),
            visible: staff,
            check: |cx| Ok(check(cx, Permission::$permission)?),
        };
    )+};
}

guards! {
    CATALOG = Catalog,
    SETTINGS = Settings,
    STOCK = Stock,
    ORDERS = Orders,
    CUSTOMERS = Customers,
    PRICING = Pricing,
}

fn check(cx: &Cx<'_>, permission: Permission) -> Result<()> {
    let request: &Arc<RequestContext> = cx.data();
    Err(match request.actor() {
        actor if actor.may(permission) => return Ok(()),
        Actor::Anonymous => ApiError::new(ErrorCode::Unauthenticated, "Log in as staff first."),
        Actor::Customer { .. } => ApiError::new(ErrorCode::Forbidden, "Log in as staff to use this."),
        Actor::Staff { .. } => {
            ApiError::new(ErrorCode::Forbidden, format!("This requires the permission {}.", permission.as_str()))
        }
    })
}

/// Whether introspection shows staff fields.
pub(super) fn staff(ctx: &Context<'_>) -> bool {
    ctx.data::<Arc<RequestContext>>().is_ok_and(|request| request.actor().is_staff())
}
