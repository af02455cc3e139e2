//! The use cases: load, authorise, decide, save.
//!
//! Both API dialects call the same functions; nothing here knows a wire format. Every function takes [`Deps`] (what it
//! reaches the world through), a [`Call`] (who, when, under which command id) and an input type, and answers a view or
//! an [`Error`]. The role of the route has been checked before; what is checked here is whether the caller may see and
//! touch the very thing. What a caller may not see does not exist: it is [`Error::NotFound`], as if it had never been.
//!
//! | module            | use cases                                                             |
//! | ----------------- | --------------------------------------------------------------------- |
//! | [`campaign`]      | list, get, create, from a template, update, delete, start, complete, terminate |
//! | [`recurrence`]    | campaigns that are made again and again: get, set up, end, make what is due |
//! | [`workflow`]      | list, get, create, update, delete                                     |
//! | [`certification`] | list, get, create, update, complete, delete; what a caller has to review |
//! | [`review`]        | rows of a review: list, get, decide, undo, update, sign off, count    |
//! | [`rule`]          | definitions of campaign rules: list, get, create, update, delete       |
//! | [`automation`]    | automations: list, get, create, replace, delete, attach, detach        |
//! | [`advice`]        | what a reviewer is advised about a row                                |
//! | [`policy`]        | policies: list, get, create, update, delete, apply, remove, check     |
//! | [`export`]        | files with the rows of a review: ask for, watch, download, write     |
//! | [`group`]         | rows that can be decided together                                     |
//! | [`user`]          | who am I, find users that clients name                                |
//! | [`directory`]     | who can be named as a reviewer                                        |
//! | [`standing`]      | whom nobody may make a reviewer, and who stands in for whom           |
//! | [`api_key`]       | issue, list and revoke keys; from a token to its caller               |
//! | [`settings`]      | what administrators choose: get, store, forget; what holds for a review |
//! | [`closing`]       | how reviews end: by people, by themselves, at their due date          |
//! | [`event`]         | what is told to the world about all of this                           |
//! | [`scim`]          | users and groups as identity providers keep them up to date           |
//! | [`webhook`]       | what of it is told to receivers by messages, and what comes of that    |
//! | [`loading`]       | inventory in, snapshots, and the worker that builds the rows          |
//!
//! # Columns of a row
//!
//! The frozen part of a row is a place in a block of columns: `source.<attribute>`, `destination.<attribute>` and
//! `waypoint.<attribute>` (`id`, `name`, `type`, `datasource_id` and whatever the inventory says), `owner.<attribute>` for
//! the identity behind an account, `abstract_permissions` and `concrete_permissions`, `path` (hops as JSON),
//! `entitlements.groups` and `entitlements.roles` (JSON objects), `risk.score`, `risk.level`, `risk.triggered`,
//! `risk.passing`, `policies.pass` and `policies.fail` (how many of the policies that cover an account it met and failed
//! when the campaign started), `outlier.*` (how many comparable sources there are and how many of them have the access, and
//! the threshold that it is judged by), `advice.*` (see [`advice`]), `batch.group` (the number of the row's
//! [`group`]), and `reviewers` (the users as assigned, as JSON).

pub mod advice;
pub mod api_key;
pub mod automate;
pub mod automation;
pub mod call;
pub mod campaign;
mod cells;
pub mod certification;
pub mod closing;
mod cursor;
pub mod deps;
pub mod directory;
pub mod error;
pub mod event;
pub mod export;
pub mod group;
pub mod help_page;
mod in_use;
pub mod loading;
pub mod notify;
mod outgoing;
pub mod page;
pub mod policy;
pub mod prepared;
pub mod recurrence;
mod retry;
pub mod review;
pub mod rule;
mod same;
pub mod scim;
pub mod settings;
#[cfg(test)]
mod simulated;
pub mod standing;
#[cfg(test)]
mod testing;
mod unattended;
pub mod user;
mod valid;
pub mod webhook;
pub mod workflow;
mod zones;

pub use call::Call;
pub use deps::{Clock, Config, Deps, Events, Growing, Ids, Label, Message, Objects, PortError, Queue, Soon};
pub use error::{Error, Fault};
pub use page::Page;
