//! Who is mailed about what, how often, and what comes of it.

mod given;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::{JobId, RowId};
use domain::letter::Undeliverable;
use domain::reminder::Reminders;
use domain::row::Decision;
use domain::run::Response;
use domain::settings::{OverdueReviews, Value};
use domain::user::UserKey;
use engine::{Crash, simulate};
use jiff::SignedDuration;

use super::{Contents, Heard, Mail, NotSent, What, deliver, hear, remind, remind_due, send_gathered};
use crate::campaign;
use crate::certification::{self, EditInput};
use crate::deps::{Config, Deps, Message};
use crate::error::Error;
use crate::review::tests::bed::{Bed, accounts, everything, user};
use crate::review::{self, ReviewerInfo, UpdateInput, UserReference};
use crate::standing::{self, DelegationReference};
use crate::testing::stand::{MemoryMailer, MemoryQueue};

/// A review, with a mail host and a queue.
struct Post {
    bed: Bed,
    deps: Deps,
    queue: Arc<MemoryQueue>,
    host: Arc<MemoryMailer>,
}

/// A mail that says who it is for, why, and of how many undecided rows.
fn write(contents: &Contents) -> Mail {
    let rows: Vec<String> = contents.reviews.iter().map(|one| one.rows.undecided.to_string()).collect();
    Mail {
        id: contents.id.clone(),
        at: contents.at,
        name: contents.to.name.clone(),
        address: contents.to.email.clone(),
        subject: contents.motive.word().to_owned(),
        text: rows.join(","),
        html: String::new(),
    }
}

impl Post {
    fn over(bed: Bed) -> Self {
        let (queue, host) = (Arc::new(MemoryQueue::default()), Arc::new(MemoryMailer::default()));
        let settings = Config { mail: Some(Reminders::default()), ..Config::default() };
        let deps = Deps { queue: queue.clone(), mailer: host.clone(), settings, ..bed.deps.clone() };
        Self { bed, deps, queue, host }
    }

    async fn certification() -> Self {
        Self::over(Bed::certification(accounts(10, &["ann", "bob"])).await)
    }

    fn heard(&self, what: What) -> Heard {
        let (id, at) = ("0190f2a4#1/event".to_owned(), self.deps.clock.now());
        Heard { id, at, actor: Some(user("opal").key()), review: self.bed.review, what }
    }

    /// Works on everything in the queue, a message that fails until it is given up.
    async fn work(&self) -> Vec<Error> {
        let mut errors = Vec::new();
        while let Some(message) = self.queue.take() {
            for received in 1..=5 {
                match self.once(&message, received == 5).await {
                    Ok(()) => break,
                    Err(error) => errors.push(error),
                }
            }
        }
        errors
    }

    async fn once(&self, message: &Message, is_last: bool) -> Result<(), Error> {
        match message {
            Message::Mail { job } => deliver(&self.deps, *job, is_last, write).await,
            Message::Remind { job } => remind(&self.deps, *job).await,
            other => panic!("{other:?} is no mail"),
        }
    }

    /// What happens, told twice, and all that comes of it.
    async fn happens(&self, what: What) -> Vec<Error> {
        let heard = self.heard(what);
        for _ in 0..2 {
            hear(&self.deps, &heard).await.unwrap();
        }
        self.gather(MOMENT).await;
        self.work().await
    }

    /// Has the letters go out that wait no longer than this; the schedule looks twice.
    async fn gather(&self, wait: SignedDuration) {
        self.bed.clock.turn(wait);
        for _ in 0..2 {
            send_gathered(&self.deps).await.unwrap();
        }
    }

    /// That somebody was given rows by a command, told twice.
    async fn given(&self, command: &str, to: &str) {
        let heard = self.heard(What::Reassigned(vec![user(to).key()]));
        let heard = Heard { id: format!("{command}#1/row.reassigned"), ..heard };
        for _ in 0..2 {
            hear(&self.deps, &heard).await.unwrap();
        }
    }

    /// To whom which mails went, with what they say; each mail once.
    fn mails(&self) -> Vec<(String, String, String)> {
        let taken = std::mem::take(&mut *self.host.taken.lock().unwrap());
        let mut mails: Vec<_> = taken.into_iter().map(|mail| (mail.address, mail.subject, mail.text)).collect();
        mails.sort();
        mails
    }

