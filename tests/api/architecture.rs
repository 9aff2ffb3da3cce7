//! Architecture rules: the allowed dependencies of modules and crates, and that every cited business rule is documented.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules, and the modules of this crate that they may use.
const ALLOWED_MODULES: [(&str, &[&str]); 10] = [
    ("kernel", &["kernel"]),
    ("db", &["db", "kernel"]),
    ("events", &["events", "db", "kernel"]),
    ("durable", &["durable", "kernel", "db"]),
    ("domain", &["domain", "kernel", "db", "events"]),
    ("providers", &["providers", "domain", "kernel", "config"]),
    ("workflows", &["workflows", "durable", "domain", "events", "db", "kernel"]),
    ("graphql", &["graphql", "app", "domain", "workflows", "durable", "events", "db", "kernel"]),
    ("http", &["http", "app", "graphql", "config", "db"]),
    ("worker", &["worker", "app", "config", "durable", "events", "db", "kernel"]),
];

/// Domains by rank: each may only use domains of lower rank.
const DOMAIN_RANKS: [&[&str]; 6] = [
    &["regions", "auth"],
    &["customers", "catalog", "tax", "inventory", "fulfillment"],
    &["pricing", "promotions"],
    &["cart", "payments"],
    &["orders"],
    &["search"],
];

fn sources(module: &str) -> Vec<(PathBuf, String)> {
    let found = files(&format!("src/{module}"), "rs");
    assert!(!found.is_empty(), "{module} has no sources");
    found
}

/// All files below a folder of the repository with this extension, with their text.
fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|known| known == extension) {
                let text = fs::read_to_string(&path).expect("a source");
                found.push((path, text));
            }
        }
    }
    found
}

/// The first word after `crate::` (or after `crate::domain::`), wherever it occurs outside of comments.
fn names_after<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| {
        line.match_indices(prefix).map(|(at, _)| {
            let rest = &line[at + prefix.len()..];
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
            &rest[..end]
        })
    })
    .filter(|word| !word.is_empty())
    .collect()
}

