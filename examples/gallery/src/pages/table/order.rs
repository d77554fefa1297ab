//! The order of the rows, and the columns it can follow.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::row::Row;

/// Row numbers in the order shown. Serialised as runs: `1, 2, … 1000` is `[[1, 1000]]`, reversed `[[1000, 1]]`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Vec<(u16, u16)>", into = "Vec<(u16, u16)>")]
pub(super) struct Order(pub(super) Vec<u16>);

impl Order {
    /// Swaps the second row and the last but one.
    pub(super) fn swap(&mut self) {
        let rows = self.0.len();
        if rows > 3 {
            self.0.swap(1, rows - 2);
        }
    }
}

impl From<Order> for Vec<(u16, u16)> {
    fn from(order: Order) -> Self {
        let mut runs = Self::new();
        let mut step = 0;
        for id in order.0 {
            match runs.last_mut() {
                Some((first, last))
                    if id.abs_diff(*last) == 1 && (first == last || follows(*last, id) == step) =>
                {
                    step = follows(*last, id);
                    *last = id;
                }
                _ => runs.push((id, id)),
            }
        }
        runs
    }
}

/// Whether a run goes up or down from one number to its neighbour.
fn follows(last: u16, next: u16) -> i8 {
    if next > last { 1 } else { -1 }
}

impl From<Vec<(u16, u16)>> for Order {
    fn from(runs: Vec<(u16, u16)>) -> Self {
        let mut order = Vec::new();
        for (first, last) in runs {
            if first <= last {
                order.extend(first..=last);
            } else {
                order.extend((last..=first).rev());
            }
        }
        Self(order)
    }
}

/// A column that sorts the table.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Column {
    Number,
    Name,
    Shore,
    Landings,
}

impl Column {
    pub(super) const ALL: [Self; 4] = [Self::Number, Self::Name, Self::Shore, Self::Landings];

    /// What the heading is called in the page.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
            Self::Shore => "shore",
            Self::Landings => "landings",
        }
    }

    /// What the heading says.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Number => "No.",
            Self::Name => "Islet",
            Self::Shore => "Shore, m",
            Self::Landings => "Landings",
        }
    }

    pub(super) fn compare(self, a: &Row, b: &Row) -> Ordering {
        match self {
            Self::Number => a.id.cmp(&b.id),
            Self::Name => a.name.cmp(&b.name),
            Self::Shore => a.shore.cmp(&b.shore),
            Self::Landings => a.landings.cmp(&b.landings),
        }
    }
}
