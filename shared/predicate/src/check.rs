//! From what was meant to what can be evaluated: attributes become columns, types are checked.

use std::collections::BTreeSet;

use crate::expr::{Case, Expr, Relation, Test};
use crate::instant;
use crate::limits;
use crate::node::{self, Node};
use crate::query;
use crate::schema::{EnumType, Field, Schema, Type};
use crate::scim;
use crate::syntax::{At, Fault, Faults, Literal, Number, Operator, note};

/// A predicate that was checked against a schema: all that can be evaluated. Only [`check`] makes one.
#[derive(Clone, Debug)]
pub struct Checked {
    resolved: Expr,
    pub(crate) node: Node,
    columns: Vec<String>,
}

impl PartialEq for Checked {
    fn eq(&self, other: &Self) -> bool {
        self.resolved == other.resolved
    }
}

/// Checks a predicate.
///
/// # Errors
/// Every attribute that may not be used, and every value or operator that does not fit its attribute.
pub fn check(expr: &Expr, schema: &Schema) -> Result<Checked, Faults> {
    let mut faults = Vec::new();
    if schema.is_single() && !is_one_condition(expr) {
        let at = second_test(expr).map_or_else(At::default, |test| test.origin.path.clone());
        note(&mut faults, Fault::new(at, "only one condition is allowed here"));
    }
    let resolved = resolve(expr, schema, &mut faults);
    if schema.is_single()
        && faults.is_empty()
        && let Some(test) = only_test(expr).filter(|test| !matches!(test.value, Literal::Text(_)))
    {
        note(&mut faults, Fault::new(test.origin.value.clone(), "a value here is a string in double quotes"));
    }
    if !faults.is_empty() {
        faults.sort_by_key(Fault::offset);
        return Err(faults);
    }
    Ok(match schema.guard() {
        Some(column) => Checked::of(Expr::all([exists(column), resolved])),
        None => Checked::of(resolved),
    })
}

fn exists(column: &str) -> Expr {
    let origin = crate::expr::Origin {
        operator: Operator::IsNotNull,
        path: At::default(),
        at: At::default(),
        value: At::default(),
    };
    let relation = Relation::Null;
    let test = Test { path: column.to_owned(), relation, value: Literal::Null, case: Case::Ignored, origin };
    Expr::not(Expr::Test(test))
}

fn is_one_condition(expr: &Expr) -> bool {
    only_test(expr).is_some()
}

/// The one condition that there is, where there is one.
fn only_test(expr: &Expr) -> Option<&Test> {
    match expr {
        Expr::Test(test) => Some(test),
        Expr::Not(part) => match &**part {
            Expr::Test(test) if test.origin.operator == Operator::NotEquals => Some(test),
            _ => None,
        },
        Expr::All(_) | Expr::Any(_) | Expr::Related { .. } => None,
    }
}

fn second_test(expr: &Expr) -> Option<&Test> {
    fn tests<'a>(expr: &'a Expr, found: &mut Vec<&'a Test>) {
        match expr {
            Expr::Test(test) => found.push(test),
            Expr::Not(part) | Expr::Related { that: part, .. } => tests(part, found),
            Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| tests(part, found)),
        }
    }
    let mut found = Vec::new();
    tests(expr, &mut found);
    found.get(1).or(found.first()).copied()
}

impl Checked {
    fn of(resolved: Expr) -> Self {
        let mut columns = BTreeSet::new();
        collect_columns(&resolved, &mut columns);
        let node = node::compile(&resolved);
        Self { resolved, node, columns: columns.into_iter().collect() }
    }

    /// Holds of every row.
    #[must_use]
    pub fn always() -> Self {
        Self::of(Expr::always())
    }

