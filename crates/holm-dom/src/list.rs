//! One element's list of children: which child is which, and the operations that change the list.

use std::collections::HashMap;

use holm_wire::edit::{Op, Piece};
use holm_wire::order::stays;

use crate::node::{Doc, Key, Kind};
use crate::rules::Ns;

/// Where more moves than this are needed, only an order is tried: it is smaller.
const MANY_MOVES: usize = 48;

/// Beside moves, more insertions than this make an order cheaper to work out.
const MANY_INSERTS: usize = 256;

/// What makes two children the same one: their element name and their key, and what else tells them apart.
type Identity<'d> = (&'d str, Ns, Option<Key<'d>>, Option<String>);

fn identity<'d>(doc: &'d Doc<'_>, node: usize) -> Option<Identity<'d>> {
    let it = &doc.nodes[node];
    if it.key.is_none() && it.name == "option" {
        // What a visitor has chosen is a value, wherever its option stands.
        return Some((&it.name, it.ns, None, Some(option_value(doc, node))));
    }
    let key = it.key?;
    // Another island under the same key is another island.
    let island = if it.name == "holm-island" { Some(island_name(doc, node)) } else { None };
    let key = if it.name == "holm-island" { data_key(doc, node)? } else { key };
    Some((&it.name, it.ns, Some(key), island))
}

fn option_value(doc: &Doc<'_>, node: usize) -> String {
    crate::attrs::value(doc.text, doc.nodes[node].attrs.clone(), "value")
        .map_or_else(|| doc.inner(node).to_owned(), std::borrow::Cow::into_owned)
}

fn island_name(doc: &Doc<'_>, node: usize) -> String {
    crate::attrs::value(doc.text, doc.nodes[node].attrs.clone(), "data-island")
        .unwrap_or_default()
        .into_owned()
}

fn data_key<'d>(doc: &'d Doc<'_>, node: usize) -> Option<Key<'d>> {
    match doc.nodes[node].key {
        Some(Key::Data(key)) => Some(Key::Data(key)),
        _ => None,
    }
}

/// Whether `old` can become `new` by edits, when nothing says that they are two different things.
fn alike(old: &Doc<'_>, a: usize, new: &Doc<'_>, b: usize) -> bool {
    let (one, other) = (&old.nodes[a], &new.nodes[b]);
    if one.kind != other.kind {
        return false;
    }
    if one.kind != Kind::Element {
        return true;
    }
    one.name == other.name && one.ns == other.ns && patchable(old, a, new, b)
}

/// Whether edits can express the difference: some elements only change by being replaced.
fn patchable(old: &Doc<'_>, a: usize, new: &Doc<'_>, b: usize) -> bool {
    let (one, other) = (&old.nodes[a], &new.nodes[b]);
    let is = |doc: &Doc<'_>, node: usize| {
        let attrs = doc.nodes[node].attrs.clone();
        if attrs.len() < 5 {
            None
        } else {
            crate::attrs::value(doc.text, attrs, "is").map(std::borrow::Cow::into_owned)
        }
    };
    if is(old, a) != is(new, b) {
        return false;
    }
    if one.ignored || other.ignored {
        // The rows of one list are none of another's.
        let list = |doc: &Doc<'_>, node: usize| {
            let attrs = doc.nodes[node].attrs.clone();
            crate::attrs::value(doc.text, attrs, "data-live-list").map(std::borrow::Cow::into_owned)
        };
        return one.ignored == other.ignored && list(old, a) == list(new, b);
    }
    match &*one.name {
        "holm-island" => island_name(old, a) == island_name(new, b),
        "script" => old.source(a) == new.source(b),
        _ => !one.sealed || old.inner(a) == new.inner(b),
    }
}

fn same(old: &Doc<'_>, a: usize, new: &Doc<'_>, b: usize) -> bool {
    old.nodes[a].kind == new.nodes[b].kind && old.source(a) == new.source(b)
}

