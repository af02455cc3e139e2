//! What roles allow, in the words of the template: actions on resources by their logical ids.

use std::collections::BTreeMap;

use engine::Partitions;
use serde_yaml_ng::Value;

use super::{Error, Resource, at, owner, text};

/// One action that a role allows on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// `dynamodb:GetItem`.
    pub action: String,
    /// Logical id of the resource, with what follows it: `Table`, `Table/index/due`.
    pub resource: String,
    /// Where in the table.
    pub partitions: Partitions,
}

/// What the role of a function allows: the statements of all its managed policies.
pub(super) fn of(resources: &BTreeMap<String, Resource>, function: &Value) -> Result<Vec<Grant>, Error> {
    let role = text(function, &["Role"]).map(owner).ok_or_else(|| Error("a function has no role".into()))?;
    let properties = |id: &str| {
        let found = resources.get(id).map(|resource| &resource.properties);
        found.ok_or_else(|| Error(format!("no role or policy `{id}`")))
    };
    let Some(Value::Sequence(policies)) = at(properties(&role)?, &["ManagedPolicyArns"]) else {
        return Err(Error(format!("{role} holds no policies")));
    };
    let mut grants = Vec::new();
    for policy in policies {
        let id = reference(policy).ok_or_else(|| Error(format!("{role} holds a policy from elsewhere")))?;
        let Some(Value::Sequence(statements)) = at(properties(&id)?, &["PolicyDocument", "Statement"]) else {
            return Err(Error(format!("{id} has no statements")));
        };
        for statement in statements {
            let partitions = partitions(at(statement, &["Condition"]))?;
            for resource in at(statement, &["Resource"]).map(texts).unwrap_or_default() {
                grants.extend(
                    at(statement, &["Action"]).map(texts).unwrap_or_default().into_iter().map(|action| Grant {
                        action,
                        resource: named(&resource),
                        partitions: partitions.clone(),
                    }),
                );
            }
        }
    }
    Ok(grants)
}

/// The partitions in a condition; a condition of another kind is an error, because nothing would heed it here.
fn partitions(condition: Option<&Value>) -> Result<Partitions, Error> {
    let Some(condition) = condition else { return Ok(Partitions::All) };
    let keys = |operator: &str| at(condition, &[operator, "dynamodb:LeadingKeys"]).map(texts);
    let like = keys("ForAllValues:StringLike").map(Partitions::Like);
    let unlike = || keys("ForAllValues:StringNotLike").map(Partitions::Unlike);
    like.or_else(unlike).ok_or_else(|| Error("a grant has a condition that is not understood".into()))
}

/// One text, or a list of them.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Sequence(items) => items.iter().filter_map(reference).collect(),
        one => reference(one).into_iter().collect(),
    }
}

/// Plain text, or a reference as it was written.
fn reference(value: &Value) -> Option<String> {
    text(value, &[])
}

/// `Table.Arn` and `${Table.Arn}/index/due` without what makes an address of them.
fn named(reference: &str) -> String {
    match reference.strip_prefix("${").and_then(|rest| rest.split_once(".Arn}")) {
        Some((id, rest)) => format!("{id}{rest}"),
        None => reference.trim_end_matches(".Arn").to_owned(),
    }
}
