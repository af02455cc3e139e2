//! Small organisations for the tests of this part.

use std::collections::BTreeMap;

use columns::{AnyBuilder, Batch, TextBuilder};
use domain::ids::DataSourceId;
use domain::inventory::{Edge, Family, Node, PermissionSet, Picture, Value};

use crate::loading::graph::{Graph, Origin, Part};

/// A picture in the making; nodes are named by family and id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sketch {
    nodes: Vec<Node>,
    edges: Vec<(usize, usize, PermissionSet)>,
}

impl Sketch {
    pub(crate) fn node(mut self, family: Family, id: &str, attributes: &[(&str, Value)]) -> Self {
        let mut node = Node::new(family, id);
        node.attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.nodes.push(node);
        self
    }

    pub(crate) fn typed(mut self, node_type: &str) -> Self {
        self.nodes.last_mut().unwrap().node_type = node_type.to_owned();
        self
    }

    pub(crate) fn named(mut self, name: &str) -> Self {
        self.nodes.last_mut().unwrap().name = name.to_owned();
        self
    }

    pub(crate) fn account(self, id: &str, attributes: &[(&str, Value)]) -> Self {
        let mut all = vec![("application_id", text("app"))];
        all.extend_from_slice(attributes);
        self.node(Family::Account, id, &all)
    }

    pub(crate) fn edge(self, from: &str, to: &str) -> Self {
        self.grant(from, to, &[])
    }

    pub(crate) fn grant(mut self, from: &str, to: &str, raw: &[&str]) -> Self {
        let place = |id: &str| self.nodes.iter().position(|node| node.id == id).unwrap();
        let (from, to) = (place(from), place(to));
        let raw: Vec<String> = raw.iter().map(|name| (*name).to_owned()).collect();
        let effective =
            raw.iter().map(|name| if name.contains("write") { "Update" } else { "Read" }.to_owned()).collect();
        let mut set = PermissionSet { raw, effective };
        set.tidy();
        self.edges.push((from, to, set));
        self
    }

    pub(crate) fn picture(&self) -> Picture {
        let mut sets = vec![PermissionSet::default()];
        let mut edges = Vec::new();
        for (from, to, set) in &self.edges {
            let known = sets.iter().position(|held| held == set);
            let permissions = known.unwrap_or_else(|| {
                sets.push(set.clone());
                sets.len() - 1
            });
            edges.push(Edge { from: number(*from), to: number(*to), permissions: number(permissions) });
        }
        let mut picture = Picture {
            name: "Directory".to_owned(),
            platform: "Suite".to_owned(),
            nodes: self.nodes.clone(),
            edges,
            permission_sets: sets,
        };
        picture.normalise();
        picture.validate().unwrap();
        picture
    }

    pub(crate) fn part(&self, source: &str) -> Part {
        let picture = self.picture();
        let blocks = picture.nodes.chunk_by(|one, other| one.family == other.family);
        Part {
            origin: Origin { id: DataSourceId::new(source).unwrap(), name: picture.name, platform: picture.platform },
            // Small blocks, so that tests meet the seams between them.
            nodes: blocks.flat_map(|family| family.chunks(3)).map(|nodes| (nodes[0].family, block(nodes))).collect(),
            edges: picture.edges,
            sets: picture.permission_sets,
        }
    }

    pub(crate) fn graph(&self) -> Graph {
        Graph::merge(vec![self.part("ds")])
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap()
}

pub(crate) fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

pub(crate) fn list(values: &[&str]) -> Value {
    Value::List(values.iter().map(|value| (*value).to_owned()).collect())
}

/// Nodes as a block of columns with bare names.
fn block(nodes: &[Node]) -> Batch {
    let mut own = [TextBuilder::new(), TextBuilder::new(), TextBuilder::new()];
    let mut attributes: BTreeMap<&str, AnyBuilder> = BTreeMap::new();
    for (row, node) in nodes.iter().enumerate() {
        for (column, value) in own.iter_mut().zip([&node.id, &node.name, &node.node_type]) {
            column.push(Some(value));
        }
        for (name, value) in &node.attributes {
            let column = attributes.entry(name).or_default();
            column.pad(row);
            column.push(Some(match value {
                Value::Bool(value) => columns::Value::Bool(*value),
                Value::Int(value) => columns::Value::Int(*value),
                Value::Float(value) => columns::Value::Float(*value),
                Value::Time(value) => columns::Value::Time(value.as_millisecond()),
                Value::Text(value) => columns::Value::Text(value.clone()),
                Value::List(values) => columns::Value::List(values.clone()),
            }));
        }
    }
    let columns = own.into_iter().zip(["id", "name", "type"]).map(|(column, name)| column.finish(name));
    let mut batch = Batch::of(nodes.len(), columns).unwrap();
    for (name, mut column) in attributes {
        column.pad(nodes.len());
        batch.push(column.finish(name)).unwrap();
    }
    batch
}
