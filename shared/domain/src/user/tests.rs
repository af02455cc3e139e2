use std::fmt::Write as _;

use super::*;

#[test]
fn a_key_splits_at_the_first_slash() {
    let key = UserKey::new("OktaUser", "corp/4410").unwrap();
    assert_eq!(key.to_string(), "OktaUser/corp/4410");
    assert_eq!((key.user_type(), key.id()), ("OktaUser", "corp/4410"));
    assert_eq!(key.to_string().parse::<UserKey>().unwrap(), key);
}

#[test]
fn a_key_needs_both_parts_and_no_slash_in_the_type() {
    for (user_type, id) in [("", "1"), ("a", ""), ("a/b", "1"), ("a", &"x".repeat(1023))] {
        assert!(UserKey::new(user_type, id).is_err(), "{user_type} {id}");
    }
    assert!("nobody".parse::<UserKey>().is_err());
}

#[test]
fn a_slash_in_a_user_type_cannot_name_somebody_else() {
    let user = |user_type: &str, id: &str| User {
        user_type: user_type.to_owned(),
        id: id.to_owned(),
        email: String::new(),
        name: String::new(),
    };
    assert_ne!(user("a/b", "c").key(), user("a", "b/c").key());
    assert_eq!(User::system().key(), UserKey::system());
    assert!(UserKey::system().is_system());
}

#[test]
fn roles_contain_one_another_and_an_auditor_only_reads() {
    let mut table = String::from("caller         minimum        read   write\n");
    for role in Role::ALL {
        for minimum in [Role::Administrator, Role::Operator, Role::Reviewer] {
            let word = |allowed: bool| if allowed { "yes" } else { "no" };
            let (read, write) = (word(role.may(minimum, true)), word(role.may(minimum, false)));
            writeln!(table, "{:<14} {:<14} {read:<6} {write}", role.word(), minimum.word()).unwrap();
        }
    }
    insta::assert_snapshot!(table, @r"
    caller         minimum        read   write
    administrator  administrator  yes    yes
    administrator  operator       yes    yes
    administrator  reviewer       yes    yes
    operator       administrator  no     no
    operator       operator       yes    yes
    operator       reviewer       yes    yes
    reviewer       administrator  no     no
    reviewer       operator       no     no
    reviewer       reviewer       yes    yes
    auditor        administrator  no     no
    auditor        operator       yes    no
    auditor        reviewer       yes    no
    ");
}

#[test]
fn a_role_reads_its_own_word_only() {
    for role in Role::ALL {
        assert_eq!(role.to_string().parse::<Role>().unwrap(), role);
    }
    assert!("root".parse::<Role>().is_err());
}
