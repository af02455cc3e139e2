//! The stored forms of automations and their attachments.

use domain::automation::attachment::{Attachments, Enrolled, Own, Roster, Said, Sweep};
use domain::automation::{
    Action, AttachmentBehavior, Automation, Color, Content, Criteria, Display, DisplayStyle, Modification,
};
use domain::ids::AutomationId;
use domain::row::Decision;
use serde::{Deserialize, Serialize};

use crate::doc::Record;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AutomationRecord {
    id: AutomationId,
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(default)]
    priority: i32,
    #[serde(default)]
    to_new: bool,
    #[serde(default)]
    opt_in: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    filter: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    mutable_filter: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decision: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signed_off: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    style: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    color: Option<String>,
}

impl Record for AutomationRecord {
    const KIND: &'static str = "automation";
    const FORMAT: u32 = 1;
}

impl From<&Automation> for AutomationRecord {
    fn from(automation: &Automation) -> Self {
        let Automation { id, content, version: _ } = automation.clone();
        let Content { name, description, priority, attachment, criteria, action } = content;
        let (modification, display) = match action {
            Action::Modify(modification) => (modification, None),
            Action::Display(display) => (Modification::default(), Some(display)),
        };
        let Modification { decision, signed_off, notes } = modification;
        Self {
            id,
            name,
            description,
            priority,
            to_new: attachment.attach_to_new_workflows,
            opt_in: attachment.opt_in,
            filter: criteria.filter,
            mutable_filter: criteria.mutable_filter,
            decision: decision.map(Decision::code),
            signed_off,
            notes,
            style: display.as_ref().map(|display| display.style.word().to_owned()),
            color: display.as_ref().and_then(|display| Some(display.color.as_ref()?.as_str().to_owned())),
            text: display.map(|display| display.text).unwrap_or_default(),
        }
    }
}

impl AutomationRecord {
    /// The automation that stands at `version`.
    pub(crate) fn into_domain(self, version: u64) -> Automation {
        let display = self.style.as_deref().and_then(DisplayStyle::from_word).map(|style| Display {
            style,
            text: self.text,
            color: self.color.as_deref().and_then(Color::new),
        });
        let modification = Modification {
            decision: self.decision.and_then(Decision::from_code),
            signed_off: self.signed_off,
            notes: self.notes,
        };
        let content = Content {
            name: self.name,
            description: self.description,
            priority: self.priority,
            attachment: AttachmentBehavior { attach_to_new_workflows: self.to_new, opt_in: self.opt_in },
            criteria: Criteria { filter: self.filter, mutable_filter: self.mutable_filter },
            action: display.map_or(Action::Modify(modification), Action::Display),
        };
        Automation { id: self.id, content, version }
    }
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct RosterRecord {
    entries: Vec<EnrolledRecord>,
}

impl Record for RosterRecord {
    const KIND: &'static str = "list of automations";
    const FORMAT: u32 = 1;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct EnrolledRecord {
    id: AutomationId,
    version: u64,
    #[serde(default)]
    to_new: bool,
    #[serde(default)]
    opt_in: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sweeps: Vec<SweepRecord>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SweepRecord {
    n: u64,
    #[serde(flatten)]
    what: SaidRecord,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SaidRecord {
    Attach(bool),
    Rest(bool),
    Detach(bool),
}

impl From<&Roster> for RosterRecord {
    fn from(roster: &Roster) -> Self {
        let sweep = |sweep: &Sweep| SweepRecord {
            n: sweep.number,
            what: match sweep.what {
                Said::Attach { opt_in } => SaidRecord::Attach(opt_in),
                Said::AttachRest { opt_in } => SaidRecord::Rest(opt_in),
                Said::Detach => SaidRecord::Detach(true),
            },
        };
        let entry = |entry: &Enrolled| EnrolledRecord {
            id: entry.automation,
            version: entry.version,
            to_new: entry.behavior.attach_to_new_workflows,
            opt_in: entry.behavior.opt_in,
            sweeps: entry.sweeps.iter().map(sweep).collect(),
        };
        Self { entries: roster.entries.iter().map(entry).collect() }
    }
}

impl From<RosterRecord> for Roster {
    fn from(record: RosterRecord) -> Self {
        let sweep = |sweep: SweepRecord| Sweep {
            number: sweep.n,
            what: match sweep.what {
                SaidRecord::Attach(opt_in) => Said::Attach { opt_in },
                SaidRecord::Rest(opt_in) => Said::AttachRest { opt_in },
                SaidRecord::Detach(_) => Said::Detach,
            },
        };
        let entry = |entry: EnrolledRecord| Enrolled {
            automation: entry.id,
            version: entry.version,
            behavior: AttachmentBehavior { attach_to_new_workflows: entry.to_new, opt_in: entry.opt_in },
            sweeps: entry.sweeps.into_iter().map(sweep).collect(),
        };
        Self { entries: record.entries.into_iter().map(entry).collect() }
    }
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct AttachmentsRecord {
    born: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    entries: Vec<OwnRecord>,
}

impl Record for AttachmentsRecord {
    const KIND: &'static str = "list of attached automations";
    const FORMAT: u32 = 1;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OwnRecord {
    id: AutomationId,
    seen: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opt_in: Option<bool>,
}

impl From<&Attachments> for AttachmentsRecord {
    fn from(attachments: &Attachments) -> Self {
        let entry = |own: &Own| OwnRecord { id: own.automation, seen: own.seen, opt_in: own.opt_in };
        Self { born: attachments.born, entries: attachments.entries.iter().map(entry).collect() }
    }
}

impl From<AttachmentsRecord> for Attachments {
    fn from(record: AttachmentsRecord) -> Self {
        let entry = |own: OwnRecord| Own { automation: own.id, seen: own.seen, opt_in: own.opt_in };
        Self { born: record.born, entries: record.entries.into_iter().map(entry).collect() }
    }
}
