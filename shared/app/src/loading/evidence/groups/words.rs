//! What a group is called and what it says of itself: only what holds for every one of its members.

use std::collections::HashMap;

use domain::advice::Suggestion;
use domain::risk::{Factor, Level};

use super::{Judged, Key};
use crate::group::Group;
use crate::loading::evidence::peers::Peers;
use crate::loading::graph::{Graph, NONE};
use crate::loading::layout::Row;

/// Entitlements that are named at most.
const NAMED: usize = 3;

pub(super) struct Namer<'a> {
    pub(super) graph: &'a Graph,
    pub(super) peers: &'a Peers,
    pub(super) rows: &'a [Row],
    pub(super) judged: &'a [Judged],
}

impl<'a> Namer<'a> {
    /// A name for each set of members. Sets that would be called the same are told apart by what is most particular about
    /// their entitlements, then by their risk, then by a number.
    pub(super) fn names(&mut self, members: &[(Key, Vec<u32>)]) -> Vec<String> {
        let mut names: Vec<String> = members.iter().map(|(_, rows)| self.plain_name(rows)).collect();
        self.tell_apart(&mut names, members, |namer, _, rows| {
            let account = namer.account(*rows.first()?)?;
            let rarest = namer.peers.rarest(account)?;
            Some(format!("with {}", namer.graph.name(rarest.what)))
        });
        self.tell_apart(&mut names, members, |_, key, _| Some(format!("{} risk", key.level.word())));
        let mut seen: HashMap<String, u32> = HashMap::new();
        for name in &mut names {
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            if *count > 1 {
                *name = format!("{name}, group {count}");
            }
        }
        names
    }

    /// Adds what tells apart to names that are not unique.
    fn tell_apart(
        &self,
        names: &mut [String],
        members: &[(Key, Vec<u32>)],
        by: impl Fn(&Self, &Key, &[u32]) -> Option<String>,
    ) {
        let mut counts: HashMap<String, usize> = HashMap::new();
        names.iter().for_each(|name| *counts.entry(name.clone()).or_default() += 1);
        for (name, (key, rows)) in names.iter_mut().zip(members) {
            if counts.get(name).is_some_and(|count| *count > 1)
                && let Some(more) = by(self, key, rows)
            {
                *name = format!("{name}, {more}");
            }
        }
    }

    fn plain_name(&self, rows: &[u32]) -> String {
        let department = self.common(rows, |account| self.graph.text(account, "department"));
        let title = self.common(rows, |account| self.graph.text(account, "title"));
        let who = match (title, department) {
            (Some(title), Some(department)) => format!("{title} in {department}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => "No department".to_owned(),
        };
        format!("{who}, {}", rows.first().map_or("", |row| self.application(*row)))
    }

    /// The group of some members.
    pub(super) fn group(&self, level: Level, name: String, rows: &[u32]) -> Group {
        let judged: Vec<Judged> = rows.iter().filter_map(|row| self.judged.get(*row as usize)).copied().collect();
        let first = judged.first().map_or(Suggestion::Review, |judged| judged.suggestion);
        let agreed = judged.iter().all(|judged| judged.suggestion == first);
        Group {
            number: 0,
            name,
            description: format!("Same application, department and entitlements; {} risk", level.word()),
            risk_level: level.word().to_owned(),
            title: title(agreed.then_some(first)).to_owned(),
            traits: self.traits(rows),
            summary: self.summary(rows, &judged, agreed),
            suggestion: if agreed { first } else { Suggestion::Review },
            confidence: judged.iter().map(|judged| judged.confidence).min().unwrap_or(0),
            rows: Vec::new(),
        }
    }

    fn traits(&self, rows: &[u32]) -> Vec<String> {
        let graph = self.graph;
        let text = |column: &str, word: &str| {
            self.common(rows, |account| graph.text(account, column)).map(|value| format!("{word} {value}"))
        };
        let flag = |column: &str, yes: &str, no: &str| {
            let value = self.common(rows, |account| graph.flag(account, column))?;
            Some(if value { yes } else { no }.to_owned())
        };
        let all = [
            text("department", "Department"),
            text("title", "Title"),
            text("account_type", "Account type"),
            flag("mfa_enabled", "MFA on", "MFA off"),
            flag("privileged", "Privileged", "Not privileged"),
        ];
        all.into_iter().flatten().collect()
    }

    fn summary(&self, rows: &[u32], judged: &[Judged], agreed: bool) -> Vec<String> {
        let mut summary = vec![self.entitlements(rows)];
        let common = judged.iter().fold(u64::MAX, |common, judged| common & judged.triggered);
        let any = judged.iter().fold(0, |any, judged| any | judged.triggered);
        let named = |bits: u64| {
            let factors = (0..).zip(Factor::ALL).filter(|(place, _)| bits & 1 << place != 0);
            factors.map(|(_, factor)| factor.info().name).collect::<Vec<_>>().join(", ")
        };
        if any == 0 {
            summary.push("No risk factor".to_owned());
        }
        if common != 0 && any != 0 {
            summary.push(format!("All of them: {}", named(common)));
        }
        if any & !common != 0 {
            summary.push(format!("Some of them: {}", named(any & !common)));
        }
        if !agreed {
            summary.push("What is recommended differs within the group".to_owned());
        }
        summary
    }

    fn entitlements(&self, rows: &[u32]) -> String {
        let held = rows.first().and_then(|row| self.account(*row)).map(|account| self.peers.held(account));
        let names: Vec<&str> = held.unwrap_or_default().iter().map(|held| self.graph.name(*held)).collect();
        match names.as_slice() {
            [] => "No groups and no roles".to_owned(),
            few if few.len() <= NAMED => format!("Identical entitlements: {}", few.join(", ")),
            many => {
                let named = many.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
                format!("Identical entitlements: {named} and {} more", many.len() - NAMED)
            }
        }
    }

    fn account(&self, row: u32) -> Option<u32> {
        self.rows.get(row as usize).map(|row| row.source)
    }

    fn application(&self, row: u32) -> &'a str {
        let Some(row) = self.rows.get(row as usize) else { return "" };
        if row.destination == NONE {
            return self.graph.text(row.source, "application_id").unwrap_or_default();
        }
        match self.graph.name(row.destination) {
            "" => self.graph.id(row.destination),
            name => name,
        }
    }

    /// What all rows say, if they all say the same.
    fn common<T: PartialEq>(&self, rows: &[u32], read: impl Fn(u32) -> Option<T>) -> Option<T> {
        let mut values = rows.iter().map(|row| read(self.account(*row)?));
        let first = values.next()??;
        values.all(|value| value.as_ref() == Some(&first)).then_some(first)
    }
}

/// What stands out about a group of which all, or not all, get the same advice.
const fn title(agreed: Option<Suggestion>) -> &'static str {
    match agreed {
        Some(Suggestion::Approve) => "Uniform access, nothing stands out",
        Some(Suggestion::Review) => "Uniform access, worth a closer look",
        Some(Suggestion::Reject) => "Uniform access that speaks against itself",
        None => "Uniform access of accounts that differ",
    }
}
