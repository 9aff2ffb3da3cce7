//! Limits for a GraphQL document, enforced between parsing and validation.
//!
//! # Decisions
//! - **Two passes, each O(document).** [`Limits::check_source`] scans the bytes before the parser sees them: the parser
//!   recurses over brackets, so their nesting is limited here. [`Limits::check_document`] measures the parsed document.
//! - **Fragments are measured once.** A fragment that is spread a thousand times is measured once and added a thousand
//!   times, so that 1 kB of nested spreads (30 wide, 5 deep: 24 million selections) is rejected in microseconds.
//!   async-graphql's own limits walk the expanded document and hang on it.
//! - **Introspection has its own depth limit.** The standard query nests `ofType` nine times; `__schema` and `__type`
//!   only read the schema in memory, so depth is cheap there.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Positioned, ServerError};

use super::graphql::coded;

/// The maximum number of open brackets of any kind: limits the parser's recursion.
const MAX_OPEN_BRACKETS: usize = 64;

/// The maximum nesting of selection sets, including fragments: limits async-graphql's recursion (its own limit is 32).
const MAX_NESTING: usize = 32;

/// The limits per request. A request that exceeds one is answered with `TOO_COSTLY`, which names the limit.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes per request: an HTTP body, a query string, a WebSocket message.
    pub request_bytes: usize,
    /// Tokens of the document: names, numbers, strings, punctuation.
    pub tokens: usize,
    /// Nesting of fields. Below `__schema` and `__type`, `introspection_depth` applies instead.
    pub depth: usize,
    /// Nesting of fields below `__schema` and `__type`, including that field.
    pub introspection_depth: usize,
    /// Lists inside of each other below `__schema` and `__type`: the fields of the fields of all types are too many.
    pub introspection_lists: usize,
    /// `__schema` and `__type` per operation, with fragments expanded.
    pub introspections: usize,
    /// Fields with an alias per operation, with fragments expanded.
    pub aliases: usize,
    /// Root fields per operation, with fragments expanded.
    pub root_fields: usize,
    /// Root fields per mutation, with fragments expanded.
    pub mutations: usize,
    /// Directives per field, fragment or operation.
    pub directives_per_field: usize,
    /// Directives in the document as written.
    pub directives: usize,
    /// Fields and fragments of all operations of the document, with fragments expanded.
    pub expanded_selections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_bytes: 100_000,
            tokens: 5_000,
            depth: 12,
            introspection_depth: 20,
            introspection_lists: 2,
            introspections: 2,
            aliases: 50,
            root_fields: 20,
            mutations: 10,
            directives_per_field: 5,
            directives: 50,
            expanded_selections: 5_000,
        }
    }
}

/// Why a document was rejected before validation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// It exceeds a limit.
    Limit {
        /// The name of the limit.
        name: &'static str,
        /// The document's value; `usize::MAX` if it is too large to count.
        value: usize,
        /// The maximum.
        allowed: usize,
    },
    /// It contains an unterminated string, so that its brackets cannot be counted.
    UnterminatedString,
    /// This fragment spreads itself, directly or indirectly.
    FragmentCycle(Name),
}

impl From<Violation> for ServerError {
    fn from(violation: Violation) -> Self {
        match violation {
            Violation::Limit { name, value: usize::MAX, allowed } => {
                coded("TOO_COSTLY", format!("{name}: too many to count, at most {allowed} allowed"))
            }
            Violation::Limit { name, value, allowed } => {
                coded("TOO_COSTLY", format!("{name}: {value}, at most {allowed} allowed"))
            }
            Violation::UnterminatedString => coded("GRAPHQL_PARSE_FAILED", "Unterminated string"),
            Violation::FragmentCycle(name) => {
                coded("GRAPHQL_VALIDATION_FAILED", format!("Fragment \"{name}\" spreads itself"))
            }
        }
    }
}

impl Limits {
    /// Checks a document's size, tokens and brackets before it is parsed.
    ///
    /// # Errors
    /// The first limit that is exceeded, or an unterminated string.
    pub fn check_source(&self, source: &str) -> Result<(), Violation> {
        within("request bytes", source.len(), self.request_bytes)?;
        let bytes = source.as_bytes();
        let (mut at, mut tokens, mut open) = (0, 0, 0_usize);
        while let Some(&byte) = bytes.get(at) {
            let end = end_of_token(bytes, at)?;
            match byte {
                b'{' | b'[' | b'(' => open += 1,
                b'}' | b']' | b')' => open = open.saturating_sub(1),
                _ => {}
            }
            within("nested brackets", open, MAX_OPEN_BRACKETS)?;
            tokens += usize::from(!is_ignored(byte));
            at = end;
        }
        within("tokens", tokens, self.tokens)
    }

