//! What waits to be done to an island's lists: as little as comes to the same.

use std::collections::VecDeque;

use holm_wire::ListOp;
use holm_wire::list::BETWEEN;

use crate::cx::Effect;

/// What a list's changes take beside their text: a round figure for the bound on bytes.
const CHANGE_BYTES: usize = 32;

/// A change that a handler asked for.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) list: Box<str>,
    pub(crate) what: What,
}

/// Parts a call's effects: those on lists, and the others.
pub(crate) fn of(effects: Vec<Effect>) -> (Waiting, Vec<Effect>) {
    let (mut waiting, mut others) = (Waiting::default(), Vec::new());
    for effect in effects {
        match effect {
            Effect::List(change) => waiting.put(change),
            other => others.push(other),
        }
    }
    (waiting, others)
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum What {
    Append(Row),
    Prepend(Row),
    /// Before the row of this key.
    Before(String, Row),
    Update(Row),
    Remove(String),
    Clear,
    KeepLast(usize),
    KeepFirst(usize),
    Text(String),
}

/// A row: its key, and its markup with that key in it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) html: String,
}

/// The changes of one island's lists that its page has not been sent.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    lists: Vec<(Box<str>, Steps)>,
}

/// The changes of one list, in order.
#[derive(Debug, Default)]
struct Steps {
    steps: Vec<Step>,
    bytes: usize,
}

#[derive(Debug)]
enum Step {
    /// Rows that come in: at the end, at the front, or in the place of all.
    Rows(ListOp, VecDeque<Row>),
    Before(String, Row),
    Update(Row),
    Remove(String),
    Keep(ListOp, usize),
    Text(String),
}

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.lists.iter().map(|(name, steps)| CHANGE_BYTES + name.len() + steps.bytes).sum()
    }

    pub(crate) fn put(&mut self, Change { list, what }: Change) {
        let at = self.lists.iter().position(|(name, _)| *name == list).unwrap_or_else(|| {
            self.lists.push((list, Steps::default()));
            self.lists.len() - 1
        });
        self.lists[at].1.put(what);
    }

    /// Takes everything: each list's name and its changes.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = (Box<str>, Vec<(ListOp, String)>)> + use<> {
        std::mem::take(&mut self.lists)
            .into_iter()
            .map(|(name, steps)| (name, steps.steps.into_iter().map(Step::into_frame).collect()))
    }
}

impl Steps {
    fn put(&mut self, what: What) {
        match what {
            What::Append(row) => self.put_row(ListOp::Append, row),
            What::Prepend(row) => self.put_row(ListOp::Prepend, row),
            What::Before(other, row) => self.push(Step::Before(other, row)),
            What::Update(row) => self.update(row),
            What::Remove(key) => self.remove(key),
            What::Clear => {
                self.steps.clear();
                self.bytes = 0;
                self.push(Step::Rows(ListOp::Fill, VecDeque::new()));
            }
            What::KeepLast(rows) => self.keep(ListOp::KeepLast, rows),
            What::KeepFirst(rows) => self.keep(ListOp::KeepFirst, rows),
            What::Text(text) => {
                if let Some(Step::Text(before)) = self.steps.last_mut() {
                    before.push_str(&text);
                    self.bytes += text.len();
                } else {
                    self.push(Step::Text(text));
                }
            }
        }
    }

    fn push(&mut self, step: Step) {
        self.bytes += step.bytes();
        self.steps.push(step);
    }

    fn put_row(&mut self, side: ListOp, row: Row) {
        match self.steps.last_mut() {
            Some(Step::Rows(op, rows)) if *op == side || *op == ListOp::Fill => {
                self.bytes += row.bytes();
                self.bytes -= drop_key(rows, &row.key);
                if side == ListOp::Append { rows.push_back(row) } else { rows.push_front(row) }
            }
            _ => self.push(Step::Rows(side, VecDeque::from([row]))),
        }
    }

    fn update(&mut self, row: Row) {
        // The newest word about the row: what comes in comes in changed, and what is gone stays gone.
        for step in self.steps.iter_mut().rev() {
            let waiting = match step {
                Step::Rows(op, rows) => match rows.iter_mut().find(|waiting| waiting.key == row.key) {
                    None if *op == ListOp::Fill => return,
                    waiting => waiting,
                },
                Step::Before(_, waiting) | Step::Update(waiting) if waiting.key == row.key => Some(waiting),
                Step::Remove(key) if *key == row.key => return,
                _ => None,
            };
            if let Some(waiting) = waiting {
                self.bytes += row.bytes();
                self.bytes -= waiting.bytes();
                *waiting = row;
                return;
            }
        }
        self.push(Step::Update(row));
    }

