//! A user inside other records: as the user was called then.

use domain::user::User;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct UserRecord {
    #[serde(rename = "type")]
    user_type: String,
    id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    email: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    name: String,
}

impl From<&User> for UserRecord {
    fn from(user: &User) -> Self {
        let User { user_type, id, email, name } = user;
        Self { user_type: user_type.clone(), id: id.clone(), email: email.clone(), name: name.clone() }
    }
}

impl From<UserRecord> for User {
    fn from(record: UserRecord) -> Self {
        let UserRecord { user_type, id, email, name } = record;
        Self { user_type, id, email, name }
    }
}

pub(crate) fn users(users: &[User]) -> Vec<UserRecord> {
    users.iter().map(UserRecord::from).collect()
}

pub(crate) fn users_of(records: Vec<UserRecord>) -> Vec<User> {
    records.into_iter().map(User::from).collect()
}
