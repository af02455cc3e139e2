//! Words that stand for what must not get out.

/// The name of a person.
pub const NAME: &str = "Canaria Vogelsang";
/// The address of a person, also an account id and a user id of theirs.
pub const EMAIL: &str = "canaria@aviary.example";
/// What a reviewer wrote.
pub const NOTE: &str = "yellow-feather-note";
/// What a client called something.
pub const TITLE: &str = "Birdcage Review";
/// A token that opens nothing.
pub const TOKEN: &str = "cr_live_canary01_yellowfeatheryellowfeatheryellowfeatheryellowf";
/// What stands in a body that cannot be read.
pub const BROKEN: &str = "brokenplumage";
/// A key that a client made up for a repeated call.
pub const REPEAT: &str = "repeat-birdsong";
/// What is searched and filtered for.
pub const SEARCH: &str = "birdseed";

/// A password that a directory passes on.
pub const PASSWORD: &str = "ruffled-plume-password";
/// What messages to a receiver are signed with.
pub const SECRET: &str = "whsec_ZmVhdGhlcmVkc2VjcmV0ZmVhdGhlcmVkc2VjcmV0";
/// The path of a receiver; whoever knows it can pretend to be us.
pub const HOOK: &str = "perch-of-messages";

/// What no log line may hold.
pub fn logged(line: &str, secrets: &[String]) -> Vec<String> {
    let words = [
        NAME,
        "Vogelsang",
        EMAIL,
        "aviary.example",
        NOTE,
        TITLE,
        TOKEN,
        BROKEN,
        REPEAT,
        SEARCH,
        PASSWORD,
        SECRET,
        HOOK,
    ];
    found(line, words, secrets)
}

/// What no refusal may hold. A client is told about its own ids, titles and searches.
pub fn said(body: &str, secrets: &[String]) -> Vec<String> {
    found(body, [NAME, "Vogelsang", NOTE, TOKEN, BROKEN, REPEAT, PASSWORD, SECRET], secrets)
}

fn found<const N: usize>(text: &str, words: [&str; N], secrets: &[String]) -> Vec<String> {
    let text = text.to_lowercase();
    let all = words.into_iter().map(str::to_owned).chain(secrets.iter().cloned());
    all.filter(|word| text.contains(&word.to_lowercase())).collect()
}

#[test]
fn a_canary_is_seen_wherever_it_sings() {
    let secrets = ["hunter2".to_owned()];
    assert_eq!(logged(r#"{"cause":"EMAIL#CANARIA@aviary.example"}"#, &secrets).len(), 2);
    assert_eq!(logged("the token hunter2", &secrets), ["hunter2"]);
    assert!(logged("request 7 answered 200", &secrets).is_empty());
}