    fn remove(&mut self, key: String) {
        match self.steps.last_mut() {
            Some(Step::Rows(op, rows)) => {
                let whole = *op == ListOp::Fill;
                self.bytes -= drop_key(rows, &key);
                if whole {
                    return;
                }
                if rows.is_empty() {
                    self.bytes -= self.steps.pop().map_or(0, |step| step.bytes());
                }
            }
            Some(Step::Remove(before)) if *before == key => return,
            _ => {}
        }
        self.push(Step::Remove(key));
    }

    /// Keeps so many rows at one end. What came in there and goes again need not travel.
    fn keep(&mut self, op: ListOp, most: usize) {
        let side = if op == ListOp::KeepLast { ListOp::Append } else { ListOp::Prepend };
        // With this end cut to so many, an earlier and longer cut of it makes no difference.
        if let [.., Step::Keep(before, rows), Step::Rows(grown, _)] = &self.steps[..]
            && (*before, *grown) == (op, side)
            && *rows >= most
        {
            let at = self.steps.len() - 2;
            self.bytes -= self.steps.remove(at).bytes();
            self.merge(side);
        }
        match self.steps.last_mut() {
            Some(Step::Rows(kind, rows)) if *kind == side || *kind == ListOp::Fill => {
                while rows.len() > most {
                    let row = if op == ListOp::KeepLast { rows.pop_front() } else { rows.pop_back() };
                    self.bytes -= row.map_or(0, |row| row.bytes());
                }
                if *kind == ListOp::Fill {
                    return;
                }
            }
            Some(Step::Keep(before, rows)) if *before == op => {
                *rows = most.min(*rows);
                return;
            }
            _ => {}
        }
        self.push(Step::Keep(op, most));
    }

    /// Makes the last two steps one, where both bring rows to the same end.
    fn merge(&mut self, side: ListOp) {
        let [.., Step::Rows(kind, _), Step::Rows(..)] = &self.steps[..] else { return };
        if *kind != side && *kind != ListOp::Fill {
            return;
        }
        let Some(Step::Rows(_, rows)) = self.steps.pop() else { return };
        self.bytes -= CHANGE_BYTES;
        self.bytes -= rows.iter().map(Row::bytes).sum::<usize>();
        // At the front, what came in last stands first.
        let rows: Vec<Row> =
            if side == ListOp::Append { rows.into() } else { rows.into_iter().rev().collect() };
        for row in rows {
            self.put_row(side, row);
        }
    }
}

/// Takes a row out; gives its bytes.
fn drop_key(rows: &mut VecDeque<Row>, key: &str) -> usize {
    let at = rows.iter().position(|row| row.key == key);
    at.and_then(|at| rows.remove(at)).map_or(0, |row| row.bytes())
}

impl Row {
    fn bytes(&self) -> usize {
        CHANGE_BYTES + self.key.len() + self.html.len()
    }
}

impl Step {
    fn bytes(&self) -> usize {
        CHANGE_BYTES
            + match self {
                Self::Rows(_, rows) => rows.iter().map(Row::bytes).sum(),
                Self::Before(other, row) => other.len() + row.bytes(),
                Self::Update(row) => row.bytes(),
                Self::Remove(text) | Self::Text(text) => text.len(),
                Self::Keep(..) => 0,
            }
    }

    fn into_frame(self) -> (ListOp, String) {
        match self {
            Self::Rows(ListOp::Fill, rows) if rows.is_empty() => (ListOp::Clear, String::new()),
            Self::Rows(op, rows) => (op, rows.into_iter().map(|row| row.html).collect()),
            Self::Before(other, row) => (ListOp::Before, format!("{other}{BETWEEN}{}", row.html)),
            Self::Update(row) => (ListOp::Update, row.html),
            Self::Remove(key) => (ListOp::Remove, key),
            Self::Keep(op, rows) => (op, rows.to_string()),
            Self::Text(text) => (ListOp::Text, text),
        }
    }
}

#[cfg(test)]
mod tests;
