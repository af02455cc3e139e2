//! Who can be named as a reviewer: people of the current inventory, and local users.

use std::collections::{BTreeMap, HashSet};

use domain::user::{LOCAL_USER_TYPE, User, UserKey};

use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::Error;
use crate::loading;
use crate::page::Page;

/// How many local users are looked at.
const MAX_LOCAL: usize = 10_000;
/// How many of them are read at a time.
const LOCAL_AT_ONCE: usize = 1_000;

/// Which people are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListInput {
    /// Part of a name, an e-mail address or an id; letter case aside.
    pub search: Option<String>,
    /// Only users of this type.
    pub user_type: Option<String>,
    /// At most this many, at least 1.
    pub limit: usize,
    /// The cursor of a page before.
    pub after: Option<String>,
}

/// Where somebody stands in the list: by name, letter case aside, then by key.
type Place = (String, UserKey);

/// The people of a page, as they are found in any order: never more of them than the page holds, and one that says that
/// there are others.
struct Window {
    search: Option<String>,
    denied: HashSet<UserKey>,
    after: Option<Place>,
    limit: usize,
    found: BTreeMap<Place, User>,
}

impl Window {
    fn show(&mut self, user: User) {
        let key = user.key();
        if self.denied.contains(&key) || !self.search.as_deref().is_none_or(|sought| is_found(&user, sought)) {
            return;
        }
        let place = (user.name.to_lowercase(), key);
        if self.after.as_ref().is_some_and(|after| place <= *after) {
            return;
        }
        self.found.entry(place).or_insert(user);
        if self.found.len() > self.limit.saturating_add(1) {
            self.found.pop_last();
        }
    }
}

fn is_found(user: &User, sought: &str) -> bool {
    [&user.name, &user.email, &user.id].into_iter().any(|text| text.to_lowercase().contains(sought))
}

/// People who can be made reviewers, by name: nobody on the deny list.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list.
pub async fn list(deps: &Deps, _call: &Call, input: ListInput) -> Result<Page<User>, Error> {
    let search = input.search.as_deref().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
    let wanted = input.user_type.as_deref();
    let binding = Binding::of("users", &[search.as_deref().unwrap_or_default(), wanted.unwrap_or_default()]);
    let after: Option<Place> =
        input.after.as_deref().map(|cursor| cursor::open(&binding, cursor, "after")).transpose()?;
    let has_previous = after.is_some();
    let denied = deps.store.standing().denied().await?.value.into_iter().collect();
    let limit = input.limit.max(1);
    let mut window = Window { search, denied, after, limit, found: BTreeMap::new() };
    if wanted.is_none_or(|wanted| wanted == LOCAL_USER_TYPE) {
        local(deps, &mut window).await?;
    }
    if wanted != Some(LOCAL_USER_TYPE) {
        let of_type = |user: &User| wanted.is_none_or(|wanted| user.user_type == wanted);
        loading::people::identity::each(deps, |user| {
            if of_type(&user) {
                window.show(user);
            }
        })
        .await?;
    }
    let more = window.found.len() > limit;
    let (places, items): (Vec<Place>, Vec<User>) = window.found.into_iter().take(limit).unzip();
    let end = places.last().map(|place| cursor::seal(&binding, place)).transpose()?;
    Ok(Page { next: if more { end.clone() } else { None }, items, end, has_previous })
}

async fn local(deps: &Deps, window: &mut Window) -> Result<(), Error> {
    let mut last: Option<UserKey> = None;
    for _ in 0..MAX_LOCAL / LOCAL_AT_ONCE {
        let page = deps.store.users().of_type(LOCAL_USER_TYPE, last.as_ref(), LOCAL_AT_ONCE).await?;
        last = page.values.last().map(User::key);
        page.values.into_iter().for_each(|user| window.show(user));
        if !page.more {
            break;
        }
    }
    Ok(())
}
