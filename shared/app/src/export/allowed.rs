//! Who may take what of a review along.

use domain::export::Format;
use domain::settings::{ReviewerExports, Settings};
use domain::user::Role;
use sha2::{Digest, Sha256};

use crate::call::Call;
use crate::deps::Deps;
use crate::review::open::{Review, Sight};

/// Whether somebody may take rows along in a format. Reviewers may do so as far as it was allowed to them.
pub(super) fn may_export(role: Role, format: Format, settings: &Settings) -> bool {
    let ReviewerExports { csv, pdf, xlsx } = settings.reviewer_exports();
    match (role, format) {
        (Role::Administrator | Role::Operator | Role::Auditor, _) => true,
        (Role::Reviewer, Format::Csv) => csv,
        (Role::Reviewer, Format::Pdf) => pdf,
        (Role::Reviewer, Format::Xlsx) => xlsx,
    }
}

/// The most rows of a file.
pub(super) fn most_rows(deps: &Deps, format: Format) -> u64 {
    format.most_rows().min(deps.settings.exported_rows)
}

/// What somebody who does not see all rows sees of a review: which rows, and which columns not. `None` for all.
pub(super) fn sight(review: &Review, call: &Call) -> Option<String> {
    let Sight::Own(reach) = &review.sight else { return None };
    let mut digest = Sha256::new();
    for (page, mask) in reach.pages() {
        digest.update(page.to_be_bytes());
        digest.update(mask.to_be_bytes());
    }
    let mut hidden = review.hidden_columns(call);
    hidden.sort_unstable();
    for column in hidden {
        digest.update(b"\n");
        digest.update(column);
    }
    let digest: [u8; 32] = digest.finalize().into();
    Some(domain::page::hex::encode(&digest))
}

/// Whether somebody may compare with a review before.
pub(super) fn may_compare(call: &Call, settings: &Settings) -> bool {
    call.caller.role != Role::Reviewer || settings.reviewers_may_compare()
}
