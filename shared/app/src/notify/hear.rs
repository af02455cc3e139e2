//! From what happened to letters: who is to hear of it.

use domain::letter::Motive;
use domain::user::UserKey;

use super::heard::{Heard, What};
use super::write::{Matter, ended, entered, post};
use super::{given, recipients, remind};
use crate::deps::Deps;
use crate::error::Error;
use crate::review::read::reviewers;

/// Makes letters of an event, and hands them to the queue. The same event, heard again, makes no further ones.
///
/// # Errors
/// When the table or the queue does not answer; the same may be heard again.
pub async fn hear(deps: &Deps, heard: &Heard) -> Result<(), Error> {
    if deps.settings.mail.is_none() {
        return Ok(());
    }
    let Heard { id, at, actor, review, what } = heard;
    if let What::Reassigned(people) = what {
        return given::announce(deps, heard, recipients(deps, people.iter().cloned()).await?).await;
    }
    remind::follow(deps, *review).await?;
    let (motive, people) = match what {
        What::Began => (Motive::Started, with_rows(deps, heard).await?),
        What::Completed => (Motive::Completed, responsible(deps, heard).await?),
        What::Expired => (Motive::Expired, responsible(deps, heard).await?),
        What::Changed | What::Ended | What::Reassigned(_) => return Ok(()),
    };
    let matter = Matter { id, motive, review: Some(*review), actor: actor.as_ref(), at: *at };
    let recipients = match motive.is_of_an_end() {
        // Standing in for a reviewer is nothing to whoever answers for a review.
        true => people.into_iter().filter(|person| !person.is_system()).map(|person| (person, Vec::new())).collect(),
        false => recipients(deps, people).await?,
    };
    post(deps, &matter, recipients).await
}

/// Who has rows in a review.
async fn with_rows(deps: &Deps, heard: &Heard) -> Result<Vec<UserKey>, Error> {
    let Some(review) = entered(deps, heard.review).await? else { return Ok(Vec::new()) };
    let progress = reviewers::progress(deps, &review).await?;
    Ok(progress.into_iter().filter(|(_, rows)| rows.total > 0).map(|(user, _)| user).collect())
}

/// Who answers for a review: who made it, and the owner of its workflow.
async fn responsible(deps: &Deps, heard: &Heard) -> Result<Vec<UserKey>, Error> {
    let Some(review) = ended(deps, heard.review).await? else { return Ok(Vec::new()) };
    let workflow = deps.store.workflows().get(&review.certification.workflow_id).await?;
    let mut people = vec![review.certification.created_by.key()];
    people.extend(workflow.map(|stored| stored.value.owner.key()));
    people.extend(review.campaign.map(|campaign| campaign.created_by.key()));
    people.sort_unstable();
    people.dedup();
    Ok(people)
}
