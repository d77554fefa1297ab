//! How many bytes and DOM operations changes of a 1,000-row keyed table take.
//!
//! A program's frame adds four bytes: the kind, the island and the acknowledged event.

use std::fmt::Write as _;

use holm_dom::{Applied, Outcome, Tree, diff};

const FRAME: usize = 4;

#[derive(Clone)]
struct Row {
    id: u32,
    name: String,
    amount: u32,
}

fn rows() -> Vec<Row> {
    (1..=1000).map(|id| Row { id, name: format!("Item number {id}"), amount: id * 7 % 1000 }).collect()
}

fn row(row: &Row) -> String {
    format!(
        "<tr data-key=\"{id}\"><td class=\"id\">{id}</td><td>{name}</td><td class=\"amount\">{amount}</td>\
         <td><button data-live=\"edit {{&quot;id&quot;:{id}}}\">Edit</button>\
         <button class=\"danger\" data-live=\"remove {{&quot;id&quot;:{id}}}\">Remove</button></td></tr>",
        id = row.id,
        name = row.name,
        amount = row.amount
    )
}

fn table(rows: &[Row]) -> String {
    let mut html = String::from(
        "<h2>Rows</h2><div class=\"tools\"><button data-live=\"add\">Add</button></div>\
         <table class=\"grid\"><thead><tr><th>Id</th><th>Name</th><th>Amount</th><th></th></tr></thead><tbody>",
    );
    for one in rows {
        let _ = write!(html, "{}", row(one));
    }
    html.push_str("</tbody></table>");
    html
}

fn edit(old: &[Row], new: &[Row]) -> (usize, Applied) {
    let (old, new) = (table(old), table(new));
    let mut program = Vec::new();
    assert_eq!(diff(&old, &new, &mut program), Outcome::Edits);
    let mut tree = Tree::parse(&old);
    let applied = tree.apply(&program).expect("the program fits the tree it was made from");
    assert_eq!(tree, Tree::parse(&new));
    (program.len() + FRAME, applied)
}

#[test]
fn one_cell_takes_twenty_bytes() {
    let old = rows();
    for at in [0, 1, 499, 998, 999] {
        let mut new = old.clone();
        new[at].amount += 1;
        let (bytes, applied) = edit(&old, &new);
        assert!(bytes <= 20, "{bytes} bytes for row {at}");
        assert_eq!(applied, Applied { texts: 1, ..Applied::default() });
    }
}

#[test]
fn one_row_in_front_takes_its_html_and_sixteen_bytes() {
    let old = rows();
    let fresh = Row { id: 1001, name: "New".to_owned(), amount: 1 };
    let html = row(&fresh).len();
    for at in [0, 500, 1000] {
        let mut new = old.clone();
        new.insert(at, fresh.clone());
        let (bytes, applied) = edit(&old, &new);
        assert!(bytes <= html + 16, "{bytes} bytes for a row of {html}");
        assert_eq!(applied, Applied { inserts: 1, ..Applied::default() });
    }
}

#[test]
fn removing_a_row_takes_a_few_bytes() {
    let old = rows();
    for at in [0, 500, 999] {
        let mut new = old.clone();
        new.remove(at);
        let (bytes, applied) = edit(&old, &new);
        assert!(bytes <= 16, "{bytes} bytes");
        assert_eq!(applied, Applied { removes: 1, ..Applied::default() });
    }
}

#[test]
fn swapping_two_rows_takes_twenty_four_bytes() {
    let old = rows();
    for (one, other) in [(1, 998), (0, 999), (4, 5), (300, 700)] {
        let mut new = old.clone();
        new.swap(one, other);
        let (bytes, applied) = edit(&old, &new);
        assert!(bytes <= 24, "{bytes} bytes");
        assert!(applied.moves <= 2);
    }
}

#[test]
fn reversing_takes_two_kilobytes() {
    let old = rows();
    let new: Vec<Row> = old.iter().rev().cloned().collect();
    let (bytes, applied) = edit(&old, &new);
    assert!(bytes <= 2048, "{bytes} bytes");
    assert_eq!(applied, Applied { moves: 999, ..Applied::default() });
}

#[test]
fn sorting_by_a_column_moves_each_row_once_at_most() {
    let old = rows();
    let mut new = old.clone();
    new.sort_by_key(|row| (row.amount, row.id));
    let (bytes, applied) = edit(&old, &new);
    assert!(applied.moves < 1000 && applied.inserts + applied.removes == 0);
    assert!(bytes < 4096, "{bytes} bytes");
}

#[test]
fn a_counter_takes_twelve_bytes() {
    let html = |count| {
        format!(
            "<button data-live=\"dec\">-</button><output>live: {count}</output><button data-live=\"inc\">+</button>"
        )
    };
    let mut program = Vec::new();
    assert_eq!(diff(&html(42), &html(43), &mut program), Outcome::Edits);
    assert!(program.len() + FRAME <= 12, "{} bytes", program.len() + FRAME);
}