    /// Measures a parsed document against every limit.
    ///
    /// # Errors
    /// The first limit that is exceeded, or a fragment that spreads itself.
    pub fn check_document(&self, document: &ExecutableDocument) -> Result<(), Violation> {
        let mut meter = Meter { document, limits: self, known: HashMap::new(), directives: 0 };
        let mut selections = 0_usize;
        for (_, operation) in document.operations.iter() {
            let size = meter.operation(&operation.node)?;
            selections = selections.saturating_add(size.selections);
        }
        // Validation also visits fragments that no operation spreads.
        for name in document.fragments.keys() {
            selections = selections.max(meter.fragment(name, 0)?.selections);
        }
        within("directives", meter.directives, self.directives)?;
        within("expanded selections", selections, self.expanded_selections)
    }

    fn check_operation(&self, kind: OperationType, size: Size) -> Result<(), Violation> {
        within("depth", size.depth, self.depth)?;
        within("introspection depth", size.introspection_depth, self.introspection_depth)?;
        within("introspection lists", size.introspection_lists, self.introspection_lists)?;
        within("introspections", size.introspections, self.introspections)?;
        within("aliases", size.aliases, self.aliases)?;
        if kind == OperationType::Mutation {
            within("mutations", size.fields, self.mutations)?;
        }
        within("root fields", size.fields, self.root_fields)
    }
}

fn within(name: &'static str, value: usize, allowed: usize) -> Result<(), Violation> {
    if value > allowed { Err(Violation::Limit { name, value, allowed }) } else { Ok(()) }
}

/// The index after the token, comment or whitespace that starts at `at`.
fn end_of_token(bytes: &[u8], at: usize) -> Result<usize, Violation> {
    let rest = &bytes[at..];
    let length = match rest[0] {
        b'#' => rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len()),
        b'"' => length_of_string(rest).ok_or(Violation::UnterminatedString)?,
        b'.' => rest.iter().take_while(|byte| **byte == b'.').count(),
        byte if is_word(byte) => rest.iter().take_while(|byte| is_word(**byte)).count(),
        _ => 1,
    };
    Ok(at + length)
}

