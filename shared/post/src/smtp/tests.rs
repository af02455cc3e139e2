//! A mail host of our own, that behaves as hosts do, and as they should not.

use std::sync::Mutex;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// An answer that never comes.
const SILENCE: &str = "silence";
/// What a slow host does before it answers.
const THOUGHT: &str = "after a while: ";
/// How long that takes.
const A_WHILE: Duration = Duration::from_millis(2_500);

/// How a host behaves: what it answers to commands that begin with a word; an empty answer is none, and the end.
#[derive(Clone, Copy)]
struct Manners {
    greeting: &'static str,
    answers: &'static [(&'static str, &'static str)],
}

const POLITE: Manners = Manners { greeting: "220 mail.example ready", answers: &[] };

/// Lines that a host was sent.
type Heard = Arc<Mutex<Vec<String>>>;

async fn host(manners: Manners) -> (u16, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Heard::default();
    let all = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, manners, Arc::clone(&all)));
        }
    });
    (port, heard)
}

async fn serve(stream: TcpStream, manners: Manners, heard: Heard) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if manners.greeting.is_empty() {
        // Says nothing, and listens for as long as the other side has patience.
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        return Ok(());
    }
    stream.write_all(format!("{}\r\n", manners.greeting).as_bytes()).await?;
    let mut in_mail = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        heard.lock().unwrap().push(line.clone());
        if in_mail && line != "." {
            continue;
        }
        let told = manners.answers.iter().find(|(word, _)| line.starts_with(word)).map(|(_, answer)| *answer);
        let answer = told.unwrap_or(match line.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-mail.example\r\n250 8BITMIME",
            "DATA" => "354 go ahead",
            "QUIT" => "221 bye",
            _ => "250 fine",
        });
        in_mail = line == "DATA" && answer.starts_with("354");
        if answer.is_empty() {
            return Ok(());
        }
        if answer == SILENCE {
            std::future::pending::<()>().await;
        }
        let answer = match answer.strip_prefix(THOUGHT) {
            Some(answer) => {
                tokio::time::sleep(A_WHILE).await;
                answer
            }
            None => answer,
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

/// A login that everybody knows.
struct Known;

impl Login for Known {
    fn read(&self) -> Soon<'_, Result<(String, String), LoginError>> {
        Box::pin(async { Ok(("reviews".to_owned(), "secret password".to_owned())) })
    }
}

fn smtp(port: u16, encryption: Encryption) -> Smtp {
    let login: Option<Arc<dyn Login>> = Some(Arc::new(Known));
    let host = Host { name: "127.0.0.1".to_owned(), port, encryption, login };
    Smtp::new(host, Sender::parse("Access reviews <reviews@corp.example>").unwrap())
}

fn mail() -> Mail {
    Mail {
        id: "0190f2a4".to_owned(),
        at: "2026-03-01T08:00:00Z".parse().unwrap(),
        name: "Lena Brandt".to_owned(),
        address: "lena@corp.example".to_owned(),
        subject: "Rows wait".to_owned(),
        text: "Rows wait.\n.\nQUIT\n".to_owned(),
        html: "<p>Rows wait.</p>".to_owned(),
    }
}

fn patience(opening: u64, whole: u64) -> Patience {
    Patience { opening: Duration::from_secs(opening), whole: Duration::from_secs(whole) }
}

async fn sent(manners: Manners, encryption: Encryption) -> (Result<(), NotSent>, Vec<String>) {
    let (port, heard) = host(manners).await;
    let outcome = smtp(port, encryption).with_patience(patience(2, 20)).send(&mail()).await;
    let heard = heard.lock().unwrap().clone();
    (outcome, heard)
}

#[tokio::test]
async fn a_mail_is_handed_over_whole_and_a_line_of_one_dot_does_not_end_it() {
    let (outcome, heard) = sent(POLITE, Encryption::None).await;
    assert_eq!(outcome, Ok(()));
    let head: Vec<&str> = heard.iter().take(4).map(String::as_str).collect();
    assert_eq!(head, ["EHLO corp.example", "MAIL FROM:<reviews@corp.example>", "RCPT TO:<lena@corp.example>", "DATA"]);
    let end: Vec<&str> = heard.iter().rev().take(2).map(String::as_str).collect();
    assert_eq!(end, ["QUIT", "."], "the text's own lines are part of it");
    assert!(heard.contains(&"..".to_owned()) && heard.contains(&"<p>Rows wait.</p>".to_owned()), "{heard:?}");
    assert!(!heard.iter().any(|line| line.contains("AUTH")), "no password without encryption");
}

