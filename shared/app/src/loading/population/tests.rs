use domain::ids::DataSourceId;
use domain::inventory::{Family, Value};
use domain::query::{NodeSet, NodeSpec, NodesOperator, Query, RelationshipType};
use domain::review::{CampaignQuery, Condition, ConditionValue, Scope};
use jiff::Timestamp;

use super::*;
use crate::error::Error;
use crate::loading::graph::{Graph, NONE, Origin};
use crate::testing::sketch::{Sketch, list, text};
use crate::testing::stand::{now, query};

fn time(at: &str) -> Value {
    Value::Time(at.parse::<Timestamp>().unwrap())
}

/// Five accounts of two applications, with owners, nested groups and roles.
fn organisation() -> Sketch {
    Sketch::default()
        .node(Family::Application, "app", &[])
        .node(Family::Application, "wms", &[])
        .node(Family::Identity, "p1", &[("title", text("Clerk")), ("manager_id", text("boss"))])
        .node(Family::Identity, "boss", &[("email", text("boss@corp.example"))])
        .node(Family::Group, "clerks", &[])
        .node(Family::Group, "root", &[("is_high_privilege", Value::Bool(true))])
        .node(Family::Role, "close", &[("platform", text("Payroll"))])
        .node(Family::Resource, "ledger", &[("application_id", text("app"))])
        .typed("Book")
        .account("a1", &[("owner_id", text("p1")), ("department", text("Treasury")), ("account_type", text("user"))])
        .account("a2", &[("department", text("treasury")), ("account_type", text("service"))])
        .account("a3", &[("mfa_enabled", Value::Bool(false)), ("last_login_at", time("2026-04-01T08:00:00Z"))])
        .account("a4", &[("classifications", list(&["sox"])), ("privileged", Value::Bool(true))])
        .node(Family::Account, "a5", &[("application_id", text("wms"))])
        .edge("a1", "clerks")
        .edge("clerks", "root")
        .edge("root", "close")
        .edge("a2", "clerks")
        .edge("a3", "close")
        .grant("close", "ledger", &["book.write"])
        .grant("a1", "ledger", &["book.read"])
        .grant("a4", "app", &["admin"])
}

fn condition(entity: &str, field: &str, operator: &str, value: Option<ConditionValue>) -> Condition {
    Condition { entity: entity.to_owned(), field: field.to_owned(), operator: operator.to_owned(), value }
}

fn words(value: &str) -> Option<ConditionValue> {
    Some(ConditionValue::Text(value.to_owned()))
}

fn accounts(scope: &Scope, query: &CampaignQuery) -> Result<String, Error> {
    let mut graph = organisation().graph();
    let found = campaign::accounts(&mut graph, scope, query, now())?;
    Ok(found.iter().map(|pair| graph.id(pair.source)).collect::<Vec<_>>().join(" "))
}

#[track_caller]
fn includes(conditions: &[Condition], expected: &str) {
    let query = CampaignQuery { inclusion_filters: conditions.to_vec(), exclusion_filters: Vec::new() };
    assert_eq!(accounts(&Scope::default(), &query).unwrap(), expected);
}

#[test]
fn the_scope_alone_decides_when_there_are_no_conditions() {
    let none = CampaignQuery::default();
    let scope = |applications: &[&str], types: &[&str]| Scope {
        applications: applications.iter().map(|one| (*one).to_owned()).collect(),
        account_types: types.iter().map(|one| (*one).to_owned()).collect(),
    };
    assert_eq!(accounts(&scope(&[], &[]), &none).unwrap(), "a1 a2 a3 a4 a5");
    assert_eq!(accounts(&scope(&["wms"], &[]), &none).unwrap(), "a5");
    assert_eq!(accounts(&scope(&["app"], &["User"]), &none).unwrap(), "a1");
    assert_eq!(accounts(&scope(&["nowhere"], &[]), &none).unwrap(), "");
}

