//! How often somebody hears that rows were given to them.

use super::*;

/// Gives rows to somebody, a command for each, and has each heard twice, the last ones first.
async fn give(post: &Post, rows: std::ops::Range<u32>, to: &str) {
    assign(post, rows.clone(), to).await;
    for row in rows.rev() {
        post.given(&format!("command {row}"), to).await;
    }
}

async fn assign(post: &Post, rows: std::ops::Range<u32>, to: &str) {
    for row in rows {
        let update = UpdateInput { reviewers: Some(vec![reference(to)]), ..UpdateInput::default() };
        review::update(&post.deps, &post.bed.operator(), post.bed.review, RowId(row), update).await.unwrap();
    }
}

#[test]
fn whoever_is_given_five_hundred_rows_one_by_one_gets_one_mail_about_all_of_them() {
    simulate(20, async {
        let post = Post::over(Bed::certification(accounts(500, &["ann"])).await);
        give(&post, 0..250, "bob").await;
        post.bed.clock.turn(SignedDuration::from_secs(20));
        send_gathered(&post.deps).await.unwrap();
        assert!(post.work().await.is_empty() && post.mails().is_empty(), "there may be more");
        give(&post, 250..500, "bob").await;
        post.gather(SignedDuration::from_secs(10)).await;
        assert!(post.work().await.is_empty());
        assert_eq!(post.mails(), [mail("bob", "reassigned", "500")]);
        for hours in 0..3 {
            post.gather(HOUR).await;
            assert!(post.work().await.is_empty());
            assert_eq!(post.mails(), [], "{hours} hours later");
        }
    });
}

#[test]
fn what_somebody_is_given_in_the_course_of_an_hour_makes_one_more_mail_at_its_end() {
    simulate(21, async {
        let post = Post::over(Bed::certification(accounts(20, &["ann"])).await);
        let mut mails = Vec::new();
        // From ten o'clock on, every two minutes.
        for row in 0..20 {
            give(&post, row..row + 1, "bob").await;
            post.gather(SignedDuration::from_mins(2)).await;
            assert!(post.work().await.is_empty());
            mails.extend(post.mails());
        }
        assert_eq!(mails, [mail("bob", "reassigned", "1")]);
        post.gather(SignedDuration::from_mins(20)).await;
        assert!(post.work().await.is_empty());
        assert_eq!(post.mails(), [], "it is eleven o'clock, and somebody may be giving rows to him this very moment");
        post.gather(MOMENT).await;
        assert!(post.work().await.is_empty());
        assert_eq!(post.mails(), [mail("bob", "reassigned", "20")]);
        give(&post, 0..1, "cid").await;
        post.gather(MOMENT).await;
        assert!(post.work().await.is_empty());
        assert_eq!(post.mails(), [mail("cid", "reassigned", "1")], "the hours of others are their own");
    });
}

#[test]
fn who_has_decided_everything_by_then_is_not_mailed() {
    simulate(22, async {
        let post = Post::over(Bed::certification(accounts(3, &["ann"])).await);
        give(&post, 0..3, "bob").await;
        post.sign_off(0..3).await;
        post.gather(MOMENT).await;
        assert!(post.work().await.is_empty());
        assert_eq!(post.mails(), []);
    });
}

/// What is sent when something dies at some point, and everything comes again; and the calls of an undisturbed run.
async fn sent(crash: Option<Crash>) -> (Vec<(String, String, String)>, u64) {
    let post = Post::over(Bed::certification(accounts(4, &["ann"])).await);
    assign(&post, 0..4, "bob").await;
    let before = post.bed.engine.calls();
    if let Some(crash) = crash {
        post.bed.engine.crash(crash);
    }
    let heard: Vec<Heard> = ["one", "two"]
        .map(|command| {
            let heard = post.heard(What::Reassigned(vec![user("bob").key(), user("cid").key()]));
            Heard { id: format!("{command}#1"), ..heard }
        })
        .into();
    let mut messages = Vec::new();
    for heard in &heard {
        let _ = hear(&post.deps, heard).await;
    }
    post.bed.clock.turn(MOMENT);
    let _ = send_gathered(&post.deps).await;
    while let Some(message) = post.queue.take() {
        let _ = post.once(&message, false).await;
        messages.push(message);
    }
    let calls = post.bed.engine.calls() - before;
    post.bed.engine.revive();
    for heard in &heard {
        hear(&post.deps, heard).await.unwrap();
    }
    for minutes in [6, 60] {
        post.bed.clock.turn(SignedDuration::from_mins(minutes));
        crate::loading::jobs::sweep::run(&post.deps).await.unwrap();
        send_gathered(&post.deps).await.unwrap();
        for message in messages.drain(..) {
            post.once(&message, false).await.unwrap();
        }
        assert!(post.work().await.is_empty());
    }
    (post.mails(), calls)
}

#[test]
fn wherever_something_dies_everybody_hears_of_their_rows_and_of_nothing_else() {
    let (mut expected, calls) = simulate(1, sent(None));
    expected.dedup();
    assert_eq!(expected, [mail("bob", "reassigned", "4")]);
    assert!(calls > 20, "{calls}");
    for call in 1..=calls {
        for crash in [Crash::After(call - 1), Crash::During(call)] {
            let (mut mails, _) = simulate(1, sent(Some(crash)));
            // Once more because nobody knows whether it went out; and at the end of the hour, because what came while the
            // first one waited comes again after it.
            assert!(mails.len() <= 3, "{crash:?}: {mails:?}");
            mails.dedup();
            assert_eq!(mails, expected, "{crash:?} of {calls}");
        }
    }
}
