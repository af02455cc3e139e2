//! Do stored recommendations follow from what was frozen? `access-review replay` answers it for one campaign.

use std::path::Path;
use std::sync::Arc;

use app::deps::Deps;
use app::loading::materialise::{self, Replayed};
use domain::ids::ReviewId;
use uuid::Uuid;

use crate::{Data, Error, Options, Stack};

/// Compares all rows of a campaign, of a deployed table or of a data directory.
///
/// # Errors
/// When the campaign has no rows, when something cannot be read, and when a recommendation differs.
pub async fn run(campaign: Uuid, table: Option<String>, directory: &Path) -> Result<String, Error> {
    let id = ReviewId::new(campaign);
    let replayed = match table {
        Some(table) => of(&Arc::new(runtime::bootstrap::connect(table).await.map_err(Error::of)?), id).await?,
        None => {
            let data = Data::Directory(directory.to_owned());
            let stack = Stack::start(Options { data, port: 0, sample: None, ..Options::default() }).await?;
            let replayed = of(stack.deps(), id).await;
            stack.shutdown().await?;
            replayed?
        }
    };
    told(&replayed)
}

async fn of(deps: &Arc<Deps>, id: ReviewId) -> Result<Replayed, Error> {
    materialise::replay(deps, id).await.map_err(Error::of)
}

fn told(replayed: &Replayed) -> Result<String, Error> {
    let Replayed { rows, without, different, examples } = replayed;
    let compared = rows - without;
    if *different == 0 {
        let without = if *without == 0 { String::new() } else { format!("; {without} rows have none") };
        return Ok(format!("{compared} recommendations drawn again: all as stored{without}"));
    }
    let lines = examples
        .iter()
        .map(|(account, column, stored, now)| format!("\n  {account} {column}: {stored} was stored, {now} comes out"));
    Err(Error::new(format!(
        "{different} of {compared} recommendations differ from what is stored{}",
        lines.collect::<String>()
    )))
}
