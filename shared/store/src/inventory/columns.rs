//! A version as columns: for readers of a whole inventory, which has room in memory as columns but not node by node.

use columns::Batch;
use domain::ids::{CommandId, DataSourceId};
use domain::inventory::{Edge, Family, PermissionSet};

use super::{Inventory, Sections, assemble, nodes_section, pack};
use crate::error::Error;
use crate::item::{Fields, Item};
use crate::keys;
use crate::table::{Query, Read};

/// Column of node ids.
pub const ID: &str = "id";

/// A version, or some families of it. Columns are named `id`, `name` and `type`, and `<letter>:<name>` for attributes,
/// the letter telling their type; nodes ascend by id within their family, and the batches of a family follow each other.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// What people called the data source.
    pub name: String,
    /// The product behind it.
    pub platform: String,
    /// The nodes.
    pub nodes: Vec<(Family, Batch)>,
    /// The edges; they number the nodes of all families in the order of `nodes`. Empty when not all were asked for.
    pub edges: Vec<Edge>,
    /// What edges refer to. Empty when not all were asked for.
    pub permission_sets: Vec<PermissionSet>,
}

impl Inventory<'_> {
    /// A whole version as columns; `None` when it was never written completely.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn columns(&self, id: &DataSourceId, version: &CommandId) -> Result<Option<Columns>, Error> {
        let Some((head, blocks)) = self.whole(id, version).await? else { return Ok(None) };
        headed(&head, blocks).map(Some)
    }

    /// The nodes of some families of a complete version, without its edges.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn families(
        &self,
        id: &DataSourceId,
        version: &CommandId,
        families: &[Family],
    ) -> Result<Vec<(Family, Batch)>, Error> {
        let mut nodes = Vec::new();
        for family in families {
            let blocks = self.blocks_of(id, version, *family).await?;
            nodes.extend(unpack(&keys::version_partition(id, version), blocks)?.nodes);
        }
        Ok(nodes)
    }

    /// The ids of a family of a complete version, in batches of one column: what it takes to know whether an id is taken,
    /// in a tenth of the memory of the nodes.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn ids(&self, id: &DataSourceId, version: &CommandId, family: Family) -> Result<Vec<Batch>, Error> {
        let blocks = self.blocks_of(id, version, family).await?;
        let ids = blocks.into_iter().map(|(_, bytes)| columns::decode_columns(&bytes, &[ID]));
        ids.collect::<Result<_, _>>().map_err(|error| Error::corrupt(keys::version_partition(id, version), error))
    }

    async fn blocks_of(&self, id: &DataSourceId, version: &CommandId, family: Family) -> Result<Sections, Error> {
        let prefix = format!("{}#", nodes_section(family));
        // Consistent, because only the head of a whole version tells how many blocks there should be.
        let query = Query::prefix(keys::version_partition(id, version), prefix, Read::Consistent);
        let items = self.0.table().query(&query).await?.items;
        let blocks = assemble(items)?;
        blocks.ok_or_else(|| Error::corrupt(keys::version_partition(id, version), "a block is not complete"))
    }
}

/// A whole version of which `head` is the head.
pub(super) fn headed(head: &Item, blocks: Sections) -> Result<Columns, Error> {
    let mut columns = unpack(&head.label(), blocks)?;
    head.get_text("name")?.clone_into(&mut columns.name);
    head.get_text("platform")?.clone_into(&mut columns.platform);
    Ok(columns)
}

fn unpack(label: &str, blocks: Vec<(String, Vec<u8>)>) -> Result<Columns, Error> {
    let corrupt = |error: pack::PackError| Error::corrupt(label, error);
    let mut all = Columns::default();
    for (section, bytes) in blocks {
        let mut words = section.split('#');
        match (words.next(), words.next().and_then(|code| code.parse().ok())) {
            (Some("NODES"), Some(code)) => {
                let family =
                    Family::from_code(code).ok_or_else(|| Error::corrupt(label, format!("unknown family {code}")))?;
                let batch = columns::decode(&bytes).map_err(|error| Error::corrupt(label, error))?;
                all.nodes.push((family, batch));
            }
            (Some("EDGES"), _) => all.edges.extend(pack::unpack_edges(&bytes).map_err(corrupt)?),
            (Some("PERMS"), _) => all.permission_sets.extend(pack::unpack_sets(&bytes).map_err(corrupt)?),
            _ => return Err(Error::corrupt(label, format!("unknown section `{section}`"))),
        }
    }
    Ok(all)
}
