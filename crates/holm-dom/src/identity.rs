//! Which element of a tree is which: numbers that edits leave alone, and that a new picture takes over.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::tree::{Child, Element, Tree};

/// A number that no element has.
pub(crate) fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Tree {
    /// Takes over which element is which from the tree that this one is put in place of, as a page does that
    /// morphs a whole picture in: by `id`, then `data-key`, then kind and order.
    pub fn inherit(&mut self, before: &Self) {
        let mut by_id = Vec::new();
        collect(&before.root, &mut by_id);
        inherit(&mut self.root, &before.root, &by_id);
    }
}

fn elements(element: &Element) -> impl Iterator<Item = &Element> {
    element
        .children
        .iter()
        .filter_map(|child| if let Child::Element(child) = child { Some(child) } else { None })
}

fn collect<'t>(element: &'t Element, by_id: &mut Vec<&'t Element>) {
    for child in elements(element) {
        if child.attr("id").is_some() {
            by_id.push(child);
        }
        collect(child, by_id);
    }
}

fn inherit(new: &mut Element, old: &Element, by_id: &[&Element]) {
    let mut left: Vec<&Element> = elements(old).collect();
    for child in &mut new.children {
        let Child::Element(child) = child else { continue };
        let at = left
            .iter()
            .position(|old| same(old, child, "data-key"))
            .or_else(|| left.iter().position(|old| is_like(old, child)));
        let named = by_id.iter().find(|old| same(old, child, "id")).copied();
        let old = named.or_else(|| at.map(|at| left[at]));
        if let Some(old) = old {
            left.retain(|other| other.node != old.node);
            child.node = old.node;
            inherit(child, old, by_id);
        }
    }
}

/// Whether both are of one kind and have the same value of this attribute.
fn same(old: &Element, new: &Element, name: &str) -> bool {
    old.name == new.name && new.attr(name).is_some() && old.attr(name) == new.attr(name)
}

/// Whether they are alike where neither has a name that tells it from others.
fn is_like(old: &Element, new: &Element) -> bool {
    let told = ["id", "data-key", "name", "type"];
    old.name == new.name && told.iter().all(|name| old.attr(name) == new.attr(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(tree: &Tree) -> Vec<(String, u64)> {
        fn visit(element: &Element, out: &mut Vec<(String, u64)>) {
            for child in elements(element) {
                let name = ["id", "data-key", "name"].iter().find_map(|name| child.attr(name));
                out.push((name.unwrap_or(&child.name).to_owned(), child.node));
                visit(child, out);
            }
        }
        let mut out = Vec::new();
        visit(&tree.root, &mut out);
        out
    }

    fn number(tree: &Tree, name: &str) -> u64 {
        numbers(tree).into_iter().find(|(other, _)| other == name).expect("it is there").1
    }

    #[test]
    fn an_element_keeps_its_number_where_an_edit_moves_it() {
        let (old, new) = (
            "<ul><li data-key=a>A</li><li data-key=b>B</li><li data-key=c>C</li></ul>",
            "<ul><li data-key=c>C</li><li data-key=a>A</li><li data-key=d>D</li><li data-key=b>B</li></ul>",
        );
        let mut tree = Tree::parse(old);
        let before = numbers(&tree);
        let mut program = Vec::new();
        crate::diff(old, new, &mut program);
        tree.apply(&program).expect("it fits");
        for name in ["a", "b", "c"] {
            let was = before.iter().find(|(other, _)| other == name).expect("it was there").1;
            assert_eq!(number(&tree, name), was, "{name}");
        }
        assert!(before.iter().all(|(_, was)| *was != number(&tree, "d")));
    }

    #[test]
    fn a_new_picture_takes_over_what_is_the_same() {
        let before = Tree::parse("<p>x</p><form><input name=a><input name=b></form><div><b id=z></b></div>");
        let mut after =
            Tree::parse("<form><b id=z></b><input name=b><input name=a type=date></form><p>y</p>");
        after.inherit(&before);
        for name in ["p", "form", "b", "z"] {
            assert_eq!(number(&after, name), number(&before, name), "{name}");
        }
        assert_ne!(number(&after, "a"), number(&before, "a"), "another kind of field");
    }

    #[test]
    fn numbers_can_be_written_into_the_markup() {
        let tree = Tree::parse("<p>x</p><holm-island></holm-island>");
        let number = number(&tree, "p");
        let marked = format!("<p at=\"{number}\">x</p><holm-island></holm-island>");
        assert_eq!(tree.to_html_marked("at"), marked);
    }
}
