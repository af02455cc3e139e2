use proptest::prelude::*;

use super::*;

fn account(id: &str) -> Node {
    let mut node = Node::new(Family::Account, id);
    node.attributes.insert("application_id".to_owned(), Value::Text("app".to_owned()));
    node
}

fn set(raw: &[&str]) -> PermissionSet {
    PermissionSet { raw: raw.iter().map(|&name| name.to_owned()).collect(), effective: vec![] }
}

fn edge(from: u32, to: u32, permissions: u32) -> Edge {
    Edge { from, to, permissions }
}

fn picture() -> Picture {
    Picture {
        name: "Payroll EU".to_owned(),
        platform: String::new(),
        nodes: vec![
            Node::new(Family::Role, "r"),
            account("b"),
            Node::new(Family::Application, "app"),
            account("a"),
            Node::new(Family::Group, "g"),
        ],
        edges: vec![edge(0, 2, 2), edge(3, 4, 0), edge(1, 2, 3), edge(4, 0, 0), edge(1, 2, 2), edge(1, 2, 3)],
        permission_sets: vec![set(&[]), set(&["unused"]), set(&["read", "write"]), set(&["admin", "read"])],
    }
}

/// The picture in words that do not depend on indexes.
fn facts(picture: &Picture) -> Vec<String> {
    let name = |index: u32| {
        let node = &picture.nodes[index as usize];
        format!("{}:{}", node.family.default_node_type(), node.id)
    };
    let edges = picture.edges.iter();
    edges
        .map(|edge| {
            let permissions = picture.permission_sets[edge.permissions as usize].raw.join(",");
            format!("{} -> {} [{permissions}]", name(edge.from), name(edge.to))
        })
        .collect()
}

