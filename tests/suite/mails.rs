//! What people are mailed, read from a folder: where the local stack puts mails, or where the mail host of a deployed one
//! keeps what it is sent.

use std::path::Path;
use std::time::{Duration, Instant};

use blackbox::PATIENCE;
use mail_parser::{Message, MessageParser};
use serde_json::{Value, json};

use crate::world::{self, World, administrator, mails, operator};

/// Between two looks into the folder, which holds the mails of all tests.
const PAUSE: Duration = Duration::from_millis(50);

/// A mail as its recipient reads it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mail {
    to: String,
    subject: String,
    text: String,
    html: String,
}

impl Mail {
    fn of(message: &Message<'_>) -> Self {
        let to: Vec<_> = message.to().expect("recipients").iter().filter_map(|to| to.address()).collect();
        let body = |text: Option<std::borrow::Cow<'_, str>>| text.expect("a body").replace("\r\n", "\n");
        let subject = message.subject().expect("a subject").to_owned();
        Self { to: to.join(","), subject, text: body(message.body_text(0)), html: body(message.body_html(0)) }
    }
}

/// The mails to people of an organisation, in the order of their recipients and subjects.
fn read(folder: &Path, world: &World) -> Vec<Mail> {
    let files = std::fs::read_dir(folder.join("new")).expect("a mailbox");
    let texts = files.filter_map(|file| std::fs::read(file.expect("a file").path()).ok());
    let mails = texts.map(|text| Mail::of(&MessageParser::default().parse(&text).expect("a mail")));
    let mut mails: Vec<Mail> = mails.filter(|mail| mail.to.contains(&world.word)).collect();
    mails.sort();
    mails
}

/// The same, once there are so many.
fn until(folder: &Path, world: &World, count: usize) -> Vec<Mail> {
    let started = Instant::now();
    loop {
        let mails = read(folder, world);
        if mails.len() >= count {
            return mails;
        }
        assert!(started.elapsed() < PATIENCE, "{count} mails do not come: {mails:?}");
        // It is looked again in any case: the pause only spares the machine.
        std::thread::park_timeout(PAUSE);
    }
}

fn subjects(mails: &[Mail]) -> Vec<(&str, &str)> {
    mails.iter().map(|mail| (mail.to.as_str(), mail.subject.as_str())).collect()
}

#[test]
fn reviewers_are_mailed_when_a_campaign_begins_and_when_they_are_given_accounts() {
    let folder = mails();
    let world = World::new(3);
    let (lena, omar) = (world.email("lena"), world.email("omar"));
    let id = world.active();
    let begun = format!("Please review: Payroll review {}", world.word);
    let found = until(folder, &world, 2);
    assert_eq!(subjects(&found), [(lena.as_str(), begun.as_str()), (omar.as_str(), begun.as_str())]);
    assert!(
        found[0].text.starts_with("Hello lena,\n") && found[0].text.contains("2 to decide, of 2 rows"),
        "{found:?}"
    );
    assert!(found[0].text.contains("Due on Monday, 21 September 2099 at 18:00 UTC"), "{found:?}");
    assert!(found[0].html.contains("<p>Hello lena,</p>"), "{found:?}");

    let path = format!("/api/v1/campaigns/{id}/approvals/{}/reviewer", world.accounts[0]);
    let _ = operator().put(&path, json!({ "reviewer": omar })).expect(200);
    let found = until(folder, &world, 3);
    let given = format!("You have been given rows to review: Payroll review {}", world.word);
    assert_eq!(subjects(&found)[2], (omar.as_str(), given.as_str()));
    assert!(found[2].text.contains("2 to decide, of 2 rows"), "{found:?}");
}

#[test]
fn whoever_stands_in_is_mailed_instead_and_names_are_no_markup() {
    let folder = mails();
    let world = World::new(3);
    let user = |name: &str| {
        let people = operator().get(&format!("/api/preview/awf/users?search={}", world.email(name))).expect(200);
        json!({ "user_type": people.str("/values/0/user_type"), "id": people.str("/values/0/id") })
    };
    let pair = json!({ "original_user": user("lena"), "delegate_user": user("omar") });
    let _ = administrator().post("/api/preview/awf/delegation/users:add", json!({ "values": [pair] })).expect(200);
    let mut body = world.campaign_body();
    body["name"] = json!("<script>alert(1)</script>");
    let id = administrator().post("/api/v1/campaigns", body).expect(201).str("/id").to_owned();
    world::start(&id);
    let found = until(folder, &world, 1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].to, world.email("omar"));
    assert!(found[0].subject.starts_with("Please review: <script>alert(1)</script>"), "{found:?}");
    assert!(!found[0].html.contains("<script>"), "{found:?}");
    assert!(found[0].text.contains("3 to decide, of 3 rows"), "he sees her rows and his own: {found:?}");
}

#[test]
fn whom_no_mail_reaches_shows_at_the_certification_until_one_does() {
    let world = World::new(3);
    let mut picture = world.picture();
    picture["owners"][1]["email"] = json!("no address");
    let source = format!("/api/v1/inventory/datasources/{}", world.source);
    let _ = administrator().put(&source, picture).expect(200);
    let (id, _) = world.certification();
    let path = format!("/api/preview/awf/certifications/{id}/reviewer_infos");
    let failure = |body: &Value, name: &str| {
        let all = body["values"].as_array().expect("reviewers");
        all.iter().find(|info| info["reviewer"]["name"] == name).map(|info| info["mail_failure"].clone())
    };
    let infos = operator().until(&path, |body| failure(body, "omar") == Some(json!("no_address")));
    assert_eq!(failure(&infos, "lena"), Some(Value::Null));
}
