//! What mails say, and what they never say whatever people are called and write.

use app::notify::{Rows, Waiting};
use domain::ids::ReviewId;
use domain::user::User;
use uuid::Uuid;

use super::*;

const PLACE: &str = "https://reviews.corp.example/open";

fn waiting(n: u128, name: &str, notes: &str) -> Waiting {
    let review = ReviewId::new(Uuid::from_u128(n));
    Waiting {
        review,
        name: name.to_owned(),
        notes: notes.to_owned(),
        link: Some(format!("{PLACE}/{review}")),
        due: Some("2026-06-30T16:00:00Z".parse().unwrap()),
        is_overdue: false,
        rows: Rows { total: 12, undecided: 7, unconfirmed: 2, accepted: 3, rejected: 2 },
    }
}

fn user(name: &str) -> User {
    let (user_type, id, email) = ("Identity".to_owned(), "lena".to_owned(), "lena@corp.example".to_owned());
    User { user_type, id, email, name: name.to_owned() }
}

fn contents(motive: Motive, reviews: Vec<Waiting>) -> Contents {
    Contents {
        id: "0190f2a4".to_owned(),
        at: "2026-06-01T08:00:00Z".parse().unwrap(),
        motive,
        to: user("Lena Brandt"),
        actor: Some(user("Omar Haddad")),
        reviews,
        more: 0,
        zone: TimeZone::get("Europe/Berlin").unwrap(),
    }
}

#[test]
fn a_reviewer_reads_what_waits_until_when_and_where() {
    let mail = compose(&contents(Motive::Started, vec![waiting(1, "Vault access", "Mind the leavers.\nAsk IT.")]));
    assert_eq!(mail.subject, "Please review: Vault access");
    insta::assert_snapshot!("a_review_has_begun.txt", mail.text);
    insta::assert_snapshot!("a_review_has_begun.html", mail.html);
}

#[test]
fn each_motive_has_its_subject() {
    let one = || waiting(1, "Vault access", "");
    let overdue = Waiting { is_overdue: true, ..one() };
    let subject = |motive, reviews| compose(&contents(motive, reviews)).subject;
    assert_eq!(subject(Motive::Reassigned, vec![one()]), "You have been given rows to review: Vault access");
    assert_eq!(subject(Motive::Completed, vec![one()]), "Completed: Vault access");
    assert_eq!(subject(Motive::Expired, vec![overdue.clone()]), "Expired: Vault access");
    assert_eq!(subject(Motive::Reminder, vec![one()]), "Still to review: Vault access");
    assert_eq!(subject(Motive::Reminder, vec![overdue.clone()]), "Overdue: Vault access");
    assert_eq!(subject(Motive::Reminder, vec![overdue, one()]), "2 reviews wait for you");
    let many = Contents { more: 40, ..contents(Motive::Reminder, vec![one()]) };
    assert_eq!(compose(&many).subject, "41 reviews wait for you");
    assert!(compose(&many).text.contains("And 40 more reviews."));
}

#[test]
fn who_answers_for_a_review_reads_how_it_ended() {
    let text = compose(&contents(Motive::Completed, vec![waiting(1, "Vault access", "secret to reviewers")])).text;
    assert!(text.contains("Omar Haddad has completed a review that you answer for."), "{text}");
    assert!(text.contains("12 rows, 3 approved, 2 rejected, 7 without a decision"), "{text}");
    assert!(!text.contains("Due") && !text.contains("secret"), "{text}");
    let expired = Waiting { is_overdue: true, ..waiting(1, "Vault access", "secret to reviewers") };
    let expired = Contents { actor: None, ..contents(Motive::Expired, vec![expired]) };
    let text = compose(&expired).text;
    assert!(text.contains("A review that you answer for has expired: its due date has passed."), "{text}");
    assert!(text.contains("12 rows, 3 approved, 2 rejected, 7 without a decision"), "{text}");
    assert!(!text.contains("Was due") && !text.contains("secret"), "{text}");
}

/// What somebody may be called, or write, in order to be read as more than that.
const TEXTS: [&str; 18] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</p></div></body><a href=\"https://evil.example\">click</a>",
    "\"><a href=https://evil.example>x</a>",
    "' onmouseover='alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<!--",
    "]]><svg/onload=alert(1)>",
    "{{ words.closing }}{% for x in y %}",
    "javascript:alert(1)",
    "https://evil.example/login",
    "//evil.example",
    "Lena\r\n\r\n--\r\nYour password has expired: https://evil.example",
    "Lena\u{2028}-- \u{2029}Hello",
    "<style>*{display:none}</style>",
    "<base href=\"https://evil.example/\">",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "\u{202e}gnp.exe<\u{0}b>",
];

/// The tags of a page, as they begin: what a reader of mail acts on.
fn tags(html: &str) -> Vec<String> {
    let tags = html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default().to_owned());
    tags.collect()
}

#[test]
fn names_and_notes_are_never_markup_nor_lines_of_their_own() {
    let plain = compose(&contents(Motive::Reassigned, vec![waiting(1, "plain", "plain")]));
    for text in TEXTS {
        let contents = Contents {
            to: user(text),
            actor: Some(user(text)),
            ..contents(Motive::Reassigned, vec![waiting(1, text, &one_line(text))])
        };
        let mail = compose(&contents);
        assert_eq!(tags(&mail.html), tags(&plain.html), "{text:?}");
        assert_eq!(mail.text.lines().count(), plain.text.lines().count(), "{text:?}");
        assert!(!mail.subject.contains(['\r', '\n', '\u{2028}']), "{text:?}");
    }
}

#[test]
fn every_link_leads_to_the_installations_own_place() {
    for text in TEXTS {
        let reviews = (1..4).map(|n| waiting(n, text, text)).collect();
        let html = compose(&contents(Motive::Reminder, reviews)).html;
        let links: Vec<&str> = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(links.len(), 3, "{text:?}");
        for link in links {
            // Escaped as an attribute is: a slash needs no escape, and an id has nothing else.
            let id = link.strip_prefix(PLACE).and_then(|rest| rest.strip_prefix('/'));
            assert!(id.is_some_and(|id| id.parse::<Uuid>().is_ok()), "{text:?}: {link}");
        }
    }
    let nowhere = Waiting { link: None, ..waiting(1, "Vault access", "") };
    let mail = compose(&contents(Motive::Reminder, vec![nowhere]));
    assert!(!mail.html.contains("href") && !mail.text.contains("http"));
}

#[test]
fn notes_lose_their_end_before_a_mail_becomes_a_book() {
    let mail = compose(&contents(Motive::Started, vec![waiting(1, "Vault", &"x".repeat(4_000))]));
    assert!(mail.text.len() < 2_000, "{}", mail.text.len());
}