    fn refuse(&self, answers: &[NotSent]) {
        self.host.answers.lock().unwrap().extend(answers.iter().map(|answer| Err(*answer)));
    }

    async fn infos(&self) -> BTreeMap<String, ReviewerInfo> {
        let (infos, _) = review::reviewer_infos(&self.deps, &self.bed.root(), self.bed.review).await.unwrap();
        infos.into_iter().map(|info| (info.reviewer.id.clone(), info)).collect()
    }

    async fn due(&self, due: &str) {
        let edit = EditInput { due_date: Some(Some(due.parse().unwrap())), ..EditInput::default() };
        certification::update(&self.deps, &self.bed.operator(), self.bed.review, edit).await.unwrap();
        hear(&self.deps, &self.heard(What::Changed)).await.unwrap();
    }

    async fn sign_off(&self, rows: impl Iterator<Item = u32>) {
        for row in rows.map(RowId) {
            let decide =
                UpdateInput { decision: Some(Decision::Accepted), signed_off: Some(true), ..UpdateInput::default() };
            review::update(&self.deps, &self.bed.operator(), self.bed.review, row, decide).await.unwrap();
        }
    }
}

/// How long a letter about rows waits for more of them.
const MOMENT: SignedDuration = SignedDuration::from_secs(30);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn mail(name: &str, subject: &str, text: &str) -> (String, String, String) {
    (format!("{name}@corp.example"), subject.to_owned(), text.to_owned())
}

fn reference(name: &str) -> UserReference {
    let user = user(name);
    UserReference { user_type: user.user_type, id: user.id, email: None, name: None }
}

#[test]
fn reviewers_hear_once_that_a_review_has_begun_and_who_answers_for_it_that_it_is_over() {
    simulate(1, async {
        let post = Post::certification().await;
        assert!(post.happens(What::Began).await.is_empty());
        // Ten rows, of which the first and the eighth have two reviewers.
        assert_eq!(post.mails(), [mail("ann", "started", "6"), mail("bob", "started", "6")]);
        post.sign_off(0..10).await;
        certification::complete(&post.deps, &post.bed.root(), post.bed.review).await.unwrap();
        assert!(post.happens(What::Completed).await.is_empty());
        assert_eq!(post.mails(), [mail("root", "completed", "0")]);
    });
}

#[test]
fn who_answers_for_a_campaign_hears_of_its_end_although_it_was_deleted_since() {
    simulate(1, async {
        let post = Post::over(Bed::campaign(accounts(4, &["ann"])).await);
        let _ = campaign::complete(&post.deps, &post.bed.root(), post.bed.review).await.unwrap();
        campaign::delete(&post.deps, &post.bed.root(), post.bed.review).await.unwrap();
        assert!(post.happens(What::Completed).await.is_empty());
        assert_eq!(post.mails(), [mail("root", "completed", "4")]);
        assert!(post.happens(What::Began).await.is_empty());
        assert_eq!(post.mails(), [], "nobody is asked to decide any more");
    });
}

#[test]
fn reminders_end_when_a_review_expires_and_who_answers_for_it_hears_of_it_once() {
    simulate(10, async {
        let post = Post::certification().await;
        let expire = Value::Overdue(OverdueReviews::Expire);
        crate::settings::put(&post.deps, &post.bed.root(), expire, None).await.unwrap();
        post.due("2026-03-10T12:00:00Z").await;
        let next = async || post.deps.store.letters().reminder(&post.bed.review).await.unwrap().unwrap().value;
        post.bed.clock.turn(SignedDuration::from_hours(9 * 24 + 1));
        hear(&post.deps, &post.heard(What::Changed)).await.unwrap();
        assert_eq!(next().await.unwrap().to_string(), "2026-03-11T08:00:00Z", "a day after the due date");
        post.bed.clock.turn(SignedDuration::from_hours(2));
        assert_eq!(crate::closing::expire_due(&post.deps).await.unwrap().expired, 1);
        assert!(post.happens(What::Expired).await.is_empty());
        assert_eq!(next().await, None);
        assert_eq!(post.mails(), [mail("root", "expired", "10")]);
    });
}