#[test]
fn modules_only_use_allowed_modules() {
    let mut violations = Vec::new();
    for (module, allowed) in ALLOWED_MODULES {
        for (path, text) in sources(module) {
            for word in names_after(&text, "crate::") {
                let is_module =
                    ALLOWED_MODULES.iter().any(|(known, _)| *known == word) || word == "app" || word == "config";
                if is_module && !allowed.contains(&word) {
                    violations.push(format!("{} names crate::{word}", path.display()));
                }
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

/// Modules in which files may import each other in a circle: the types of a GraphQL schema refer to each other.
const CYCLIC_MODULES: [&str; 1] = ["graphql"];

/// The module of a source file, such as `["domain", "orders", "status"]`, and whether it is a parent: a `mod.rs`, or a
/// file with a folder of its own, which declares the type that the files in the folder implement.
fn module_of(path: &Path) -> (Vec<String>, bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let relative = path.strip_prefix(root).expect("a file of src").with_extension("");
    let mut names: Vec<_> = relative.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let parent = names.last().is_some_and(|name| name == "mod") || path.with_extension("").is_dir();
    names.retain(|name| name != "mod");
    (names, parent)
}

/// The paths of a `use` tree.
fn paths_of(tree: &syn::UseTree, prefix: &[String], found: &mut Vec<Vec<String>>) {
    let with = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
    match tree {
        syn::UseTree::Path(path) => paths_of(&path.tree, &with(&path.ident), found),
        syn::UseTree::Name(name) => found.push(with(&name.ident)),
        syn::UseTree::Rename(name) => found.push(with(&name.ident)),
        syn::UseTree::Glob(_) => found.push(prefix.to_vec()),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| paths_of(tree, prefix, found)),
    }
}

/// The modules of this crate that a file imports, as paths from the root.
fn imports_of(text: &str, module: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for item in syn::parse_file(text).expect("a source").items {
        if let syn::Item::Use(item) = item {
            paths_of(&item.tree, &[], &mut found);
        }
    }
    let absolute = |path: Vec<String>| {
        let ups = path.iter().take_while(|name| *name == "super").count();
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([module, &path[1..]].concat()),
            "super" => Some([module.get(..module.len().checked_sub(ups)?)?, &path[ups..]].concat()),
            _ => None,
        }
    };
    found.into_iter().filter_map(absolute).collect()
}

#[test]
fn files_do_not_import_each_other_in_a_circle() {
    let sources = ALLOWED_MODULES
        .iter()
        .filter(|(module, _)| !CYCLIC_MODULES.contains(module))
        .flat_map(|(module, _)| sources(module));
    let files: Vec<_> = sources.map(|(path, text)| (module_of(&path), text)).collect();
    let modules: BTreeSet<&[String]> =
        files.iter().filter(|((_, parent), _)| !parent).map(|((at, _), _)| &at[..]).collect();
    let mut edges = BTreeMap::<&[String], BTreeSet<&[String]>>::new();
    for ((at, _), text) in &files {
        for import in imports_of(text, at) {
            let to = (0..=import.len()).rev().find_map(|end| modules.get(&import[..end]));
            edges.entry(at).or_default().extend(to.filter(|to| **to != &at[..]));
        }
    }
    assert!(edges.len() > 150, "only {} files with imports were found", edges.len());
    // What imports nothing that is left is in no circle.
    loop {
        let left: BTreeSet<_> = edges.keys().copied().collect();
        edges.values_mut().for_each(|to| to.retain(|to| left.contains(to)));
        edges.retain(|_, to| !to.is_empty());
        if edges.len() == left.len() {
            break;
        }
    }
    assert!(edges.is_empty(), "these files are in a circle, or import one that is: {edges:#?}");
}

/// Crates that are independent of commerce.
const CRATES: [&str; 2] = ["graphql-plan", "postgres"];

#[test]
fn separate_crates_do_not_mention_cartwright() {
    let mut violations = Vec::new();
    for name in CRATES {
        for (path, text) in files(&format!("crates/{name}/src"), "rs") {
            if text.to_lowercase().contains("cartwright") {
                violations.push(format!("{} names Cartwright", path.display()));
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn modules_do_not_start_postgresql() {
    let mut violations = Vec::new();
    for (module, _) in ALLOWED_MODULES {
        for (path, text) in sources(module) {
            if text.contains("private_postgres") {
                violations.push(format!("{} names private_postgres", path.display()));
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn a_domain_depends_only_on_domains_of_lower_rank() {
    let mut violations = Vec::new();
    for (rank, domains) in DOMAIN_RANKS.iter().enumerate() {
        for domain in *domains {
            for (path, text) in sources(&format!("domain/{domain}")) {
                for word in names_after(&text, "crate::domain::") {
                    let other = DOMAIN_RANKS.iter().position(|domains| domains.contains(&word));
                    let other = other.unwrap_or_else(|| panic!("{word} has no rank"));
                    if word != *domain && other >= rank {
                        violations.push(format!("{} names {word}", path.display()));
                    }
                }
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

/// The tables that a domain reads although they are another's: prices are filtered by product and variant.
const READS_OF_OTHERS: [(&str, &[&str]); 1] = [("pricing", &["products", "variants"])];

/// The tables that a source file imports.
fn tables_of(text: &str) -> Vec<&str> {
    let imports = text.split("use crate::db::schema::").skip(1).filter_map(|rest| rest.split(';').next());
    let names = imports.flat_map(|names| names.split(|letter: char| !letter.is_alphanumeric() && letter != '_'));
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_table_belongs_to_one_domain_and_its_sql_is_in_the_repo() {
    let mut owners = BTreeMap::<String, BTreeSet<&str>>::new();
    let mut violations = Vec::new();
    // The search reads the tables of all domains.
    for domain in DOMAIN_RANKS.iter().copied().flatten().filter(|domain| **domain != "search") {
        let others = READS_OF_OTHERS.iter().find(|(reader, _)| reader == domain).map_or(&[][..], |(_, tables)| *tables);
        for (path, text) in sources(&format!("domain/{domain}")) {
            let inside_repo = path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("repo"));
            if text.contains("RunQueryDsl") && !inside_repo {
                violations.push(format!("{} has SQL outside of the repo", path.display()));
            }
            for table in tables_of(&text) {
                if !(inside_repo || path.ends_with("model.rs")) {
                    violations.push(format!("{} uses the table {table}", path.display()));
                }
                if !others.contains(&table) {
                    owners.entry(table.to_owned()).or_default().insert(domain);
                }
            }
        }
    }
    violations.extend(owners.iter().filter(|(_, owners)| owners.len() > 1).map(|found| format!("{found:?}")));
    assert!(violations.is_empty(), "{violations:#?}");
    assert!(owners.len() > 30, "only {} tables were found", owners.len());
}

/// The arguments of a struct's attributes with this name, such as `#[derive(..)]`, as text.
fn attributes(item: &syn::ItemStruct, name: &str) -> String {
    let lists = item.attrs.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident(name) => Some(list.tokens.to_string()),
        _ => None,
    });
    lists.collect()
}

fn is_option(field: &syn::Field) -> bool {
    matches!(&field.ty, syn::Type::Path(ty) if ty.path.segments.last().is_some_and(|last| last.ident == "Option"))
}

#[test]
fn updates_clear_optional_columns() {
    let (mut rows, mut violations) = (0, Vec::new());
    for (path, text) in ["domain", "durable", "workflows"].into_iter().flat_map(sources) {
        for item in syn::parse_file(&text).expect("a source").items {
            let syn::Item::Struct(item) = item else { continue };
            if attributes(&item, "derive").contains("AsChangeset") && item.fields.iter().any(is_option) {
                rows += 1;
                // Without this, diesel leaves the column alone if the field is `None`.
                if !attributes(&item, "diesel").contains("treat_none_as_null = true") {
                    violations.push(format!("{} in {}", item.ident, path.display()));
                }
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
    assert!(rows > 10, "only {rows} rows with optional columns were found");
}

/// The id of a business rule: a letter from A to H and one or two digits.
fn is_rule(word: &str) -> bool {
    let digits = word.strip_prefix(|letter| ('A'..='H').contains(&letter)).unwrap_or_default();
    (1..=2).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// The rules that a text cites; text quoted as code, such as `A5 / Dotted`, is not a citation.
fn cited_in_prose(text: &str) -> Vec<String> {
    let prose = text.split('`').step_by(2);
    let words = prose.flat_map(|part| part.split(|letter: char| !letter.is_alphanumeric() && letter != '-'));
    words.filter(|word| is_rule(word)).map(str::to_owned).collect()
}

/// The rules that a line's comment cites.
fn cited_in_comment(line: &str, comment: &str) -> Vec<String> {
    line.split_once(comment).map(|(_, prose)| cited_in_prose(prose)).unwrap_or_default()
}

/// The rules that the name of a test cites: `b11_b12_a_use_is_returned`, `a5_to_a8_discounts_reduce_tax`.
fn cited_in_name(line: &str) -> Vec<String> {
    let Some((_, name)) = line.split_once("fn ") else { return Vec::new() };
    let words = name.split(['_', '(']).map(str::to_uppercase);
    words.take_while(|word| is_rule(word) || word == "TO").filter(|word| word != "TO").collect()
}

/// The rule at the start of an assertion's message: `"E7: one location has everything"`.
fn cited_in_message(line: &str) -> Vec<String> {
    let messages = line.split('"').skip(1).step_by(2).filter_map(|message| message.split_once(": "));
    messages.map(|(word, _)| word.to_owned()).filter(|word| is_rule(word)).collect()
}

#[test]
fn every_cited_business_rule_is_documented() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md")).expect("the rules");
    let entries = page.lines().filter_map(|line| line.strip_prefix("- **")?.split_once("**"));
    let mut rules = BTreeSet::new();
    for (id, _) in entries {
        assert!(is_rule(id), "{id} is not the id of a rule");
        assert!(rules.insert(id), "{id} has two entries");
    }

    let mut cited = 0;
    let mut missing = Vec::new();
    for (folder, extension, comment) in [("src", "rs", "//"), ("tests", "rs", "//"), ("migrations", "sql", "--")] {
        for (path, text) in files(folder, extension) {
            for (number, line) in text.lines().enumerate() {
                let mut found = cited_in_comment(line, comment);
                if extension == "rs" && !line.trim_start().starts_with(comment) {
                    found.extend(cited_in_name(line));
                    if folder == "tests" {
                        found.extend(cited_in_message(line));
                    }
                }
                cited += found.len();
                let unknown = found.into_iter().filter(|id| !rules.contains(id.as_str()));
                missing.extend(unknown.map(|id| format!("{}:{} cites {id}", path.display(), number + 1)));
            }
        }
    }
    assert!(cited > 200, "only {cited} citations were found");
    assert!(missing.is_empty(), "not in docs/rules.md: {missing:#?}");
}

/// What modules below the schema may use of async-graphql: inputs, because a command is the input of its mutation.
const ALLOWED_INPUT_ITEMS: [&str; 8] =
    ["Enum", "InputObject", "InputType", "InputValueError", "InputValueResult", "OneofObject", "Registry", "Value"];

#[test]
fn modules_below_the_schema_derive_only_inputs() {
    let mut violations = Vec::new();
    for module in ["kernel", "domain", "durable", "workflows"] {
        for (path, text) in sources(module) {
            for line in text.lines().filter(|line| line.contains("async_graphql::")) {
                let rest = line.split("async_graphql::").nth(1).unwrap_or_default();
                let words = rest.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
                let types = words.filter(|word| word.chars().next().is_some_and(char::is_uppercase));
                violations.extend(
                    types
                        .filter(|word| !ALLOWED_INPUT_ITEMS.contains(word))
                        .map(|word| format!("{} takes {word} of async-graphql", path.display())),
                );
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn output_types_are_declared_only_by_tables() {
    let mut violations = Vec::new();
    for (path, text) in files("src", "rs") {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        violations.extend(
            code.filter(|line| {
                ["#[Object", "SimpleObject", "MergedObject", "derive(Interface", "derive(Union", "ComplexObject"]
                    .iter()
                    .any(|word| line.contains(word))
            })
            .map(|line| format!("{}: {}", path.display(), line.trim())),
        );
    }
    assert!(violations.is_empty(), "{violations:#?}");
}
