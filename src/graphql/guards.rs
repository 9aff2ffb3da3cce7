//! Who may call what.

use async_graphql::{Context, Guard, TypeDirective};

use super::context::{RequestContext, Requested};
use super::errors::ApiError;
use crate::kernel::actor::{Actor, Permission};
use crate::kernel::error::ErrorCode;
use std::sync::Arc;

/// Only for staff with this permission. Everybody else is refused, and does not see the field in introspection.
#[TypeDirective(location = "FieldDefinition")]
pub(super) fn requires(permission: String) {}

/// The guard behind `@requires`.
pub(super) struct Needs(pub(super) Permission);

impl Guard for Needs {
    async fn check(&self, ctx: &Context<'_>) -> async_graphql::Result<()> {
        let refusal = match ctx.actor() {
            actor if actor.may(self.0) => return Ok(()),
            Actor::Anonymous => ApiError::new(ErrorCode::Unauthenticated, "Log in as staff first."),
            Actor::Customer { .. } => ApiError::new(ErrorCode::Forbidden, "This is for staff."),
            Actor::Staff { .. } => {
                ApiError::new(ErrorCode::Forbidden, format!("This needs the permission {}.", self.0.word()))
            }
        };
        Err(refusal.into())
    }
}

/// Whether introspection shows fields for staff.
pub(super) fn staff(ctx: &Context<'_>) -> bool {
    ctx.data::<Arc<RequestContext>>().is_ok_and(|request| request.actor().is_staff())
}
