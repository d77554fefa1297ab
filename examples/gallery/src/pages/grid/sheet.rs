//! The sheet that all visitors share: a thousand rows in the server's memory, and what a cell takes.

use std::sync::Arc;

use holm::prelude::*;
use parking_lot::Mutex;

/// Rows of the sheet. There are never more.
pub(super) const ROWS: u16 = 1_000;
/// Letters of a name.
pub(super) const LETTERS: usize = 40;
/// The deepest water that is charted here, in decimetres.
const DEEPEST: u16 = 4_000;

/// One row. Its number is its place in the sheet, counted from one.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    /// The depth of the anchorage, in decimetres.
    pub(super) depth: u16,
    pub(super) surveyed: bool,
}

/// Two columns with text, in which one types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cell {
    Name,
    Depth,
}

/// All rows as they are at one time. Whoever looks at the sheet holds the same ones.
pub(super) type Rows = Arc<[Arc<Row>]>;

/// The app's own state: the newest rows.
#[derive(Clone)]
pub(crate) struct Sheet(Arc<Mutex<Rows>>);

impl Default for Sheet {
    fn default() -> Self {
        Self(Arc::new(Mutex::new((1..=ROWS).map(|id| Arc::new(Row::charted(id))).collect())))
    }
}

/// Where pages hear that the sheet has changed; what it says now they read for themselves.
pub(super) fn changed() -> Topic<()> {
    Topic::new("grid")
}

impl Sheet {
    pub(super) fn rows(&self) -> Rows {
        Arc::clone(&self.0.lock())
    }

    /// Changes a row and says so. A number that is no row's changes nothing.
    pub(super) fn change(&self, hub: &Hub, id: u16, change: impl FnOnce(&mut Row)) {
        {
            let mut rows = self.0.lock();
            let mut next = rows.to_vec();
            let Some(row) = id.checked_sub(1).and_then(|at| next.get_mut(usize::from(at))) else { return };
            change(Arc::make_mut(row));
            *rows = next.into();
        }
        hub.publish(&changed(), ());
    }
}

const FIRST: [&str; 20] = [
    "Anchor", "Barrel", "Cable", "Drift", "Ebb", "Flint", "Grey", "Hollow", "Inner", "Kelp", "Long",
    "Middle", "North", "Outer", "Pilot", "Quiet", "Salt", "Stone", "West", "Wreck",
];
const SECOND: [&str; 7] = ["Bay", "Bight", "Cove", "Haven", "Hole", "Road", "Sound"];

impl Row {
    /// The row before anyone changed it.
    fn charted(id: u16) -> Self {
        let mixed = (u32::from(id).wrapping_mul(2_654_435_761)) >> 9;
        let name = format!("{} {}", FIRST[(mixed % 20) as usize], SECOND[(mixed / 20 % 7) as usize]);
        let depth = u16::try_from(15 + mixed / 140 % 460).unwrap_or(DEEPEST);
        Self { name, depth, surveyed: mixed % 3 == 0 }
    }

    /// What a cell shows.
    pub(super) fn text(&self, cell: Cell) -> String {
        match cell {
            Cell::Name => self.name.clone(),
            Cell::Depth => format!("{}.{}", self.depth / 10, self.depth % 10),
        }
    }

    /// Writes into a cell what was typed.
    ///
    /// # Errors
    /// When the cell does not take it, with a sentence for the visitor.
    pub(super) fn set(&mut self, cell: Cell, text: &str) -> Result<(), &'static str> {
        match cell {
            Cell::Name => self.name = name(text)?,
            Cell::Depth => self.depth = depth(text)?,
        }
        Ok(())
    }
}

fn name(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    match name.chars().count() {
        1..=LETTERS => Ok(name.to_owned()),
        _ => Err("A name has 1 to 40 letters."),
    }
}

/// Decimetres from metres, with a point or a comma, and at most one decimal.
fn depth(text: &str) -> Result<u16, &'static str> {
    const WORDS: &str = "A depth is a number from 0 to 400, such as 12.5.";
    let (metres, tenths) = text.trim().split_once(['.', ',']).unwrap_or((text.trim(), "0"));
    let digits =
        |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(metres, 3) || !digits(tenths, 1) {
        return Err(WORDS);
    }
    let (metres, tenths): (u16, u16) =
        (metres.parse().map_err(|_| WORDS)?, tenths.parse().map_err(|_| WORDS)?);
    let depth = metres * 10 + tenths;
    if depth > DEEPEST { Err(WORDS) } else { Ok(depth) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_depth_is_read_as_people_write_it() {
        for (text, read) in [("0", 0), (" 12.5 ", 125), ("7,3", 73), ("400", 4_000), ("007", 70)] {
            assert_eq!(depth(text), Ok(read), "{text}");
        }
        for text in ["", "-1", "400.1", "1.25", "1.", ".5", "deep", "1e2", "99999", "１２"] {
            assert!(depth(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_cell_reads_what_it_shows() {
        for id in 1..=ROWS {
            let row = Row::charted(id);
            let mut copy = row.clone();
            for cell in [Cell::Name, Cell::Depth] {
                assert_eq!(copy.set(cell, &row.text(cell)), Ok(()));
            }
            assert!(copy == row, "{id}");
        }
    }
}
