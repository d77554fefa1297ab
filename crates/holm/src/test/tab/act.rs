//! What a visitor does: clicks, types, chooses, submits. The page says of it what the client would.

use std::panic::Location;

use scraper::ElementRef;

use super::Tab;
use super::entries::{self, controls, default_button, form_of, is_disabled, others_of_group};
use super::field::{Holds, Kind, option_value, options, sanitized};
use super::screen::{Screen, around, closest, describe, instance_of, is_control, key_of};
use super::send::said;

impl Tab {
    /// Clicks the first element that a CSS selector finds, and waits for the answer.
    ///
    /// Beside sending the event of `data-live` it does what a browser does: a box is ticked, a submit button submits
    /// its form, a reset button resets it, a label clicks its field; the focus comes to what is clicked.
    ///
    /// # Panics
    /// When nothing is found, it is disabled, or a click on it does nothing.
    #[track_caller]
    pub fn click(&mut self, css: &str) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            self.clicks(css).await;
        }
    }

    async fn clicks(&mut self, css: &str) {
        {
            let screen = Screen::of(self);
            let element = screen.one(css);
            let button = around(element).find(|element| is_control(*element));
            assert!(!button.is_some_and(is_disabled), "{css:?} is disabled, so a click does nothing");
            let focus = around(element).find(|element| takes_focus(*element));
            self.note_move();
            self.move_focus(&screen, focus);
            let sent = self.sent.len();
            let did = self.click_at(&screen, element);
            assert!(
                did || self.sent.len() > sent,
                "a click on {css:?} does nothing: {} is not inside an element with `data-live` in a live island. {}",
                describe(element),
                screen.advice()
            );
        }
        self.answers().await;
    }

    /// Clicks it twice, as a browser says it: each click, then `data-live-dblclick`.
    ///
    /// # Panics
    /// When nothing is found, or no element around it has `data-live-dblclick`.
    #[track_caller]
    pub fn dblclick(&mut self, css: &str) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            {
                let screen = Screen::of(self);
                let element = screen.one(css);
                let heard = closest(element, "data-live-dblclick");
                let heard =
                    heard.unwrap_or_else(|| panic!("nothing around {css:?} has `data-live-dblclick`"));
                let focus = around(element).find(|element| takes_focus(*element));
                self.note_move();
                self.move_focus(&screen, focus);
                self.click_at(&screen, element);
                self.click_at(&screen, element);
                self.say_of(heard, "dblclick", Vec::new(), Vec::new());
            }
            self.answers().await;
        }
    }

    /// Whether the click did anything.
    pub(super) fn click_at(&mut self, screen: &Screen, element: ElementRef<'_>) -> bool {
        let active =
            around(element).find(|element| is_control(*element) || element.value().name() == "label");
        let kind = active.and_then(Kind::of);
        let mut did = false;
        if let (Some(control), Some(Kind::Check | Kind::Radio)) = (active, kind) {
            did |= self.toggle(screen, control);
        }
        let mut prevented = false;
        if let Some(target) = closest(element, "data-live").filter(|target| !is_disabled(*target)) {
            let brought = match target.attr("value").map(|_| self.fields.text(target)) {
                Some(value) => {
                    let name = target.attr("name").filter(|name| !name.is_empty()).unwrap_or("value");
                    if name.starts_with("holm-") { Vec::new() } else { vec![(name.to_owned(), value)] }
                }
                None => Vec::new(),
            };
            let text = target.attr("data-live").unwrap_or_default();
            if let Some(said) = said(target, text, brought).filter(|_| !text.is_empty()) {
                self.emit(said);
                did = true;
                prevented = Kind::of(target) == Some(Kind::Submit) || target.value().name() == "a";
            }
        }
        let Some(active) = active.filter(|_| !prevented) else { return did };
        let form = form_of(screen, active);
        match (kind, form) {
            (Some(Kind::Check | Kind::Radio), _) if did => {
                self.hear_change(screen, active, "input");
                self.hear_change(screen, active, "change");
                self.fields.tell(active);
            }
            (Some(Kind::Submit), Some(form)) => did |= self.submit_form(screen, form, Some(active)),
            (Some(Kind::Reset), Some(form)) => {
                for control in controls(screen, form) {
                    self.fields.reset(control, u64::MAX);
                }
                did = true;
            }
            (None, _) => {
                // A label.
                let inside = || active.descendent_elements().skip(1).find(|inner| is_control(*inner));
                let named = active.attr("for").and_then(|id| screen.by_id(id));
                let control = named.or_else(inside).filter(|control| !is_disabled(*control));
                if let Some(control) = control {
                    self.move_focus(screen, Some(control));
                    did |= is_control(element) || self.click_at(screen, control);
                }
            }
            // A radio button that is picked stays so.
            (Some(Kind::Radio), _) => did = true,
            _ => {}
        }
        did
    }

    /// Ticks or unticks; whether that changed something.
    fn toggle(&mut self, screen: &Screen, control: ElementRef<'_>) -> bool {
        let ticked = self.fields.is_ticked(control);
        let radio = Kind::of(control) == Some(Kind::Radio);
        if radio && ticked {
            return false;
        }
        self.touch(control, Holds::Ticked(!ticked));
        if radio {
            for other in others_of_group(screen, control) {
                if self.fields.is_ticked(other) {
                    self.touch(other, Holds::Ticked(false));
                }
            }
        }
        true
    }

    /// Puts this text into a field, or into something `contenteditable`, in place of what is there, as somebody does who
    /// types or pastes it; sends what the attributes `data-live-input` of the field or its form say, and waits for the
    /// answer.
    ///
    /// What goes after a while (`data-live-debounce`) goes with [`Tab::advance`], or before the next event. The focus
    /// stays in the field: its `change` comes when it is left ([`Tab::blur`]), submitted, or with [`Tab::fill`].
    ///
    /// # Panics
    /// When nothing is found, or nobody can type there.
    #[track_caller]
    pub fn type_into(&mut self, css: &str, text: &str) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            {
                let screen = Screen::of(self);
                let field = screen.one(css);
                self.type_at(&screen, field, text);
            }
            self.answers().await;
        }
    }

    /// [`Tab::type_into`], then `data-live-change`, as of somebody who goes on to the next field; also for ranges,
    /// colours and dates.
    ///
    /// # Panics
    /// When nothing is found, or nobody can type there.
    #[track_caller]
    pub fn fill(&mut self, css: &str, text: &str) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            {
                let screen = Screen::of(self);
                let field = screen.one(css);
                self.type_at(&screen, field, text);
                self.commit(&screen, field);
            }
            self.answers().await;
        }
    }

    pub(super) fn type_at(&mut self, screen: &Screen, field: ElementRef<'_>, text: &str) {
        let kind = Kind::of(field);
        let hidden = field.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("hidden"));
        let typed = kind.is_some_and(|kind| kind.is_typed() || kind == Kind::Set) && !hidden;
        let shut = is_disabled(field) || field.attr("readonly").is_some();
        assert!(typed && !shut, "nobody can type into {}. {}", describe(field), screen.advice());
        self.move_focus(screen, Some(field));
        self.touch(field, Holds::Text(sanitized(field, text)));
        self.hear_change(screen, field, "input");
    }

    /// Ticks a checkbox or picks a radio button; sends what `data-live-input` and `data-live-change` say.
    ///
    /// # Panics
    /// When nothing is found, it is disabled, or is neither.
    #[track_caller]
    pub fn check(&mut self, css: &str) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            self.tick(css, true).await;
        }
    }

    /// Takes a checkbox's tick away.
    ///
    /// # Panics
    /// As [`Tab::check`].
    #[track_caller]
    pub fn uncheck(&mut self, css: &str) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            self.tick(css, false).await;
        }
    }

    async fn tick(&mut self, css: &str, ticked: bool) {
        let differs = {
            let screen = Screen::of(self);
            let control = screen.one(css);
            let kind = Kind::of(control);
            let verb = if ticked { "ticked" } else { "unticked" };
            let can = kind == Some(Kind::Check) || (kind == Some(Kind::Radio) && ticked);
            assert!(can, "{} cannot be {verb}", describe(control));
            self.fields.is_ticked(control) != ticked
        };
        if differs {
            self.clicks(css).await;
        }
    }

    /// Chooses options of a `select` by their values, and no others; sends what `data-live-input` and
    /// `data-live-change` say.
    ///
    /// # Panics
    /// When nothing is found, it is no select, or lacks such an option.
    #[track_caller]
    pub fn select(&mut self, css: &str, values: &[&str]) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            {
                let screen = Screen::of(self);
                let select = screen.one(css);
                assert!(Kind::of(select) == Some(Kind::Select), "{} is no select", describe(select));
                assert!(!is_disabled(select), "{css:?} is disabled");
                let there: Vec<_> = options(select).into_iter().map(option_value).collect();
                let lacking = values.iter().find(|value| there.iter().all(|other| other != *value));
                assert!(
                    lacking.is_none(),
                    "{} has no option {lacking:?}; it has {there:?}",
                    describe(select)
                );
                assert!(values.len() == 1 || select.attr("multiple").is_some(), "{css:?} takes one option");
                self.move_focus(&screen, Some(select));
                let chosen = values.iter().map(|value| (*value).to_owned()).collect();
                self.touch(select, Holds::Chosen(chosen));
                self.hear_change(&screen, select, "input");
                self.hear_change(&screen, select, "change");
                self.fields.tell(select);
            }
            self.answers().await;
        }
    }

    /// Submits a form as Enter in it does, and waits for the answer: the form that a CSS selector finds, or that of
    /// the field or button it finds. `fields` are filled in before; one that the form does not have is sent beside.
    ///
    /// All named fields go as a browser collects them, with the button that submits: the one that was found, or the
    /// form's first. Like a script that submits, it does not look at `required` and its like.
    ///
    /// # Panics
    /// When nothing is found, or the form has no `data-live-submit`.
    #[track_caller]
    pub fn submit(&mut self, css: &str, fields: &[(&str, &str)]) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            {
                let screen = Screen::of(self);
                let element = screen.one(css);
                let form = form_of(&screen, element);
                let form = form.unwrap_or_else(|| panic!("{css:?} is in no form. {}", screen.advice()));
                let found = Some(element).filter(|element| Kind::of(*element) == Some(Kind::Submit));
                let submitter = found.or_else(|| default_button(&screen, form));
                assert!(
                    !submitter.is_some_and(is_disabled),
                    "the form {css:?} cannot be submitted: its button is disabled"
                );
                let mut extra = Vec::new();
                for (name, value) in fields {
                    let named = controls(&screen, form).into_iter().find(|control| {
                        let kind = Kind::of(*control);
                        control.attr("name") == Some(name)
                            && kind.is_some_and(Kind::is_typed)
                            && !is_disabled(*control)
                    });
                    match named {
                        Some(field) if field.attr("readonly").is_none() => {
                            self.touch(field, Holds::Text(sanitized(field, value)));
                        }
                        _ => extra.push(((*name).to_owned(), (*value).to_owned())),
                    }
                }
                self.extra = extra;
                let did = self.submit_form(&screen, form, submitter);
                assert!(did, "the form {css:?} has no `data-live-submit`. {}", screen.advice());
            }
            self.answers().await;
        }
    }

    pub(super) fn submit_form(
        &mut self,
        screen: &Screen,
        form: ElementRef<'_>,
        submitter: Option<ElementRef<'_>>,
    ) -> bool {
        let extra = std::mem::take(&mut self.extra);
        let Some(name) = form.attr("data-live-submit").filter(|name| !name.is_empty()) else { return false };
        let Some(island) = instance_of(form) else { return false };
        self.flush(&island);
        let mut pairs = entries::of_form(screen, &self.fields, form, submitter);
        pairs.retain(|(name, _)| extra.iter().all(|(other, _)| other != name));
        pairs.extend(extra);
        // The attribute is a name alone.
        let Some(mut said) = said(form, name, pairs) else { return false };
        said.form = true;
        said.carries = controls(screen, form).into_iter().map(key_of).collect();
        self.emit(said);
        true
    }

    /// What is said where a field has changed: its own attribute's event, its form's, or that of what is around it.
    pub(super) fn hear_change(&mut self, screen: &Screen, field: ElementRef<'_>, kind: &'static str) {
        let mark = format!("data-live-{kind}");
        let marked = |element: &ElementRef<'_>| element.attr(&mark).is_some();
        let form = form_of(screen, field).filter(|form| marked(form) && !marked(&field));
        let Some(element) = form.or_else(|| closest(field, &mark)) else { return };
        let name = field.attr("name").filter(|name| !name.is_empty());
        let brought = if element.value().name() == "form" {
            let mut pairs = entries::of_form(screen, &self.fields, element, None);
            pairs.extend(name.map(|name| ("holm-field".to_owned(), name.to_owned())));
            pairs
        } else {
            self.values_of(field)
        };
        let mut carries = vec![key_of(field)];
        if Kind::of(field) == Some(Kind::Radio) {
            carries.extend(others_of_group(screen, field).into_iter().map(key_of));
        }
        self.say_of(element, kind, brought, carries);
    }

    /// What a control brings into a payload: its value, under its name or as `value`.
    pub(super) fn values_of(&self, field: ElementRef<'_>) -> Vec<(String, String)> {
        if Kind::of(field).is_none_or(|_| field.value().name() == "button") {
            return Vec::new();
        }
        let name = field.attr("name").filter(|name| !name.is_empty()).unwrap_or("value");
        let mut pairs = entries::of_control(&self.fields, field, name);
        if self.fields.of(field) == Holds::Files(Vec::new()) {
            pairs.clear();
        }
        pairs.retain(|(name, _)| !name.starts_with("holm-"));
        pairs
    }

    pub(super) fn touch(&mut self, field: ElementRef<'_>, held: Holds) {
        let sent = instance_of(field).and_then(|island| self.joined(&island).map(|island| island.sent));
        self.fields.touch(field, held, sent.unwrap_or_default());
        self.note_move();
    }
}

/// Whether the focus comes to an element that is clicked.
fn takes_focus(element: ElementRef<'_>) -> bool {
    let link = element.value().name() == "a" && element.attr("href").is_some();
    let control = is_control(element) && !is_disabled(element);
    control || link || element.attr("tabindex").is_some() || element.value().name() == "summary"
}
