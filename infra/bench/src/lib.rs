//! Measurements: each module measures one part of the product against baselines of the same run.

pub mod figure;
pub mod functions;
pub mod predicate;
pub mod price;
mod valgrind;
