//! Puts a picture together: nodes by id, edges between them, limits.
//!
//! A reference may come before the entity it names, in whatever order the input lists them: it takes a slot that the
//! entity fills later. A slot that stays empty is a fault of the edge that wanted it.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use domain::inventory::{Edge, Family, Node, Picture};

use crate::Parsed;
use crate::limits::{MAX_EDGES, MAX_ID, MAX_LABEL, MAX_NAME, MAX_NODES, MAX_PERMISSION_SETS};
use crate::permissions::Sets;
use crate::report::{Fault, Faults, Report};
use crate::values::printable;

/// What stands in paths of the interface where account ids do.
const RESERVED: [&str; 2] = ["batch", "counts"];

/// A place for one entity, filled or awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Slot(u32);

impl Slot {
    /// Its number, in the order in which entities were named.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// The list of the input that an edge stands in, for faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Accounts,
    Groups,
    Roles,
    Resources,
    Memberships,
    RoleAssignments,
    Grants,
    /// An edge that follows from others, or whose ends were looked up already.
    Derived,
}

impl List {
    fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Groups => "groups",
            Self::Roles => "roles",
            Self::Resources => "resources",
            Self::Memberships => "memberships",
            Self::RoleAssignments => "role_assignments",
            Self::Grants => "grants",
            Self::Derived => "$",
        }
    }
}

/// Where an edge comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    list: List,
    index: u32,
}

impl Origin {
    /// An entry of a list.
    pub(crate) fn at(list: List, index: usize) -> Self {
        Self { list, index: u32::try_from(index).unwrap_or(u32::MAX) }
    }

    /// Nowhere in particular.
    pub(crate) const DERIVED: Self = Self { list: List::Derived, index: 0 };
}

impl Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.list {
            List::Derived => f.write_str("$"),
            list => write!(f, "{}[{}]", list.name(), self.index),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Pending {
    from: Slot,
    to: Slot,
    permissions: u32,
    origin: Origin,
}

/// A picture in the making.
#[derive(Debug)]
pub(crate) struct Builder {
    pub(crate) report: Report,
    pub(crate) sets: Sets,
    slots: [HashMap<Box<str>, Slot>; 7],
    nodes: Vec<Option<Node>>,
    edges: Vec<Pending>,
    /// Entities that a field names, with where it does.
    expected: Vec<(Slot, Origin, &'static str)>,
    /// Entities that were refused: what refers to them is not wrong as well.
    refused: HashSet<Slot>,
    too_many_nodes: bool,
    too_many_edges: bool,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            report: Report::default(),
            sets: Sets::new(),
            slots: Default::default(),
            nodes: Vec::new(),
            edges: Vec::new(),
            expected: Vec::new(),
            refused: HashSet::new(),
            too_many_nodes: false,
            too_many_edges: false,
        }
    }

