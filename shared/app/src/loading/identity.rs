//! People of the current inventory, for those who have no profile of their own yet.

use domain::inventory::Family;
use domain::settings::{Book, Origin, Settings};
use domain::user::{User, UserKey};

use super::current;
use super::directory::Directory;
use super::graph::Graph;
use crate::deps::Deps;
use crate::error::Error;

/// The identities that keys name, as users; those that are not there are left out.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find_many(deps: &Deps, keys: &[UserKey]) -> Result<Vec<User>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let (graph, directory) = users(deps).await?;
    let found = keys.iter().filter_map(|key| directory.find(&graph, key));
    Ok(found.map(|identity| directory.user(&graph, identity)).collect())
}

/// Shows all identities, as users; one that several data sources know comes once for each.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn each(deps: &Deps, mut show: impl FnMut(User)) -> Result<(), Error> {
    let (graph, directory) = users(deps).await?;
    let held = graph.family(Family::Identity).filter(|identity| directory.holds(&graph, *identity));
    held.for_each(|identity| show(directory.user(&graph, identity)));
    Ok(())
}

/// The identities of an e-mail address, as users; letter case aside.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn by_email(deps: &Deps, email: &str) -> Result<Vec<User>, Error> {
    let wanted = email.trim().to_lowercase();
    let (graph, directory) = users(deps).await?;
    let has = |identity: &u32| {
        let mut addresses =
            graph.text(*identity, "email").into_iter().chain(graph.list(*identity, "alternative_emails"));
        addresses.any(|address| address.trim().to_lowercase() == wanted)
    };
    let found = graph.family(Family::Identity).filter(has).filter(|identity| directory.holds(&graph, *identity));
    Ok(found.map(|identity| directory.user(&graph, identity)).collect())
}

/// The identities as they are now, and which of them are users.
async fn users(deps: &Deps) -> Result<(Graph, Directory), Error> {
    let (graph, all) = futures::try_join!(current::nodes(deps, &[Family::Identity]), async {
        Ok(deps.store.settings().ruling(None).await?)
    })?;
    let provider = Settings::new(Book::default(), all, Origin::Certification).identity_provider();
    let directory = Directory::new(&graph, provider);
    Ok((graph, directory))
}
