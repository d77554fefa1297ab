//! Lists whose rows are in the page only: their keys, their places, and a model of what the page makes of them.

use holm_wire::ListOp;
use holm_wire::list::{self, BETWEEN};

use crate::attrs;
use crate::node::{Context, Kind};
use crate::parse;
use crate::plain::attribute;
use crate::rules::Ns;
use crate::scan::{Scanner, Skim, Token, skim};
use crate::tree::{Child, Element, Tree, fragment};

/// A row's markup with its key, as `data-key` of its element.
///
/// ```
/// assert_eq!(holm_dom::keyed("<li>A</li>", "a&b").unwrap(), r#"<li data-key="a&amp;b">A</li>"#);
/// assert!(holm_dom::keyed("<li>A</li><li>B</li>", "a").is_err());
/// ```
///
/// # Errors
/// What to write instead, when the markup is not one element or the key cannot be one.
pub fn keyed(html: &str, key: &str) -> Result<String, &'static str> {
    let html = html.trim();
    if key.contains(BETWEEN) {
        return Err("a key holds a NUL character; leave it out");
    }
    let mut scanner = Scanner::new(html, 0);
    let Some(Token::Open { name, .. }) = scanner.clone().next() else {
        return Err("a row has to be one element, such as an `li`");
    };
    let mut depth = 0;
    loop {
        match skim(html, &mut scanner) {
            Some(Skim::In) => depth += 1,
            Some(Skim::Out) => depth -= 1,
            Some(Skim::Level) => {}
            Some(Skim::Lost) | None => return Err("a row is not closed; write its close tags"),
        }
        if depth <= 0 {
            break;
        }
    }
    if depth < 0 || scanner.next().is_some() {
        return Err("a row has to be one element: put what belongs together into one");
    }
    let mut out = String::with_capacity(html.len() + key.len() + 12);
    out.push_str(&html[..name.end]);
    attribute(&mut out, "data-key", key);
    out.push_str(&html[name.end..]);
    Ok(out)
}

/// Where the list of this name stands in an island's HTML: its element's name, and where its content ends.
fn place(html: &str, name: &str) -> Option<(String, Ns, usize)> {
    let (doc, _) = parse::survey(html, &Context::root());
    let found = doc.nodes.iter().skip(1).find(|node| {
        node.kind == Kind::Element
            && node.ignored
            && attrs::value(html, node.attrs.clone(), "data-live-list").is_some_and(|value| value == name)
    })?;
    Some((found.name.clone().into_owned(), found.ns, found.inner.end))
}

/// Whether an island's HTML holds the list of this name.
pub fn has_list(html: &str, name: &str) -> bool {
    let mut usual = String::new();
    attribute(&mut usual, "data-live-list", name);
    html.contains(&usual) || html.contains("data-live-list") && place(html, name).is_some()
}

/// An island's HTML with what these changes make of the list of this name; `None` when it holds no such list.
///
/// ```
/// use holm_wire::ListOp;
///
/// let html = r#"<ul data-live-list="rows"></ul>"#;
/// let rows = r#"<li data-key="1">A</li>"#.to_owned();
/// assert_eq!(
///     holm_dom::fill_list(html, "rows", &[(ListOp::Append, rows)]).unwrap(),
///     r#"<ul data-live-list="rows"><li data-key="1">A</li></ul>"#
/// );
/// ```
pub fn fill_list(html: &str, name: &str, changes: &[(ListOp, String)]) -> Option<String> {
    let (tag, ns, at) = place(html, name)?;
    // The usual case.
    let rows = if let [(ListOp::Append | ListOp::Prepend | ListOp::Fill, rows)] = changes {
        rows.clone()
    } else {
        let mut list = Element { name: tag, ns, node: 0, attrs: Vec::new(), children: Vec::new(), raw: None };
        for (op, text) in changes {
            list.change(*op, text);
        }
        list.inner()
    };
    Some([&html[..at], &rows, &html[at..]].concat())
}

