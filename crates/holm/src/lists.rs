//! What waits to be done to an island's lists: as little as comes to the same.

use std::collections::HashMap;

use holm_wire::ListOp;
use holm_wire::list::BETWEEN;

use crate::cx::Effect;

mod rows;

use rows::Rows;
pub(crate) use rows::{Key, Row};

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
    Remove(Key),
    Clear,
    KeepLast(usize),
    KeepFirst(usize),
    Text(String),
}

/// The changes of one island's lists that its page has not been sent.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    lists: Vec<(Box<str>, Steps)>,
    bytes: usize,
}

/// The changes of one list, in order.
#[derive(Debug, Default)]
struct Steps {
    /// Each with a number, larger than those of all before it.
    all: Vec<(u64, Step)>,
    next: u64,
    /// The step that has the newest word about a row.
    newest: HashMap<Key, u64>,
    bytes: usize,
}

#[derive(Debug)]
enum Step {
    /// Rows that come in: at the end, at the front, or in the place of all.
    Rows(ListOp, Rows),
    Before(String, Row),
    Update(Row),
    Remove(Key),
    Keep(ListOp, usize),
    Text(String),
}

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn put(&mut self, Change { list, what }: Change) {
        let at = self.lists.iter().position(|(name, _)| *name == list).unwrap_or_else(|| {
            self.bytes += CHANGE_BYTES + list.len();
            self.lists.push((list, Steps::default()));
            self.lists.len() - 1
        });
        let steps = &mut self.lists[at].1;
        let before = steps.bytes;
        steps.put(what);
        self.bytes = self.bytes + steps.bytes - before;
    }

    /// Puts what a handler asked for, no further than to where it stays more than `limit` bytes. Says whether it
    /// is no more than that.
    pub(crate) fn put_within(&mut self, changes: Vec<Change>, limit: usize) -> bool {
        // What comes before a cut may be more for a moment.
        let cut = changes.iter().rposition(|change| change.what.may_lessen()).unwrap_or(0);
        for (at, change) in changes.into_iter().enumerate() {
            self.put(change);
            if at >= cut && self.bytes > limit {
                return false;
            }
        }
        self.bytes <= limit
    }

    /// Takes everything: each list's name and its changes.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = (Box<str>, Vec<(ListOp, String)>)> + use<> {
        let frames = |steps: Steps| steps.all.into_iter().map(|(_, step)| step.into_frame()).collect();
        std::mem::take(self).lists.into_iter().map(move |(name, steps)| (name, frames(steps)))
    }
}

