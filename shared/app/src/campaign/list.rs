//! Lists of campaigns, newest first.

use domain::ids::CampaignId;
use domain::review::{Campaign, CampaignStatus};
use futures::FutureExt;
use futures::future::{BoxFuture, try_join_all};
use jiff::Timestamp;

use super::input::ListInput;
use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::Error;
use crate::page::Page;
use crate::review::read::inbox;

/// How many campaigns one call looks at before it answers a shorter page.
const MAX_EXAMINED: usize = 2_000;

/// Where a page ends: creation time in milliseconds, and id.
type Place = (i64, CampaignId);

/// Campaigns, newest first, then by id. Reviewers see the active ones with an item of theirs.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list or filter.
pub async fn list(deps: &Deps, call: &Call, input: ListInput) -> Result<Page<Campaign>, Error> {
    let status = input.status.map_or("", CampaignStatus::word);
    let binding = Binding::of("campaigns", &[status, input.kind.as_deref().unwrap_or_default()]);
    let after: Option<Place> =
        input.after.as_deref().map(|cursor| cursor::open(&binding, cursor, "after")).transpose()?;
    let fits = |campaign: &Campaign| {
        input.status.is_none_or(|status| campaign.status == status)
            && input.kind.as_ref().is_none_or(|kind| campaign.plan.kind == *kind)
    };
    let limit = input.limit.max(1);
    let (items, more) = if call.sees_all_rows() {
        all(deps, after, limit, fits).await?
    } else {
        own(deps, call, after, limit, fits).await?
    };
    let end = items.last().map(place);
    let next = more.map(|place| cursor::seal(&binding, place)).transpose()?;
    let end = end.map(|place| cursor::seal(&binding, place)).transpose()?.or_else(|| next.clone());
    Ok(Page { items, next, end, has_previous: after.is_some() })
}

fn place(campaign: &Campaign) -> Place {
    (campaign.created_at.as_millisecond(), campaign.id)
}

/// The campaigns of a page, and where the next one starts.
type Found = (Vec<Campaign>, Option<Place>);

async fn all(
    deps: &Deps,
    after: Option<Place>,
    limit: usize,
    fits: impl Fn(&Campaign) -> bool,
) -> Result<Found, Error> {
    let mut items: Vec<Campaign> = Vec::new();
    let mut examined = 0;
    let mut from = after;
    loop {
        let at = from.and_then(|(at, id)| Some((Timestamp::from_millisecond(at).ok()?, id)));
        let wanted = (limit - items.len()).saturating_add(1).min(500);
        let found = deps.store.campaigns().list(at, wanted).await?;
        for stored in found.values {
            examined += 1;
            if fits(&stored.value) {
                if items.len() == limit {
                    let next = items.last().map(place);
                    return Ok((items, next));
                }
                items.push(stored.value.clone());
            }
            from = Some(place(&stored.value));
        }
        if !found.more {
            return Ok((items, None));
        }
        if examined >= MAX_EXAMINED {
            return Ok((items, from));
        }
    }
}

async fn own(
    deps: &Deps,
    call: &Call,
    after: Option<Place>,
    limit: usize,
    fits: impl Fn(&Campaign) -> bool,
) -> Result<Found, Error> {
    let reviews = inbox::open(deps, call).await?;
    let mut items: Vec<Campaign> = Vec::new();
    for some in reviews.chunks(8) {
        let campaigns = deps.store.campaigns();
        let loads: Vec<BoxFuture<'_, _>> =
            some.iter().map(|review| campaigns.get(&review.certification.id).boxed()).collect();
        let found = try_join_all(loads).await?;
        items.extend(found.into_iter().flatten().map(|stored| stored.value).filter(&fits));
    }
    items.sort_by(|one, two| two.created_at.cmp(&one.created_at).then(one.id.cmp(&two.id)));
    if let Some((at, id)) = after {
        items.retain(|campaign| {
            let (made, own) = place(campaign);
            made < at || (made == at && own > id)
        });
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more { items.last().map(place) } else { None };
    Ok((items, next))
}