/// What a host answers to which words, what comes of it, and whether that is for good.
type Case = (&'static [(&'static str, &'static str)], NotSent, bool);

#[tokio::test]
async fn what_a_host_says_about_the_recipient_or_the_mail_is_for_good_and_all_else_may_pass() {
    let cases: [Case; 9] = [
        (&[("RCPT", "550 5.1.1 no such mailbox")], NotSent::Refused(550), true),
        (&[("RCPT", "553 not here")], NotSent::Refused(553), true),
        (&[(".", "554 no spam please")], NotSent::Refused(554), true),
        (&[("RCPT", "450 mailbox is busy")], NotSent::Answered(450), false),
        (&[(".", "452 disk is full")], NotSent::Answered(452), false),
        (&[("DATA", "421 going down")], NotSent::Answered(421), false),
        (&[("MAIL", "550 you may not send as this")], NotSent::Answered(550), false),
        (&[("EHLO", "502 who are you")], NotSent::Answered(502), false),
        (&[("RCPT", "certainly!")], NotSent::Garbage, false),
    ];
    for (answers, expected, for_good) in cases {
        let (outcome, _) = sent(Manners { answers, ..POLITE }, Encryption::None).await;
        assert_eq!(outcome, Err(expected), "{answers:?}");
        assert_eq!(expected.is_for_good(), for_good, "{answers:?}");
        assert!(!expected.to_string().contains("mailbox is"), "nothing of the answer is quoted");
    }
}

#[tokio::test]
async fn a_host_that_hangs_talks_nonsense_or_goes_away_costs_a_bounded_time() {
    let hanging = Manners { greeting: "", ..POLITE };
    let (port, _) = host(hanging).await;
    let moment = Duration::from_millis(200);
    let short = smtp(port, Encryption::None).with_patience(Patience { opening: moment, whole: moment });
    assert_eq!(short.send(&mail()).await, Err(NotSent::TimedOut));
    for (manners, expected) in [
        (Manners { greeting: "HTTP/1.1 200 OK", ..POLITE }, NotSent::Garbage),
        (Manners { greeting: "554 no service", ..POLITE }, NotSent::Answered(554)),
        (Manners { answers: &[("EHLO", "")], ..POLITE }, NotSent::Garbage),
        (Manners { answers: &[("DATA", "")], ..POLITE }, NotSent::Garbage),
    ] {
        let (outcome, _) = sent(manners, Encryption::None).await;
        assert_eq!(outcome, Err(expected), "{}", manners.greeting);
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    assert_eq!(smtp(closed, Encryption::None).send(&mail()).await, Err(NotSent::Unreachable));
}

#[tokio::test]
async fn a_host_has_most_of_the_time_for_its_verdict_and_hardly_any_for_its_goodbye() {
    // Filters look at a mail before its host says that it takes it: longer than the beginning may take.
    let slow = Manners { answers: &[(".", "after a while: 250 taken")], ..POLITE };
    let (outcome, heard) = sent(slow, Encryption::None).await;
    assert_eq!(outcome, Ok(()));
    assert_eq!(heard.iter().filter(|line| *line == ".").count(), 1);
    let rude = Manners { answers: &[("QUIT", SILENCE)], ..POLITE };
    let begun = Instant::now();
    let (outcome, _) = sent(rude, Encryption::None).await;
    assert_eq!(outcome, Ok(()), "the mail was taken before");
    assert!(begun.elapsed() < Duration::from_secs(2 + 2), "{:?}", begun.elapsed());
    let mute = Manners { answers: &[(".", SILENCE)], ..POLITE };
    let (port, _) = host(mute).await;
    let outcome = smtp(port, Encryption::None).with_patience(patience(2, 3)).send(&mail()).await;
    assert_eq!(outcome, Err(NotSent::TimedOut));
}

#[tokio::test]
async fn a_host_that_cannot_encrypt_hears_neither_password_nor_mail() {
    for encryption in [Encryption::StartTls, Encryption::Tls] {
        let (outcome, heard) = sent(POLITE, encryption).await;
        assert!(outcome.is_err_and(|failure| !failure.is_for_good()), "{encryption:?}");
        let told = |word: &str| heard.iter().any(|line| line.contains(word));
        assert!(!told("AUTH") && !told("MAIL FROM") && !told("secret"), "{encryption:?}: {heard:?}");
    }
    // One that says it can, and then does not.
    let lying =
        Manners { answers: &[("EHLO", "250-mail.example\r\n250 STARTTLS"), ("STARTTLS", "220 go ahead")], ..POLITE };
    let (outcome, heard) = sent(lying, Encryption::StartTls).await;
    assert!(outcome.is_err_and(|failure| !failure.is_for_good()));
    assert!(!heard.iter().any(|line| line.contains("AUTH") || line.contains("MAIL FROM")), "{heard:?}");
}