    /// Holds where every one of these does.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::of(Expr::all(parts.into_iter().map(|part| part.resolved)))
    }

    /// The same about rows that lack some columns, whatever a batch tells of those: what is asked of them is asked of an
    /// attribute that is missing.
    #[must_use]
    pub fn lacking(&self, is_lacking: impl Fn(&str) -> bool) -> Self {
        match self.columns.iter().any(|column| is_lacking(column)) {
            true => Self::of(without(&self.resolved, &is_lacking)),
            false => self.clone(),
        }
    }

    /// The rows of which it holds for sure, as [`Expr::certainly`] says.
    #[must_use]
    pub fn certainly(&self) -> Self {
        Self::of(self.resolved.certainly())
    }

    /// The names of the columns it reads, ascending. A batch without one of them lacks the attribute everywhere.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The predicate with columns in place of attributes.
    #[must_use]
    pub fn resolved(&self) -> &Expr {
        &self.resolved
    }

    /// Whether it holds of every row whatever it has.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.resolved == Expr::always()
    }

    /// Whether it holds of no row whatever it has.
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.resolved == Expr::never()
    }
}

/// The predicate with names that no column has in place of columns that are lacking.
fn without(expr: &Expr, is_lacking: &impl Fn(&str) -> bool) -> Expr {
    let each = |parts: &[Expr]| parts.iter().map(|part| without(part, is_lacking)).collect();
    match expr {
        Expr::Test(test) if is_lacking(&test.path) => Expr::Test(Test { path: missing(&test.path), ..test.clone() }),
        Expr::Test(test) => Expr::Test(test.clone()),
        Expr::Not(part) => Expr::Not(Box::new(without(part, is_lacking))),
        Expr::All(parts) => Expr::All(each(parts)),
        Expr::Any(parts) => Expr::Any(each(parts)),
        Expr::Related { entity, that } => {
            Expr::Related { entity: entity.clone(), that: Box::new(without(that, is_lacking)) }
        }
    }
}

/// A name like that of a column, which no column has: paths begin with a letter.
#[must_use]
pub fn missing(column: &str) -> String {
    format!("-{column}")
}

fn collect_columns(expr: &Expr, columns: &mut BTreeSet<String>) {
    match expr {
        Expr::Test(test) => {
            columns.insert(test.path.clone());
        }
        Expr::Not(part) => collect_columns(part, columns),
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| collect_columns(part, columns)),
        Expr::Related { entity, that } => {
            columns.insert(node::id_column(entity));
            collect_columns(that, columns);
        }
    }
}

fn resolve(expr: &Expr, schema: &Schema, faults: &mut Faults) -> Expr {
    match expr {
        Expr::All(parts) => Expr::all(parts.iter().map(|part| resolve(part, schema, faults)).collect::<Vec<_>>()),
        Expr::Any(parts) => Expr::any(parts.iter().map(|part| resolve(part, schema, faults)).collect::<Vec<_>>()),
        Expr::Not(part) => Expr::not(resolve(part, schema, faults)),
        Expr::Related { entity, that } => {
            Expr::Related { entity: entity.clone(), that: Box::new(resolve(that, schema, faults)) }
        }
        Expr::Test(test) => resolve_test(test, schema, faults).unwrap_or_else(|fault| {
            // An attribute listed several times (`IN`) is reported once.
            if faults.last() != Some(&fault) {
                note(faults, fault);
            }
            Expr::never()
        }),
    }
}

fn resolve_test(test: &Test, schema: &Schema, faults: &mut Faults) -> Result<Expr, Fault> {
    let field = schema.resolve(&test.path).map_err(|issue| Fault::new(test.origin.path.clone(), issue))?;
    check_operator(test, &field, schema)?;
    if let Type::Enum(names) = field.kind {
        return enum_test(test, &field, names);
    }
    if let Err(fault) = check_value(test, field.kind) {
        note(faults, fault);
    }
    let on = |column: &crate::schema::ColumnRef| {
        let case = match (column.case, &test.value) {
            (Some(case), Literal::Text(_)) => case,
            _ => test.case,
        };
        Expr::Test(Test { path: column.name.clone(), case, ..test.clone() })
    };
    let tests = field.columns.iter().map(on);
    Ok(if test.relation == Relation::Null { Expr::all(tests) } else { Expr::any(tests) })
}

