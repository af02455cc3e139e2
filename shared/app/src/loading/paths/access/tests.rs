use columns::{Column, TextBuilder};
use domain::query::NodeSet;

use super::*;
use crate::testing::sketch::Sketch;
use crate::testing::stand::query;

fn organisation() -> Sketch {
    Sketch::default()
        .node(Family::Application, "app", &[])
        .account("a", &[])
        .node(Family::Group, "g", &[])
        .node(Family::Group, "h", &[])
        .node(Family::Role, "r", &[])
        .node(Family::Resource, "s", &[("application_id", crate::testing::sketch::text("app"))])
        .typed("Store")
        .edge("a", "g")
        .edge("g", "h")
        .edge("h", "g")
        .edge("h", "r")
        .grant("r", "s", &["read", "write"])
        .grant("a", "s", &["read"])
}

fn row(parts: &[(&str, &str)]) -> Frozen {
    let column = |(name, value): &(&str, &str)| -> Column {
        let mut column = TextBuilder::new();
        column.push(Some(value));
        column.finish(*name)
    };
    Frozen::new(Arc::new(Batch::of(1, parts.iter().map(column)).unwrap()), 0)
}

fn store_row() -> Frozen {
    row(&[
        ("source.id", "a"),
        ("source.type", "Account"),
        ("source.datasource_id", "ds"),
        ("destination.id", "s"),
        ("destination.type", "Store"),
        ("destination.datasource_id", "ds"),
    ])
}

fn shown(picture: &Picture) -> Vec<String> {
    picture.nodes.iter().map(|node| format!("{} > {}", node.id, node.leads_to.join(" "))).collect()
}

#[test]
fn a_row_is_drawn_with_what_its_grants_amount_to() {
    let graph = organisation().graph();
    let ends = Ends::of(&graph, &store_row()).unwrap();
    let picture = of_pair(&graph, &query("Account", "Store"), ends).unwrap();
    assert_eq!(
        shown(&picture),
        [
            "a > a::eperm::s g",
            "g > h",
            "h > g r",
            "r > r#Read::eperm::s r#Update::eperm::s",
            "a::eperm::s > s",
            "r#Read::eperm::s > s",
            "r#Update::eperm::s > s",
            "s > ",
        ]
    );
    let is_permission =
        |node: &&Shown| matches!(&node.what, What::Permission { kind, .. } if kind == "StoreEffectivePermission");
    assert_eq!(picture.nodes.iter().filter(is_permission).count(), 3);
    assert_eq!((picture.raw.join(" "), picture.effective.join(" ")), ("read write".into(), "Read Update".into()));
    assert_eq!(picture.sources.iter().map(DataSourceId::as_str).collect::<Vec<_>>(), ["ds"]);
    assert!(!picture.more);
}

#[test]
fn without_permissions_who_grants_leads_straight_to_what_is_granted() {
    let graph = organisation().graph();
    let ends = Ends::of(&graph, &store_row()).unwrap();
    let picture = of_pair(&graph, &query("Account", "Store"), ends).unwrap().without_permissions();
    assert_eq!(shown(&picture), ["a > g s", "g > h", "h > g r", "r > s", "s > "]);
    assert_eq!((picture.effective.len(), picture.raw.len()), (0, 2));
    let parts: Vec<_> = picture.nodes.iter().map(|node| node.part).collect();
    assert_eq!(parts, ["source", "path_summary", "path_summary", "path_summary", "destination"]);
}

#[test]
fn what_the_query_asks_of_the_way_narrows_the_picture() {
    let graph = organisation().graph();
    let ends = Ends::of(&graph, &store_row()).unwrap();
    let mut asked = query("Account", "Store");
    asked.avoided_intermediate_node_types =
        NodeSet { nodes: query("Role", "Role").source_node_types.nodes, ..NodeSet::default() };
    let picture = of_pair(&graph, &asked, ends).unwrap();
    assert_eq!(shown(&picture), ["a > a::eperm::s", "a::eperm::s > s", "s > "]);
}

#[test]
fn a_node_that_the_query_would_not_name_any_more_is_explained_all_the_same() {
    let graph = organisation().graph();
    let ends = Ends::of(&graph, &store_row()).unwrap();
    let mut asked = query("Account", "Store");
    asked.source_node_types.nodes[0].condition_expression = Some("department eq \"gone\"".to_owned());
    assert_eq!(of_pair(&graph, &asked, ends).unwrap().nodes.len(), 8);
    asked.destination_node_types.nodes[0].direct_relationship_only = true;
    assert_eq!(of_pair(&graph, &asked, ends).unwrap().nodes.len(), 3);
}

#[test]
fn ends_without_a_path_stand_alone_as_far_as_they_are_there() {
    let graph = organisation().account("b", &[]).graph();
    let of = |source| {
        let row = row(&[
            ("source.id", source),
            ("source.datasource_id", "ds"),
            ("destination.id", "s"),
            ("destination.datasource_id", "ds"),
        ]);
        shown(&of_pair(&graph, &query("Account", "Store"), Ends::of(&graph, &row).unwrap()).unwrap())
    };
    assert_eq!(of("b"), ["b > ", "s > "]);
    assert_eq!(of("nobody"), ["s > "]);
    let passed = row(&[
        ("source.id", "a"),
        ("source.datasource_id", "ds"),
        ("waypoint.id", "x"),
        ("waypoint.datasource_id", "ds"),
    ]);
    assert_eq!(Ends::of(&graph, &passed), None);
    assert_eq!(shown(&apart(&graph, &passed).unwrap()), ["a > "]);
}

#[test]
fn an_account_of_a_campaign_leads_to_its_application_and_all_that_belongs_to_it() {
    let graph = organisation().graph();
    let row = row(&[
        ("source.id", "a"),
        ("source.datasource_id", "ds"),
        ("destination.id", "app"),
        ("destination.type", "Application"),
        ("destination.datasource_id", "ds"),
    ]);
    let picture = of_account(&graph, Ends::of(&graph, &row).unwrap()).unwrap();
    let found = shown(&picture);
    assert_eq!((found.first().unwrap().as_str(), found.last().unwrap().as_str()), ("a > a::eperm::s app g", "app > "));
    assert!(found.contains(&"s > app".to_owned()), "{found:?}");
    assert_eq!(picture.effective, ["Read", "Update"]);
}

#[test]
fn nodes_that_share_an_id_are_told_apart() {
    let graph = Sketch::default()
        .node(Family::Application, "app", &[])
        .account("x", &[])
        .node(Family::Role, "r", &[])
        .node(Family::Resource, "x2", &[])
        .edge("x", "r")
        .grant("r", "x2", &["read"])
        .graph();
    let twin = [graph.find(Family::Account, "x", None).unwrap(), graph.find(Family::Role, "r", None).unwrap()];
    let thrice = [twin[0], twin[1], twin[0]];
    let drawing = Drawing::new(&graph, &thrice, false);
    assert_eq!(drawing.taken.len(), 3);
    assert!(drawing.taken.contains("ds::Account::x"));
}
