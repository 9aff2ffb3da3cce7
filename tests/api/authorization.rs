//! Access control, derived from the schema itself: new staff fields are tested automatically, and a field without a
//! guard fails the test.

use std::collections::BTreeSet;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ConstDirective, FieldDefinition, InputValueDefinition, ObjectType, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned};
use cartwright::graphql::sdl;
use cartwright::kernel::actor::Permission;
use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, Shop};

/// The root fields that anyone may call. All others require a permission.
const PUBLIC_FIELDS: [(&str, &[&str]); 3] = [
    (
        "Query",
        &[
            "availability",
            "cart",
            "categories",
            "category",
            "collection",
            "collections",
            "countries",
            "me",
            "node",
            "nodes",
            "order",
            "orderByNumber",
            "paymentProviders",
            "paymentSession",
            "product",
            "products",
            "region",
            "regions",
            "shop",
            "variant",
        ],
    ),
    (
        "Mutation",
        &[
            "addressCreate",
            "addressDelete",
            "addressUpdate",
            "backInStockSubscribe",
            "backInStockUnsubscribe",
            "cartAddressesSet",
            "cartCodesAdd",
            "cartCodesRemove",
            "cartComplete",
            "cartCreate",
            "cartCustomerAttach",
            "cartDelete",
            "cartLinesAdd",
            "cartMerge",
            "cartLinesRemove",
            "cartLinesUpdate",
            "cartRefresh",
            "cartRelease",
            "cartReserve",
            "cartShippingSelect",
            "cartUpdate",
            "customerLogin",
            "customerRegister",
            "customerUpdate",
            "logout",
            "paymentMethodDelete",
            "paymentMethodSave",
            "paymentSessionCancel",
            "paymentSessionCreate",
            "paymentSessionUpdate",
            "staffLogin",
            "tokenRefresh",
        ],
    ),
    ("Subscription", &["cartUpdated", "orderUpdated"]),
];

/// A staff field.
struct GuardedField {
    parent: String,
    field: String,
    permission: Permission,
    /// An operation that selects it.
    operation: String,
}

/// The parsed schema, and the names of its `@oneOf` inputs.
struct Sdl(Vec<(String, TypeKind)>, BTreeSet<String>);

