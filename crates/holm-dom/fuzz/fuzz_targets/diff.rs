//! Two texts, parted by the first 0xff: the program must turn the one's tree into the other's.
#![no_main]

use holm_dom::{Outcome, Shape, Tree, diff, diff_from};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut halves = data.splitn(2, |&byte| byte == 0xff).map(str::from_utf8);
    let (Some(Ok(old)), Some(Ok(new))) = (halves.next(), halves.next()) else { return };
    let (mut program, mut shape) = (Vec::new(), Shape::Unknown);
    let outcome = diff_from(old, new, &mut shape, &mut program);
    if outcome == Outcome::Edits {
        let mut tree = Tree::parse(old);
        tree.apply(&program).expect("the program fits the tree it was made from");
        assert_eq!(tree, Tree::parse(new));
    }
    if old != new {
        assert_eq!(shape, Shape::of(new));
    }
    // Whatever the shape really is, this must come to an end.
    program.clear();
    diff(old, new, &mut program);
});
