//! `apply(diff(a, b), a) == b`, over trees like those maud writes and over markup that no parser keeps.

use holm_dom::{Outcome, Shape, Tree, diff_from};
use proptest::prelude::*;

#[path = "support/markup.rs"]
mod support;

use support::markup;

fn island() -> impl Strategy<Value = String> {
    prop::collection::vec(markup(3), 0..6).prop_map(|parts| parts.concat())
}

fn holds(old: &str, new: &str, mut shape: Shape) -> Result<(), TestCaseError> {
    let (mut tree, wanted) = (Tree::parse(old), Tree::parse(new));
    let mut program = Vec::new();
    let known = Shape::of(old);
    match diff_from(old, new, &mut shape, &mut program) {
        Outcome::Same => {
            prop_assert_eq!(&tree, &wanted);
            return Ok(());
        }
        Outcome::Snapshot => prop_assert!(program.is_empty()),
        Outcome::Edits => match tree.apply(&program) {
            Ok(_) => prop_assert_eq!(&tree, &wanted, "{} -> {}", old, new),
            Err(error) => return Err(TestCaseError::fail(format!("{error}: {old} -> {new}"))),
        },
    }
    if old != new {
        prop_assert_eq!(shape, Shape::of(new), "{:?} {} -> {}", known, old, new);
    }
    Ok(())
}

proptest! {
    #[test]
    fn edits_turn_the_old_tree_into_the_new_one(old in island(), new in island()) {
        holds(&old, &new, Shape::Unknown)?;
        holds(&old, &new, Shape::Irregular)?;
    }

    #[test]
    fn a_change_inside_a_larger_island_holds_too(
        head in island(), tail in island(), old in markup(3), new in markup(3), wrap in 0..4usize,
    ) {
        let (open, close) = [("", ""), ("<ul id=\"list\">", "</ul>"), ("<div data-key=\"w\">", "</div>"), ("<p>", "</p>")][wrap];
        let old = format!("{head}{open}{old}{close}{tail}");
        let new = format!("{head}{open}{new}{close}{tail}");
        holds(&old, &new, Shape::Unknown)?;
        holds(&old, &new, Shape::Irregular)?;
    }
}