fn check_operator(test: &Test, field: &Field, schema: &Schema) -> Result<(), Fault> {
    let operator = test.origin.operator;
    let refused = |allowed: &[Operator]| {
        let in_json = test.origin.at.field.is_some();
        let word = |operator: Operator| if in_json { query::word(operator) } else { scim::word(operator) };
        let words: Vec<&str> = allowed.iter().filter_map(|operator| word(*operator)).collect();
        let (path, shown) = (&test.path, word(operator).unwrap_or_default());
        let issue = format!("`{path}` cannot be compared with {shown} here; use {}", words.join(", "));
        Fault::new(test.origin.at.clone(), issue)
    };
    if !schema.operators().is_empty() && !schema.operators().contains(&operator) {
        return Err(refused(schema.operators()));
    }
    if !field.operators.is_empty() && !field.operators.contains(&operator) {
        return Err(refused(&field.operators));
    }
    Ok(())
}

/// Whether value and operator fit the type.
fn check_value(test: &Test, kind: Type) -> Result<(), Fault> {
    if matches!(test.relation, Relation::Null | Relation::Present) {
        return Ok(());
    }
    let wanted = match (kind, &test.value) {
        (Type::Any | Type::TextList | Type::Enum(_), _) | (Type::Text, Literal::Text(_)) => None,
        (Type::Bool, Literal::Bool(_)) | (Type::Number, Literal::Number(_)) => None,
        (Type::Time, Literal::Text(text)) if instant::parse_or_date(text).is_some() => None,
        (Type::Text, _) => Some("a string"),
        (Type::Bool, _) => Some("true or false"),
        (Type::Number, _) => Some("a number"),
        (Type::Time, _) => Some("a date or an RFC 3339 timestamp"),
    };
    if let Some(wanted) = wanted {
        return Err(Fault::new(test.origin.value.clone(), format!("`{}` needs {wanted}", test.path)));
    }
    let part = matches!(test.relation, Relation::Contains | Relation::StartsWith | Relation::EndsWith);
    let fits = match kind {
        Type::Any | Type::Text | Type::TextList | Type::Enum(_) => true,
        Type::Number | Type::Time => !part,
        Type::Bool => test.relation == Relation::Equal,
    };
    let issue = || format!("`{}` cannot be compared in this way", test.path);
    if fits { Ok(()) } else { Err(Fault::new(test.origin.at.clone(), issue())) }
}

/// A test of names, as one of those names that pass it: what they are called is settled here, once.
fn enum_test(test: &Test, field: &Field, names: &'static EnumType) -> Result<Expr, Fault> {
    let on_columns = |relation: Relation, value: Literal| {
        let tests = field.columns.iter().map(|column| {
            let (path, value) = (column.name.clone(), value.clone());
            Expr::Test(Test { path, relation, value, case: Case::Ignored, origin: test.origin.clone() })
        });
        Expr::any(tests.collect::<Vec<_>>())
    };
    let text = match &test.value {
        Literal::Null => return Ok(on_columns(test.relation, Literal::Null)),
        Literal::Text(text) => text.clone(),
        Literal::Number(number @ Number::Int(_)) => number.to_string(),
        Literal::Number(Number::Float(_)) | Literal::Bool(_) => String::new(),
    };
    if test.relation == Relation::Equal {
        let name = names.name(&text).ok_or_else(|| {
            let issue = format!("`{}` is one of {}", test.path, names.names.join(", "));
            Fault::new(test.origin.value.clone(), issue)
        })?;
        return Ok(on_columns(Relation::Equal, Literal::Text(name.to_owned())));
    }
    if text.chars().count() > limits::VALUE {
        return Err(Fault::new(test.origin.value.clone(), "is too long"));
    }
    let asked = text.to_ascii_lowercase();
    let passes = |name: &str| {
        let short = name.to_ascii_lowercase();
        let full = format!("{}{name}", names.prefix).to_ascii_lowercase();
        match test.relation {
            Relation::Contains => full.contains(&asked),
            Relation::StartsWith => full.starts_with(&asked) || short.starts_with(&asked),
            Relation::EndsWith => full.ends_with(&asked),
            Relation::Greater => short > asked,
            Relation::GreaterEqual => short >= asked,
            Relation::Less => short < asked,
            Relation::LessEqual => short <= asked,
            Relation::Equal | Relation::Null | Relation::Present => false,
        }
    };
    let passing = names.names.iter().filter(|name| passes(name));
    let tests = passing.map(|name| on_columns(Relation::Equal, Literal::Text((*name).to_owned())));
    Ok(Expr::any(tests.collect::<Vec<_>>()))
}