impl Sdl {
    fn read() -> Self {
        let document = parse_schema(sdl()).expect("the schema is parsed");
        let mut one_of = BTreeSet::new();
        for definition in &document.definitions {
            if let TypeSystemDefinition::Type(found) = definition
                && found.node.directives.iter().any(|directive| directive.node.name.node == "oneOf")
            {
                one_of.insert(found.node.name.node.to_string());
            }
        }
        let types = document.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(found) => Some((found.node.name.node.to_string(), found.node.kind)),
            _ => None,
        });
        Self(types.collect(), one_of)
    }

    fn objects(&self) -> impl Iterator<Item = (&str, &ObjectType)> {
        self.0.iter().filter_map(|(name, kind)| match kind {
            TypeKind::Object(object) => Some((name.as_str(), object)),
            _ => None,
        })
    }

    fn kind(&self, name: &str) -> Option<&TypeKind> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, kind)| kind)
    }

    /// The fields of all object types, with the permission that each requires.
    fn fields(&self) -> impl Iterator<Item = (&str, &FieldDefinition, Option<Permission>)> {
        self.objects().flat_map(|(parent, object)| {
            object.fields.iter().map(move |field| (parent, &field.node, permission_of(&field.node.directives)))
        })
    }

    fn guarded(&self) -> Vec<GuardedField> {
        let fields = self.fields().filter_map(|(parent, field, permission)| {
            Some(GuardedField {
                parent: parent.to_owned(),
                field: field.name.node.to_string(),
                permission: permission?,
                operation: self.operation(parent, field),
            })
        });
        fields.collect()
    }

    /// An operation that selects the field, with all required arguments. Ids are malformed: guards run before arguments
    /// are parsed.
    fn operation(&self, parent: &str, field: &FieldDefinition) -> String {
        let name = field.name.node.as_str();
        let needed = field.arguments.iter().map(|argument| &argument.node).filter(|argument| is_required(argument));
        let arguments: Vec<_> =
            needed.map(|argument| format!("{}: {}", argument.name.node, self.value(argument))).collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        let below = match self.kind(named_type(&field.ty.node)) {
            Some(TypeKind::Scalar | TypeKind::Enum(_)) | None => "",
            Some(_) => " { __typename }",
        };
        let selected = format!("{name}{arguments}{below}");
        match parent {
            "Query" => format!("{{ {selected} }}"),
            "Mutation" => format!("mutation {{ {selected} }}"),
            "ProductVariant" => {
                format!("{{ product(by: {{handle: \"enamel-mug\"}}) {{ variants {{ {selected} }} }} }}")
            }
            "Cart" => format!("mutation {{ cartCreate {{ cart {{ {selected} }} }} }}"),
            other => panic!("write here how a query gets to {other}.{name}, so that its guard is tested"),
        }
    }

    /// A value for an argument or an input field.
    fn value(&self, argument: &InputValueDefinition) -> String {
        let value = match (named_type(&argument.ty.node), self.kind(named_type(&argument.ty.node))) {
            ("ID" | "String", _) => "\"x\"".to_owned(),
            ("Int", _) => "1".to_owned(),
            ("Boolean", _) => "true".to_owned(),
            ("Decimal", _) => "\"1\"".to_owned(),
            ("DateTime", _) => "\"2030-01-01T00:00:00Z\"".to_owned(),
            (_, Some(TypeKind::Enum(found))) => found.values[0].node.value.node.to_string(),
            (_, Some(TypeKind::InputObject(input))) => {
                let one_of = self.1.contains(named_type(&argument.ty.node));
                let all = input.fields.iter().map(|inner| &inner.node).enumerate();
                let needed = all.filter(|(place, inner)| is_required(inner) || (one_of && *place == 0));
                let fields: Vec<_> = needed
                    .map(|(_, inner)| inner)
                    .map(|inner| format!("{}: {}", inner.name.node, self.value(inner)))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            (other, _) => panic!("write here what a value of {other} looks like"),
        };
        if matches!(argument.ty.node.base, BaseType::List(_)) { format!("[{value}]") } else { value }
    }
}

fn permission_of(directives: &[Positioned<ConstDirective>]) -> Option<Permission> {
    let requires = directives.iter().find(|directive| directive.node.name.node == "requires")?;
    let argument = requires.node.get_argument(&Name::new("permission")).expect("@requires names a permission");
    let word = argument.node.clone().into_json().expect("a text");
    Some(word.as_str().expect("a text").parse().expect("@requires names a permission that there is"))
}

fn is_required(argument: &InputValueDefinition) -> bool {
    !argument.ty.node.nullable && argument.default_value.is_none()
}

fn named_type(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named_type(inner),
    }
}

/// The codes of all top-level errors.
fn codes(body: &Value) -> Vec<&str> {
    let errors = body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().filter_map(|error| error["extensions"]["code"].as_str()).collect()
}

async fn assert_rejected(client: &Client, guarded: &[GuardedField], code: &str, who: &str) {
    for GuardedField { parent, field, operation, .. } in guarded {
        let response = client.execute(operation, Value::Null).await;
        let found = codes(&response.body);
        assert!(
            !found.is_empty() && found.iter().all(|found| *found == code),
            "{parent}.{field} for {who}: {response:?}"
        );
    }
}

/// All fields that introspection lists, as `Type.field`.
async fn introspected_fields(client: &Client) -> BTreeSet<String> {
    let query = "{ __schema { types { name fields(includeDeprecated: true) { name } } } }";
    let data = client.data(query, Value::Null).await;
    let types = data["__schema"]["types"].as_array().expect("types");
    let fields = types.iter().flat_map(|found| {
        let fields = found["fields"].as_array().cloned().unwrap_or_default();
        let parent = found["name"].as_str().expect("a name").to_owned();
        fields.into_iter().map(move |field| format!("{parent}.{}", field["name"].as_str().expect("a name")))
    });
    fields.collect()
}

#[test]
fn every_root_field_is_public_or_requires_a_permission() {
    let sdl = Sdl::read();
    for (root, for_shoppers) in PUBLIC_FIELDS {
        let open: BTreeSet<_> = sdl
            .fields()
            .filter(|(parent, _, permission)| *parent == root && permission.is_none())
            .map(|(_, field, _)| field.name.node.as_str())
            .collect();
        assert_eq!(open, for_shoppers.iter().copied().collect(), "{root}: is a guard missing?");
    }
}