/// For each new child, the old child it continues, as an index into `old_kids`.
pub(crate) fn pair(
    old: &Doc<'_>,
    old_kids: &[usize],
    new: &Doc<'_>,
    new_kids: &[usize],
) -> Vec<Option<usize>> {
    let mut pairs = vec![None; new_kids.len()];
    let head = old_kids.iter().zip(new_kids).take_while(|&(&a, &b)| same(old, a, new, b)).count();
    let most = old_kids.len().min(new_kids.len()) - head;
    let tail = old_kids
        .iter()
        .rev()
        .zip(new_kids.iter().rev())
        .take(most)
        .take_while(|&(&a, &b)| same(old, a, new, b))
        .count();
    for (at, pair) in pairs.iter_mut().enumerate().take(head) {
        *pair = Some(at);
    }
    for back in 1..=tail {
        pairs[new_kids.len() - back] = Some(old_kids.len() - back);
    }
    let (old_range, new_range) = (head..old_kids.len() - tail, head..new_kids.len() - tail);
    if old_range.is_empty() || new_range.is_empty() {
        return pairs;
    }
    let mut loose_old = Vec::new();
    let mut by_key: HashMap<Identity<'_>, Option<usize>> = HashMap::new();
    for at in old_range {
        match identity(old, old_kids[at]) {
            Some(key) => {
                by_key.entry(key).and_modify(|place| *place = None).or_insert(Some(at));
            }
            None => loose_old.push(at),
        }
    }
    let mut loose_new = Vec::new();
    let mut seen: HashMap<Identity<'_>, usize> = HashMap::new();
    for at in new_range.clone() {
        if let Some(key) = identity(new, new_kids[at]) {
            *seen.entry(key).or_default() += 1;
        }
    }
    for at in new_range {
        match identity(new, new_kids[at]) {
            Some(key) => {
                if seen.get(&key) == Some(&1)
                    && let Some(Some(place)) = by_key.get(&key)
                    && (same(old, old_kids[*place], new, new_kids[at])
                        || patchable(old, old_kids[*place], new, new_kids[at]))
                {
                    pairs[at] = Some(*place);
                }
            }
            None => loose_new.push(at),
        }
    }
    pair_loose(old, old_kids, &loose_old, new, new_kids, &loose_new, &mut pairs);
    pairs
}

/// Pairs children without keys: those whose markup is found once on both sides, in order, then the
/// rest between them by element name.
fn pair_loose(
    old: &Doc<'_>,
    old_kids: &[usize],
    loose_old: &[usize],
    new: &Doc<'_>,
    new_kids: &[usize],
    loose_new: &[usize],
    pairs: &mut [Option<usize>],
) {
    let mut known: HashMap<&str, (usize, usize)> = HashMap::new();
    for (place, &at) in loose_old.iter().enumerate() {
        let entry = known.entry(old.source(old_kids[at])).or_insert((place, 0));
        entry.1 += 1;
    }
    let mut times: HashMap<&str, usize> = HashMap::new();
    for &at in loose_new {
        *times.entry(new.source(new_kids[at])).or_default() += 1;
    }
    let mut exact = Vec::new();
    for (place, &at) in loose_new.iter().enumerate() {
        let source = new.source(new_kids[at]);
        if times.get(source) == Some(&1)
            && let Some(&(old_place, 1)) = known.get(source)
        {
            exact.push((old_place, place));
        }
    }
    let order: Vec<u32> = exact.iter().map(|&(place, _)| u32::try_from(place).unwrap_or(u32::MAX)).collect();
    let marks = stays(&order);
    let mut anchors: Vec<(usize, usize)> =
        exact.iter().zip(&marks).filter(|(_, keeps)| **keeps).map(|(pair, _)| *pair).collect();
    anchors.push((loose_old.len(), loose_new.len()));
    let (mut from_old, mut from_new) = (0, 0);
    for (to_old, to_new) in anchors {
        let mut cursor = from_old;
        for &at in &loose_new[from_new..to_new] {
            let found = (cursor..to_old)
                .take(16)
                .find(|&candidate| alike(old, old_kids[loose_old[candidate]], new, new_kids[at]));
            if let Some(found) = found {
                pairs[at] = Some(loose_old[found]);
                cursor = found + 1;
            }
        }
        if to_new < loose_new.len() {
            pairs[loose_new[to_new]] = Some(loose_old[to_old]);
        }
        (from_old, from_new) = (to_old + 1, to_new + 1);
    }
}

/// A list change, ready to be written.
#[derive(Debug)]
pub(crate) enum Change<'t> {
    /// Operations one by one.
    Steps(Vec<Op<'t>>),
    /// The whole new list.
    Order(Vec<Piece<'t>>),
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What stands at one place of the new list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    /// An old child and whether it stays.
    Old(usize, bool),
    /// A new child.
    New(usize),
}

/// The list change from `old_len` children to those that `pairs` describes; `None` when nothing changes.
/// `html` gives the markup of the new children from one place up to another.
///
/// `before` and `after` say how many unchanged children stand around the list.
pub(crate) fn change<'t>(
    old_len: usize,
    pairs: &[Option<usize>],
    html: impl Fn(usize, usize) -> &'t str,
    before: usize,
    after: impl FnOnce() -> Option<usize>,
) -> Option<Change<'t>> {
    let kept: Vec<u32> = pairs.iter().flatten().map(|&at| small(at)).collect();
    let mut marks = stays(&kept).into_iter();
    let slots: Vec<Slot> = pairs
        .iter()
        .enumerate()
        .map(|(at, pair)| pair.map_or(Slot::New(at), |old| Slot::Old(old, marks.next().unwrap_or(false))))
        .collect();
    let moves = slots.iter().filter(|slot| matches!(slot, Slot::Old(_, false))).count();
    let fresh = slots.len() - kept.len();
    if moves == 0 && fresh == 0 && kept.len() == old_len {
        return None;
    }
    if moves == 0 || (moves <= 2 && fresh <= MANY_INSERTS) {
        return Some(Change::Steps(steps(old_len, &slots, &html, before)));
    }
    let Some(after) = after() else { return Some(Change::Steps(steps(old_len, &slots, &html, before))) };
    let pieces = pieces(old_len, &slots, &html, before, after);
    if moves > MANY_MOVES || fresh > MANY_INSERTS {
        return Some(Change::Order(pieces));
    }
    let steps = steps(old_len, &slots, &html, before);
    let (mut one, mut other) = (Vec::new(), Vec::new());
    for op in &steps {
        holm_wire::edit::put_op(&mut one, op);
    }
    holm_wire::edit::order(&mut other, &pieces);
    Some(if one.len() <= other.len() { Change::Steps(steps) } else { Change::Order(pieces) })
}

