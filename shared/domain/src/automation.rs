//! Automations: rules that change rows, or mark them for people, when a certification has been built.
//!
//! An automation is kept apart from the workflows that it is attached to ([`attachment`]). Each change makes a new
//! version, and every version is kept, so that a run names exactly what it applied.

pub mod attachment;
pub mod run;

use crate::ids::AutomationId;
use crate::row::Decision;

/// The most automations that there can be.
pub const MAX_AUTOMATIONS: usize = 500;
/// The longest message beside a display style, in characters.
pub const MAX_DISPLAY_TEXT: usize = 4_000;

/// An automation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automation {
    /// Its id.
    pub id: AutomationId,
    /// What it says.
    pub content: Content,
    /// 1 more with each change. The `ETag`, and what a run names.
    pub version: u64,
}

impl Automation {
    /// By what automations are listed, and applied: by name, then by id.
    #[must_use]
    pub fn order(&self) -> (&str, AutomationId) {
        (&self.content.name, self.id)
    }

    /// The automation with another content: a new version, unless nothing differs.
    #[must_use]
    pub fn replaced(&self, content: Content) -> Self {
        let version = if content == self.content { self.version } else { self.version + 1 };
        Self { id: self.id, content, version }
    }
}

/// What an automation says: everything that a client chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// 1 to 200 characters after trimming.
    pub name: String,
    /// At most 4,000 characters.
    pub description: String,
    /// Kept for clients; means nothing.
    pub priority: i32,
    /// Which workflows it is attached to by itself, and how.
    pub attachment: AttachmentBehavior,
    /// Which rows it is for.
    pub criteria: Criteria,
    /// What becomes of them.
    pub action: Action,
}

/// Which workflows an automation is attached to by itself, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AttachmentBehavior {
    /// To every workflow, those to come included.
    pub attach_to_new_workflows: bool,
    /// Whether it then runs only where somebody selects it, instead of always. Also what holds of an attachment by hand
    /// that says nothing of it.
    pub opt_in: bool,
}

/// Which rows an automation is for: both filters must hold, and an empty one holds always.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Criteria {
    /// What has to hold of what is reviewed, in the filter language.
    pub filter: String,
    /// What has to hold of the same row in the review before, in the filter language.
    pub mutable_filter: String,
}

impl Criteria {
    /// Whether some filter says which rows.
    #[must_use]
    pub fn is_something(&self) -> bool {
        !self.filter.trim().is_empty() || !self.mutable_filter.trim().is_empty()
    }
}

/// What an automation does with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Changes it.
    Modify(Modification),
    /// Only shows something beside it.
    Display(Display),
}

/// A change of a row; `None` leaves a part. At least one part is something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Modification {
    /// New decision; [`Decision::None`] clears.
    pub decision: Option<Decision>,
    /// Sign off, or not.
    pub signed_off: Option<bool>,
    /// New note, not blank, at most 4,000 characters.
    pub notes: Option<String>,
}

/// What is shown beside a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Display {
    /// How.
    pub style: DisplayStyle,
    /// A message; empty for none.
    pub text: String,
    /// The colour of a [`DisplayStyle::Highlight`]; `None` for the usual one.
    pub color: Option<Color>,
}

/// How a row is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DisplayStyle {
    /// In a colour.
    Highlight,
    /// With the advice to accept it.
    SuggestAccept,
    /// With the advice to reject it.
    SuggestReject,
}

impl DisplayStyle {
    /// All, in the order of their codes.
    pub const ALL: [Self; 3] = [Self::Highlight, Self::SuggestAccept, Self::SuggestReject];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Highlight => "HIGHLIGHT",
            Self::SuggestAccept => "SUGGEST_ACCEPT",
            Self::SuggestReject => "SUGGEST_REJECT",
        }
    }

    /// The style of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|style| style.word() == word)
    }
}

/// A colour as `#RRGGBB`, in the letter case of whoever chose it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Color(String);

impl Color {
    /// Reads `#RRGGBB`.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let valid = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        valid.then(|| Self(text.to_owned()))
    }

    /// `#RRGGBB`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The parts of an action as a client gives them; `None` and empty text are parts that are not given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActionParts {
    /// A decision.
    pub decision: Option<Decision>,
    /// Whether rows are signed off.
    pub signed_off: Option<bool>,
    /// A note.
    pub notes: String,
    /// How rows are shown.
    pub style: Option<DisplayStyle>,
    /// A message beside them.
    pub text: String,
    /// The colour of a highlight.
    pub color: String,
}

/// What is wrong with an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionFault {
    /// Which field of the action, as clients know it; empty for the action as a whole.
    pub field: &'static str,
    /// What is wrong: lower case, no full stop.
    pub issue: &'static str,
}

impl Action {
    /// The action of these parts: a change of rows or something shown beside them, never both and never nothing.
    ///
    /// # Errors
    /// Everything that is wrong with the parts.
    pub fn of(parts: ActionParts) -> Result<Self, Vec<ActionFault>> {
        let mut faults = Vec::new();
        let mut fault = |holds: bool, field, issue| {
            if holds {
                faults.push(ActionFault { field, issue });
            }
        };
        let ActionParts { decision, signed_off, notes, style, text, color } = parts;
        let notes = Some(notes).filter(|notes| !notes.trim().is_empty());
        let modifies = decision.is_some() || signed_off.is_some() || notes.is_some();
        let shade = Color::new(&color);
        let colored = !color.is_empty();
        fault(
            modifies && style.is_some(),
            "display_style",
            "cannot stand beside decision, signed_off_state or notes: an automation either changes rows or marks them",
        );
        fault(!text.is_empty() && style.is_none(), "display_text", "needs display_style");
        fault(text.chars().count() > MAX_DISPLAY_TEXT, "display_text", "must have at most 4000 characters");
        fault(colored && shade.is_none(), "highlight_color", "must be a colour as #RRGGBB");
        fault(
            colored && style != Some(DisplayStyle::Highlight),
            "highlight_color",
            "can be given with display_style HIGHLIGHT only",
        );
        fault(
            !modifies && style.is_none(),
            "",
            "must have at least one of decision, signed_off_state and notes, or a display_style",
        );
        match style {
            _ if !faults.is_empty() => Err(faults),
            Some(style) => Ok(Self::Display(Display { style, text, color: shade })),
            None => Ok(Self::Modify(Modification { decision, signed_off, notes })),
        }
    }
}

#[cfg(test)]
mod tests;