#[test]
fn whoever_stands_in_for_a_reviewer_is_mailed_in_their_place() {
    simulate(2, async {
        let post = Post::certification().await;
        let pairs = ["cid", "dan"]
            .map(|delegate| DelegationReference { original: reference("ann"), delegate: reference(delegate) });
        standing::delegate(&post.deps, &post.bed.root(), &pairs).await.unwrap();
        standing::deny(&post.deps, &post.bed.root(), &[reference("dan")]).await.unwrap();
        post.happens(What::Began).await;
        assert_eq!(post.mails(), [mail("bob", "started", "6"), mail("cid", "started", "6")]);
        post.refuse(&[NotSent::Refused(550)]);
        post.happens(What::Reassigned(vec![user("ann").key()])).await;
        let infos = post.infos().await;
        assert_eq!(infos["ann"].unreached, Some(Undeliverable::Refused), "nobody hears for her");
        assert_eq!(infos["bob"].unreached, None);
    });
}

#[test]
fn whoever_answers_for_a_review_hears_of_its_end_and_not_who_stands_in_for_them_as_a_reviewer() {
    simulate(11, async {
        let post = Post::certification().await;
        let pair = DelegationReference { original: reference("root"), delegate: reference("cid") };
        standing::delegate(&post.deps, &post.bed.root(), &[pair]).await.unwrap();
        post.sign_off(0..10).await;
        certification::complete(&post.deps, &post.bed.root(), post.bed.review).await.unwrap();
        post.happens(What::Completed).await;
        assert_eq!(post.mails(), [mail("root", "completed", "0")]);
        hear(&post.deps, &Heard { id: "later#1".to_owned(), ..post.heard(What::Expired) }).await.unwrap();
        post.work().await;
        assert_eq!(post.mails(), [mail("root", "expired", "0")]);
    });
}

#[test]
fn whoever_is_given_rows_hears_of_it_once_for_all_parts_of_a_command() {
    simulate(3, async {
        let post = Post::certification().await;
        for part in 0..3 {
            let heard = post.heard(What::Reassigned(vec![user("bob").key(), UserKey::system()]));
            let heard = Heard { id: format!("0190f2a4#{part}/row.reassigned"), ..heard };
            hear(&post.deps, &heard).await.unwrap();
        }
        post.gather(MOMENT).await;
        post.work().await;
        assert_eq!(post.mails(), [mail("bob", "reassigned", "6")]);
    });
}

#[test]
fn nobody_is_mailed_about_what_is_over_by_then_and_nobody_at_all_without_a_mail_host() {
    simulate(4, async {
        let post = Post::certification().await;
        let heard = post.heard(What::Began);
        hear(&post.deps, &heard).await.unwrap();
        post.sign_off(0..10).await;
        assert!(post.work().await.is_empty());
        assert_eq!(post.mails(), []);
        let off = Deps { settings: Config::default(), ..post.deps.clone() };
        hear(&off, &post.heard(What::Reassigned(vec![user("bob").key()]))).await.unwrap();
        post.gather(MOMENT).await;
        assert_eq!(post.queue.take(), None);
    });
}

#[test]
fn reminders_come_on_their_days_once_a_day_to_those_who_have_something_to_do() {
    simulate(5, async {
        let post = Post::certification().await;
        // It is the first of March, ten o'clock; reminders come seven, three and one days before, at eight.
        post.due("2026-03-10T12:00:00Z").await;
        let tick = async || {
            for _ in 0..2 {
                remind_due(&post.deps).await.unwrap();
            }
            assert!(post.work().await.is_empty());
            post.mails()
        };
        assert_eq!(tick().await, []);
        post.bed.clock.turn(SignedDuration::from_hours(2 * 24 - 2));
        let both = [mail("ann", "reminder", "6"), mail("bob", "reminder", "6")];
        assert_eq!(tick().await, both, "it is the third, eight o'clock");
        assert_eq!(tick().await, []);
        // Whatever makes the day's letter come again, it is one a day.
        remind(&post.deps, JobId::new(post.bed.review.uuid())).await.unwrap();
        post.work().await;
        assert_eq!(post.mails(), []);
        let anns: Vec<u32> =
            (0..10).filter(|row| post.bed.rows[*row as usize].reviewers.contains(&"ann".to_owned())).collect();
        post.sign_off(anns.into_iter()).await;
        // An outage from the third to the tenth, in which two reminders were missed.
        post.bed.clock.turn(SignedDuration::from_hours(7 * 24));
        assert_eq!(tick().await, [mail("bob", "reminder", "4")]);
        assert_eq!(tick().await, []);
        post.sign_off(0..10).await;
        certification::complete(&post.deps, &post.bed.root(), post.bed.review).await.unwrap();
        post.happens(What::Completed).await;
        post.mails();
        post.bed.clock.turn(SignedDuration::from_hours(60 * 24));
        assert_eq!(post.deps.store.letters().due(post.deps.clock.now(), 9).await.unwrap(), []);
    });
}

