//! Whether somebody's access is rare among comparable people, by the Wilson lower bound of the share that holds it.
//!
//! The bound is careful with small groups: one of two is less of a share than fifty of a hundred. Nothing is decided here;
//! reviewers see it beside a row.

/// Quantile of the normal distribution for two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// What is known of how usual an access is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rarity {
    /// Comparable sources, the one in question included; at least 1.
    pub peers: u32,
    /// Those of them who have the access.
    pub holders: u32,
    /// Up to which lower bound an access is an outlier, 0 to 1.
    pub threshold: f64,
}

impl Rarity {
    /// The share that holds the access at least, with 95 % confidence: 0 to 1.
    #[must_use]
    pub fn lower_bound(&self) -> f64 {
        let n = f64::from(self.peers.max(1));
        let p = f64::from(self.holders) / n;
        let square = Z * Z;
        let spread = (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
        (p + square / (2.0 * n) - Z * spread) / (1.0 + square / n)
    }

    /// Whether the access is an outlier.
    #[must_use]
    pub fn is_outlier(&self) -> bool {
        self.lower_bound() <= self.threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_values_come_out_and_those_up_to_the_threshold_are_outliers() {
        for (holders, peers, bound, outlier) in [
            (5, 100, 0.021_544, true),
            (95, 100, 0.888_250, false),
            (15, 100, 0.093_060, true),
            (20, 100, 0.133_367, true),
            (22, 100, 0.150_013, false),
            (1, 1, 0.206_549, false),
            (1, 2, 0.094_531, true),
            (2, 4, 0.150_039, false),
            (1, 10, 0.017_876, true),
            (3, 10, 0.107_791, true),
            (4, 10, 0.168_180, false),
        ] {
            let rarity = Rarity { peers, holders, threshold: 0.15 };
            assert!(
                (rarity.lower_bound() - bound).abs() < 0.000_000_6,
                "{holders} of {peers}: {}",
                rarity.lower_bound()
            );
            assert_eq!(rarity.is_outlier(), outlier, "{holders} of {peers}");
        }
    }

    #[test]
    fn the_threshold_itself_counts() {
        let rarity = Rarity { peers: 10, holders: 3, threshold: 0.0 };
        assert!(Rarity { threshold: rarity.lower_bound(), ..rarity }.is_outlier());
        assert!(!rarity.is_outlier());
        assert!(Rarity { peers: 5, holders: 0, threshold: 0.0 }.lower_bound().abs() < 1e-12);
    }
}
