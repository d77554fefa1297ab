//! The page as a test finds it: elements by selector, and which of them is which over time.

use std::fmt::Write as _;
use std::panic::Location;

use scraper::{ElementRef, Html};

use super::Tab;
use crate::test::selector;

/// The attribute by which an element of an island is known again after edits. It is in no HTML that a test sees.
pub(super) const MARK: &str = "data-holm-node";
/// How many elements a failure names, and how much of the page it shows.
const NAMED: usize = 60;
const SHOWN: usize = 6_000;

/// The page at one moment.
#[derive(Debug)]
pub(super) struct Screen {
    html: Html,
    /// The test's line that looks at it.
    at: &'static Location<'static>,
}

impl Screen {
    pub(super) fn of(tab: &Tab) -> Self {
        Self::at(tab, tab.at)
    }

    /// What this line of a test looks at.
    pub(super) fn at(tab: &Tab, at: &'static Location<'static>) -> Self {
        Self { html: Html::parse_document(&tab.marked()), at }
    }

    pub(super) fn all<'s>(&'s self, css: &str) -> Vec<ElementRef<'s>> {
        self.html.select(&selector(css)).collect()
    }

    /// The first that matches, or a failure that says what is there.
    pub(super) fn one(&self, css: &str) -> ElementRef<'_> {
        self.html
            .select(&selector(css))
            .next()
            .unwrap_or_else(|| panic!("{}: nothing matches {css:?}. {}", self.at, self.advice()))
    }

    /// The first that matches in this island, or else anywhere.
    pub(super) fn in_island(&self, instance: &str, css: &str) -> Option<ElementRef<'_>> {
        let all = self.all(css);
        let inside = |element: &ElementRef<'_>| instance_of(*element).as_deref() == Some(instance);
        all.iter().copied().find(inside).or(all.first().copied())
    }

    /// The element with this `id`.
    pub(super) fn by_id(&self, id: &str) -> Option<ElementRef<'_>> {
        self.all("[id]").into_iter().find(|element| element.attr("id") == Some(id))
    }

    /// The element with this key.
    pub(super) fn by_key(&self, key: &str) -> Option<ElementRef<'_>> {
        if let Some(number) = key.strip_prefix('#').filter(|rest| !rest.contains('/')) {
            return self.html.select(&selector(&format!("[{MARK}=\"{number}\"]"))).next();
        }
        self.all("*").into_iter().find(|element| key_of(*element) == key)
    }

    /// What a test can reach, for those who look for something else.
    pub(super) fn advice(&self) -> String {
        let lively = |element: &ElementRef<'_>| {
            let live = |name: &str| name.starts_with("data-live");
            is_control(*element) || element.value().attrs().any(|(name, _)| live(name))
        };
        let named: Vec<_> = self.all("body *").into_iter().filter(lively).map(describe).take(NAMED).collect();
        format!("What can be reached: {}\n{}", named.join(", "), self.page())
    }

    /// The islands' markup, then that of the page around them.
    pub(super) fn page(&self) -> String {
        let mut around: String = self.all("body").into_iter().map(|body| body.html()).collect();
        let mut page = String::new();
        let outermost = |island: &ElementRef<'_>| {
            !island
                .ancestors()
                .filter_map(ElementRef::wrap)
                .any(|above| above.value().name() == "holm-island")
        };
        for island in self.all("holm-island").into_iter().filter(outermost) {
            let html = island.html();
            around = around.replacen(&html, "<holm-island>…</holm-island>", 1);
            let _ = writeln!(page, "{}", without(&without_marks(&html), "data-seal"));
        }
        let _ = write!(page, "in the page\n{}", without_marks(&around));
        if page.len() > SHOWN {
            page.truncate(page.floor_char_boundary(SHOWN));
            page.push('…');
        }
        page
    }
}

/// Markup as the page has it.
pub(super) fn without_marks(html: &str) -> String {
    without(html, MARK)
}

/// Markup without this attribute.
fn without(html: &str, attribute: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    let mark = format!(" {attribute}=\"");
    while let Some((before, after)) = rest.split_once(&mark) {
        out.push_str(before);
        rest = after.split_once('"').map_or("", |(_, rest)| rest);
    }
    out + rest
}

/// What an element is known by: its number, or the way to it from one that has a number.
pub(super) fn key_of(element: ElementRef<'_>) -> String {
    if let Some(number) = element.attr(MARK) {
        return format!("#{number}");
    }
    let name = element.value().name();
    let parent = element.parent().and_then(ElementRef::wrap);
    let above = parent.map(key_of).unwrap_or_default();
    let told = ["data-instance", "id", "data-key"];
    if let Some(told) = told.iter().find_map(|name| element.attr(name)) {
        return format!("{above}/{name}={told}");
    }
    let like =
        |other: &ElementRef<'_>| other.value().name() == name && other.attr("name") == element.attr("name");
    let before = element.prev_siblings().filter_map(ElementRef::wrap).filter(like).count();
    format!("{above}/{name}.{}:{before}", element.attr("name").unwrap_or_default())
}

/// The element and those around it, from the inside.
pub(super) fn around(element: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap))
}

/// The nearest of them with this attribute.
pub(super) fn closest<'s>(element: ElementRef<'s>, attribute: &str) -> Option<ElementRef<'s>> {
    around(element).find(|element| element.attr(attribute).is_some())
}

/// The island that an element stands in.
pub(super) fn instance_of(element: ElementRef<'_>) -> Option<String> {
    around(element).find_map(|element| element.attr("data-instance")).map(str::to_owned)
}

pub(super) fn is_control(element: ElementRef<'_>) -> bool {
    matches!(element.value().name(), "input" | "textarea" | "select" | "button")
}

/// Whether a visitor writes in this element itself.
pub(super) fn is_editable(element: ElementRef<'_>) -> bool {
    element.attr("contenteditable").is_some_and(|on| !on.eq_ignore_ascii_case("false"))
}

/// A selector that tells an element from most others.
pub(super) fn describe(element: ElementRef<'_>) -> String {
    let mut out = element.value().name().to_owned();
    if let Some(id) = element.value().id() {
        return format!("{out}#{id}");
    }
    for class in element.value().classes() {
        out.push('.');
        out.push_str(class);
    }
    for name in ["name", "type", "aria-label", "data-key", "data-live", "data-live-submit"] {
        if let Some(value) = element.attr(name) {
            let _ = write!(out, "[{name}={value:?}]");
        }
    }
    out
}