#[test]
fn a_reminder_that_the_worker_never_sees_is_asked_for_again_an_hour_later() {
    simulate(6, async {
        let post = Post::certification().await;
        post.due("2026-03-10T12:00:00Z").await;
        post.bed.clock.turn(SignedDuration::from_hours(2 * 24));
        let asked = async || remind_due(&post.deps).await.unwrap().reviews;
        assert_eq!((asked().await, asked().await), (1, 0));
        while post.queue.take().is_some() {}
        post.bed.clock.turn(SignedDuration::from_mins(61));
        assert_eq!(asked().await, 1);
        post.work().await;
        assert_eq!(post.mails().len(), 2);
        assert_eq!(asked().await, 0);
    });
}

#[test]
fn a_mail_that_is_not_taken_now_is_tried_again_and_one_that_never_is_shows_at_the_reviewer() {
    simulate(7, async {
        let post = Post::certification().await;
        let bob = || What::Reassigned(vec![user("bob").key()]);
        post.refuse(&[NotSent::Answered(451), NotSent::TimedOut]);
        assert_eq!(post.happens(bob()).await.len(), 2);
        assert_eq!(post.mails().len(), 1);
        assert_eq!(post.infos().await["bob"].unreached, None);
        for (command, answers, errors, unreached, again) in [
            ("1", vec![NotSent::Refused(550)], 0, Some(Undeliverable::Refused), 0),
            ("2", vec![NotSent::Garbage; 5], 5, Some(Undeliverable::GivenUp), 1),
            ("3", vec![], 0, None, 0),
        ] {
            post.bed.clock.turn(HOUR);
            post.refuse(&answers);
            post.given(command, "bob").await;
            post.gather(MOMENT).await;
            let message = post.queue.take().unwrap();
            post.deps.queue.send(&message).await.unwrap();
            assert_eq!(post.work().await.len(), errors, "{command}");
            assert_eq!(post.infos().await["bob"].unreached, unreached, "{command}");
            assert_eq!(post.mails().len(), usize::from(unreached.is_none()), "{command}");
            // What was given up is tried again when somebody has its message come again; what was refused is not.
            post.once(&message, false).await.unwrap();
            assert_eq!(post.mails().len(), again, "{command}");
        }
    });
}

#[test]
fn who_has_no_address_is_shown_as_not_reached_until_the_account_is_with_somebody_who_is() {
    simulate(8, async {
        let post = Post::over(Bed::campaign(accounts(3, &["ann"])).await);
        let without = domain::user::User { email: "nowhere".to_owned(), ..user("ann") };
        post.deps.store.users().write_all(post.bed.root().command, &[without]).await.unwrap();
        assert!(post.happens(What::Began).await.is_empty());
        assert_eq!(post.mails(), []);
        let history = async || {
            let page = review::run_history(&post.deps, &post.bed.root(), post.bed.review, everything(9)).await.unwrap();
            page.items.into_iter().map(|line| line.response).collect::<Vec<_>>()
        };
        assert_eq!(history().await, [Response::MessageDeliveryFailed; 3]);
        assert_eq!(post.infos().await["ann"].unreached, Some(Undeliverable::NoAddress));
        let to_bob = UpdateInput { reviewers: Some(vec![reference("bob")]), ..UpdateInput::default() };
        review::update(&post.deps, &post.bed.operator(), post.bed.review, RowId(1), to_bob).await.unwrap();
        post.happens(What::Reassigned(vec![user("bob").key()])).await;
        assert_eq!(post.mails(), [mail("bob", "reassigned", "1")]);
        let pending = history().await.into_iter().filter(|response| *response == Response::PendingResponse).count();
        assert_eq!(pending, 1);
        // Somebody gave her an address, and a mail reaches her.
        post.deps.store.users().write_all(post.bed.root().command, &[user("ann")]).await.unwrap();
        post.given("later", "ann").await;
        post.gather(MOMENT).await;
        post.work().await;
        assert_eq!(history().await, [Response::PendingResponse; 3]);
    });
}

