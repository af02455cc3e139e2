//! Reviews of named people: the query of a workflow stays wide, and a review of it is narrowed to those who join, move or
//! leave.

use std::collections::{HashMap, HashSet};

use domain::inventory::Family;
use serde::{Deserialize, Serialize};

use crate::error::Faults;
use crate::loading::graph::Graph;

/// The most people that a review may be narrowed to.
pub const MAX_NAMED: usize = 1_000;
/// The most bytes that their ids and types take together: they stand in the job and in the inputs of the review.
const MAX_BYTES: usize = 100_000;

/// Somebody, as the inventory knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedIdentity {
    /// The type of their node, such as `OktaUser`, in any letter case.
    pub node_type: String,
    /// The id of their node.
    pub id: String,
}

/// Adds what is wrong with those whom a review is to be narrowed to, under the name of their field.
pub(crate) fn check(faults: &mut Faults, field: &str, named: &[NamedIdentity]) {
    let bytes: usize = named.iter().map(|identity| identity.node_type.len() + identity.id.len()).sum();
    faults.require(named.len() <= MAX_NAMED, field, &format!("must have at most {MAX_NAMED} elements"));
    faults.require(bytes <= MAX_BYTES, field, &format!("must not take more than {MAX_BYTES} bytes"));
}

/// The sources that are left of some: those that are one of the named identities, and accounts that belong to one. All of
/// them where nobody is named.
pub(super) fn left_of(graph: &Graph, sources: Vec<u32>, named: &[NamedIdentity]) -> Vec<u32> {
    if named.is_empty() {
        return sources;
    }
    let mut types: HashMap<&str, HashSet<String>> = HashMap::new();
    for NamedIdentity { node_type, id } in named {
        types.entry(id).or_default().insert(node_type.to_ascii_lowercase());
    }
    let is_named = |node: u32| {
        let types = types.get(graph.id(node));
        types.is_some_and(|types| types.contains(&graph.node_type(node).to_ascii_lowercase()))
    };
    let owner = |node: u32| graph.owner_of(node).filter(|_| graph.family_of(node) == Some(Family::Account));
    sources.into_iter().filter(|source| is_named(*source) || owner(*source).is_some_and(is_named)).collect()
}

#[cfg(test)]
mod tests {
    use engine::simulate;

    use super::*;
    use crate::certification::{self, CreateInput, Source};
    use crate::review::tests::bed::everything;
    use crate::review::{self, Dialect};
    use crate::testing::sketch::{Sketch, text};
    use crate::testing::stand::{Stand, query};
    use crate::workflow;

    fn named(node_type: &str, id: &str) -> NamedIdentity {
        NamedIdentity { node_type: node_type.to_owned(), id: id.to_owned() }
    }

    /// Ann and Bob, each with an account and a role.
    async fn organised() -> Stand {
        let stand = Stand::new();
        let sketch = Sketch::default()
            .node(Family::Application, "app", &[])
            .node(Family::Role, "r", &[("application_id", text("app"))])
            .node(Family::Identity, "ann", &[])
            .typed("OktaUser")
            .node(Family::Identity, "bob", &[])
            .typed("OktaUser")
            .account("a-ann", &[("owner_id", text("ann"))])
            .account("b-bob", &[("owner_id", text("bob"))])
            .edge("a-ann", "r")
            .edge("b-bob", "r");
        stand.load("ds", &sketch.picture()).await.unwrap();
        stand
    }

    /// The sources of a review of some people.
    async fn reviewed(stand: &Stand, source: &str, identities: &[NamedIdentity]) -> Vec<String> {
        let (deps, call) = (&stand.deps, || stand.call());
        let made = workflow::CreateInput {
            name: "Roles".to_owned(),
            description: String::new(),
            notes: String::new(),
            owner: None,
            query: query(source, "Role"),
        };
        let workflow = workflow::create(deps, &call(), made).await.unwrap().id;
        let input = CreateInput {
            workflow,
            name: None,
            notes: String::new(),
            due_date: None,
            source: Some(Source::Current),
            reviewer_assignment: None,
            automations: Vec::new(),
            sources_acknowledged: false,
            identities: identities.to_vec(),
        };
        let id = certification::create(deps, &call(), input).await.unwrap().certification.id;
        stand.drain().await;
        let page = review::list(deps, &call(), id, Dialect::Certification, everything(9)).await.unwrap();
        page.items.iter().map(|row| row.frozen.text("source.id").unwrap().to_owned()).collect()
    }

    #[test]
    fn a_review_is_about_the_people_whom_it_names_and_their_accounts() {
        simulate(1, async {
            let stand = organised().await;
            assert_eq!(reviewed(&stand, "OktaUser", &[]).await, ["ann", "bob"]);
            assert_eq!(reviewed(&stand, "OktaUser", &[named("oktauser", "ann")]).await, ["ann"]);
            assert_eq!(
                reviewed(&stand, "Account", &[named("OktaUser", "bob"), named("OktaUser", "cat")]).await,
                ["b-bob"]
            );
            for other in [named("AzureADUser", "ann"), named("OktaUser", "nope")] {
                assert_eq!(reviewed(&stand, "OktaUser", &[other]).await, Vec::<String>::new());
            }
        });
    }

    #[test]
    fn the_names_of_a_review_take_no_more_than_is_stored_of_them() {
        let issue = |named: Vec<NamedIdentity>| {
            let mut faults = Faults::new();
            check(&mut faults, "identities", &named);
            faults.done().is_err()
        };
        assert!(!issue(vec![named("OktaUser", "u"); MAX_NAMED]));
        assert!(issue(vec![named("OktaUser", "u"); MAX_NAMED + 1]));
        assert!(issue(vec![named("OktaUser", &"u".repeat(MAX_BYTES))]));
    }
}
