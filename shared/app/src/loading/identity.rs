//! People of the current inventory, for those who have no profile of their own yet.

use domain::inventory::Family;
use domain::user::User;

use super::{current, people};
use crate::deps::Deps;
use crate::error::Error;

/// The identity of a type and id, as a user.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(deps: &Deps, user_type: &str, id: &str) -> Result<Option<User>, Error> {
    let graph = current::nodes(deps, &[Family::Identity]).await?;
    let found = graph.find_all(Family::Identity, id).into_iter();
    Ok(found
        .filter(|identity| graph.node_type(*identity) == user_type)
        .map(|identity| people::user(&graph, identity))
        .next())
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
