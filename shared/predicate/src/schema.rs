//! What a predicate may be about: the attributes of a place, their types, and how they are stored.

use std::collections::{BTreeMap, BTreeSet};

use crate::expr::Case;
use crate::syntax::Operator;

/// The type of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Not known before the value is seen: any comparison is allowed.
    Any,
    /// Text.
    Text,
    /// Booleans.
    Bool,
    /// Numbers.
    Number,
    /// Instants.
    Time,
    /// Lists of text.
    TextList,
    /// One of some names.
    Enum(&'static EnumType),
}

/// Names with a common prefix that may be left out.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumType {
    /// The prefix, for instance `RESULT_DECISION_`; may be empty.
    pub prefix: &'static str,
    /// The names without the prefix, as columns hold them, in the order of their codes from 0.
    pub names: &'static [&'static str],
    /// Other names, and what they stand for.
    pub aliases: &'static [(&'static str, &'static str)],
}

impl EnumType {
    /// The name, as columns hold it, that a text means: any case, with or without prefix, or its code.
    #[must_use]
    pub fn name(&self, text: &str) -> Option<&'static str> {
        let (_, rest) = split_prefix(text, self.prefix);
        let same = |name: &str| name.eq_ignore_ascii_case(rest);
        let alias = self.aliases.iter().find(|(alias, _)| same(alias)).map(|(_, name)| *name);
        let named = alias.or_else(|| self.names.iter().copied().find(|name| same(name)));
        named.or_else(|| self.names.get(text.parse::<usize>().ok()?).copied())
    }
}

fn split_prefix<'a>(text: &'a str, prefix: &str) -> (&'a str, &'a str) {
    match text.split_at_checked(prefix.len()) {
        Some((head, rest)) if head.eq_ignore_ascii_case(prefix) => (head, rest),
        _ => ("", text),
    }
}

/// An attribute with rules of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its type.
    pub kind: Type,
    /// The columns that hold it: a test holds when it holds of one of them.
    pub columns: Vec<ColumnRef>,
    /// The operators it offers; empty means all.
    pub operators: Vec<Operator>,
}

/// A column of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnRef {
    /// Name of the column.
    pub name: String,
    /// How its text compares, when not as the language says.
    pub case: Option<Case>,
}

impl Field {
    /// An attribute held by the column of a name.
    #[must_use]
    pub fn new(kind: Type, column: &str) -> Self {
        Self { kind, columns: vec![ColumnRef { name: column.to_owned(), case: None }], operators: Vec::new() }
    }
}

/// What a predicate may be about in one place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    fields: BTreeMap<String, Field>,
    open: Vec<&'static str>,
    aliases: bool,
    bare: bool,
    hidden: BTreeSet<String>,
    operators: &'static [Operator],
    single: bool,
    guard: Option<&'static str>,
}

/// Scopes that no alias of a query can have.
const RESERVED: [&str; 6] = ["source", "destination", "waypoint", "path_summary", "previous", "joined_nodes"];

impl Schema {
    /// Nothing may be used.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an attribute.
    #[must_use]
    pub fn field(mut self, path: &str, field: Field) -> Self {
        self.fields.insert(path.to_owned(), field);
        self
    }

    /// Any attribute below these scopes may be used; its column has the name of the path.
    #[must_use]
    pub fn open(mut self, scopes: &[&'static str]) -> Self {
        self.open.extend(scopes);
        self
    }

    /// Any attribute below any other scope may be used too: queries name what they join.
    #[must_use]
    pub fn with_aliases(mut self) -> Self {
        self.aliases = true;
        self
    }

    /// Any attribute may be used by its bare name.
    #[must_use]
    pub fn with_bare_names(mut self) -> Self {
        self.bare = true;
        self
    }

    /// These attributes may not be used, because the caller may not see them.
    #[must_use]
    pub fn without(mut self, hidden: impl IntoIterator<Item = String>) -> Self {
        self.hidden.extend(hidden);
        self
    }

    /// Only one condition, with one of these operators.
    #[must_use]
    pub fn single(mut self, operators: &'static [Operator]) -> Self {
        (self.single, self.operators) = (true, operators);
        self
    }

    /// Nothing holds of a row that has no value in this column.
    #[must_use]
    pub fn guarded(mut self, column: &'static str) -> Self {
        self.guard = Some(column);
        self
    }

    /// Whether only one condition may be given.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.single
    }

    pub(crate) fn guard(&self) -> Option<&'static str> {
        self.guard
    }

    pub(crate) fn operators(&self) -> &'static [Operator] {
        self.operators
    }

    /// The attribute of a path.
    ///
    /// # Errors
    /// Why it may not be used, for the person who wrote it.
    pub fn resolve(&self, path: &str) -> Result<Field, String> {
        if self.hidden.contains(path) {
            return Err(format!("`{path}` is not visible to you"));
        }
        if let Some(field) = self.fields.get(path) {
            return Ok(field.clone());
        }
        let scope = path.split_once('.').map(|(scope, _)| scope);
        match scope {
            Some("joined_nodes") => {
                let alias = path.trim_start_matches("joined_nodes.");
                Err(format!("`{path}` cannot be used; write the alias directly: `{alias}`"))
            }
            Some(scope) if self.open.contains(&scope) => Ok(Field::new(Type::Any, path)),
            Some(scope) if self.aliases && !RESERVED.contains(&scope) => Ok(Field::new(Type::Any, path)),
            None if self.bare => Ok(Field::new(Type::Any, path)),
            Some(_) | None => Err(format!("`{path}` cannot be used here; use {}", self.usable(scope))),
        }
    }

    /// What may be written instead of a path of a scope: what there is of that scope, or else of any.
    fn usable(&self, scope: Option<&str>) -> String {
        const SHOWN: usize = 12;
        let of_scope = |path: &&String| path.split_once('.').map(|(of, _)| of) == scope;
        let same: Vec<&str> = self.fields.keys().filter(of_scope).map(String::as_str).collect();
        if scope.is_some() && !same.is_empty() {
            return same.join(", ");
        }
        let open = self.open.iter().map(|scope| format!("{scope}.*"));
        let alias = self.aliases.then(|| "an alias of the query".to_owned());
        let all: Vec<String> = open.chain(alias).chain(self.fields.keys().cloned()).collect();
        let more = if all.len() > SHOWN { ", ..." } else { "" };
        format!("{}{more}", all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "))
    }
}