impl Tree {
    /// Changes a list, as the page does; `false` when there is no such list, or its rows are irregular markup.
    pub fn change_list(&mut self, op: ListOp, list: [u8; 2], text: &str) -> bool {
        let named =
            |element: &Element| element.attr("data-live-list").is_some_and(|name| list::name(name) == list);
        let Some(list) = find(&mut self.root, &named) else { return false };
        let raw = list.raw.take().unwrap_or_default();
        let Ok(children) = fragment(&raw, &list.name, list.ns) else {
            list.raw = Some(raw);
            return false;
        };
        list.children = children;
        let done = list.change(op, text);
        list.raw = Some(list.inner());
        list.children = Vec::new();
        done
    }

    /// Takes over the rows that lists of the same names have in another tree, as a morph keeps them.
    pub fn keep_lists(&mut self, other: &mut Self) {
        fn visit(element: &mut Element, other: &mut Element) {
            if let Some(name) = element.attr("data-live-list").map(str::to_owned) {
                let named = |element: &Element| element.attr("data-live-list") == Some(&name);
                element.raw = find(other, &named).and_then(|before| before.raw.take()).or(element.raw.take());
            }
            for child in &mut element.children {
                if let Child::Element(child) = child {
                    visit(child, other);
                }
            }
        }
        visit(&mut self.root, &mut other.root);
    }
}

fn find<'t>(element: &'t mut Element, is: &dyn Fn(&Element) -> bool) -> Option<&'t mut Element> {
    if is(element) {
        return Some(element);
    }
    element.children.iter_mut().find_map(|child| match child {
        Child::Element(child) => find(child, is),
        _ => None,
    })
}

impl Element {
    fn inner(&self) -> String {
        let mut out = String::new();
        self.write_inner(&mut out, None);
        out
    }

    /// What a list frame does to the element that holds the rows.
    fn change(&mut self, op: ListOp, text: &str) -> bool {
        let (other, html) = match op {
            ListOp::Before => text.split_once(BETWEEN).unwrap_or(("", text)),
            _ => ("", text),
        };
        let rows = match op {
            ListOp::Append | ListOp::Prepend | ListOp::Fill | ListOp::Before | ListOp::Update => {
                match fragment(html, &self.name, self.ns) {
                    Ok(rows) => rows,
                    Err(_) => return false,
                }
            }
            _ => Vec::new(),
        };
        let number = || text.parse().unwrap_or(usize::MAX);
        match op {
            ListOp::Append => self.put(rows, |list| list.children.len()),
            ListOp::Prepend => self.put(rows, |_| 0),
            ListOp::Fill => {
                self.children.clear();
                self.put(rows, |list| list.children.len());
            }
            ListOp::Before => self.put(rows, |list| list.row(other).unwrap_or(list.children.len())),
            ListOp::Update => {
                for row in rows {
                    if let Some(at) = key(&row).and_then(|key| self.row(key)) {
                        self.children[at] = row;
                    }
                }
            }
            ListOp::Remove => {
                if let Some(at) = self.row(text) {
                    self.children.remove(at);
                }
            }
            ListOp::Clear => self.children.clear(),
            ListOp::KeepLast => {
                let more = self.children.len().saturating_sub(number());
                self.children.drain(..more);
            }
            ListOp::KeepFirst => self.children.truncate(number()),
            ListOp::Text => match self.children.last_mut() {
                Some(Child::Text(last)) => last.push_str(text),
                _ => self.children.push(Child::Text(text.to_owned())),
            },
        }
        true
    }

    fn put(&mut self, rows: Vec<Child>, at: impl Fn(&Self) -> usize) {
        for row in &rows {
            if let Some(at) = key(row).and_then(|key| self.row(key)) {
                self.children.remove(at);
            }
        }
        let at = at(self);
        self.children.splice(at..at, rows);
    }

    fn row(&self, wanted: &str) -> Option<usize> {
        self.children.iter().position(|child| key(child) == Some(wanted))
    }
}

