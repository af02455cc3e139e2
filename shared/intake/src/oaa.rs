//! Payloads of the Open Authorization API, as its public client builds and pushes them.
//!
//! What becomes of them:
//!
//! | payload                                   | inventory                                                        |
//! | ----------------------------------------- | ---------------------------------------------------------------- |
//! | application                               | application                                                      |
//! | local user                                | account                                                          |
//! | access credential, agent                  | account of type `service`                                        |
//! | IdP identity that is given access directly | account of node type `IdpIdentity`                               |
//! | local group, nested                       | group, member of its parents                                     |
//! | local role                                | role, with its permissions on the application                    |
//! | role assigned on a resource               | a role of its own for that resource: nobody who holds the role elsewhere seems to reach it |
//! | resource, sub-resource                    | resource                                                         |
//! | permission on the application or resources | grant; one for each sub-resource where it applies to these too   |
//! | IdP user                                  | identity with its manager, and the account to sign in with       |
//! | IdP group, app, assumed role              | group, application, role                                         |
//! | HRIS employee                             | identity with its manager                                        |
//! | HRIS group                                | `department`, `cost_center` and `groups` of those in it          |
//!
//! Wrong types and missing or repeated ids refuse the payload. A reference to nothing, an undefined property, a bad time
//! or an unknown canonical permission is only a warning, and what it concerns is left out. A look-up goes by the
//! exact spelling, and by any other where that is one thing's: what may be one of two is left out with a warning that names
//! both.
//!
//! A payload is walked several times, each time for another part of it: references may point forwards, and skipping
//! over a part costs less than holding it.

mod application;
mod assignments;
mod definitions;
mod entities;
mod hris;
mod idp;
mod known;
mod push;
mod resources;
mod roles;

pub use push::{Push, decode_csv_push, decode_push, gunzip, unarmoured};

use serde_json::Value as Json;

use crate::builder::Builder;
use crate::report::{Faults, Report};
use crate::walk::{self, Path, Shape, Sink};
use crate::{DataSource, Parsed};

/// What kind of system a provider describes, and so the shape of its payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Template {
    /// An application with local users, groups, roles, resources and permissions.
    Application,
    /// An identity provider with users, groups and apps.
    IdentityProvider,
    /// A system of human resources with employees and groups.
    Hris,
}

impl Template {
    /// Every template.
    pub const ALL: [Self; 3] = [Self::Application, Self::IdentityProvider, Self::Hris];

    /// The name in `custom_template`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::IdentityProvider => "identity_provider",
            Self::Hris => "hris",
        }
    }

    /// The template of a name, in any letter case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|found| found.name().eq_ignore_ascii_case(name))
    }
}

/// Reads a payload.
///
/// # Errors
///
/// Not JSON, another shape than the template's, a required id or name that is missing, an id that is there twice, or a
/// limit passed.
pub fn parse(template: Template, source: &DataSource<'_>, payload: &[u8]) -> Result<Parsed, Faults> {
    match template {
        Template::Application => application::parse(source, payload),
        Template::IdentityProvider => idp::parse(source, payload),
        Template::Hris => hris::parse(source, payload),
    }
}

/// One walk over a payload: says which parts it wants, and hands them on.
struct Pass<'a> {
    enter: &'a mut dyn FnMut(&Path),
    shape: &'a dyn Fn(&[&str], Option<usize>) -> Shape,
    take: &'a mut dyn FnMut(&Path, Json, &mut Report),
    report: &'a mut Report,
}

/// Walks a payload. `shape` is asked with the names on the way and the last index; `take` gets the wanted pieces.
fn pass(
    payload: &[u8],
    report: &mut Report,
    shape: &dyn Fn(&[&str], Option<usize>) -> Shape,
    take: &mut dyn FnMut(&Path, Json, &mut Report),
) {
    walk::walk(payload, &mut Pass { enter: &mut |_| {}, shape, take, report });
}

/// A payload that is being read in several walks.
trait Building {
    /// What has been read so far.
    fn builder(&mut self) -> &mut Builder;
}

/// Walks lists of entries and hands over each entry, unless the payload is refused already.
fn walk_lists<R: Building>(reader: &mut R, payload: &[u8], wanted: &[&str], mut take: impl FnMut(&mut R, &Path, Json)) {
    let shape = |names: &[&str], index: Option<usize>| match (names, index) {
        ([], _) => Shape::Object,
        ([list], None) if wanted.contains(list) => Shape::List,
        ([list], Some(_)) if wanted.contains(list) => Shape::Whole,
        _ => Shape::Skip,
    };
    if reader.builder().report.failed() {
        return;
    }
    let mut report = std::mem::take(&mut reader.builder().report);
    pass(payload, &mut report, &shape, &mut |path, value, report| {
        std::mem::swap(&mut reader.builder().report, report);
        take(reader, path, value);
        std::mem::swap(&mut reader.builder().report, report);
    });
    reader.builder().report = report;
}

impl Sink for Pass<'_> {
    fn shape(&self, path: &Path) -> Shape {
        let names: Vec<&str> = path.keys().collect();
        // Only an index after the last name says that this is an entry.
        let index = match path.0.last() {
            Some(walk::Step::Index(index)) => Some(*index),
            Some(walk::Step::Key(_)) | None => None,
        };
        (self.shape)(&names, index)
    }

    fn take(&mut self, path: &Path, value: Json) {
        (self.take)(path, value, self.report);
    }

    fn enter(&mut self, path: &Path) {
        (self.enter)(path);
    }

    fn skipped(&mut self, _: &Path) {}

    fn report(&mut self) -> &mut Report {
        self.report
    }
}
