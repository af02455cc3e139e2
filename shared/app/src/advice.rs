//! Advice as it is stored with a row: drawn when the row is built, read ever after, never drawn again for a reader.
//!
//! | column | holds |
//! |---|---|
//! | `advice.decision` | `approve`, `review` or `reject` |
//! | `advice.confidence` | 0 to 100 |
//! | `advice.at` | the instant that ages were judged by |
//! | `advice.evidence` | what it was drawn from, as compact JSON, with the version of what draws |
//!
//! The risk factors that belong to the evidence stand in the columns of the risk, and are not stored twice. Blocks that
//! were written before there was advice have none of these columns.

use columns::{Column, IntBuilder, TextBuilder, TimeBuilder};
use domain::advice::{self, Evidence, Guide, Suggestion, Words};
use domain::risk::{Factor, Risk};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::review::Frozen;

/// Every column of advice.
pub(crate) const COLUMNS: [&str; 4] = [DECISION, CONFIDENCE, AT, EVIDENCE];
/// The one that is read for single rows only.
pub(crate) const EVIDENCE: &str = "advice.evidence";
const DECISION: &str = "advice.decision";
const CONFIDENCE: &str = "advice.confidence";
const AT: &str = "advice.at";

/// What a reviewer is advised, without the reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brief {
    /// What to do.
    pub suggestion: Suggestion,
    /// How sure that is, 0 to 100.
    pub confidence: u8,
}

/// What a reviewer is advised, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendation {
    /// The advice.
    pub brief: Brief,
    /// The reasons.
    pub words: Words,
    /// The instant it holds for.
    pub at: Timestamp,
}

/// The evidence of a row as it is stored.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Stored {
    /// Version of the advice.
    v: u32,
    #[serde(flatten)]
    evidence: Evidence,
}

/// The advice on a row in short; `None` when none is stored.
#[must_use]
pub fn brief(frozen: &Frozen) -> Option<Brief> {
    let suggestion = Suggestion::from_word(frozen.text(DECISION)?)?;
    let confidence = u8::try_from(frozen.int(CONFIDENCE)?).ok()?;
    Some(Brief { suggestion, confidence })
}

/// The advice on a row with its reasons; `None` when none is stored.
#[must_use]
pub fn recommendation(frozen: &Frozen) -> Option<Recommendation> {
    let brief = brief(frozen)?;
    let Some(columns::Cell::Time(at)) = frozen.cell(AT) else { return None };
    // One version so far; another one reads what its predecessors wrote by their weights.
    let Stored { evidence, v: advice::VERSION } = serde_json::from_str(frozen.text(EVIDENCE)?).ok()? else {
        return None;
    };
    let factors = |column: &str| frozen.list(column).into_iter().filter_map(Factor::from_code).collect();
    let evidence = Evidence { triggered: factors("risk.triggered"), passing: factors("risk.passing"), ..evidence };
    let parts = advice::parts(&evidence, &Guide::default());
    let words = advice::tell(brief.suggestion, &parts, &evidence);
    Some(Recommendation { brief, words, at: Timestamp::from_millisecond(at).ok()? })
}

/// Columns of advice in the making.
#[derive(Default)]
pub(crate) struct AdviceColumns {
    decisions: TextBuilder,
    confidences: IntBuilder,
    instants: TimeBuilder,
    evidence: TextBuilder,
}

impl AdviceColumns {
    /// Draws advice on a row from its evidence and stores it; a row without evidence gets none.
    pub(crate) fn push(&mut self, evidence: Option<Evidence>, guide: &Guide, as_of: Timestamp) {
        let drawn = evidence.map(|evidence| (advice::advise(&evidence, guide), evidence));
        let advice = drawn.as_ref().map(|(advice, _)| advice);
        self.decisions.push(advice.map(|advice| advice.suggestion.word()));
        self.confidences.push(advice.map(|advice| i64::from(advice.confidence)));
        self.instants.push(advice.map(|_| as_of.as_millisecond()));
        self.evidence.push(drawn.map(|(_, evidence)| stored(evidence)).as_deref());
    }

    pub(crate) fn finish(self) -> [Column; 4] {
        [
            self.decisions.finish(DECISION),
            self.confidences.finish(CONFIDENCE),
            self.instants.finish(AT),
            self.evidence.finish(EVIDENCE),
        ]
    }
}

fn stored(evidence: Evidence) -> String {
    let evidence = Evidence { triggered: Vec::new(), passing: Vec::new(), ..evidence };
    // INVARIANT: names and numbers always make JSON.
    serde_json::to_string(&Stored { v: advice::VERSION, evidence }).unwrap_or_default()
}

/// What a row's risk contributes to its evidence.
pub(crate) fn of_risk(risk: &Risk) -> Evidence {
    let Risk { triggered, passing, gaps, .. } = risk.clone();
    Evidence { triggered, passing, gaps, ..Evidence::default() }
}
