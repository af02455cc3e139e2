//! The rows of a review over the embedded table: whole reviews, lists against a plain model, what each call costs, and
//! many people at once in bad weather.

pub(crate) mod bed;
mod broken_off;
mod bulk;
mod cost;
mod crowd;
mod forced;
mod handing;
mod hands;
mod list_change;
mod list_cost;
mod lists;
mod own;
mod own_list;
mod paging;
mod races;
mod whole;
