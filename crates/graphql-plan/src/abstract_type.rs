//! Interfaces and unions.

use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::indexmap::{IndexMap, IndexSet};
use async_graphql::registry::{MetaField, MetaType, Registry};

use crate::Row;
use crate::names::text;
use crate::table::{Object, Table, Target, table_of};

/// A row of a member type of an interface or union.
#[derive(Clone)]
pub struct Member {
    pub(crate) table: &'static Table,
    pub(crate) row: Row,
}

impl Member {
    /// Creates a member from a row of this type.
    pub fn of<O: Object>(row: impl Into<Arc<O::Row>>) -> Self {
        Self { table: table_of::<O>(), row: row.into() }
    }
}

/// An interface or union. Declared with [`abstract_type!`](crate::abstract_type!).
pub trait Abstract: Send + Sync + 'static {
    /// Returns the table used by the executor.
    fn abstract_table() -> &'static AbstractTable;
}

/// A member of an interface or union, as returned by a root field.
pub struct AnyOf<A> {
    pub(crate) member: Member,
    of: PhantomData<fn() -> A>,
}

impl<A: Abstract> From<Member> for AnyOf<A> {
    fn from(member: Member) -> Self {
        Self { member, of: PhantomData }
    }
}

/// A field of an interface.
#[derive(Clone, Copy)]
pub struct InterfaceField {
    /// The name in the schema.
    pub name: &'static str,
    /// The type in the schema.
    pub ty: &'static str,
    /// The lines of the description.
    pub doc: &'static [&'static str],
}

/// The executor's view of an interface or union.
pub struct AbstractTable {
    /// The name in the schema.
    pub name: &'static str,
    /// The lines of the description.
    pub doc: &'static [&'static str],
    /// The fields of an interface. A union has none.
    pub fields: &'static [InterfaceField],
    /// The possible object types.
    pub members: &'static [fn() -> Target],
}

impl AbstractTable {
    pub(crate) fn tables(&self) -> impl Iterator<Item = &'static Table> {
        self.members.iter().map(|member| match member() {
            Target::Object(table) => table,
            Target::Abstract(table) => panic!("{} is no object", table.name),
        })
    }

    pub(crate) fn register(&'static self, registry: &mut Registry) -> String {
        if !registry.types.contains_key(self.name) {
            registry.types.insert(self.name.to_owned(), self.meta());
            for member in self.members {
                member().register(registry);
            }
        }
        format!("{}!", self.name)
    }

    fn meta(&self) -> MetaType {
        let (name, description) = (self.name.to_owned(), text(self.doc));
        let possible_types: IndexSet<String> = self.tables().map(|table| table.name.clone()).collect();
        if self.fields.is_empty() {
            return MetaType::Union {
                name,
                description,
                possible_types,
                visible: None,
                inaccessible: false,
                tags: Vec::new(),
                rust_typename: None,
                directive_invocations: Vec::new(),
            };
        }
        let field = |field: &InterfaceField| {
            let mut meta = MetaField::new(field.name, field.ty);
            meta.description = text(field.doc);
            (field.name.to_owned(), meta)
        };
        MetaType::Interface {
            name,
            description,
            fields: self.fields.iter().map(field).collect::<IndexMap<_, _>>(),
            possible_types,
            extends: false,
            keys: None,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: None,
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        }
    }
}