fn key(child: &Child) -> Option<&str> {
    match child {
        Child::Element(element) => element.attr("data-key"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISLAND: &str = r#"<h1>A</h1><ul data-live-list="rows"></ul><p data-live-list="log"></p>"#;

    fn row(key: &str) -> String {
        keyed(&format!("<li>{key}</li>"), key).expect("a row")
    }

    fn keys(tree: &Tree) -> String {
        let html = tree.to_html();
        let mut parts = html.split("data-key=\"").skip(1).map(|part| &part[..part.find('"').unwrap_or(0)]);
        parts.by_ref().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_row_is_one_closed_element() {
        assert_eq!(
            keyed(" <tr><td>1</td></tr>\n", "7").as_deref(),
            Ok(r#"<tr data-key="7"><td>1</td></tr>"#)
        );
        assert_eq!(keyed("<br>", "7").as_deref(), Ok(r#"<br data-key="7">"#));
        assert_eq!(
            keyed("<li data-key=\"2\">x</li>", "7").as_deref(),
            Ok(r#"<li data-key="7" data-key="2">x</li>"#)
        );
        for html in [
            "",
            "text",
            "text <li></li>",
            "<li>",
            "<li></li>x",
            "<li></li><li></li>",
            "</li>",
            "<!--x--><li></li>",
        ] {
            assert!(keyed(html, "7").is_err(), "{html}");
        }
        assert!(keyed("<li></li>", "a\0b").is_err());
    }

    #[test]
    fn every_operation_does_what_its_name_says_and_twice_is_as_once() {
        let steps = [
            (ListOp::Append, row("a") + &row("b"), "a b"),
            (ListOp::Prepend, row("y") + &row("z"), "y z a b"),
            (ListOp::Before, format!("a\0{}", row("m")), "y z m a b"),
            (ListOp::Update, row("m").replace(">m<", ">M<"), "y z m a b"),
            (ListOp::Remove, "z".to_owned(), "y m a b"),
            (ListOp::Append, row("y"), "m a b y"),
            (ListOp::Update, row("gone"), "m a b y"),
            (ListOp::Before, format!("gone\0{}", row("e")), "m a b y e"),
            (ListOp::KeepLast, "4".to_owned(), "a b y e"),
            (ListOp::KeepFirst, "3".to_owned(), "a b y"),
            (ListOp::Fill, row("y") + &row("q"), "y q"),
            (ListOp::Clear, String::new(), ""),
        ];
        let mut tree = Tree::parse(ISLAND);
        for (op, text, expected) in steps {
            for _ in 0..2 {
                assert!(tree.change_list(op, list::name("rows"), &text), "{op:?}");
                assert_eq!(keys(&tree), expected, "{op:?}");
            }
        }
        assert!(!tree.change_list(ListOp::Clear, list::name("others"), ""));
    }

    #[test]
    fn text_is_text_and_a_new_tree_takes_over_what_the_lists_hold() {
        let mut tree = Tree::parse(ISLAND);
        for text in ["a <b>", " & c"] {
            assert!(tree.change_list(ListOp::Text, list::name("log"), text));
        }
        let mut after = Tree::parse(r#"<h1>B</h1><p class="x" data-live-list="log"></p>"#);
        after.keep_lists(&mut tree);
        assert_eq!(after.to_html(), r#"<h1>B</h1><p class="x" data-live-list="log">a &lt;b&gt; &amp; c</p>"#);
    }

    #[test]
    fn a_page_is_served_with_its_rows() {
        let changes = [(ListOp::Append, row("a") + &row("b")), (ListOp::KeepLast, "1".to_owned())];
        let html = fill_list(ISLAND, "rows", &changes).expect("the list is there");
        assert_eq!(html, ISLAND.replace("></ul>", r#"><li data-key="b">b</li></ul>"#));
        assert_eq!(fill_list(ISLAND, "others", &changes), None);
        assert!(
            has_list(ISLAND, "log") && has_list("<ul data-live-list=x></ul>", "x") && !has_list(ISLAND, "ro")
        );
    }
}
