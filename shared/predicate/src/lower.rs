//! From what was written to what it means. Here the languages part; the table is in the documentation of the crate.

use crate::expr::{Case, Expr, Origin, Relation, Test};
use crate::syntax::{Condition, Literal, Operator, Syntax};

/// Kinds of entity of which a row has any number.
pub const RELATED: [&str; 3] = ["group", "role", "classification"];

/// Which language something was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The SCIM filter language.
    Scim,
    /// The condition language of rules.
    Rule,
    /// The JSON conditions of the query builder.
    Query,
}

/// What the syntax means in its language.
#[must_use]
pub fn lower(syntax: &Syntax, dialect: Dialect) -> Expr {
    match syntax {
        Syntax::Condition(condition) => {
            let test = lower_condition(condition, dialect);
            match related_entity(&condition.path).filter(|_| dialect != Dialect::Scim) {
                Some(entity) => Expr::Related { entity: entity.to_owned(), that: Box::new(test) },
                None => test,
            }
        }
        Syntax::All(parts) => Expr::all(parts.iter().map(|part| lower(part, dialect))),
        Syntax::Any(parts) => Expr::any(parts.iter().map(|part| lower(part, dialect))),
        Syntax::Not(part) => Expr::not(lower(part, dialect)),
        Syntax::Together { entity, conditions } => {
            let that = Expr::all(conditions.iter().map(|condition| lower_condition(condition, dialect)));
            Expr::Related { entity: entity.clone(), that: Box::new(that) }
        }
    }
}

fn related_entity(path: &str) -> Option<&str> {
    let (entity, _) = path.split_once('.')?;
    RELATED.contains(&entity).then_some(entity)
}

fn lower_condition(condition: &Condition, dialect: Dialect) -> Expr {
    let relation = match condition.operator {
        Operator::Equals | Operator::NotEquals => Relation::Equal,
        Operator::Contains | Operator::NotContains => Relation::Contains,
        Operator::StartsWith => Relation::StartsWith,
        Operator::EndsWith => Relation::EndsWith,
        Operator::Greater => Relation::Greater,
        Operator::GreaterEqual => Relation::GreaterEqual,
        Operator::Less => Relation::Less,
        Operator::LessEqual => Relation::LessEqual,
        Operator::IsNull | Operator::IsNotNull => Relation::Null,
        Operator::Present => Relation::Present,
    };
    let negative = matches!(condition.operator, Operator::NotEquals | Operator::NotContains | Operator::IsNotNull);
    let positive = if condition.operator.is_unary() {
        test(condition, relation, Literal::Null, dialect)
    } else {
        Expr::any(condition.values.iter().map(|value| test(condition, relation, value.clone(), dialect)))
    };
    if negative { Expr::not(positive) } else { positive }
}

fn test(condition: &Condition, relation: Relation, value: Literal, dialect: Dialect) -> Expr {
    let relation = match (relation, &value) {
        (Relation::Null | Relation::Present, _) => relation,
        (Relation::Equal, Literal::Null) => Relation::Null,
        // Nothing is above null, or contains it.
        (_, Literal::Null) => return Expr::never(),
        _ => relation,
    };
    let part = matches!(relation, Relation::Contains | Relation::StartsWith | Relation::EndsWith);
    let case = match (dialect, &value) {
        (Dialect::Scim, Literal::Text(_)) if !part => Case::Sensitive,
        (Dialect::Scim | Dialect::Rule | Dialect::Query, _) => Case::Ignored,
    };
    let origin = Origin {
        operator: condition.operator,
        path: condition.path_at.clone(),
        at: condition.operator_at.clone(),
        value: condition.values_at.clone(),
    };
    Expr::Test(Test { path: condition.path.clone(), relation, value, case, origin })
}
