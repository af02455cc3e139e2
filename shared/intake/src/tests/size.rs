//! Limits hold, and work grows with the input.

use std::fmt::Write as _;

use super::{parsed, parsed_bytes, refused};
use crate::limits::{MAX_DEPTH, MAX_ID};
use crate::{Format, Template, oaa};

#[test]
fn two_hundred_thousand_pairs_are_one_picture() {
    let mut text = String::new();
    for line in 0..200_000_u32 {
        writeln!(text, "{:>8} {:>8}", line % 3_000, line / 3_000).unwrap();
    }
    let parsed = parsed("pairs", &text).unwrap();
    assert_eq!(parsed.picture.nodes.len(), 1 + 3_000 + 67);
    assert_eq!(parsed.picture.edges.len(), 200_000 + 67);
}

#[test]
fn an_id_that_is_too_long_is_refused_everywhere() {
    let long = "x".repeat(MAX_ID + 1);
    for (format, input) in [
        ("full", format!(r#"{{"accounts":[{{"id":"{long}"}}]}}"#)),
        ("accounts.csv", format!("account_id\n{long}\n")),
        ("entitlements.csv", format!("account_id,permission,resource\na,p,{long}\n")),
        ("pairs", format!("{long} p\n")),
    ] {
        assert!(refused(format, &input).contains("too long") || refused(format, &input).contains("longer than"));
    }
}

#[test]
fn resources_may_lie_in_each_other_only_so_deep() {
    let nested = |levels: usize| {
        let open = r#"{"name":"r","resource_type":"t","sub_resources":["#.repeat(levels);
        let resources = format!("{open}{}", "]}".repeat(levels));
        let payload =
            format!(r#"{{"applications":[{{"name":"A","application_type":"t","resources":[{resources}]}}]}}"#);
        parsed_bytes(Format::Oaa(Template::Application), payload.as_bytes())
    };
    assert!(nested(MAX_DEPTH).is_ok());
    let faults = nested(MAX_DEPTH + 1).unwrap_err();
    assert!(faults.faults[0].message.contains("32 levels"), "{faults:?}");
    // Deeper than any reader follows: refused as JSON, without using up the stack.
    let faults = nested(100_000).unwrap_err();
    assert!(faults.faults[0].message.contains("recursion limit"), "{faults:?}");
}

#[test]
fn what_unpacks_to_too_much_is_refused_without_unpacking_it_all() {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![b' '; 1024 * 1024];
    for _ in 0..=256 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 4 * 1024 * 1024);
    assert_eq!(oaa::gunzip(&bomb).unwrap_err(), "unpacks to more than 268435456 bytes");
}