    /// The slot of an id, new when nobody named it yet.
    pub(crate) fn slot(&mut self, family: Family, id: &str) -> Slot {
        if let Some(slot) = self.find(family, id) {
            return slot;
        }
        let slot = Slot(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        if self.nodes.len() >= MAX_NODES {
            if !self.too_many_nodes {
                self.report.fault(&"$", format_args!("names more than {MAX_NODES} entities"));
            }
            self.too_many_nodes = true;
            // The input is refused already; the slot is only there to go on with.
            return slot;
        }
        self.nodes.push(None);
        if let Some(slots) = self.slots.get_mut(number(family)) {
            slots.insert(id.into(), slot);
        }
        slot
    }

    /// The slot of an id that was named before, as a reference or as an entity.
    pub(crate) fn find(&self, family: Family, id: &str) -> Option<Slot> {
        self.slots.get(number(family)).and_then(|slots| slots.get(id)).copied()
    }

    /// The entity in a slot.
    pub(crate) fn node(&self, slot: Slot) -> Option<&Node> {
        self.nodes.get(slot.0 as usize).and_then(Option::as_ref)
    }

    /// The entity in a slot, to be changed. Its family and id must stay.
    pub(crate) fn node_mut(&mut self, slot: Slot) -> Option<&mut Node> {
        self.nodes.get_mut(slot.0 as usize).and_then(Option::as_mut)
    }

    /// The ids of all entities of a family so far, in no order.
    pub(crate) fn ids(&self, family: Family) -> impl Iterator<Item = &str> {
        let slots = self.slots.get(number(family)).into_iter().flatten();
        slots.filter(|(_, slot)| self.node(**slot).is_some()).map(|(id, _)| &**id)
    }

    /// Says that a field names an entity: at the end it must be there.
    pub(crate) fn expect(&mut self, family: Family, id: &str, origin: Origin, field: &'static str) {
        let slot = self.slot(family, id);
        if self.node(slot).is_none() {
            self.expected.push((slot, origin, field));
        }
    }

    /// Adds an entity. A second one with the same id, or an id or name that nothing could show, is a fault.
    pub(crate) fn add(&mut self, place: &dyn Display, node: Node) -> Option<Slot> {
        let mut fine = true;
        for (what, text, limit) in
            [("id", &node.id, MAX_ID), ("name", &node.name, MAX_NAME), ("type", &node.node_type, MAX_LABEL)]
        {
            let problem = if text.is_empty() {
                "is empty"
            } else if text.len() > limit {
                "is too long"
            } else if !printable(text) {
                "holds a control character"
            } else if what == "type" && text.contains('/') {
                "holds a slash"
            } else {
                continue;
            };
            self.report.fault(place, format_args!("{what} {problem}"));
            fine = false;
        }
        if node.family == Family::Account && RESERVED.contains(&node.id.as_str()) {
            let message = format_args!("id `{}` is a word of the interface and names no account", node.id);
            self.report.fault(place, message);
            fine = false;
        }
        let slot = self.slot(node.family, &node.id);
        if !fine {
            self.refused.insert(slot);
            return None;
        }
        let seat = self.nodes.get_mut(slot.0 as usize)?;
        if seat.is_some() {
            let message = format!("{} `{}` is defined twice", word(node.family), node.id);
            self.report.fault(place, message);
            return None;
        }
        *seat = Some(node);
        Some(slot)
    }

    /// Adds an edge from who has access to what it leads to. False when there is no room left, which is a fault.
    pub(crate) fn edge(&mut self, from: Slot, to: Slot, permissions: u32, origin: Origin) -> bool {
        if self.edges.len() < MAX_EDGES && self.sets.len() <= MAX_PERMISSION_SETS {
            self.edges.push(Pending { from, to, permissions, origin });
            return true;
        }
        if !self.too_many_edges {
            let limits = format!("more than {MAX_EDGES} edges or {MAX_PERMISSION_SETS} different sets of permissions");
            self.report.fault(&"$", limits);
        }
        self.too_many_edges = true;
        false
    }

    /// Whether a limit was passed, so that going on only costs time.
    pub(crate) fn full(&self) -> bool {
        self.too_many_edges || self.too_many_nodes
    }

    /// The picture, in its normal order, or everything that is wrong.
    pub(crate) fn finish(mut self, name: String, platform: String) -> Result<Parsed, Faults> {
        self.name_missing();
        let warnings = self.report.finish()?;
        let slots = self.nodes.len();
        let nodes: Vec<Node> = self.nodes.into_iter().flatten().collect();
        // INVARIANT: without a fault every slot is filled, so that slots are indexes of nodes.
        if nodes.len() != slots {
            return Err(Faults::one("$", "names entities that it does not define"));
        }
        let edges =
            self.edges.iter().map(|edge| Edge { from: edge.from.0, to: edge.to.0, permissions: edge.permissions });
        let edges = edges.collect();
        let mut picture = Picture { name, platform, nodes, edges, permission_sets: self.sets.into_vec() };
        picture.validate().map_err(|faults| Faults {
            faults: faults.iter().map(|fault| Fault { place: "$".to_owned(), message: fault.to_string() }).collect(),
            more: 0,
        })?;
        picture.normalise();
        Ok(Parsed { picture, warnings })
    }

    /// Notes a fault for every edge that leads to an entity nobody defined, and for every other empty slot.
    fn name_missing(&mut self) {
        if self.nodes.iter().all(Option::is_some) {
            return;
        }
        let mut names: HashMap<Slot, String> = HashMap::new();
        for (family, slots) in Family::ALL.into_iter().zip(&self.slots) {
            for (id, slot) in slots {
                if self.node(*slot).is_none() && !self.refused.contains(slot) {
                    names.insert(*slot, format!("unknown {} `{id}`", word(family)));
                }
            }
        }
        for (slot, origin, field) in &self.expected {
            if let Some(message) = names.get(slot) {
                self.report.fault(&format_args!("{origin}.{field}"), message);
            }
        }
        for edge in &self.edges {
            for end in [edge.from, edge.to] {
                if let Some(message) = names.get(&end) {
                    self.report.fault(&edge.origin, message);
                }
            }
        }
    }
}

fn number(family: Family) -> usize {
    usize::from(family.code())
}

/// What clients call an entity of a family.
pub(crate) fn word(family: Family) -> &'static str {
    match family {
        Family::Identity => "owner",
        Family::Application => "application",
        Family::Account => "account",
        Family::Group => "group",
        Family::Role => "role",
        Family::Resource => "resource",
        Family::Classification => "classification",
    }
}