/// The length of the string that `rest` starts with. An unterminated block string is not accepted as a string: the
/// parser would read it as two short ones and find brackets that were not counted.
fn length_of_string(rest: &[u8]) -> Option<usize> {
    let block = rest.starts_with(br#"""""#);
    let mut at = if block { 3 } else { 1 };
    loop {
        let left = rest.get(at..)?;
        match left.first()? {
            b'"' if !block => return Some(at + 1),
            b'"' if left.starts_with(br#"""""#) => return Some(at + 3),
            b'\\' if !block => at += 2,
            b'\\' if left.starts_with(br#"\""""#) => at += 4,
            b'\n' | b'\r' if !block => return None,
            _ => at += 1,
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_ignored(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'#')
}

/// The expanded size of a selection set.
#[derive(Clone, Copy, Default)]
struct Size {
    selections: usize,
    /// Fields at its top level.
    fields: usize,
    aliases: usize,
    depth: usize,
    introspection_depth: usize,
    /// Lists of introspection inside of each other.
    lists: usize,
    introspection_lists: usize,
    introspections: usize,
    /// Nested selection sets, including fragments.
    nesting: usize,
}

impl Size {
    fn beside(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            lists: self.lists.max(other.lists),
            introspection_lists: self.introspection_lists.max(other.introspection_lists),
            introspections: self.introspections.saturating_add(other.introspections),
            nesting: self.nesting.max(other.nesting),
        }
    }

    /// The size of this set as the content of a fragment.
    fn spread(self) -> Self {
        Self { selections: self.selections.saturating_add(1), nesting: self.nesting + 1, ..self }
    }

    /// The size of this set as the content of a field.
    fn below(self, field: &Field) -> Self {
        let introspection = matches!(field.name.node.as_str(), "__schema" | "__type");
        let list =
            matches!(field.name.node.as_str(), "types" | "fields" | "inputFields" | "interfaces" | "possibleTypes");
        Self {
            fields: 1,
            aliases: self.aliases.saturating_add(usize::from(field.alias.is_some())),
            depth: if introspection { 1 } else { self.depth + 1 },
            introspection_depth: if introspection { self.depth + 1 } else { self.introspection_depth },
            lists: if introspection { 0 } else { self.lists + usize::from(list) },
            introspection_lists: if introspection { self.lists } else { self.introspection_lists },
            introspections: self.introspections.saturating_add(usize::from(introspection)),
            ..self.spread()
        }
    }
}

struct Meter<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    /// Fragments visited so far; `None` while one is being measured.
    known: HashMap<&'a str, Option<Size>>,
    directives: usize,
}

impl<'a> Meter<'a> {
    fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Size, Violation> {
        self.count_directives(&operation.directives)?;
        for variable in &operation.variable_definitions {
            self.count_directives(&variable.node.directives)?;
        }
        let size = self.set(&operation.selection_set.node, 0)?;
        self.limits.check_operation(operation.ty, size)?;
        Ok(size)
    }

    /// `level` is the nesting level of this set; it limits our own recursion.
    fn set(&mut self, set: &'a SelectionSet, level: usize) -> Result<Size, Violation> {
        within("nesting", level, MAX_NESTING)?;
        let mut total = Size::default();
        for selection in &set.items {
            total = total.beside(self.selection(&selection.node, level)?);
        }
        Ok(total)
    }

    fn selection(&mut self, selection: &'a Selection, level: usize) -> Result<Size, Violation> {
        self.count_directives(selection.directives())?;
        Ok(match selection {
            Selection::Field(field) if field.node.selection_set.node.items.is_empty() => {
                Size::default().below(&field.node)
            }
            Selection::Field(field) => self.set(&field.node.selection_set.node, level + 1)?.below(&field.node),
            Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node, level + 1)?.spread(),
            Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, level + 1)?.spread(),
        })
    }

    fn fragment(&mut self, name: &'a Name, level: usize) -> Result<Size, Violation> {
        if let Some(known) = self.known.get(name.as_str()) {
            let size = known.ok_or_else(|| Violation::FragmentCycle(name.clone()))?;
            within("nesting", level + size.nesting, MAX_NESTING)?;
            return Ok(size);
        }
        // Validation reports spreads of unknown fragments.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Size::default());
        };
        self.known.insert(name.as_str(), None);
        self.count_directives(&fragment.node.directives)?;
        let size = self.set(&fragment.node.selection_set.node, level)?;
        self.known.insert(name.as_str(), Some(size));
        Ok(size)
    }

    fn count_directives(&mut self, directives: &[Positioned<Directive>]) -> Result<(), Violation> {
        self.directives += directives.len();
        within("directives on one field", directives.len(), self.limits.directives_per_field)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use async_graphql::parser::parse_query;

    use super::{Limits, Violation};

    /// The name of the limit that rejects the document, `""` if none does.
    fn refused(source: &str) -> &'static str {
        let limits = Limits::default();
        let verdict =
            limits.check_source(source).and_then(|()| limits.check_document(&parse_query(source).expect(source)));
        match verdict {
            Ok(()) => "",
            Err(Violation::Limit { name, .. }) => name,
            Err(Violation::FragmentCycle(_)) => "cycle",
            Err(Violation::UnterminatedString) => "string",
        }
    }

    fn nested(depth: usize) -> String {
        format!("{}a{}", "{a".repeat(depth - 1) + "{", "}".repeat(depth))
    }

    fn nested_spreads(wide: usize, deep: usize) -> String {
        let mut source = String::from("{...F0}");
        for level in 0..deep {
            source += &format!(" fragment F{level} on Query{{{}}}", format!("...F{} ", level + 1).repeat(wide));
        }
        source + &format!(" fragment F{deep} on Query{{__typename}}")
    }

    #[test]
    fn every_limit_holds_at_its_figure_and_not_before() {
        let aliases = |count: usize| {
            let list: String = (0..count).map(|index| format!("a{index}:a ")).collect();
            format!("{{ x {{ {list} }} }}")
        };
        let chain = |count: usize| {
            let list: String = (0..count).map(|i| format!("fragment F{i} on Q{{...F{}}} ", i + 1)).collect();
            format!("{{...F0}} {list} fragment F{count} on Q{{a}}")
        };
        let table: Vec<(String, &str)> = vec![
            ("{ a }".into(), ""),
            (nested(12), ""),
            (nested(13), "depth"),
            (format!("{{ ... on Q {} }}", nested(12)), ""),
            (
                "fragment F on A { b { c { d } } } { a { a { a { a { a { a { a { a { a {...F} } } } } } } } } }".into(),
                "",
            ),
            (
                "fragment F on A { b { c { d } } } { a { a { a { a { a { a { a { a { a { a { ...F} } } } } } } } } } }"
                    .into(),
                "depth",
            ),
            (format!("{{ __schema {} }}", nested(19)), ""),
            (format!("{{ __schema {} }}", nested(20)), "introspection depth"),
            ("{ __schema { types { fields { type { name ofType { name } } } } } }".into(), ""),
            ("{ __schema { types { fields { type { fields { name } } } } } }".into(), "introspection lists"),
            ("{ __type(name: \"Cart\") { fields { type { fields { name } } } } }".into(), ""),
            (
                "{ __schema { ...S } } fragment S on __Schema { types { ...T } } fragment T on __Type { fields { type {
                interfaces { name } } } }"
                    .into(),
                "introspection lists",
            ),
            ("{ a: __schema { description } b: __type(name: \"B\") { name } }".into(), ""),
            (
                "{ a: __schema { description } ...F ...F } fragment F on Query { __type(name: \"B\") { name } }".into(),
                "introspections",
            ),
            (aliases(50), ""),
            (aliases(51), "aliases"),
            (format!("{{ {} }}", "a ".repeat(20)), ""),
            (format!("{{ {} }}", "a ".repeat(21)), "root fields"),
            ("{ ...F ...F } fragment F on Q { a b c d e f g h i j k }".into(), "root fields"),
            (format!("mutation {{ {} }}", "a ".repeat(10)), ""),
            (format!("mutation {{ {} }}", "a ".repeat(11)), "mutations"),
            (format!("{{ a {} }}", "@x ".repeat(5)), ""),
            (format!("{{ a {} }}", "@x ".repeat(6)), "directives on one field"),
            (format!("{{ x {{ {} }} }}", "a @x ".repeat(50)), ""),
            (format!("{{ x {{ {} }} }}", "a @x ".repeat(51)), "directives"),
            (format!("{{ x {{ {} }} }}", "a ".repeat(4_990)), ""),
            (format!("{{ x {{ {} }} }}", "a ".repeat(5_000)), "tokens"),
            (format!("{{ x {{ {} }} }} # {}", "a ".repeat(5), "{".repeat(5_000)), ""),
            (format!("{{ a(x: \"{}\") }}", "{".repeat(5_000)), ""),
            (format!("{{ a(x: \"\"\"{}\\\"\"\" \" \"\"\") }}", "{".repeat(5_000)), ""),
            (format!("{{ a(x: \"{}", "{".repeat(5_000)), "string"),
            (format!("{{ a(x: [\"\"\"{}\" ]) }}", "{".repeat(5_000)), "string"),
            (format!("{{ a(x: \"\\\\\" y: {}1{} ) }}", "[".repeat(70), "]".repeat(70)), "nested brackets"),
            (format!("{{ x {{ {} }} }}", "...F ".repeat(30)) + " fragment F on Q { a }", ""),
            (chain(30), ""),
            (chain(40), "nesting"),
            (chain(500), "nesting"),
            ("{...A} fragment A on Q{...B} fragment B on Q{...A}".into(), "cycle"),
            ("{a} fragment A on Q{a{...A}}".into(), "cycle"),
            ("{...Missing}".into(), ""),
            ("{a} ".to_owned() + &" ".repeat(100_000), "request bytes"),
            (nested_spreads(30, 5), "root fields"),
            (nested_spreads(2, 24), "root fields"),
            (format!("{{ x {{ ...F0 }} }} {}", &nested_spreads(30, 5)[7..]), "expanded selections"),
            (format!("{{ x }} {}", &nested_spreads(30, 5)[7..]), "expanded selections"),
        ];
        for (source, expected) in table {
            assert_eq!(refused(&source), expected, "{}", &source[..source.len().min(200)]);
        }
    }

    #[test]
    fn a_fragment_bomb_is_refused_in_milliseconds() {
        let source = nested_spreads(30, 5);
        let start = Instant::now();
        assert_eq!(refused(&source), "root fields");
        assert!(start.elapsed() < Duration::from_millis(50), "{:?}", start.elapsed());
    }

    #[test]
    fn a_count_beyond_any_number_is_refused_too() {
        assert_eq!(refused(&nested_spreads(80, 28)), "root fields");
    }

    #[test]
    fn deep_brackets_never_reach_the_parser() {
        for source in
            ["{a".repeat(25_000), "{a(x:".to_owned() + &"[".repeat(50_000), "query($a:".to_owned() + &"[".repeat(9_000)]
        {
            let verdict = Limits::default().check_source(&source);
            assert!(matches!(verdict, Err(Violation::Limit { name: "nested brackets", .. })), "{verdict:?}");
        }
    }
}