/// The run of new slots that begins at `at`.
fn fresh_run(slots: &[Slot], at: usize) -> usize {
    slots[at..].iter().take_while(|slot| matches!(slot, Slot::New(_))).count()
}

fn steps<'t>(
    old_len: usize,
    slots: &[Slot],
    html: &impl Fn(usize, usize) -> &'t str,
    before: usize,
) -> Vec<Op<'t>> {
    let mut ops = Vec::new();
    let mut kept = vec![false; old_len];
    for slot in slots {
        if let Slot::Old(old, _) = slot {
            kept[*old] = true;
        }
    }
    // Removals from the back, so that earlier indices hold.
    let mut at = old_len;
    while at > 0 {
        if kept[at - 1] {
            at -= 1;
            continue;
        }
        let end = at;
        while at > 0 && !kept[at - 1] {
            at -= 1;
        }
        ops.push(Op::Remove { index: small(before + at), count: small(end - at) });
    }
    // With nothing to move, every kept child is the next one.
    let moving = slots.iter().any(|slot| matches!(slot, Slot::Old(_, false)));
    // The list as it stands: old indices, and `None` for what is new.
    let mut now: Vec<Option<usize>> = (0..old_len).filter(|&at| kept[at]).map(Some).collect();
    let mut cursor = 0;
    let mut at = 0;
    while at < slots.len() {
        match slots[at] {
            Slot::New(place) => {
                let run = fresh_run(slots, at);
                ops.push(Op::Insert { index: small(before + cursor), html: html(place, place + run) });
                if moving {
                    now.splice(cursor..cursor, core::iter::repeat_n(None, run));
                }
                cursor += run;
                at += run;
            }
            Slot::Old(old, true) => {
                while moving && now[cursor] != Some(old) {
                    cursor += 1;
                }
                cursor += 1;
                at += 1;
            }
            Slot::Old(old, false) => {
                let from = now.iter().position(|entry| *entry == Some(old)).unwrap_or(cursor);
                let run = slots[at..]
                    .iter()
                    .zip(&now[from..])
                    .take_while(
                        |(slot, entry)| matches!(slot, Slot::Old(old, false) if Some(*old) == **entry),
                    )
                    .count()
                    .max(1);
                let to = if from < cursor { cursor - run } else { cursor };
                if from != to {
                    ops.push(Op::Move {
                        from: small(before + from),
                        to: small(before + to),
                        count: small(run),
                    });
                    let moved: Vec<_> = now.drain(from..from + run).collect();
                    now.splice(to..to, moved);
                }
                cursor = to + run;
                at += run;
            }
        }
    }
    ops
}

fn pieces<'t>(
    old_len: usize,
    slots: &[Slot],
    html: &impl Fn(usize, usize) -> &'t str,
    before: usize,
    after: usize,
) -> Vec<Piece<'t>> {
    let mut pieces: Vec<Piece<'t>> = Vec::new();
    (0..before).for_each(|at| add_run(&mut pieces, small(at), true));
    let mut at = 0;
    while at < slots.len() {
        match slots[at] {
            Slot::New(place) => {
                let run = fresh_run(slots, at);
                pieces.push(Piece::Html(html(place, place + run)));
                at += run;
            }
            Slot::Old(old, keeps) => {
                add_run(&mut pieces, small(before + old), keeps);
                at += 1;
            }
        }
    }
    (0..after).for_each(|at| add_run(&mut pieces, small(before + old_len + at), true));
    pieces
}

fn add_run(pieces: &mut Vec<Piece<'_>>, start: u32, keeps: bool) {
    if let Some(Piece::Run { start: first, len, down, stay }) = pieces.last_mut()
        && *stay == keeps
    {
        let up_fits = !*down && *first + *len == start;
        let down_fits = (*down || *len == 1) && first.checked_sub(*len) == Some(start);
        if up_fits || down_fits {
            *len += 1;
            *down = down_fits;
            return;
        }
    }
    pieces.push(Piece::Run { start, len: 1, down: false, stay: keeps });
}
