//! Help pages: what whoever runs a review tells its reviewers, with placeholders for what differs from review to review.
//!
//! A template is Markdown and belongs to one workflow, or to all of them. What is put in place of a placeholder comes
//! from names that anybody may have chosen; it is escaped, so that it stays text wherever the page is shown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::ids::WorkflowId;
use crate::review::{Certification, Workflow};
use crate::user::User;

/// The longest template, in characters.
pub const MAX_TEMPLATE: usize = 65_536;
/// The most bytes that the names of reviewers take on a page, so that an answer holds it: a review may have tens of
/// thousands of reviewers, and a template may ask for them again and again.
const MAX_NAMES_BYTES: usize = 2 << 20;
/// How far behind its beginning a placeholder has to end, in characters.
const MAX_PLACEHOLDER: usize = 64;

/// When a page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Usage {
    /// On demand, and when a reviewer first opens a review.
    HelpPage,
    /// When a reviewer begins.
    ReviewStart,
    /// Each time that rows are signed off.
    SignOff,
}

impl Usage {
    /// All, in the order of their codes.
    pub const ALL: [Self; 3] = [Self::HelpPage, Self::ReviewStart, Self::SignOff];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HelpPage => "HELP_PAGE",
            Self::ReviewStart => "REVIEW_START",
            Self::SignOff => "SIGN_OFF",
        }
    }

    /// The usage of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|usage| usage.word() == word)
    }
}

/// For which reviews a template is, and when it is shown. There is one template for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HelpPageKey {
    /// The workflow; `None` for every review that has no template of its own.
    pub workflow: Option<WorkflowId>,
    /// When it is shown.
    pub usage: Usage,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpPage {
    /// What it is for.
    pub key: HelpPageKey,
    /// 1 to 200 characters.
    pub name: String,
    /// Markdown with placeholders, at most [`MAX_TEMPLATE`] characters.
    pub template: String,
}

/// What placeholders stand for.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The workflow of the review.
    pub workflow: &'a Workflow,
    /// The review.
    pub certification: &'a Certification,
    /// Where people find the review.
    pub url: &'a str,
    /// The last change of any row, and whose.
    pub activity: Option<(Timestamp, &'a str)>,
    /// Everybody who reviews.
    pub reviewers: &'a [User],
}

/// Puts facts in the places of placeholders (`{{WORKFLOW_NAME}}`). What is not known becomes nothing; a placeholder that
/// does not exist stays as it was typed. Linear in the length of the template.
#[must_use]
pub fn render(template: &str, facts: &Facts<'_>) -> String {
    let mut page = String::with_capacity(template.len());
    let mut rest = template;
    let mut names = Names { users: facts.reviewers, all: None, room: MAX_NAMES_BYTES };
    while let Some((before, opened)) = rest.split_once("{{") {
        page.push_str(before);
        let near = opened.char_indices().nth(MAX_PLACEHOLDER).map_or(opened.len(), |(end, _)| end);
        let name = opened.get(..near).unwrap_or_default().split_once("}}");
        let value = name.and_then(|(name, _)| Some((name, facts.value(name.trim(), &mut names)?)));
        match value {
            Some((name, value)) => {
                page.push_str(&value);
                rest = opened.get(name.len() + 2..).unwrap_or_default();
            }
            None => {
                page.push_str("{{");
                rest = opened;
            }
        }
    }
    page.push_str(rest);
    page
}

impl Facts<'_> {
    fn value(&self, placeholder: &str, names: &mut Names<'_>) -> Option<String> {
        let Self { workflow, certification, url, activity, reviewers: _ } = self;
        let name = |user: Option<&User>| user.map(|user| escaped(&user.name)).unwrap_or_default();
        let active_at = activity.map(|(at, _)| at);
        Some(match placeholder {
            "WORKFLOW_NAME" => escaped(&workflow.name),
            "WORKFLOW_DESCRIPTION" => escaped(&workflow.description),
            "WORKFLOW_OWNER" => escaped(&workflow.owner.name),
            "WORKFLOW_URL" => escaped(url),
            "WORKFLOW_TIME" => moment(Some(workflow.created_at)),
            "WORKFLOW_CERT_STARTED_ON_DATE" => date(Some(certification.started_at)),
            "WORKFLOW_CERT_STARTED_ON_TIME" => time(Some(certification.started_at)),
            "WORKFLOW_CERT_CREATED_BY" => escaped(&certification.created_by.name),
            "WORKFLOW_CERT_LAST_UPDATED_ON_DATE" => date(Some(certification.updated_at)),
            "WORKFLOW_CERT_LAST_UPDATED_ON_TIME" => time(Some(certification.updated_at)),
            "WORKFLOW_CERT_LAST_UPDATED_BY" => name(certification.updated_by.as_ref()),
            "WORKFLOW_CERT_COMPLETED_ON_DATE" => date(certification.completed_at),
            "WORKFLOW_CERT_COMPLETED_ON_TIME" => time(certification.completed_at),
            "WORKFLOW_CERT_COMPLETED_BY" => name(certification.completed_by.as_ref()),
            "WORKFLOW_CERT_LAST_ACTIVITY_ON_DATE" => date(active_at),
            "WORKFLOW_CERT_LAST_ACTIVITY_ON_TIME" => time(active_at),
            "WORKFLOW_CERT_LAST_ACTIVITY_BY" => activity.map(|(_, by)| escaped(by)).unwrap_or_default(),
            "WORKFLOW_CERT_DUE_ON_DATE" => date(certification.due_date),
            "WORKFLOW_CERT_REVIEWERS" => names.written(),
            _ => return None,
        })
    }
}

/// The names of those who review, for all the places in which a template asks for them.
struct Names<'a> {
    users: &'a [User],
    /// Each once, in their order, ready to be shown; worked out when they are asked for.
    all: Option<Vec<String>>,
    /// How many bytes they may still take.
    room: usize,
}

impl Names<'_> {
    /// All of them, as far as there is room.
    fn written(&mut self) -> String {
        let users = self.users;
        let all = self.all.get_or_insert_with(|| {
            let names = users.iter().map(|user| user.name.as_str()).filter(|name| !name.is_empty());
            names.collect::<BTreeSet<_>>().into_iter().map(escaped).collect()
        });
        let mut text = String::new();
        for (shown, name) in all.iter().enumerate() {
            let before = if shown == 0 { "" } else { ", " };
            if text.len() + before.len() + name.len() > self.room {
                let left = all.len() - shown;
                let _ = if shown == 0 { write!(text, "{left} people") } else { write!(text, " and {left} more") };
                break;
            }
            text.push_str(before);
            text.push_str(name);
        }
        self.room = self.room.saturating_sub(text.len());
        text
    }
}

fn written(at: Option<Timestamp>, format: &str) -> String {
    at.map(|at| at.to_zoned(TimeZone::UTC).strftime(format).to_string()).unwrap_or_default()
}

fn date(at: Option<Timestamp>) -> String {
    written(at, "%Y-%m-%d")
}

fn time(at: Option<Timestamp>) -> String {
    written(at, "%H:%M UTC")
}

fn moment(at: Option<Timestamp>) -> String {
    written(at, "%Y-%m-%d %H:%M UTC")
}

/// Text that means nothing but itself, in Markdown and in HTML: what either would take for a sign becomes a character
/// reference, which both show as that character.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' | '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+'
            | '|' | '~' | '!' => {
                let _ = write!(safe, "&#{};", u32::from(c));
            }
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
