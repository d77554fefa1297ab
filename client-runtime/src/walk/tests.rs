//! The walk against holm-wire's own reading of programs.

use std::fmt::Write;

use holm_wire::edit::{Op, Piece, order, put_op};

use super::{Dom, walk};
use crate::fields::Fields;

/// Writes down every step; `lacks` makes the step with that number fail.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) steps: Vec<String>,
    pub(crate) lacks: Option<usize>,
    pub(crate) count: u32,
}

impl Log {
    fn step(&mut self, text: &str) -> bool {
        self.steps.push(text.to_owned());
        self.lacks != Some(self.steps.len() - 1)
    }
}

fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("programs in tests are text")
}

impl Dom for Log {
    fn go(&mut self, levels: u32, index: i32, next: i32) -> bool {
        (levels == 0 || self.step(&format!("up {levels}")))
            && (index < 0 || self.step(&format!("child {index}")))
            && (next < 0 || self.step(&format!("child {next}")))
    }
    fn find(&mut self, id: bool, key: &[u8]) -> bool {
        self.step(&format!("{} {}", if id { "id" } else { "key" }, utf8(key)))
    }
    fn text(&mut self, index: u32, keep: u32, delete: Option<u32>, data: &[u8]) -> bool {
        self.step(&format!("text {index} {keep} {delete:?} {}", utf8(data)))
    }
    fn attr(&mut self, name: &[u8], value: Option<&[u8]>) -> bool {
        self.step(&format!("attr {} {:?}", utf8(name), value.map(utf8)))
    }
    fn insert(&mut self, index: u32, html: &[u8]) -> bool {
        self.step(&format!("insert {index} {}", utf8(html)))
    }
    fn remove(&mut self, index: u32, count: u32) -> bool {
        self.step(&format!("remove {index} {count}"))
    }
    fn shift(&mut self, from: u32, to: u32, count: u32) -> bool {
        self.step(&format!("move {from} {to} {count}"))
    }
    fn count(&mut self) -> u32 {
        self.count
    }
    fn run(&mut self, start: u32, len: u32, down: bool, stay: bool, whole: bool) -> bool {
        let mut text = format!("run {start} {len}");
        for (is, word) in [(down, " down"), (stay, " stay"), (whole, " whole")] {
            write!(text, "{}", if is { word } else { "" }).expect("a String takes everything");
        }
        self.step(&text)
    }
    fn fresh(&mut self, html: &[u8]) -> bool {
        self.step(&format!("fresh {}", utf8(html)))
    }
    fn settle(&mut self, whole: bool) -> bool {
        self.step(&format!("settle {whole}"))
    }
    fn inner(&mut self, html: &[u8]) -> bool {
        self.step(&format!("inner {}", utf8(html)))
    }
}

fn check(program: &[u8], log: &mut Log, expected: &[&str]) -> bool {
    let done = walk(Fields::new(program), log);
    assert_eq!(log.steps, expected);
    done
}

#[test]
fn every_operation_becomes_its_step() {
    let long = "n".repeat(300);
    let ops = [
        (Op::Up { levels: 1 }, String::new()),
        (Op::Up { levels: 40 }, "up 41".to_owned()),
        (Op::Child { index: 14 }, "child 14".to_owned()),
        (Op::Child { index: 15 }, "child 15".to_owned()),
        (Op::Child { index: 100_000 }, "child 100000".to_owned()),
        (Op::Id("a"), "id a".to_owned()),
        (Op::Key("ü"), "key ü".to_owned()),
        (Op::Key(&long), format!("key {long}")),
        (Op::Text { index: 1, data: "x" }, "text 1 0 None x".to_owned()),
        (Op::Splice { index: 2, keep: 3, delete: 400, insert: "y" }, "text 2 3 Some(400) y".to_owned()),
        (Op::Attr { name: "xlink:href", value: "" }, "attr xlink:href Some(\"\")".to_owned()),
        (Op::Unattr { name: "@click" }, "attr @click None".to_owned()),
        (Op::Insert { index: 0, html: "<p>" }, "insert 0 <p>".to_owned()),
        (Op::Remove { index: 3, count: 1 }, "remove 3 1".to_owned()),
        (Op::Move { from: 1, to: 2, count: 3 }, "move 1 2 3".to_owned()),
        (Op::Inner(&long), format!("inner {long}")),
    ];
    let mut program = Vec::new();
    for (op, _) in &ops {
        put_op(&mut program, op);
    }
    let expected: Vec<&str> =
        ops.iter().map(|(_, step)| step.as_str()).filter(|step| !step.is_empty()).collect();
    assert!(check(&program, &mut Log::default(), &expected));
}

#[test]
fn an_order_is_named_piece_by_piece() {
    let mut program = Vec::new();
    order(
        &mut program,
        &[
            Piece::Run { start: 9, len: 3, down: true, stay: false },
            Piece::Html("<li>"),
            Piece::Run { start: 0, len: 7, down: false, stay: true },
        ],
    );
    let steps = ["run 7 3 down", "fresh <li>", "run 0 7 stay", "settle false"];
    assert!(check(&program, &mut Log { count: 10, ..Log::default() }, &steps));
    let steps = ["run 7 3 down whole", "fresh <li>", "run 0 7 stay whole", "settle true"];
    assert!(check(&program, &mut Log { count: 11, ..Log::default() }, &steps));
}

#[test]
fn downward_runs_read_as_they_were_written() {
    let mut program = Vec::new();
    let pieces = [(999, 500), (499, 400), (50, 51)];
    order(&mut program, &pieces.map(|(start, len)| Piece::Run { start, len, down: true, stay: false }));
    put_op(&mut program, &Op::Child { index: 3 });
    let steps =
        ["run 500 500 down whole", "run 100 400 down whole", "run 0 51 down whole", "settle true", "child 3"];
    assert!(check(&program, &mut Log { count: 1000, ..Log::default() }, &steps));
}

#[test]
fn the_walk_ends_where_the_page_is_another() {
    let mut program = Vec::new();
    for index in 0..3 {
        put_op(&mut program, &Op::Child { index });
    }
    assert!(!check(&program, &mut Log { lacks: Some(1), ..Log::default() }, &["child 0", "child 1"]));
}

#[test]
fn bytes_that_are_no_program_do_nothing_wrong() {
    assert!(!walk(Fields::new(&[0x0f]), &mut Log::default()));
    for length in 0..6 {
        let mut program = Vec::new();
        put_op(&mut program, &Op::Text { index: 1, data: "words" });
        // A cut text is an empty one at most; the page's check on the next join finds it.
        walk(Fields::new(&program[..length]), &mut Log::default());
    }
}
