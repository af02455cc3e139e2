use super::*;

fn node(node_type: &str) -> NodeSpec {
    NodeSpec { node_type: node_type.to_owned(), ..NodeSpec::default() }
}

fn set(node_types: &[&str]) -> NodeSet {
    NodeSet { nodes: node_types.iter().map(|name| node(name)).collect(), nodes_operator: NodesOperator::Or }
}

fn query() -> Query {
    Query { source_node_types: set(&["OktaUser"]), destination_node_types: set(&["SecretStore"]), ..Query::default() }
}

fn join(alias: &str) -> JoinedNode {
    JoinedNode {
        alias: alias.to_owned(),
        node_type: "Identity".to_owned(),
        source_property: "email".to_owned(),
        joined_property: "email".to_owned(),
    }
}

fn faults(query: &Query) -> Vec<String> {
    query.faults().into_iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

#[test]
fn a_query_needs_both_ends_and_all_faults_are_told_at_once() {
    assert_eq!(faults(&query()), [] as [&str; 0]);
    let mut bad = Query { source_node_types: set(&["OktaUser", ""]), ..Query::default() };
    bad.waypoint_node_types = Some(NodeSet {
        nodes: vec![NodeSpec { condition_expression: Some("x".repeat(10_001)), ..node("Group") }],
        ..NodeSet::default()
    });
    insta::assert_debug_snapshot!(faults(&bad), @r#"
    [
        "destination_node_types.nodes: at least one node type is needed",
        "source_node_types.nodes[1].node_type: must not be empty",
        "waypoint_node_types.nodes[0].condition_expression: longer than 10000 characters",
    ]
    "#);
}

#[test]
fn aliases_are_simple_words_that_are_free() {
    let mut query = query();
    query.joined_nodes = ["idp", "hr_1", "", "Idp", "1a", "a-b", "previous", "idp"].map(join).to_vec();
    insta::assert_debug_snapshot!(faults(&query), @r#"
    [
        "joined_nodes[2].alias: must match [a-z][a-z0-9_]* and have at most 64 characters",
        "joined_nodes[3].alias: must match [a-z][a-z0-9_]* and have at most 64 characters",
        "joined_nodes[4].alias: must match [a-z][a-z0-9_]* and have at most 64 characters",
        "joined_nodes[5].alias: must match [a-z][a-z0-9_]* and have at most 64 characters",
        "joined_nodes[6].alias: is reserved",
        "joined_nodes[7].alias: is used twice",
    ]
    "#);
}

#[test]
fn lists_have_limits() {
    let mut query = query();
    query.raw_permissions = Some(vec!["a".to_owned(); 1_001]);
    query.effective_permissions = Some(vec!["é".repeat(513)]);
    query.required_intermediate_node_types = set(&["Group"; 101]);
    query.required_intermediate_node_types.nodes_operator = NodesOperator::And;
    query.joined_nodes = (0..11).map(|number| join(&format!("a{number}"))).collect();
    insta::assert_debug_snapshot!(faults(&query), @r#"
    [
        "raw_permissions: more than 1000 permissions",
        "effective_permissions: longer than 512 characters",
        "required_intermediate_node_types.nodes: more than 100 node types",
        "required_intermediate_node_types.nodes: more than 8 node types under AND",
        "joined_nodes: more than 10 joined nodes",
    ]
    "#);
}

#[test]
fn pairs_without_a_relation_have_no_path_to_tell_about() {
    let mut query = Query { no_relation: true, ..query() };
    assert_eq!(faults(&query), [] as [&str; 0]);
    query.waypoint_node_types = Some(set(&["Group"]));
    query.path_summary_node_types = Some(set(&["Group"]));
    insta::assert_debug_snapshot!(faults(&query), @r#"
    [
        "waypoint_node_types: no_relation leaves no path to tell about",
        "path_summary_node_types: no_relation leaves no path to tell about",
    ]
    "#);
}
