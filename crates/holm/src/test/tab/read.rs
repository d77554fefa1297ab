//! What a test reads off a tab.

use std::panic::Location;
use std::time::Duration;

use holm_dom::Tree;
use scraper::Html;

use super::field::Holds;
use super::screen::{MARK, Screen, without_marks};
use super::{Act, Edit, Problem, Pushed, Tab};
use crate::island::scope::placeholder;
use crate::test::{selector, text_in};

impl Tab {
    /// An island's HTML as the page shows it; nested islands are empty in it.
    ///
    /// # Panics
    /// When there is no such island.
    pub fn html(&self, instance: &str) -> String {
        self.joined(instance).unwrap_or_else(|| panic!("there is no island {instance:?}")).tree.to_html()
    }

    /// The whole document as the page shows it now.
    pub fn document(&self) -> String {
        self.layout.fill(&|instance| self.show(instance, false))
    }

    /// The document whose elements can be told from each other.
    pub(super) fn marked(&self) -> String {
        self.layout.fill(&|instance| self.show(instance, true))
    }

    fn show(&self, instance: &str, marked: bool) -> Option<String> {
        let island = self.joined(instance)?;
        let mut html = if marked { island.tree.to_html_marked(MARK) } else { island.tree.to_html() };
        let prefix = format!("{instance}/");
        for nested in &self.islands {
            let Some(key) = nested.instance.strip_prefix(&prefix) else { continue };
            let empty = Tree::parse(&placeholder(key, &nested.name)).to_html();
            if html.contains(&empty) {
                let open =
                    empty.replace("></holm-island>", &format!(" data-instance=\"{}\">", nested.instance));
                let inner = self.show(&nested.instance, marked).unwrap_or_default();
                html = html.replacen(&empty, &format!("{open}{inner}</holm-island>"), 1);
            }
        }
        Some(html)
    }

    /// The text of the first element that a CSS selector finds, or `""`.
    ///
    /// # Panics
    /// When the selector is none.
    pub fn text(&self, css: &str) -> String {
        text_in(&Html::parse_document(&self.document()), css)
    }

    /// How many elements a CSS selector finds.
    ///
    /// # Panics
    /// When the selector is none.
    pub fn count(&self, css: &str) -> usize {
        Html::parse_document(&self.document()).select(&selector(css)).count()
    }

    /// An attribute of the first element that a CSS selector finds.
    ///
    /// # Panics
    /// When the selector is none.
    pub fn attr(&self, css: &str, name: &str) -> Option<String> {
        let document = Html::parse_document(&self.document());
        document.select(&selector(css)).next()?.attr(name).map(str::to_owned)
    }

    /// The HTML of the first element that a CSS selector finds, itself included; `None` where nothing is.
    ///
    /// # Panics
    /// When the selector is none.
    pub fn find(&self, css: &str) -> Option<String> {
        let document = Html::parse_document(&self.document());
        document.select(&selector(css)).next().map(|element| without_marks(&element.html()))
    }

    /// What a field holds for its visitor: the text, or the value of the option that is chosen; of a box or a radio
    /// button, what it sends when it is ticked.
    ///
    /// # Panics
    /// When nothing is found.
    #[track_caller]
    pub fn value(&self, css: &str) -> String {
        let screen = Screen::at(self, Location::caller());
        self.fields.text(screen.one(css))
    }

    /// The values of all options that are chosen.
    ///
    /// # Panics
    /// When nothing is found.
    #[track_caller]
    pub fn values(&self, css: &str) -> Vec<String> {
        let screen = Screen::at(self, Location::caller());
        match self.fields.of(screen.one(css)) {
            Holds::Chosen(chosen) | Holds::Files(chosen) => chosen,
            Holds::Text(text) => vec![text],
            Holds::Ticked(_) => Vec::new(),
        }
    }

    /// Whether a checkbox or radio button is ticked for its visitor.
    ///
    /// # Panics
    /// When nothing is found.
    #[track_caller]
    pub fn is_checked(&self, css: &str) -> bool {
        let screen = Screen::at(self, Location::caller());
        self.fields.is_ticked(screen.one(css))
    }

    /// The frame of every event so far, as it was sent the first time.
    pub fn sent(&self) -> &[Vec<u8>] {
        &self.sent
    }

    /// Every edit so far, oldest first.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// How many frames have changed lists so far.
    pub fn list_frames(&self) -> usize {
        self.changes
    }

    /// Everything islands pushed to the page's scripts.
    pub fn pushed(&self) -> &[Pushed] {
        &self.pushed
    }

    /// Everything islands had the page do by itself ([`Cx::reset`](crate::Cx::reset), [`Cx::focus`](crate::Cx::focus)).
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// Every error frame so far.
    pub fn errors(&self) -> &[Problem] {
        &self.errors
    }

    /// How many events sent to an island are neither acknowledged nor refused.
    ///
    /// # Panics
    /// When there is no such island.
    pub fn unacknowledged(&self, instance: &str) -> u64 {
        let island = self.joined(instance).unwrap_or_else(|| panic!("there is no island {instance:?}"));
        island.sent - island.acked
    }

    /// The counts of this page's and of all viewers, where the page asks for them.
    pub fn presence(&self) -> (Option<u64>, Option<u64>) {
        self.presence
    }

    /// The title an island set.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The address an island sent the page to.
    pub fn redirect(&self) -> Option<&str> {
        self.redirect.as_deref()
    }

    /// How long a server that goes away asked the page to stay away.
    pub fn come_back(&self) -> Option<Duration> {
        self.come_back
    }

    /// The session's token as the header `holm-session` carries it, for requests beside the connection.
    pub fn session(&self) -> String {
        crate::test::token_text(&self.token)
    }

    /// An island's newest seal, as the page would send it back.
    ///
    /// # Panics
    /// When there is no such island.
    pub fn seal(&self, instance: &str) -> &[u8] {
        &self.joined(instance).unwrap_or_else(|| panic!("there is no island {instance:?}")).seal
    }
}
