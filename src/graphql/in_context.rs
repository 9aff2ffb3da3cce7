//! `@inContext(country, currency)` on an operation: the shopper's country or currency.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Directive, OperationDefinition};
use async_graphql::registry::{__DirectiveLocation, MetaDirective, MetaInputValue, Registry};
use async_graphql::{
    ContextDirective, CustomDirective, CustomDirectiveFactory, InputType, Name, ServerError, ServerResult, Variables,
};

use super::context::Market;
use crate::kernel::country::Country;
use crate::kernel::money::Currency;

const NAME: &str = "inContext";

/// Declares the directive. It is read from the document before execution, so it does nothing on fields.
pub(super) struct InContext;

impl CustomDirectiveFactory for InContext {
    fn name(&self) -> Cow<'static, str> {
        NAME.into()
    }

    fn register(&self, registry: &mut Registry) {
        let args = [
            argument(
                "country",
                "Shows the prices of the region that serves this country.",
                <Option<Country>>::create_type_info(registry),
            ),
            argument(
                "currency",
                "Shows the prices of the first region with this currency, if no country is given.",
                <Option<Currency>>::create_type_info(registry),
            ),
        ];
        registry.add_directive(MetaDirective {
            name: NAME.to_owned(),
            description: Some(
                "The country or currency of the shopper, which determines the region and its prices.".to_owned(),
            ),
            locations: vec![
                __DirectiveLocation::QUERY,
                __DirectiveLocation::MUTATION,
                __DirectiveLocation::SUBSCRIPTION,
            ],
            args: args.into_iter().collect::<IndexMap<_, _>>(),
            is_repeatable: false,
            visible: None,
            composable: None,
        });
    }

    fn create(&self, ctx: &ContextDirective<'_>, _: &Directive) -> ServerResult<Box<dyn CustomDirective>> {
        let message = "Put @inContext on the operation, not on a field.";
        Err(ServerError::new(message, Some(ctx.item.pos)))
    }
}

fn argument(name: &str, about: &str, ty: String) -> (String, MetaInputValue) {
    let value = MetaInputValue {
        name: name.to_owned(),
        description: Some(about.to_owned()),
        ty,
        deprecation: Default::default(),
        default_value: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        is_secret: false,
        directive_invocations: Vec::new(),
    };
    (name.to_owned(), value)
}

/// The market that an operation specifies.
pub(super) fn place_of(operation: &OperationDefinition, variables: &Variables) -> Market {
    let directive = operation.directives.iter().find(|directive| directive.node.name.node == NAME);
    let text = |argument: &str| {
        let value = directive?.node.get_argument(argument)?.node.clone();
        let value = value.into_const_with(|name: Name| variables.get(&name).cloned().ok_or(())).ok()?;
        match value {
            async_graphql::Value::Enum(name) => Some(name.to_string()),
            async_graphql::Value::String(name) => Some(name),
            _ => None,
        }
    };
    Market {
        country: text("country").and_then(|code| code.parse().ok()),
        currency: text("currency").and_then(|code| code.parse().ok()),
    }
}
