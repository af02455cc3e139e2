//! What other programs read in a mail, whatever people are called and write.

use mail_parser::{MessageParser, MimeHeaders};

use super::*;

/// The headers of every mail, in any order.
const HEADERS: [&str; 8] =
    ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];

fn from() -> Sender {
    Sender::parse("Access reviews <reviews@corp.example>").unwrap()
}

fn mail(name: &str, address: &str, subject: &str) -> Mail {
    Mail {
        id: "0190f2a4".to_owned(),
        at: "2026-03-01T08:00:00Z".parse().unwrap(),
        name: name.to_owned(),
        address: address.to_owned(),
        subject: subject.to_owned(),
        text: "Dear Ärger,\n.\nrows wait.\n".to_owned(),
        html: "<p>Rows wait.</p>".to_owned(),
    }
}

fn written(mail: &Mail) -> Result<String, NotSent> {
    let written = message(&from(), mail)?;
    Ok(String::from_utf8(written.bytes).unwrap())
}

#[test]
fn a_mail_has_one_recipient_its_headers_and_the_same_in_text_and_html() {
    let raw = written(&mail("Lena Brandt", "lena@corp.example", "2 reviews wait for you")).unwrap();
    let read = MessageParser::default().parse(&raw).unwrap();
    let to = read.to().unwrap().first().unwrap();
    assert_eq!((to.name(), to.address()), (Some("Lena Brandt"), Some("lena@corp.example")));
    assert_eq!(read.from().unwrap().first().unwrap().address(), Some("reviews@corp.example"));
    assert_eq!((read.subject(), read.message_id()), (Some("2 reviews wait for you"), Some("0190f2a4@corp.example")));
    assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n"), "Dear Ärger,\n.\nrows wait.\n");
    assert_eq!(read.body_html(0).unwrap(), "<p>Rows wait.</p>");
    assert!(read.content_type().is_some_and(|kind| kind.subtype() == Some("alternative")));
    assert_eq!(read.date().unwrap().to_rfc3339(), "2026-03-01T08:00:00Z");
    assert!(raw.contains("Auto-Submitted: auto-generated\r\n") && raw.is_ascii());
}

/// What somebody may be called, or call a review, in order to write headers of their own.
const TEXTS: [&str; 16] = [
    "Lena\r\nBcc: eve@evil.example",
    "Lena\nBcc: eve@evil.example",
    "Lena\rBcc: eve@evil.example",
    "Lena\r\n\r\n<script>alert(1)</script>",
    "Lena\r\n Bcc: eve@evil.example",
    "Lena\u{85}Bcc: eve@evil.example",
    "Lena\u{2028}Bcc: eve@evil.example",
    "Lena\0Bcc: eve@evil.example",
    "Lena\u{b}\u{c}Bcc: eve@evil.example",
    "\"Lena\" <eve@evil.example>, ",
    "Lena <eve@evil.example>",
    "Lena, eve@evil.example",
    "=?utf-8?q?Lena=0D=0ABcc:_eve@evil.example?=",
    "=?utf-8?b?DQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?=",
    "Lena \u{202e}moc.live",
    "Ægir 🦀 \\\" (comment) ;:@<>",
];

#[test]
fn neither_names_nor_subjects_become_headers_or_recipients() {
    let long = "x".repeat(5_000);
    for text in TEXTS.into_iter().chain([long.as_str()]) {
        let raw = written(&mail(text, "lena@corp.example", text)).unwrap();
        let (head, _) = raw.split_once("\r\n\r\n").unwrap();
        let names = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        let mut names: Vec<&str> = names.map(|line| line.split(':').next().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, HEADERS, "{text:?}");
        assert!(!head.replace("\r\n", "").contains(['\r', '\n', '\0']), "{text:?}");
        assert!(head.split("\r\n").all(|line| line.len() <= 998 && line.is_ascii()), "{text:?}");
        let read = MessageParser::default().parse(&raw).unwrap();
        let to: Vec<_> = read.to().unwrap().iter().map(|one| one.address().unwrap_or_default()).collect();
        assert_eq!(
            (to, read.bcc().is_none(), read.cc().is_none()),
            (vec!["lena@corp.example"], true, true),
            "{text:?}"
        );
        assert_eq!(read.attachment_count(), 0);
    }
}

#[test]
fn what_is_no_single_address_gets_no_mail() {
    for address in [
        "",
        "nobody",
        "@corp.example",
        "lena@",
        "lena@corp.example, eve@evil.example",
        "lena@corp.example\r\nRCPT TO:<eve@evil.example>",
        "lena@corp.example>\r\nDATA",
        "lena@corp.example\nBcc: eve@evil.example",
        "<lena@corp.example> SIZE=1",
        "Lena <lena@corp.example>",
        "lena@corp.example\0",
        "lena corp@corp.example",
        "lena@corp example",
        "lena@corp.example;eve@evil.example",
        "lené@corp.example",
    ] {
        assert_eq!(written(&mail("Lena", address, "Rows wait")).unwrap_err(), NotSent::Unusable, "{address:?}");
    }
    for address in ["lena@corp.example", " lena@corp.example ", "o'neil+reviews@corp.example"] {
        assert!(written(&mail("Lena", address, "Rows wait")).is_ok(), "{address:?}");
    }
}

#[test]
fn a_sender_is_one_address() {
    for text in ["", "reviews", "a@corp.example, b@corp.example", "a@corp.example\r\nBcc: b@corp.example"] {
        assert_eq!(Sender::parse(text).unwrap_err(), SenderError, "{text:?}");
    }
    assert_eq!(Sender::parse("reviews@corp.example").unwrap().address().domain(), "corp.example");
}