impl What {
    fn may_lessen(&self) -> bool {
        !matches!(self, Self::Append(_) | Self::Prepend(_) | Self::Before(..) | Self::Text(_))
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
                *self = Self::default();
                self.push(Step::Rows(ListOp::Fill, Rows::default()));
            }
            What::KeepLast(rows) => self.keep(ListOp::KeepLast, rows),
            What::KeepFirst(rows) => self.keep(ListOp::KeepFirst, rows),
            What::Text(text) => {
                if let Some((_, Step::Text(before))) = self.all.last_mut() {
                    before.push_str(&text);
                    self.bytes += text.len();
                } else {
                    self.push(Step::Text(text));
                }
            }
        }
    }

    fn push(&mut self, step: Step) {
        if let Step::Before(_, Row { key, .. }) | Step::Update(Row { key, .. }) | Step::Remove(key) = &step {
            self.newest.insert(key.clone(), self.next);
        }
        self.bytes += step.bytes();
        self.all.push((self.next, step));
        self.next += 1;
    }

    fn put_row(&mut self, side: ListOp, row: Row) {
        if !matches!(self.all.last(), Some((_, Step::Rows(op, _))) if *op == side || *op == ListOp::Fill) {
            self.push(Step::Rows(side, Rows::default()));
        }
        let Some((number, Step::Rows(_, rows))) = self.all.last_mut() else { return };
        self.newest.insert(row.key.clone(), *number);
        self.bytes -= rows.bytes();
        if side == ListOp::Append {
            rows.push_back(row);
        } else {
            rows.push_front(row);
        }
        self.bytes += rows.bytes();
    }

    /// The newest word about the row: what comes in comes in changed, and what is gone stays gone.
    fn update(&mut self, row: Row) {
        let at = self
            .newest
            .get(&row.key)
            .and_then(|number| self.all.binary_search_by_key(number, |(number, _)| *number).ok());
        let Some(at) = at else {
            // Of a list that is filled anew, everything is known.
            if !matches!(self.all.first(), Some((_, Step::Rows(ListOp::Fill, _)))) {
                self.push(Step::Update(row));
            }
            return;
        };
        let step = &mut self.all[at].1;
        self.bytes -= step.bytes();
        match step {
            Step::Rows(_, rows) => drop(rows.replace(row)),
            Step::Before(_, waiting) | Step::Update(waiting) => *waiting = row,
            _ => {}
        }
        self.bytes += step.bytes();
    }

    fn remove(&mut self, key: Key) {
        match self.all.last_mut() {
            Some((_, Step::Rows(op, rows))) => {
                self.bytes -= rows.bytes();
                rows.remove(&key);
                self.bytes += rows.bytes();
                if *op == ListOp::Fill {
                    self.newest.remove(&key);
                    return;
                }
                if rows.len() == 0 {
                    self.bytes -= self.all.pop().map_or(0, |(_, step)| step.bytes());
                }
            }
            Some((_, Step::Remove(before))) if *before == key => return,
            _ => {}
        }
        self.push(Step::Remove(key));
    }

    /// Keeps so many rows at one end. What came in there and goes again need not travel.
    fn keep(&mut self, op: ListOp, most: usize) {
        let side = if op == ListOp::KeepLast { ListOp::Append } else { ListOp::Prepend };
        // With this end cut to so many, an earlier and longer cut of it makes no difference.
        if let [.., (_, Step::Keep(before, rows)), (_, Step::Rows(grown, _))] = &self.all[..]
            && (*before, *grown) == (op, side)
            && *rows >= most
        {
            let at = self.all.len() - 2;
            self.bytes -= self.all.remove(at).1.bytes();
            self.merge(side);
        }
        match self.all.last_mut() {
            Some((_, Step::Rows(kind, rows))) if *kind == side || *kind == ListOp::Fill => {
                while rows.len() > most {
                    let row = if op == ListOp::KeepLast { rows.pop_front() } else { rows.pop_back() };
                    let Some(row) = row else { break };
                    self.newest.remove(&row.key);
                    self.bytes -= row.bytes();
                }
                if *kind == ListOp::Fill {
                    return;
                }
            }
            Some((_, Step::Keep(before, rows))) if *before == op => {
                *rows = most.min(*rows);
                return;
            }
            _ => {}
        }
        self.push(Step::Keep(op, most));
    }

    /// Makes the last two steps one, where both bring rows to the same end.
    fn merge(&mut self, side: ListOp) {
        let [.., (_, Step::Rows(kind, _)), (_, Step::Rows(..))] = &self.all[..] else { return };
        if *kind != side && *kind != ListOp::Fill {
            return;
        }
        let Some((_, Step::Rows(_, rows))) = self.all.pop() else { return };
        self.bytes -= CHANGE_BYTES + rows.bytes();
        if side == ListOp::Append {
            rows.into_rows().for_each(|row| self.put_row(side, row));
        } else {
            // At the front, what came in last stands first.
            rows.into_rows().rev().for_each(|row| self.put_row(side, row));
        }
    }
}

impl Step {
    fn bytes(&self) -> usize {
        CHANGE_BYTES
            + match self {
                Self::Rows(_, rows) => rows.bytes(),
                Self::Before(other, row) => other.len() + row.bytes(),
                Self::Update(row) => row.bytes(),
                Self::Remove(key) => key.as_str().len(),
                Self::Text(text) => text.len(),
                Self::Keep(..) => 0,
            }
    }

    fn into_frame(self) -> (ListOp, String) {
        match self {
            Self::Rows(ListOp::Fill, rows) if rows.len() == 0 => (ListOp::Clear, String::new()),
            Self::Rows(op, rows) => (op, rows.into_rows().map(|row| row.html).collect()),
            Self::Before(other, row) => (ListOp::Before, format!("{other}{BETWEEN}{}", row.html)),
            Self::Update(row) => (ListOp::Update, row.html),
            Self::Remove(key) => (ListOp::Remove, key.as_str().to_owned()),
            Self::Keep(op, rows) => (op, rows.to_string()),
            Self::Text(text) => (ListOp::Text, text),
        }
    }
}

#[cfg(test)]
mod tests;