#[test]
fn conditions_read_the_account_and_everything_around_it() {
    includes(&[condition("account", "department", "equals", words("TREASURY"))], "a1 a2");
    includes(&[condition("account", "department", "is_null", None)], "a3 a4 a5");
    includes(&[condition("account", "mfa_status", "equals", Some(ConditionValue::Bool(false)))], "a3");
    includes(&[condition("account", "login_age_days", "greater_equal", Some(ConditionValue::Int(30)))], "a3");
    includes(&[condition("account", "login_age_days", "greater_than", Some(ConditionValue::Int(30)))], "");
    includes(&[condition("account", "risk_score", "greater_equal", Some(ConditionValue::Int(40)))], "a4");
    includes(&[condition("account", "data_source_name", "equals", words("directory"))], "a1 a2 a3 a4 a5");
    includes(&[condition("account", "platform", "equals", words("Suite"))], "a1 a2 a3 a4 a5");
    includes(&[condition("owner", "title", "equals", words("clerk"))], "a1");
    includes(&[condition("owner", "manager_email", "starts_with", words("boss"))], "a1");
    includes(&[condition("group", "name", "equals", words("root"))], "a1 a2");
    includes(&[condition("group", "is_high_privilege", "equals", Some(ConditionValue::Bool(true)))], "a1 a2");
    includes(&[condition("role", "platform", "equals", words("payroll"))], "a1 a2 a3");
    includes(&[condition("classification", "name", "equals", words("sox"))], "a4");
}

#[test]
fn one_and_the_same_group_must_satisfy_all_conditions_on_groups() {
    let high = condition("group", "is_high_privilege", "equals", Some(ConditionValue::Bool(true)));
    includes(&[condition("group", "name", "equals", words("clerks")), high.clone()], "");
    includes(&[condition("group", "name", "equals", words("root")), high], "a1 a2");
}

#[test]
fn any_exclusion_removes_also_when_only_the_scope_includes() {
    let service = condition("account", "account_type", "equals", words("service"));
    let excluding = |inclusion: &[Condition]| CampaignQuery {
        inclusion_filters: inclusion.to_vec(),
        exclusion_filters: vec![service.clone(), condition("classification", "name", "equals", words("sox"))],
    };
    assert_eq!(accounts(&Scope::default(), &excluding(&[])).unwrap(), "a1 a3 a5");
    let treasury = condition("account", "department", "equals", words("Treasury"));
    assert_eq!(accounts(&Scope::default(), &excluding(&[treasury])).unwrap(), "a1");
}

#[test]
fn a_condition_that_cannot_be_evaluated_is_named_by_its_path() {
    let bad = CampaignQuery {
        inclusion_filters: vec![condition("account", "shoe_size", "equals", words("44"))],
        exclusion_filters: vec![condition("owner", "title", "less_than", words("x"))],
    };
    let fields: Vec<String> = check_campaign_query(&bad).into_iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["inclusion_filters[0].field", "exclusion_filters[0].operator"]);
    assert!(matches!(accounts(&Scope::default(), &bad), Err(Error::Invalid(_))));
}

#[test]
fn an_account_comes_with_its_application_and_everything_it_may_do_there() {
    let mut graph = organisation().graph();
    let found = campaign::accounts(&mut graph, &Scope::default(), &CampaignQuery::default(), now()).unwrap();
    let may = |place: usize| graph.sets().get(found[place].set).raw.join(" ");
    assert_eq!(
        (may(0), may(2), may(3), may(4)),
        ("book.read book.write".into(), "book.write".into(), "admin".into(), String::new())
    );
    assert_eq!(graph.id(found[4].destination), "wms");
}

fn found(graph: &mut Graph, query: &Query) -> Vec<Pair> {
    let terms = terms(graph, query).unwrap();
    pairs(graph, &terms, &[]).unwrap()
}