#[test]
fn normalising_sorts_and_unites_and_keeps_the_facts() {
    let mut picture = picture();
    assert_eq!(picture.validate(), Ok(()));
    picture.normalise();
    insta::assert_debug_snapshot!(facts(&picture), @r#"
    [
        "Account:a -> Group:g []",
        "Account:b -> Application:app [admin,read,write]",
        "Group:g -> Role:r []",
        "Role:r -> Application:app [read,write]",
    ]
    "#);
    let sets: Vec<_> = picture.permission_sets.iter().map(|set| set.raw.join(",")).collect();
    assert_eq!(sets, ["", "admin,read,write", "read,write"]);
    assert_eq!(picture.validate(), Ok(()));
}

#[test]
fn every_kind_of_fault_is_told() {
    let mut bad = picture();
    bad.nodes.push(account("a"));
    bad.nodes.push(Node::new(Family::Account, "homeless"));
    bad.nodes.push(Node { node_type: "a/b".to_owned(), ..Node::new(Family::Group, "") });
    let mut wrong = account("wrong");
    wrong.attributes.insert("mfa_enabled".to_owned(), Value::Text("yes".to_owned()));
    wrong.attributes.insert("datasource_id".to_owned(), Value::Text("mine".to_owned()));
    wrong.attributes.insert("customprop_rate".to_owned(), Value::Float(f64::NAN));
    bad.nodes.push(wrong);
    bad.edges = vec![edge(0, 99, 0), edge(2, 0, 0), edge(4, 4, 0), edge(3, 4, 9)];
    bad.permission_sets.push(set(&["b", "a"]));
    bad.permission_sets[0] = set(&["x"]);
    let faults: Vec<String> = bad.validate().unwrap_err().iter().map(ToString::to_string).collect();
    insta::assert_debug_snapshot!(faults, @r#"
    [
        "the Account `a` is given twice",
        "Account `homeless`: `application_id` is required",
        "Group ``: the id must have 1 to 512 bytes and no control character",
        "Group ``: the type must have 1 to 512 characters and no slash",
        "Account `wrong`: `customprop_rate` is not a finite number",
        "Account `wrong`: `datasource_id` is told by the node itself",
        "Account `wrong`: `mfa_enabled` must be a boolean",
        "permission set 0: the first set must be empty",
        "permission set 4: not sorted or with repeats",
        "edge 0: refers to a node that does not exist",
        "edge 1: these two cannot be connected",
        "edge 2: leads back to where it starts",
        "edge 3: refers to a permission set that does not exist",
    ]
    "#);
}

#[test]
fn no_more_than_100_faults_are_told() {
    let nodes = (0..500).map(|number| Node::new(Family::Account, number.to_string())).collect();
    let bad = Picture { nodes, ..Picture::default() };
    assert_eq!(bad.validate().unwrap_err().len(), MAX_FAULTS);
}

#[test]
fn what_may_lead_to_what_is_the_table_of_the_documentation() {
    let mut table = String::new();
    for from in Family::ALL {
        let to = Family::ALL.into_iter().filter(|to| validate::leads(from, *to));
        let to: Vec<_> = to.map(Family::default_node_type).collect();
        let to = if to.is_empty() { "nothing".to_owned() } else { to.join(", ") };
        table.push_str(&format!("{}: {to}\n", from.default_node_type()));
    }
    insta::assert_snapshot!(table, @r"
    Identity: nothing
    Application: nothing
    Account: Application, Group, Role, Resource
    Group: Application, Group, Role, Resource
    Role: Application, Role, Resource
    Resource: nothing
    Classification: nothing
    ");
}

#[test]
fn family_codes_are_fixed() {
    for (code, family) in Family::ALL.into_iter().enumerate() {
        assert_eq!(usize::from(family.code()), code);
        assert_eq!(Family::from_code(family.code()), Some(family));
    }
    assert_eq!(Family::from_code(7), None);
}

#[test]
fn a_million_edges_are_sorted_and_united() {
    let nodes: u32 = 100_000;
    let number = |index: u32, factor: u32| index.wrapping_mul(factor) % nodes;
    let edges = (0..1_000_000u32).map(|index| edge(number(index, 2_654_435_761), number(index, 40_503), index % 3));
    let mut picture = Picture {
        nodes: (0..nodes).rev().map(|number| Node::new(Family::Group, number.to_string())).collect(),
        edges: edges.collect(),
        permission_sets: vec![set(&[]), set(&["read"]), set(&["write"])],
        ..Picture::default()
    };
    picture.normalise();
    assert!(picture.edges.is_sorted_by(|a, b| (a.from, a.to) < (b.from, b.to)));
    assert!(picture.permission_sets.len() <= 4);
}

fn any_picture() -> impl Strategy<Value = Picture> {
    let edges = prop::collection::vec((0..12u32, 0..12u32, 0..4u32), 0..40);
    let order = Just((0..12u32).collect::<Vec<_>>()).prop_shuffle();
    (edges, order).prop_map(|(edges, order)| Picture {
        nodes: order.iter().map(|number| Node::new(Family::Group, format!("g{number}"))).collect(),
        edges: edges.into_iter().map(|(from, to, permissions)| edge(from, to, permissions)).collect(),
        permission_sets: vec![set(&[]), set(&["b"]), set(&["a", "b"]), set(&["c"])],
        ..Picture::default()
    })
}

proptest! {
    #[test]
    fn the_order_of_the_input_does_not_matter(picture in any_picture(), by in any::<prop::sample::Index>()) {
        let mut turned = picture.clone();
        let count = turned.nodes.len();
        let by = by.index(count);
        turned.nodes.rotate_left(by);
        let moved = |index: u32| ((index as usize + count - by) % count) as u32;
        for edge in &mut turned.edges {
            (edge.from, edge.to) = (moved(edge.from), moved(edge.to));
        }
        turned.edges.reverse();
        let mut picture = picture;
        picture.normalise();
        turned.normalise();
        prop_assert_eq!(&picture, &turned);
        let once = picture.clone();
        picture.normalise();
        prop_assert_eq!(picture, once);
    }

    #[test]
    fn each_pair_of_nodes_keeps_all_its_permissions(picture in any_picture()) {
        let mut normal = picture.clone();
        normal.normalise();
        let pairs = |picture: &Picture| {
            let mut pairs = std::collections::BTreeMap::<(String, String), std::collections::BTreeSet<String>>::new();
            for edge in &picture.edges {
                let id = |index: u32| picture.nodes[index as usize].id.clone();
                let set = &picture.permission_sets[edge.permissions as usize];
                pairs.entry((id(edge.from), id(edge.to))).or_default().extend(set.raw.clone());
            }
            pairs
        };
        prop_assert_eq!(pairs(&picture), pairs(&normal));
        prop_assert_eq!(pairs(&normal).len(), normal.edges.len());
        prop_assert!(normal.edges.is_sorted());
    }
}