#[shop_test]
async fn staff_fields_reject_shoppers() {
    let shop = Shop::demo().await;
    let guarded = Sdl::read().guarded();
    assert!(guarded.len() > 30, "only {} fields with @requires were found", guarded.len());
    let counts = "SELECT (SELECT count(*) FROM products) + (SELECT count(*) FROM categories)
        + (SELECT count(*) FROM collections) + (SELECT count(*) FROM regions) + (SELECT count(*) FROM stock_locations)";
    let before = shop.count(counts).await;
    assert_rejected(&shop.anonymous(), &guarded, "UNAUTHENTICATED", "an anonymous shopper").await;
    assert_rejected(&shop.customer().await, &guarded, "FORBIDDEN", "a customer").await;
    assert_eq!(shop.count(counts).await, before);
}

#[shop_test]
async fn each_staff_field_requires_its_permission() {
    let shop = Shop::demo().await;
    let mut guarded = Sdl::read().guarded();
    for permission in Permission::ALL {
        let others: Vec<_> = Permission::ALL.iter().copied().filter(|other| other != permission).collect();
        let others = shop.staff_with(&others).await;
        let (own, rest): (Vec<_>, Vec<_>) = guarded.into_iter().partition(|field| field.permission == *permission);
        assert!(!own.is_empty(), "nothing needs {permission:?}");
        assert_rejected(&others, &own, "FORBIDDEN", "staff with every other permission").await;
        let entitled = shop.staff_with(&[*permission]).await;
        for GuardedField { parent, field, operation, .. } in &own {
            let response = entitled.execute(operation, Value::Null).await;
            let passed = codes(&response.body).iter().all(|code| *code == "INVALID_ID");
            assert!(passed, "{parent}.{field}: {operation} does not get through: {response:?}");
        }
        guarded = rest;
    }
    assert!(guarded.is_empty());
}

#[shop_test]
async fn introspection_shows_staff_fields_to_staff_only() {
    let shop = Shop::demo().await;
    let sdl = Sdl::read();
    let name = |parent: &str, field: &FieldDefinition| format!("{parent}.{}", field.name.node);
    let hidden: BTreeSet<_> =
        sdl.fields().filter(|field| field.2.is_some()).map(|(parent, field, _)| name(parent, field)).collect();
    let open: BTreeSet<_> = sdl
        .fields()
        .filter(|(parent, _, permission)| PUBLIC_FIELDS.iter().any(|(root, _)| root == parent) && permission.is_none())
        .map(|(parent, field, _)| name(parent, field))
        .collect();
    for (who, client) in [("anonymous", shop.anonymous()), ("a customer", shop.customer().await)] {
        let seen = introspected_fields(&client).await;
        let leaked: Vec<_> = hidden.intersection(&seen).collect();
        assert!(leaked.is_empty(), "{who} sees {leaked:?}");
        assert!(open.is_subset(&seen), "{who} does not see {:?}", open.difference(&seen));
        let query = "{ __type(name: \"Mutation\") { fields { name } } }";
        let fields = client.data(query, json!({})).await["__type"]["fields"].to_string();
        assert!(fields.contains("cartCreate") && !fields.contains("productCreate"), "{who}: {fields}");
    }
    let seen = introspected_fields(&shop.staff_with(&[Permission::Orders]).await).await;
    assert!(hidden.union(&open).all(|field| seen.contains(field)));
}

#[shop_test]
async fn shoppers_can_select_the_unguarded_fields_of_a_product() {
    let shop = Shop::demo().await;
    let query = "{ product(by: {handle: \"enamel-mug\"}) { title variants { sku stockLevels { stocked } } } }";
    let response = shop.customer().await.execute(query, Value::Null).await;
    assert!(codes(&response.body).contains(&"FORBIDDEN"), "{response:?}");
    assert!(!response.body["data"].to_string().contains("stocked"), "{response:?}");
    let clerk = shop.staff_with(&[Permission::Stock]).await;
    let data = clerk.data(query, Value::Null).await;
    assert_eq!(data["product"]["variants"][0]["stockLevels"][0]["stocked"], 120);
}
