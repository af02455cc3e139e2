//! What a letter says, in words: once as text, once as HTML, from the same contents.
//!
//! Names and notes are whatever people wrote. In HTML they are escaped; in text, a line break is a space wherever a line of
//! ours holds them. The one kind of link there is leads to the installation's own place for reviews, behind which nothing
//! stands but the review's id.

use app::notify::{Contents, Mail, Waiting};
use askama::Template;
use domain::letter::Motive;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Characters of the notes of a review that a mail repeats.
const MOST_NOTES: usize = 1_000;

/// What both forms are made of.
#[derive(Debug)]
struct Words {
    greeting: String,
    lead: String,
    reviews: Vec<Paragraph>,
    more: String,
    closing: &'static str,
}

/// A review in a mail.
#[derive(Debug)]
struct Paragraph {
    name: String,
    rows: String,
    due: String,
    notes: Vec<String>,
    link: String,
}

#[derive(Template)]
#[template(path = "mail.txt", escape = "none")]
struct AsText<'a> {
    words: &'a Words,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct AsHtml<'a> {
    words: &'a Words,
    subject: &'a str,
}

/// Puts a letter into words.
#[must_use]
pub fn compose(contents: &Contents) -> Mail {
    let subject = subject(contents);
    let words = words(contents);
    // Nothing that is written here can fail to be written.
    let text = AsText { words: &words }.render().unwrap_or_default();
    let html = AsHtml { words: &words, subject: &subject }.render().unwrap_or_default();
    Mail {
        id: contents.id.clone(),
        at: contents.at,
        name: contents.to.name.clone(),
        address: contents.to.email.clone(),
        subject,
        text,
        html,
    }
}

fn subject(contents: &Contents) -> String {
    let all = contents.reviews.len() + contents.more;
    let name = contents.reviews.first().map(|one| one_line(&one.name)).unwrap_or_default();
    match contents.motive {
        Motive::Started => format!("Please review: {name}"),
        Motive::Reassigned => format!("You have been given rows to review: {name}"),
        Motive::Completed => format!("Completed: {name}"),
        Motive::Expired => format!("Expired: {name}"),
        Motive::Reminder if all == 1 && contents.reviews.iter().any(|one| one.is_overdue) => {
            format!("Overdue: {name}")
        }
        Motive::Reminder if all == 1 => format!("Still to review: {name}"),
        Motive::Reminder => format!("{all} reviews wait for you"),
    }
}

fn words(contents: &Contents) -> Words {
    let name = one_line(&contents.to.name);
    let who = contents.actor.as_ref().map(|actor| one_line(&actor.name)).filter(|name| !name.is_empty());
    let lead = match contents.motive {
        Motive::Started => "A review has begun in which you decide who keeps their access.".to_owned(),
        Motive::Reassigned => match who {
            Some(who) => format!("{who} has given you rows to review."),
            None => "You have been given rows to review.".to_owned(),
        },
        Motive::Reminder => "This still waits for your decision.".to_owned(),
        Motive::Completed => match who {
            Some(who) => format!("{who} has completed a review that you answer for."),
            None => "A review that you answer for is completed.".to_owned(),
        },
        Motive::Expired => "A review that you answer for has expired: its due date has passed.".to_owned(),
    };
    let ended = contents.motive.is_of_an_end();
    Words {
        greeting: if name.is_empty() { "Hello,".to_owned() } else { format!("Hello {name},") },
        lead,
        reviews: contents.reviews.iter().map(|one| paragraph(one, &contents.zone, ended)).collect(),
        more: match contents.more {
            0 => String::new(),
            more => format!("And {more} more {}.", plural(more, "review")),
        },
        closing: if ended {
            "You get this mail because you made this review or own its workflow."
        } else {
            "You get this mail because you are a reviewer, or stand in for one."
        },
    }
}

fn paragraph(review: &Waiting, zone: &TimeZone, ended: bool) -> Paragraph {
    let Waiting { review: _, name, notes, link, due, is_overdue, rows } = review;
    let count = |number: i64, what: &str| format!("{number} {what}");
    let parts = if ended {
        vec![
            count(rows.total, "rows"),
            count(rows.accepted, "approved"),
            count(rows.rejected, "rejected"),
            count(rows.undecided, "without a decision"),
        ]
    } else {
        let waiting = [(rows.undecided, "to decide"), (rows.unconfirmed, "to sign off")];
        let waiting = waiting.into_iter().filter(|(number, _)| *number > 0);
        let of_all = std::iter::once(format!("of {} rows", rows.total));
        waiting.map(|(number, what)| count(number, what)).chain(of_all).collect()
    };
    let due = match due {
        _ if ended => String::new(),
        None => String::new(),
        Some(due) if *is_overdue => format!("Was due on {}", day(*due, zone)),
        Some(due) => format!("Due on {}", day(*due, zone)),
    };
    let notes: String = notes.chars().take(MOST_NOTES).collect();
    Paragraph {
        name: one_line(name),
        rows: parts.join(", "),
        due,
        notes: notes.lines().map(one_line).filter(|line| !line.is_empty() && !ended).collect(),
        link: link.clone().unwrap_or_default(),
    }
}

/// A moment as people write it: with the hour, because something is due then.
fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%A, %-d %B %Y at %H:%M %Z").to_string()
}

fn plural(number: usize, what: &str) -> String {
    if number == 1 { what.to_owned() } else { format!("{what}s") }
}

/// A text without line breaks and other control characters: they would end a line of ours.
fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let plain: String = text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
