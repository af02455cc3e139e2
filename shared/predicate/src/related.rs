//! Tests of one and the same related entity.
//!
//! A row's groups stand in parallel lists, `group.id`, `group.name` and so on: the same place, the same group. To find
//! rows that have one group passing several tests, the lists are laid end to end, so that each group is a row of a batch
//! of its own; that batch is narrowed as any other, and a row stays if one of its groups did.
//!
//! Lists have no gaps, so an empty string in a parallel list is a missing value; so is what a shorter list lacks.

use columns::{Batch, Bits, Cell, Column, Data, TextBuilder};

use crate::eval::Scratch;
use crate::node::Related;
use crate::words::{Ruling, span};

impl Scratch {
    pub(crate) fn related(&mut self, related: &Related, batch: &Batch, rows: &mut Bits) {
        let columns: Vec<(&str, Option<&Column>)> =
            related.columns.iter().map(|name| (name.as_str(), batch.column(name))).collect();
        let entities = match parallel_offsets(&columns) {
            Some(offsets) => Entities::of_parallel(&columns, offsets, rows),
            None => Entities::of_any(&columns, rows),
        };
        let Entities { offsets, batch, mut alive } = entities;
        self.narrow(&related.inner, &batch, &mut alive);
        let passing = |row: usize| span(&offsets, row).any(|entity| alive.get(entity));
        Ruling { present: None, missing: false, negated: false }.narrow_rows(rows, passing);
    }
}

/// The related entities of all rows, one after another.
struct Entities {
    /// Row `i` has the entities `offsets[i]..offsets[i + 1]`.
    offsets: Vec<u32>,
    batch: Batch,
    /// The entities of rows that are still alive.
    alive: Bits,
}

/// The offsets that all columns share, when all are lists of equal lengths row by row.
fn parallel_offsets<'a>(columns: &[(&str, Option<&'a Column>)]) -> Option<&'a Vec<u32>> {
    let mut shared: Option<&Vec<u32>> = None;
    for column in columns.iter().filter_map(|(_, column)| *column) {
        let Data::TextList { offsets, .. } = &column.data else { return None };
        if shared.is_some_and(|shared| shared != offsets) || column.present.is_some() {
            return None;
        }
        shared = Some(offsets);
    }
    shared
}

impl Entities {
    fn of_parallel(columns: &[(&str, Option<&Column>)], offsets: &[u32], rows: &Bits) -> Self {
        let count = offsets.last().map_or(0, |last| *last as usize);
        let mut batch = Batch::new(count);
        for (name, column) in columns {
            let Some(Column { data: Data::TextList { codes, dict, .. }, .. }) = column else { continue };
            // The dictionary ascends, so that the empty string, if there, is the first.
            let present = (dict.get(0) == Some("")).then(|| codes.iter().map(|code| *code != 0).collect());
            let data = Data::Text { codes: codes.clone(), dict: dict.clone() };
            push(&mut batch, Column::new(*name, data, present));
        }
        Self { offsets: offsets.to_vec(), alive: alive(rows, offsets, count), batch }
    }

    /// Row by row: lists of different lengths, or columns that are no lists, of which each value is one entity's.
    fn of_any(columns: &[(&str, Option<&Column>)], rows: &Bits) -> Self {
        let mut offsets = vec![0];
        let mut count = 0_u32;
        for row in 0..rows.len() {
            let most = columns.iter().map(|(_, column)| length(*column, row)).max().unwrap_or(0);
            count = count.saturating_add(u32::try_from(most).unwrap_or(u32::MAX));
            offsets.push(count);
        }
        let mut batch = Batch::new(count as usize);
        for (name, column) in columns {
            let Some(column) = column else { continue };
            let mut builder = TextBuilder::new();
            for (row, pair) in offsets.windows(2).enumerate() {
                let entities = pair.last().unwrap_or(&0) - pair.first().unwrap_or(&0);
                push_row(&mut builder, column, row, entities as usize);
            }
            push(&mut batch, builder.finish(*name));
        }
        Self { alive: alive(rows, &offsets, count as usize), offsets, batch }
    }
}

fn push(batch: &mut Batch, column: Column) {
    // INVARIANT: names are distinct and lengths equal by construction; a column that contradicts itself is left out,
    // which is what its being missing means.
    let _ = batch.push(column);
}

fn alive(rows: &Bits, offsets: &[u32], count: usize) -> Bits {
    let mut alive = Bits::zeros(count);
    for row in rows.ones_iter() {
        span(offsets, row).for_each(|entity| alive.set(entity, true));
    }
    alive
}

fn length(column: Option<&Column>, row: usize) -> usize {
    match column.and_then(|column| column.cell(row)) {
        None => 0,
        Some(Cell::List(list)) => list.len(),
        Some(_) => 1,
    }
}

fn push_row(builder: &mut TextBuilder, column: &Column, row: usize, entities: usize) {
    let cell = column.cell(row);
    for index in 0..entities {
        match cell {
            Some(Cell::List(list)) => builder.push(list.get(index).filter(|text| !text.is_empty())),
            Some(Cell::Text(text)) if index == 0 => builder.push(Some(text).filter(|text| !text.is_empty())),
            Some(Cell::Bool(value)) if index == 0 => builder.push(Some(if value { "true" } else { "false" })),
            Some(Cell::Int(value)) if index == 0 => builder.push(Some(&value.to_string())),
            Some(Cell::Float(value)) if index == 0 => builder.push(Some(&value.to_string())),
            Some(Cell::Time(value)) if index == 0 => builder.push(Some(&columns::format_millis(value))),
            Some(_) | None => builder.push(None),
        }
    }
}
