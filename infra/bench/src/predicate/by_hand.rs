//! The same predicates as loops that know their columns: what any engine is measured against.
//!
//! Each compares strings once per distinct one and combines 64 rows a word, as one would write it for this predicate
//! alone. A column of another type counts nothing, which the comparison of counts then shows.

use columns::{Batch, Bits, Data, Dict};

fn words(bits: &Bits) -> impl Iterator<Item = u64> {
    bits.words().iter().copied()
}

fn text<'b>(block: &'b Batch, name: &str) -> Option<(&'b [u32], &'b Dict)> {
    match &block.column(name)?.data {
        Data::Text { codes, dict } => Some((codes, dict)),
        _ => None,
    }
}

fn flags<'b>(block: &'b Batch, name: &str) -> Option<(&'b Bits, Option<&'b Bits>)> {
    let column = block.column(name)?;
    match &column.data {
        Data::Bool(bits) => Some((bits, column.present.as_ref())),
        _ => None,
    }
}

/// `(source.name sw "A" or source.name sw "B") and destination.is_active eq true`
pub(super) fn f1(block: &Batch) -> usize {
    count_f1(block).unwrap_or(0)
}

fn count_f1(block: &Batch) -> Option<usize> {
    let (codes, names) = text(block, "source.name")?;
    let (active, _) = flags(block, "destination.is_active")?;
    let begins: Vec<bool> =
        names.iter().map(|name| matches!(name.as_bytes().first(), Some(b'A' | b'a' | b'B' | b'b'))).collect();
    let mut count = 0;
    for (codes, active) in codes.chunks(64).zip(words(active)) {
        let mut word = 0_u64;
        for (bit, code) in codes.iter().enumerate() {
            word |= u64::from(begins.get(*code as usize).copied().unwrap_or(false)) << bit;
        }
        count += (word & active).count_ones() as usize;
    }
    Some(count)
}

/// `source.privileged eq true and source.mfa_enabled eq false`
pub(super) fn f2(block: &Batch) -> usize {
    count_f2(block).unwrap_or(0)
}

fn count_f2(block: &Batch) -> Option<usize> {
    let (privileged, _) = flags(block, "source.privileged")?;
    let (mfa, known) = flags(block, "source.mfa_enabled")?;
    let both = words(privileged).zip(words(mfa));
    let count = |word: u64| word.count_ones() as usize;
    Some(match known {
        None => both.map(|(privileged, mfa)| count(privileged & !mfa)).sum(),
        Some(known) => both.zip(words(known)).map(|((privileged, mfa), known)| count(privileged & !mfa & known)).sum(),
    })
}

/// Six terms: department, last login, a permission, not a test system, risk, an active destination.
pub(super) fn f3(block: &Batch) -> usize {
    count_f3(block).unwrap_or(0)
}

fn count_f3(block: &Batch) -> Option<usize> {
    let (departments, department_names) = text(block, "source.department")?;
    let (targets, target_names) = text(block, "destination.name")?;
    let (active, _) = flags(block, "destination.is_active")?;
    let Data::Time(logins) = &block.column("source.last_login_at")?.data else { return None };
    let seen = block.column("source.last_login_at")?.present.as_ref();
    let Data::Int(risks) = &block.column("risk.score")?.data else { return None };
    let Data::TextList { offsets, codes, dict } = &block.column("concrete_permissions")?.data else { return None };
    let (Some(finance), Some(permission)) = (department_names.find("Finance"), dict.find("perm-0")) else {
        return Some(0);
    };
    // So few rows pass the other terms that comparing their strings beats comparing all of the dictionary.
    let is_test = |target: u32| {
        let name = target_names.get(target as usize).unwrap_or_default();
        name.as_bytes().windows(4).any(|four| four.eq_ignore_ascii_case(b"test"))
    };
    let mut count = 0;
    let rows = departments.iter().zip(targets).zip(logins).zip(risks).zip(offsets.windows(2)).enumerate();
    for (row, ((((department, target), login), risk), span)) in rows {
        let [start, end] = span else { continue };
        let holds = *department as usize == finance
            && *risk >= 20
            && *login < 1_780_272_000_000
            && active.get(row)
            && seen.is_none_or(|seen| seen.get(row))
            && codes.get(*start as usize..*end as usize)?.iter().any(|code| *code as usize == permission)
            && !is_test(*target);
        count += usize::from(holds);
    }
    Some(count)
}
