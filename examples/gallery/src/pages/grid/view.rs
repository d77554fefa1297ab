//! What a visitor has of the sheet: its order, and what they have typed that is not in the sheet.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::sheet::{Cell, ROWS, Row, Rows};

/// A column that sorts the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Column {
    Number,
    Name,
    Depth,
    Surveyed,
}

impl Column {
    pub(super) const ALL: [Self; 4] = [Self::Number, Self::Name, Self::Depth, Self::Surveyed];

    /// The heading's id in the page.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Number => "by-number",
            Self::Name => "by-name",
            Self::Depth => "by-depth",
            Self::Surveyed => "by-surveyed",
        }
    }

    /// What the heading says.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Number => "No.",
            Self::Name => "Anchorage",
            Self::Depth => "Depth, m",
            Self::Surveyed => "Sure",
        }
    }

    fn compare(self, one: &Row, other: &Row) -> Ordering {
        match self {
            Self::Number => Ordering::Equal,
            Self::Name => one.name.cmp(&other.name),
            Self::Depth => one.depth.cmp(&other.depth),
            Self::Surveyed => other.surveyed.cmp(&one.surveyed),
        }
    }

    /// The numbers of all rows, by this column and then by number; upside down when `down`.
    pub(super) fn order(self, down: bool, rows: &Rows) -> Vec<u16> {
        let mut order: Vec<u16> = (1..=ROWS).collect();
        order.sort_by(|one, other| {
            let by_column = self.compare(row(rows, *one), row(rows, *other));
            let by_both = by_column.then(one.cmp(other));
            if down { by_both.reverse() } else { by_both }
        });
        order
    }
}

/// The row of a number that is one.
pub(super) fn row(rows: &Rows, id: u16) -> &Row {
    &rows[usize::from(id) - 1]
}

/// What stands in a cell of this page and not in the sheet: it is being typed, or the sheet does not take it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) id: u16,
    pub(super) cell: Cell,
    pub(super) text: String,
    /// What is wrong with it.
    pub(super) fault: Option<String>,
}

/// The drafts of one page, oldest first. A visitor leaves few cells behind that are wrong.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Drafts(Vec<Draft>);

impl Drafts {
    /// Past this many the oldest is forgotten.
    pub(super) const MOST: usize = 20;

    pub(super) fn of(&self, id: u16, cell: Cell) -> Option<&Draft> {
        self.0.iter().find(|draft| draft.id == id && draft.cell == cell)
    }

    pub(super) fn drop(&mut self, id: u16, cell: Cell) {
        self.0.retain(|draft| draft.id != id || draft.cell != cell);
    }

    pub(super) fn keep(&mut self, draft: Draft) {
        self.drop(draft.id, draft.cell);
        if self.0.len() == Self::MOST {
            self.0.remove(0);
        }
        self.0.push(draft);
    }

    /// The newest that is wrong.
    pub(super) fn wrong(&self) -> Option<&Draft> {
        self.0.iter().rev().find(|draft| draft.fault.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_drafts_are_forgotten() {
        let mut drafts = Drafts::default();
        for id in 1..=22 {
            drafts.keep(Draft { id, cell: Cell::Name, text: String::new(), fault: Some("No.".to_owned()) });
        }
        assert_eq!(drafts.0.len(), Drafts::MOST);
        assert!(drafts.of(2, Cell::Name).is_none() && drafts.of(3, Cell::Name).is_some());
        assert_eq!(drafts.wrong().map(|draft| draft.id), Some(22));
    }
}
