//! Log-odds in whole numbers, so that the same evidence gives the same advice on every machine and for ever.
//!
//! Log-odds are counted in thousandths of a nat, probabilities in millionths.

/// The most that log-odds can say either way: beyond it, a chance is nought or one for every purpose.
pub const CERTAIN: i32 = 13_800;
/// Millionths of the whole.
pub const WHOLE: u32 = 1_000_000;

/// ln(`one` / `other`) in thousandths; nought counts as one.
#[must_use]
pub fn ln_ratio(one: u64, other: u64) -> i32 {
    let thousandths = (log2(one.max(1)) - log2(other.max(1))) * 693_147 / (1_000 << FRACTION);
    i32::try_from(thousandths).unwrap_or(CERTAIN)
}

/// The log-odds of a chance in millionths.
#[must_use]
pub fn logit(chance: u32) -> i32 {
    let chance = chance.clamp(1, WHOLE - 1);
    ln_ratio(u64::from(chance), u64::from(WHOLE - chance))
}

/// The chance, in thousandths and within 1 to 999, of log-odds.
#[must_use]
pub fn chance(log_odds: i32) -> u16 {
    let (mut low, mut high) = (1, 999);
    while low < high {
        let middle: u16 = u16::midpoint(low, high + 1);
        if logit(u32::from(middle) * 1_000) <= log_odds { low = middle } else { high = middle - 1 }
    }
    low
}

const FRACTION: u32 = 16;

/// Binary logarithm with sixteen bits behind the point, by repeated squaring.
fn log2(number: u64) -> i64 {
    let whole = number.ilog2();
    // INVARIANT: from 2^31 to 2^32, so that its square fits.
    let mut mantissa = if whole >= 31 { number >> (whole - 31) } else { number << (31 - whole) };
    let mut logarithm = i64::from(whole) << FRACTION;
    for bit in (0..FRACTION).rev() {
        mantissa = (mantissa * mantissa) >> 31;
        if mantissa >= 1 << 32 {
            mantissa >>= 1;
            logarithm |= 1 << bit;
        }
    }
    logarithm
}

/// How often something holds at most, with nine chances in ten: the upper end of Wilson's interval, in millionths. Few
/// observations leave much open: none of ten is less rare than none of a thousand.
#[must_use]
pub fn at_most(with: u32, of: u32) -> u32 {
    if of == 0 {
        return WHOLE;
    }
    let (with, of, whole) = (u128::from(with.min(of)), u128::from(of), u128::from(WHOLE));
    // The square of the quantile 1.2816, in millionths.
    let square = 1_642_498_u128;
    let spread = square * (4 * with * (of - with) * whole + square * of) / of;
    let above = 2 * with * whole + square + spread.isqrt();
    let upper = above * whole / (2 * (of * whole + square));
    u32::try_from(upper).unwrap_or(WHOLE).min(WHOLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_those_of_the_books() {
        for (one, other, thousandths) in [(1, 1, 0), (2, 1, 693), (10, 1, 2302), (1, 10, -2302), (997, 3, 5806)] {
            assert!((ln_ratio(one, other) - thousandths).abs() <= 1, "{one}/{other}: {}", ln_ratio(one, other));
        }
        assert_eq!(logit(500_000), 0);
        assert_eq!(logit(0), -logit(WHOLE));
        assert!(logit(WHOLE) <= CERTAIN + 100);
    }

    #[test]
    fn a_chance_is_the_inverse_of_its_log_odds() {
        for thousandths in 1..=999_u16 {
            assert_eq!(chance(logit(u32::from(thousandths) * 1_000)), thousandths);
        }
        assert_eq!((chance(i32::MIN), chance(i32::MAX)), (1, 999));
    }

    #[test]
    fn few_observations_leave_much_open() {
        // By hand, from Wilson's formula with z = 1.2816.
        for (with, of, millionths) in
            [(0, 10, 141_072), (0, 1_000, 1_639), (5, 10, 687_803), (10, 10, WHOLE), (0, 0, WHOLE)]
        {
            assert!(at_most(with, of).abs_diff(millionths) < 2_000, "{with} of {of}: {}", at_most(with, of));
        }
    }
}
