use super::*;

fn row(key: &str) -> Row {
    Row { key: key.to_owned(), html: format!("<li data-key={key}>") }
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
        assert_eq!(steps.bytes, steps.steps.iter().map(Step::bytes).sum::<usize>(), "{steps:?}");
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
    assert_eq!(sent([What::Clear, append("a"), append("b"), What::Remove("a".into())]), ["Fill b"]);
    assert_eq!(sent([What::Clear, What::Text("new".into())]), ["Clear", "Text new"]);
}

#[test]
fn of_a_row_that_changes_often_the_newest_travels_where_it_stands() {
    let changed = || What::Update(Row { key: "a".into(), html: "A".into() });
    assert_eq!(sent([append("a"), append("b"), changed()]), ["Append Ab"]);
    assert_eq!(sent([What::Update(row("a")), What::KeepLast(3), changed()]), ["Update A", "KeepLast 3"]);
    assert_eq!(sent([What::Before("x".into(), row("a")), changed()]), ["Before x|A"]);
    assert_eq!(sent([append("a"), What::Remove("a".into()), changed()]), ["Remove a"]);
    assert_eq!(sent([What::Clear, append("b"), changed()]), ["Fill b"]);
    assert_eq!(sent([append("b"), changed()]), ["Append b", "Update A"]);
}
