//! People of the current inventory, for those who have no profile of their own yet.

use domain::inventory::Family;
use domain::user::{User, UserKey};

use super::{current, people};
use crate::deps::Deps;
use crate::error::Error;

/// The identities of some types and ids, as users; those that are not there are left out.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find_many(deps: &Deps, keys: &[UserKey]) -> Result<Vec<User>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let graph = current::nodes(deps, &[Family::Identity]).await?;
    let find = |key: &UserKey| {
        let found = graph.find_all(Family::Identity, key.id());
        found.into_iter().find(|identity| graph.node_type(*identity) == key.user_type())
    };
    Ok(keys.iter().filter_map(find).map(|identity| people::user(&graph, identity)).collect())
}

/// Shows all identities, as users; one that several data sources know comes once for each.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn each(deps: &Deps, mut show: impl FnMut(User)) -> Result<(), Error> {
    let graph = current::nodes(deps, &[Family::Identity]).await?;
    graph.family(Family::Identity).for_each(|identity| show(people::user(&graph, identity)));
    Ok(())
}

/// The identities of an e-mail address, as users; letter case aside.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn by_email(deps: &Deps, email: &str) -> Result<Vec<User>, Error> {
    let wanted = email.trim().to_lowercase();
    let graph = current::nodes(deps, &[Family::Identity]).await?;
    let has = |identity: &u32| {
        let mut addresses =
            graph.text(*identity, "email").into_iter().chain(graph.list(*identity, "alternative_emails"));
        addresses.any(|address| address.trim().to_lowercase() == wanted)
    };
    Ok(graph.family(Family::Identity).filter(has).map(|identity| people::user(&graph, identity)).collect())
}
