//! What an access review is, without any input or output.
//!
//! Types, life cycles and rules of the product. Everything here is a value or a pure function of values: no table, no
//! wire, no clock, no randomness. Time and ids come in as arguments. Both API dialects use the same functions, so that
//! a rule exists once.
//!
//! | module         | question it answers                                                    |
//! | -------------- | ---------------------------------------------------------------------- |
//! | [`ids`]        | what identifies a thing, and how is that written                         |
//! | [`user`]       | who is this, and what may the role do                                    |
//! | [`inventory`]  | who has access to what: the graph that data sources deliver              |
//! | [`review`]     | which states a campaign or certification has and how it moves            |
//! | [`query`]      | which rows a certification consists of                                   |
//! | [`row`]        | what has been decided about one row                                      |
//! | [`decide`]     | what a command changes on a row, or why it is refused                    |
//! | [`automatic`]  | what is done without a person, and which of several wishes counts         |
//! | [`rule`]       | what a campaign rule is                                                  |
//! | [`automation`] | what an automation is, and to which workflows it is attached             |
//! | [`policy`]     | what a policy expects of accounts, and whether an account meets it        |
//! | [`page`]       | the log of 64 rows, its fold and its hash chain                          |
//! | [`counts`]     | how many rows are in which status                                        |
//! | [`assignment`] | who reviews a row                                                        |
//! | [`risk`]       | how risky an account is and why                                          |
//! | [`advice`]     | what is suggested to a reviewer, and from which evidence                 |
//! | [`run`]        | who had to answer for a row, what they answered, what came of it         |
//! | [`export`]     | what stands in the file that rows are exported to                        |
//! | [`recurrence`] | when campaigns are made again, and how far that has come                 |
//! | [`settings`]   | which rules apply as long as nobody has stored others                    |
//! | [`webhook`]    | who is told of what by messages                                          |
//! | [`letter`]     | what a mail to somebody is about, and what has become of it               |
//! | [`reminder`]   | when reviewers are reminded                                              |
//! | [`refusal`]    | every reason for which a valid command is not carried out                |

pub mod advice;
pub mod assignment;
pub mod automatic;
pub mod automation;
pub mod counts;
pub mod decide;
pub mod export;
pub mod help_page;
pub mod ids;
pub mod inventory;
pub mod letter;
pub mod note;
pub mod outlier;
pub mod page;
pub mod policy;
pub mod query;
pub mod quick_filter;
pub mod recurrence;
pub mod refusal;
pub mod reminder;
pub mod review;
pub mod risk;
pub mod row;
pub mod rule;
pub mod run;
pub mod settings;
pub mod smart_action;
pub mod time;
pub mod user;
pub mod verdict;
pub mod webhook;

pub use refusal::Refusal;
