use super::*;

fn row(key: &str) -> Row {
    Row { key: key.to_owned().into(), html: format!("<li data-key={key}>") }
}

fn append(key: &str) -> What {
    What::Append(row(key))
}

fn prepend(key: &str) -> What {
    What::Prepend(row(key))
}

/// What a list's changes come to, in short: the operation, and keys or text.
fn sent(changes: impl IntoIterator<Item = What>) -> Vec<String> {
    let mut waiting = Waiting::default();
    for what in changes {
        waiting.put(Change { list: "rows".into(), what });
        let steps = &waiting.lists[0].1;
        assert_eq!(steps.bytes, steps.all.iter().map(|(_, step)| step.bytes()).sum::<usize>(), "{steps:?}");
        assert_eq!(waiting.bytes, steps.bytes + CHANGE_BYTES + "rows".len());
    }
    let changes = waiting.take().next().map(|(_, changes)| changes).unwrap_or_default();
    assert!(waiting.is_empty() && waiting.bytes() == 0);
    let short = |text: String| text.replace("<li data-key=", "").replace('>', " ").replace('\0', "|");
    changes.into_iter().map(|(op, text)| format!("{op:?} {}", short(text)).trim_end().to_owned()).collect()
}

#[test]
fn what_follows_at_one_end_goes_together() {
    assert_eq!(sent([append("a"), append("b"), append("a")]), ["Append b a"]);
    assert_eq!(sent([prepend("a"), prepend("b"), prepend("a")]), ["Prepend a b"]);
    assert_eq!(sent([append("a"), prepend("b"), append("c")]), ["Append a", "Prepend b", "Append c"]);
    assert_eq!(sent([What::Text("to".into()), What::Text("ken".into())]), ["Text token"]);
    assert_eq!(
        sent([append("a"), What::Before("x".into(), row("b")), What::KeepFirst(3)]),
        ["Append a", "Before x|b", "KeepFirst 3"]
    );
}

#[test]
fn rows_that_would_be_dropped_again_do_not_wait() {
    let lines = (0..1_000).flat_map(|n| [append(&n.to_string()), What::KeepLast(3)]);
    assert_eq!(sent(lines), ["Append 997 998 999", "KeepLast 3"]);
    let news = (0..1_000).flat_map(|n| [prepend(&n.to_string()), What::KeepFirst(2)]);
    assert_eq!(sent(news), ["Prepend 999 998", "KeepFirst 2"]);
    // A shorter cut first is no part of a longer one.
    assert_eq!(
        sent([append("a"), What::KeepLast(1), append("b"), What::KeepLast(5)]),
        ["Append a", "KeepLast 1", "Append b", "KeepLast 5"]
    );
    assert_eq!(sent([What::KeepLast(5), What::KeepLast(3), What::KeepLast(4)]), ["KeepLast 3"]);
}

#[test]
fn clearing_ends_what_waits_and_what_follows_fills() {
    assert_eq!(sent([append("a"), What::Clear]), ["Clear"]);
    let refill = [append("x"), What::Clear, append("a"), append("b"), prepend("0"), What::KeepLast(2)];
    assert_eq!(sent(refill), ["Fill a b"]);
    assert_eq!(
        sent([What::Clear, append("a"), append("b"), What::Remove("a".to_owned().into())]),
        ["Fill b"]
    );
    assert_eq!(sent([What::Clear, What::Text("new".into())]), ["Clear", "Text new"]);
}

#[test]
fn of_a_row_that_changes_often_the_newest_travels_where_it_stands() {
    let changed = || What::Update(Row { key: "a".to_owned().into(), html: "A".into() });
    assert_eq!(sent([append("a"), append("b"), changed()]), ["Append Ab"]);
    assert_eq!(sent([What::Update(row("a")), What::KeepLast(3), changed()]), ["Update A", "KeepLast 3"]);
    assert_eq!(sent([What::Before("x".into(), row("a")), changed()]), ["Before x|A"]);
    assert_eq!(sent([append("a"), What::Remove("a".to_owned().into()), changed()]), ["Remove a"]);
    assert_eq!(sent([What::Clear, append("b"), changed()]), ["Fill b"]);
    assert_eq!(sent([append("b"), changed()]), ["Append b", "Update A"]);
}

#[test]
fn a_row_that_comes_in_again_after_a_cut_comes_in_once() {
    let again = [append("a"), append("b"), What::KeepLast(3), append("a"), What::KeepLast(3)];
    assert_eq!(sent(again), ["Append b a", "KeepLast 3"]);
    let again = [prepend("a"), prepend("b"), What::KeepFirst(3), prepend("a"), What::KeepFirst(3)];
    assert_eq!(sent(again), ["Prepend a b", "KeepFirst 3"]);
    let changed = What::Update(Row { key: "a".to_owned().into(), html: "A".into() });
    let again = [append("x"), What::KeepLast(2), append("a"), What::KeepLast(2), changed];
    assert_eq!(sent(again), ["Append x A", "KeepLast 2"]);
}

#[test]
fn the_work_of_a_change_does_not_grow_with_what_waits() {
    const MANY: usize = 40_000;
    let keys = || (0..MANY).map(|n| n.to_string());
    let changes = keys()
        .map(|key| append(&key))
        .chain(keys().map(|key| What::Update(row(&key))))
        .chain([What::KeepLast(MANY)])
        .chain(keys().rev().map(|key| prepend(&key)))
        .chain(keys().map(|key| What::Before("x".into(), row(&key))))
        .chain(keys().map(|key| What::Update(row(&key))))
        .chain(keys().map(|key| What::Remove(key.into())));
    let mut waiting = Waiting::default();
    let before = rows::COMPARED.get();
    for what in changes {
        waiting.put(Change { list: "rows".into(), what });
    }
    let compared = rows::COMPARED.get() - before;
    assert!(compared < 20 * MANY, "{compared} comparisons");
    assert_eq!(waiting.take().flat_map(|(_, changes)| changes).count(), 3 + 2 * MANY);
}

#[test]
fn what_was_cut_is_not_remembered() {
    let mut waiting = Waiting::default();
    for n in 0..1_000 {
        waiting.put(Change { list: "rows".into(), what: append(&n.to_string()) });
        waiting.put(Change { list: "rows".into(), what: What::KeepLast(3) });
    }
    assert_eq!(waiting.lists[0].1.newest.len(), 3);
}

#[test]
fn nothing_is_put_behind_what_is_past_the_bound() {
    let changes = |keep: Option<usize>| {
        let rows = (0..1_000).map(|n| append(&format!("{n:03}")));
        let changes = rows.chain(keep.map(What::KeepLast));
        changes.map(|what| Change { list: "rows".into(), what }).collect::<Vec<_>>()
    };
    let of_one = row("000").bytes();
    let limit = 10 * of_one + 2 * CHANGE_BYTES + "rows".len();
    let mut waiting = Waiting::default();
    assert!(!waiting.put_within(changes(None), limit));
    assert_eq!(waiting.bytes(), limit + of_one, "the eleventh is where it ends");
    let mut waiting = Waiting::default();
    assert!(waiting.put_within(changes(Some(9)), limit), "within the bound once it is cut");
    let ten: Vec<_> = changes(None).into_iter().take(10).collect();
    let mut waiting = Waiting::default();
    assert!(waiting.put_within(ten, limit), "the bound itself is within");
}
