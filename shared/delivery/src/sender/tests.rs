//! Receivers that answer, and those that misbehave.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;
use crate::resolve::Addresses;
use crate::{SystemLookup, TargetError};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(1, 1, 1, 1));

/// A receiver on this machine that takes one request and answers these bytes, then waits for the client to go; what it
/// was sent, and its address.
async fn receiver(answer: Vec<u8>) -> (JoinHandle<String>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?review=1", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut taken = Vec::new();
        let mut chunk = [0; 4096];
        while !taken.ends_with(b"\"it\"}") {
            let read = stream.read(&mut chunk).await.unwrap();
            taken.extend_from_slice(&chunk[..read]);
        }
        let _ = stream.write_all(&answer).await;
        // A client that gives up closes; one that is done keeps the connection, and the test ends.
        let _ = tokio::time::timeout(Duration::from_secs(60), stream.read(&mut chunk)).await;
        String::from_utf8(taken).unwrap()
    });
    (task, url)
}

async fn sent(url: &str, sender: &Sender) -> Result<Taken, Failure> {
    let target = Target::parse(url, Reach::Anywhere).unwrap();
    let secret = Secret::parse(SECRET).unwrap();
    let body = r#"{"take":"it"}"#;
    sender.send(Delivery { target: &target, id: "msg_1", sent_at: 1_614_265_330, body, secret: &secret }).await
}

fn anywhere() -> Sender {
    Sender::new(Reach::Anywhere, Arc::new(SystemLookup))
}

async fn answered(answer: impl Into<Vec<u8>>) -> Result<Taken, Failure> {
    let (task, url) = receiver(answer.into()).await;
    let sent = sent(&url, &anywhere()).await;
    task.abort();
    sent
}

#[tokio::test]
async fn a_message_comes_signed_and_under_its_id() {
    let (task, url) = receiver(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec()).await;
    let sender = anywhere();
    assert_eq!(sent(&url, &sender).await, Ok(Taken::Done));
    drop(sender);
    let request = task.await.unwrap();
    assert!(request.starts_with("POST /hook?review=1 HTTP/1.1\r\n"), "{request}");
    let signature = Secret::parse(SECRET).unwrap().sign("msg_1", 1_614_265_330, br#"{"take":"it"}"#);
    for line in ["content-type: application/json", "webhook-id: msg_1", "webhook-timestamp: 1614265330"] {
        assert!(request.contains(&format!("\r\n{line}\r\n")), "{line} in {request}");
    }
    assert!(request.contains(&format!("\r\nwebhook-signature: {signature}\r\n")), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"take\":\"it\"}"), "{request}");
}

#[tokio::test]
async fn only_a_success_is_one() {
    for (status, expected) in [
        (200, Ok(Taken::Done)),
        (202, Ok(Taken::Later)),
        (400, Err(Failure::Answered(400))),
        (410, Err(Failure::Answered(410))),
        (429, Err(Failure::Answered(429))),
        (503, Err(Failure::Answered(503))),
    ] {
        let answer = format!("HTTP/1.1 {status} As it is\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(answered(answer).await, expected, "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = inner.local_addr().unwrap();
    let answer = format!("HTTP/1.1 307 Elsewhere\r\nlocation: http://{place}/\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(answered(answer).await, Err(Failure::Answered(307)));
    let asked = tokio::time::timeout(Duration::from_millis(1), inner.accept()).await;
    assert!(asked.is_err(), "somebody came to {place}");
}

#[tokio::test]
async fn garbage_and_silence_end_in_failures() {
    assert_eq!(answered(*b"\x00\xff nothing that HTTP knows\r\n\r\n").await, Err(Failure::Unreachable));
    assert_eq!(answered(*b"HTTP/1.1 999999 ???\r\n\r\n").await, Err(Failure::Unreachable));
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(sent(&format!("http://{closed}/"), &anywhere()).await, Err(Failure::Unreachable));
}

#[tokio::test(start_paused = true)]
async fn who_never_answers_is_waited_for_five_seconds() {
    let before = tokio::time::Instant::now();
    assert_eq!(answered(*b"").await, Err(Failure::TimedOut));
    assert_eq!(before.elapsed().as_secs(), PATIENCE.as_secs());
}

#[tokio::test]
async fn who_has_said_how_a_message_was_taken_has_answered_whether_or_not_the_rest_comes() {
    for (status, expected) in [(200, Ok(Taken::Done)), (202, Ok(Taken::Later)), (503, Err(Failure::Answered(503)))] {
        let before = std::time::Instant::now();
        let answer = format!("HTTP/1.1 {status} As it is\r\ncontent-length: 5\r\n\r\nabc");
        assert_eq!(answered(answer).await, expected, "{status}");
        assert!(before.elapsed() < PATIENCE, "{status}");
    }
}

#[tokio::test]
async fn of_an_endless_answer_little_is_read() {
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n".to_vec();
    answer.resize(8 * MAX_ANSWER_BYTES, b'a');
    assert_eq!(answered(answer).await, Ok(Taken::Done));
}

/// A name server that answers differently each time.
#[derive(Debug)]
struct Rebinding(Mutex<Vec<Vec<IpAddr>>>);

impl Lookup for Rebinding {
    fn addresses<'a>(&'a self, _: &'a str) -> Addresses<'a> {
        let answer = self.0.lock().unwrap().pop();
        Box::pin(async move { Ok(answer.unwrap_or_default()) })
    }
}

#[tokio::test]
async fn a_name_that_leads_inward_is_not_asked() {
    let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = inner.local_addr().unwrap().port();
    for answers in [vec![LOOPBACK], vec![PUBLIC, LOOPBACK], vec!["::ffff:169.254.169.254".parse().unwrap()]] {
        let sender = Sender::new(Reach::Public, Arc::new(Rebinding(Mutex::new(vec![answers.clone()]))));
        // The form of the address is right: only its meaning is not.
        let sent = sent(&format!("https://hooks.example.com:{port}/"), &sender).await;
        assert_eq!(sent, Err(Failure::NotAllowed), "{answers:?}");
    }
    let asked = tokio::time::timeout(Duration::from_millis(1), inner.accept()).await;
    assert!(asked.is_err(), "somebody came");
}

#[test]
fn what_a_receiver_does_not_want_is_not_sent_again() {
    for (failure, may_pass) in [
        (Failure::NotAllowed, false),
        (Failure::Unreachable, true),
        (Failure::TimedOut, true),
        (Failure::Answered(400), false),
        (Failure::Answered(404), false),
        (Failure::Answered(307), false),
        (Failure::Answered(429), true),
        (Failure::Answered(500), true),
        (Failure::Answered(503), true),
    ] {
        assert_eq!(failure.may_pass(), may_pass, "{failure}");
    }
    assert_eq!(Target::parse("http://hooks.example.com/", Reach::Public), Err(TargetError::Scheme));
}
