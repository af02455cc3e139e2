//! The figures, as a table.

use std::fmt;

use domain::advice::{Advice, Suggestion};

use crate::measure::{self, BINS, Bin, Confusion};
use crate::read::Grants;

/// How one way to decide compares with what was decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// How it decides.
    pub name: &'static str,
    /// The area under the curve of hits over false alarms.
    pub area: Option<f64>,
    /// The mean share of rejected and of approved grants that it tells right.
    pub balanced_accuracy: Option<f64>,
    /// Of those it would reject, how many were rejected.
    pub precision: Option<f64>,
    /// Of those rejected, how many it would reject.
    pub recall: Option<f64>,
    /// The mean square error of its chances, where it has any.
    pub brier: Option<f64>,
}

/// What a test came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    grants: usize,
    rejected: usize,
    subjects: usize,
    resources: usize,
    attributes: Vec<String>,
    peers: String,
    /// The base rate, the peer frequency, and the product's advice, in this order.
    pub figures: Vec<Figures>,
    bins: [Bin; BINS.len()],
}

impl Report {
    pub(crate) fn of(grants: &Grants, taught: &[Advice], untaught: &[Advice], rarities: &[u32]) -> Self {
        let rejected = grants.rejected.iter().filter(|rejected| **rejected).count();
        let decided = || grants.rejected.iter().copied();
        let rarities: Vec<(u32, bool)> = rarities.iter().copied().zip(decided()).collect();
        let base = u16::try_from(rejected * 1_000 / grants.len().max(1)).unwrap_or(1_000);
        let everything_approved = Confusion::of(decided().map(|rejected| (false, rejected)));
        let mut figures = vec![
            figures("base rate: approve everything", everything_approved, Some(0.5), Some(base_brier(grants, base))),
            figures(
                "peer frequency, best threshold in hindsight",
                measure::best(&rarities),
                measure::area(&rarities),
                None,
            ),
        ];
        figures.extend(of_advice(grants, untaught, ["advice before any decision: reject", "   reject or review"]));
        figures.extend(of_advice(grants, taught, ["advice from decisions: reject", "   reject or review"]));
        let scores: Vec<(i32, bool)> = taught.iter().map(|advice| advice.log_odds).zip(decided()).collect();
        figures.push(self::figures(
            "   best threshold in hindsight",
            measure::best(&scores),
            measure::area(&scores),
            None,
        ));
        Self {
            grants: grants.len(),
            rejected,
            subjects: different(&grants.subjects),
            resources: different(&grants.resources),
            attributes: grants.attributes.iter().map(|attribute| attribute.name.clone()).collect(),
            peers: grants.alike(usize::MAX),
            figures,
            bins: measure::calibration(taught.iter().map(|advice| advice.chance).zip(decided())),
        }
    }
}

fn figures(name: &'static str, confusion: Confusion, area: Option<f64>, brier: Option<f64>) -> Figures {
    Figures {
        name,
        area,
        balanced_accuracy: confusion.balanced_accuracy(),
        precision: confusion.precision(),
        recall: confusion.recall(),
        brier,
    }
}

fn base_brier(grants: &Grants, base: u16) -> f64 {
    measure::brier(grants.rejected.iter().map(|rejected| (base, *rejected))).unwrap_or_default()
}

fn of_advice(grants: &Grants, advice: &[Advice], names: [&'static str; 2]) -> [Figures; 2] {
    let decided = || advice.iter().zip(grants.rejected.iter().copied());
    let scores: Vec<(i32, bool)> = decided().map(|(advice, rejected)| (advice.log_odds, rejected)).collect();
    let brier = measure::brier(decided().map(|(advice, rejected)| (advice.chance, rejected)));
    let [reject, look] = [Suggestion::Reject, Suggestion::Review]
        .map(|least| Confusion::of(decided().map(|(advice, rejected)| (advice.suggestion >= least, rejected))));
    let [first, second] = names;
    [figures(first, reject, measure::area(&scores), brier), figures(second, look, None, None)]
}

fn different(codes: &[u32]) -> usize {
    codes.iter().copied().max().map_or(0, |most| most as usize + 1)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { grants, rejected, subjects, resources, .. } = self;
        let rate = measure::ratio(*rejected as u64 * 100, *grants as u64).unwrap_or_default();
        writeln!(
            f,
            "{grants} grants of {resources} resources to {subjects} subjects; {rejected} rejected ({rate:.1} %)"
        )?;
        writeln!(f, "described by: {}", self.attributes.join(", "))?;
        writeln!(f, "peers agree in: {}\n", self.peers)?;
        writeln!(f, "{:<44}{:>7}{:>10}{:>11}{:>8}{:>8}", "", "AUC", "balanced", "precision", "recall", "Brier")?;
        for Figures { name, area, balanced_accuracy, precision, recall, brier } in &self.figures {
            let [area, balanced, precision, recall] =
                [area, balanced_accuracy, precision, recall].map(|figure| shown(*figure, 3));
            let brier = shown(*brier, 4);
            writeln!(f, "{name:<44}{area:>7}{balanced:>10}{precision:>11}{recall:>8}{brier:>8}")?;
        }
        writeln!(f, "\nHow often grants were rejected, by the chance that the advice had given them:\n")?;
        writeln!(f, "{:>12}{:>10}{:>12}{:>12}", "chance", "grants", "promised", "observed")?;
        let mut from = 0;
        for (bin, to) in self.bins.iter().zip(BINS) {
            if bin.count > 0 {
                let [promised, observed] = [bin.chances, bin.rejected * 1_000].map(|sum| {
                    measure::ratio(sum, bin.count * 10).map(|part| format!("{part:.1} %")).unwrap_or_default()
                });
                let [low, high] = [from, to].map(|end| format!("{}.{}", end / 10, end % 10));
                writeln!(f, "{:>12}{:>10}{promised:>12}{observed:>12}", format!("{low}-{high} %"), bin.count)?;
            }
            from = to;
        }
        writeln!(f, "\nmean distance of the two: {}", shown(measure::expected_error(&self.bins), 4))
    }
}

fn shown(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
}