#[test]
fn two_senders_of_one_letter_send_one_mail() {
    simulate(9, async {
        let post = Post::certification().await;
        post.given("1", "bob").await;
        post.gather(MOMENT).await;
        let message = post.queue.take().unwrap();
        let (one, two) = tokio::join!(post.once(&message, false), post.once(&message, false));
        assert!(one.is_ok() && two.is_ok());
        assert_eq!(post.mails().len(), 1);
    });
}

/// What is sent when the process dies at some point and everything comes again; and the calls of an undisturbed run.
async fn sent(crash: Option<Crash>) -> (Vec<(String, String, String)>, u64) {
    let post = Post::certification().await;
    let heard = post.heard(What::Began);
    let before = post.bed.engine.calls();
    if let Some(crash) = crash {
        post.bed.engine.crash(crash);
    }
    let mut messages = Vec::new();
    let _ = hear(&post.deps, &heard).await;
    while let Some(message) = post.queue.take() {
        let _ = post.once(&message, false).await;
        messages.push(message);
    }
    let calls = post.bed.engine.calls() - before;
    post.bed.engine.revive();
    // Messages come again when they have been hidden long enough.
    post.bed.clock.turn(SignedDuration::from_mins(6));
    hear(&post.deps, &heard).await.unwrap();
    for message in &messages {
        post.once(message, false).await.unwrap();
    }
    assert!(post.work().await.is_empty());
    (post.mails(), calls)
}

#[test]
fn wherever_the_worker_dies_everybody_is_mailed_and_at_worst_one_of_them_twice() {
    let (expected, calls) = simulate(1, sent(None));
    assert_eq!(expected.len(), 2);
    assert!(calls > 20, "{calls}");
    let mut doubled = 0;
    for call in 1..=calls {
        for crash in [Crash::After(call - 1), Crash::During(call)] {
            let (mut mails, _) = simulate(1, sent(Some(crash)));
            doubled += mails.len() - 2;
            assert!(mails.len() <= 3, "{crash:?}: {mails:?}");
            mails.dedup();
            assert_eq!(mails, expected, "{crash:?} of {calls}");
        }
    }
    assert!((1..=2).contains(&doubled), "only between the mail host and the mark: {doubled}");
}

/// Who is reminded when the schedule or the worker dies at some point and all of it comes again; and the calls of an
/// undisturbed run.
async fn reminded(crash: Option<Crash>) -> (Vec<(String, String, String)>, u64) {
    let post = Post::certification().await;
    post.due("2026-03-10T12:00:00Z").await;
    post.bed.clock.turn(SignedDuration::from_hours(2 * 24));
    let before = post.bed.engine.calls();
    if let Some(crash) = crash {
        post.bed.engine.crash(crash);
    }
    let mut messages = Vec::new();
    let _ = remind_due(&post.deps).await;
    while let Some(message) = post.queue.take() {
        let _ = post.once(&message, false).await;
        messages.push(message);
    }
    let calls = post.bed.engine.calls() - before;
    post.bed.engine.revive();
    post.bed.clock.turn(SignedDuration::from_mins(61));
    remind_due(&post.deps).await.unwrap();
    for message in &messages {
        post.once(message, false).await.unwrap();
    }
    assert!(post.work().await.is_empty());
    let next = post.deps.store.letters().reminder(&post.bed.review).await.unwrap().unwrap().value;
    assert_eq!(next.unwrap().to_string(), "2026-03-07T08:00:00Z", "{crash:?}: three days before the due date");
    (post.mails(), calls)
}

#[test]
fn wherever_schedule_and_worker_die_everybody_is_reminded_and_the_next_time_stands() {
    let (expected, calls) = simulate(1, reminded(None));
    assert_eq!(expected.len(), 2);
    for call in 1..=calls {
        for crash in [Crash::After(call - 1), Crash::During(call)] {
            let (mut mails, _) = simulate(1, reminded(Some(crash)));
            assert!(mails.len() <= 3, "{crash:?}: {mails:?}");
            mails.dedup();
            assert_eq!(mails, expected, "{crash:?} of {calls}");
        }
    }
}