#[track_caller]
fn finds(query: &Query, expected: &[&str]) {
    let mut graph = organisation().graph();
    let shown: Vec<String> = found(&mut graph, query)
        .iter()
        .map(|pair| {
            let over = if pair.waypoint == NONE { String::new() } else { format!("over {} ", graph.id(pair.waypoint)) };
            let may = graph.sets().get(pair.set).effective.join("+");
            format!("{} {} {over}{may}", graph.id(pair.source), graph.id(pair.destination)).trim().to_owned()
        })
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn pairs_follow_groups_and_roles_and_add_their_permissions_up() {
    finds(&query("Account", "Book"), &["a1 ledger Read+Update", "a2 ledger Update", "a3 ledger Update"]);
    finds(&query("Account", "role"), &["a1 close", "a2 close", "a3 close"]);
    finds(&query("Identity", "Resource"), &["p1 ledger Read+Update"]);
    finds(&query("Group", "Group"), &["clerks root"]);
    finds(&query("Nothing", "Resource"), &[]);
}

#[test]
fn ends_are_narrowed_by_id_filter_and_permission() {
    let mut narrowed = query("Account", "Resource");
    narrowed.source_node_types.nodes[0].condition_expression = Some("department eq \"treasury\"".to_owned());
    finds(&narrowed, &["a2 ledger Update"]);
    narrowed.source_node_types.nodes[0].condition_expression =
        Some("source.department co \"TREA\" and datasource_id eq \"ds\"".to_owned());
    finds(&narrowed, &["a1 ledger Read+Update", "a2 ledger Update"]);
    narrowed.source_node_types.nodes[0].node_id = "a1".to_owned();
    finds(&narrowed, &["a1 ledger Read+Update"]);
    let mut reading = query("Account", "Resource");
    reading.effective_permissions = Some(vec!["read".to_owned()]);
    finds(&reading, &["a1 ledger Read+Update"]);
    reading.raw_permissions = Some(vec!["book.delete".to_owned()]);
    finds(&reading, &[]);
}

#[test]
fn several_node_types_are_a_union_or_all_met_at_once() {
    let spec = |node_type: &str, filter: Option<&str>| NodeSpec {
        node_type: node_type.to_owned(),
        condition_expression: filter.map(str::to_owned),
        ..NodeSpec::default()
    };
    let mut query = query("Account", "Resource");
    query.source_node_types.nodes.push(spec("Group", None));
    finds(
        &query,
        &[
            "a1 ledger Read+Update",
            "a2 ledger Update",
            "a3 ledger Update",
            "clerks ledger Update",
            "root ledger Update",
        ],
    );
    query.source_node_types = NodeSet {
        nodes: vec![spec("Account", Some("department pr")), spec("account", Some("account_type eq \"user\""))],
        nodes_operator: NodesOperator::And,
    };
    finds(&query, &["a1 ledger Read+Update"]);
}

fn set(node_types: &[&str], nodes_operator: NodesOperator) -> NodeSet {
    let spec = |node_type: &&str| NodeSpec { node_type: (*node_type).to_owned(), ..NodeSpec::default() };
    NodeSet { nodes: node_types.iter().map(spec).collect(), nodes_operator }
}

#[test]
fn what_the_path_must_and_must_not_meet_narrows_rows_and_their_permissions() {
    let mut over = query("Account", "Book");
    over.required_intermediate_node_types = set(&["Group"], NodesOperator::And);
    finds(&over, &["a1 ledger Update", "a2 ledger Update"]);
    over.required_intermediate_node_types = set(&["Group", "Account"], NodesOperator::And);
    finds(&over, &[]);
    over.required_intermediate_node_types = set(&["Group", "Account"], NodesOperator::Or);
    finds(&over, &["a1 ledger Update", "a2 ledger Update"]);
    let mut past = query("Account", "Book");
    past.avoided_intermediate_node_types = set(&["Group"], NodesOperator::And);
    finds(&past, &["a1 ledger Read", "a3 ledger Update"]);
    past.avoided_intermediate_node_types = set(&["Group", "Role"], NodesOperator::And);
    finds(&past, &["a1 ledger Read"]);
    past.avoided_intermediate_node_types = set(&["Group"], NodesOperator::And);
    past.avoided_intermediate_node_types.nodes[0].condition_expression =
        Some("intermediate.is_high_privilege eq true".to_owned());
    finds(&past, &["a1 ledger Read", "a3 ledger Update"]);
    past.avoided_intermediate_node_types.nodes[0].node_id = "nobody".to_owned();
    finds(&past, &["a1 ledger Read+Update", "a2 ledger Update", "a3 ledger Update"]);
}

#[test]
fn a_waypoint_makes_a_row_of_its_own() {
    let mut over = query("Account", "Book");
    over.waypoint_node_types = Some(set(&["Group", "Role"], NodesOperator::Or));
    finds(
        &over,
        &[
            "a1 ledger over clerks Update",
            "a1 ledger over root Update",
            "a1 ledger over close Update",
            "a2 ledger over clerks Update",
            "a2 ledger over root Update",
            "a2 ledger over close Update",
            "a3 ledger over close Update",
        ],
    );
    over.required_intermediate_node_types = set(&["Role"], NodesOperator::And);
    over.waypoint_node_types = Some(set(&["Group"], NodesOperator::And));
    over.waypoint_node_types.as_mut().unwrap().nodes[0].direct_relationship_only = true;
    finds(&over, &["a1 ledger over clerks Update", "a2 ledger over clerks Update"]);
}

#[test]
fn a_direct_relationship_is_one_step() {
    let mut direct = query("Account", "Book");
    direct.destination_node_types.nodes[0].direct_relationship_only = true;
    finds(&direct, &["a1 ledger Read"]);
    direct.destination_node_types.nodes[0].direct_relationship_only = false;
    direct.source_node_types.nodes[0].direct_relationship_only = true;
    finds(&direct, &["a1 ledger Read"]);
    direct.source_node_types = set(&["Account", "Role"], NodesOperator::Or);
    direct.source_node_types.nodes[0].direct_relationship_only = true;
    finds(&direct, &["a1 ledger Read", "close ledger Update"]);
}

#[test]
fn pairs_without_a_relation_are_all_others() {
    let mut without = query("Account", "Book");
    without.no_relation = true;
    finds(&without, &["a4 ledger", "a5 ledger"]);
    without.effective_permissions = Some(vec!["Read".to_owned()]);
    finds(&without, &["a2 ledger", "a3 ledger", "a4 ledger", "a5 ledger"]);
    let mut groups = query("Group", "Group");
    groups.no_relation = true;
    finds(&groups, &["root clerks"]);
}

#[test]
fn a_relation_in_effect_gives_some_permission() {
    let mut query = query("Account", "Application");
    finds(&query, &["a1 app", "a2 app", "a3 app", "a4 app Read", "a5 wms"]);
    query.node_relationship_type = RelationshipType::Effective;
    finds(&query, &["a4 app Read"]);
}

#[test]
fn what_a_query_cannot_do_here_is_refused_by_its_path() {
    let mut asked = query("Account", "Resource");
    asked.no_relation = true;
    asked.waypoint_node_types = Some(set(&["Group", "Role"], NodesOperator::And));
    asked.required_intermediate_node_types = set(&["Group"; 9], NodesOperator::And);
    asked.required_intermediate_node_types.nodes[8].condition_expression = Some("waypoint.name eq \"x\"".to_owned());
    asked.source_node_types.nodes[0].condition_expression = Some("department eq".to_owned());
    asked.destination_node_types.nodes.push(NodeSpec { node_type: "Role".to_owned(), ..NodeSpec::default() });
    asked.destination_node_types.nodes_operator = NodesOperator::And;
    let fields: Vec<String> = check_query(&asked).into_iter().map(|fault| fault.field).collect();
    assert_eq!(
        fields,
        [
            "required_intermediate_node_types.nodes",
            "waypoint_node_types",
            "source_node_types.nodes[0].condition_expression",
            "destination_node_types.nodes_operator",
            "required_intermediate_node_types.nodes[8].condition_expression",
            "waypoint_node_types.nodes_operator",
        ]
    );
}

#[test]
fn a_data_source_is_known_by_id_and_name() {
    let mut part = organisation().part("ds");
    part.origin = Origin { id: DataSourceId::new("ds").unwrap(), name: "HR".to_owned(), platform: String::new() };
    let mut graph = Graph::merge(vec![part]);
    let mut asked = query("Account", "Resource");
    asked.source_node_types.nodes[0].condition_expression = Some("datasource_name eq \"HR\"".to_owned());
    assert_eq!(found(&mut graph, &asked).len(), 3);
}
