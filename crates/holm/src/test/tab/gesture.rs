//! Keys, focus, pointers, and what comes into view.

use std::panic::Location;

use scraper::ElementRef;

use super::Tab;
use super::entries::{default_button, form_of, is_disabled};
use super::field::Kind;
use super::screen::{Screen, around, closest, describe, instance_of, is_control, key_of};
use super::stroke::Stroke;

/// A pointer on an element: where from its top left corner, and how large the element is, in CSS pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pointer {
    x: i32,
    y: i32,
    size: (u32, u32),
    button: u8,
    buttons: u8,
}

impl Pointer {
    /// The primary button at this place.
    pub fn at(x: i32, y: i32) -> Self {
        Self { x, y, size: (0, 0), button: 0, buttons: 1 }
    }

    /// On an element of this size; a test has no layout.
    #[must_use]
    pub fn of(mut self, width: u32, height: u32) -> Self {
        self.size = (width, height);
        self
    }

    /// With another button, counted from 0 as `PointerEvent.button` does; `buttons` are those held down.
    #[must_use]
    pub fn button(mut self, button: u8, buttons: u8) -> Self {
        (self.button, self.buttons) = (button, buttons);
        self
    }

    fn fields(self) -> Vec<(String, String)> {
        let Self { x, y, size: (width, height), button, buttons } = self;
        let pair = |name: &str, value: &dyn ToString| (name.to_owned(), value.to_string());
        vec![
            pair("x", &x),
            pair("y", &y),
            pair("width", &width),
            pair("height", &height),
            pair("button", &button),
            pair("buttons", &buttons),
        ]
    }
}

impl Tab {
    /// Presses a key and lets it go while the focus is in an element: `press_key("#q", "Escape")`,
    /// `press_key("body", "ctrl+s")`. Keys are named as `KeyboardEvent.key` has them, or `Space`.
    ///
    /// It sends what `data-live-keydown`, `-keyup` and their `-window-` kin say, and does what a browser does with it
    /// unless one of them takes it: a sign is typed, Enter submits a form or presses a button.
    ///
    /// # Panics
    /// When nothing is found.
    #[track_caller]
    pub fn press_key(&mut self, css: &str, key: &str) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            {
                let stroke = Stroke::of(key);
                let screen = Screen::of(self);
                let target = screen.one(css);
                self.note_move();
                self.move_focus(&screen, Some(target).filter(|target| target.value().name() != "body"));
                let taken = self.stroke(&screen, target, &stroke, ["keydown", "window-keydown"]);
                if !taken {
                    self.act_of_key(&screen, target, &stroke);
                }
                let screen = Screen::of(self);
                if let Some(target) = screen.by_key(&key_of(target)) {
                    self.stroke(&screen, target, &stroke, ["keyup", "window-keyup"]);
                }
            }
            self.answers().await;
        }
    }

    /// Whether the page has taken the key.
    fn stroke(
        &mut self,
        screen: &Screen,
        target: ElementRef<'_>,
        stroke: &Stroke,
        kinds: [&'static str; 2],
    ) -> bool {
        let [near, window] = kinds;
        let typed = stroke.is_alone() && is_typed(target);
        if is_disabled(target) {
            return false;
        }
        let mut heard: Vec<_> =
            closest(target, &format!("data-live-{near}")).map(|it| (it, near)).into_iter().collect();
        if !typed {
            heard.extend(screen.all(&format!("[data-live-{window}]")).into_iter().map(|it| (it, window)));
        }
        let mut taken = false;
        for (element, kind) in heard {
            let hit = stroke.hits(element.attr("data-live-keys"));
            if hit == Some(false) {
                continue;
            }
            taken |= hit.is_some() && !(typed && element.id() != target.id());
            let mut pairs = stroke.fields();
            pairs.extend(self.values_of(target));
            self.say_of(element, kind, pairs, Vec::new());
        }
        taken
    }

    /// What a browser does with a key by itself.
    fn act_of_key(&mut self, screen: &Screen, target: ElementRef<'_>, stroke: &Stroke) {
        let kind = Kind::of(target);
        let button = matches!(kind, Some(Kind::Submit | Kind::Button | Kind::Reset));
        if !stroke.is_alone() || is_disabled(target) {
            return;
        }
        match (stroke.key.as_str(), kind) {
            ("Enter", Some(Kind::Text)) => {
                self.commit(screen, target);
                let screen = Screen::of(self);
                let Some(target) = screen.by_key(&key_of(target)) else { return };
                let Some(form) = form_of(&screen, target) else { return };
                match default_button(&screen, form) {
                    Some(button) if is_disabled(button) => {}
                    Some(button) => {
                        self.click_at(&screen, button);
                    }
                    None => {
                        self.submit_form(&screen, form, None);
                    }
                }
            }
            ("Enter" | " ", _) if button => {
                self.click_at(screen, target);
            }
            (" ", Some(Kind::Check | Kind::Radio)) => {
                self.click_at(screen, target);
            }
            (key, Some(kind)) if kind.is_typed() && target.attr("readonly").is_none() => {
                let mut text = self.fields.text(target);
                match key {
                    "Backspace" => drop(text.pop()),
                    "Enter" => text.push('\n'),
                    key if key.chars().count() == 1 => text.push_str(key),
                    _ => return,
                }
                self.type_at(screen, target, &text);
            }
            _ => {}
        }
    }

    /// Moves the focus to an element: sends what `data-live-blur` says of what it leaves, with the `change` of a field
    /// that was typed into, and what `data-live-focus` says of where it comes to.
    ///
    /// # Panics
    /// When nothing is found.
    #[track_caller]
    pub fn focus(&mut self, css: &str) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            {
                let screen = Screen::of(self);
                let element = screen.one(css);
                self.move_focus(&screen, Some(element));
            }
            self.answers().await;
        }
    }

    /// Takes the focus away from where it is, as a click beside everything does.
    #[track_caller]
    pub fn blur(&mut self) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            {
                let screen = Screen::of(self);
                self.move_focus(&screen, None);
            }
            self.answers().await;
        }
    }

    /// Whether the focus is in the first element that a CSS selector finds.
    ///
    /// # Panics
    /// When nothing is found.
    #[track_caller]
    pub fn is_focused(&self, css: &str) -> bool {
        let screen = Screen::at(self, Location::caller());
        self.focused.as_ref() == Some(&key_of(screen.one(css)))
    }

    pub(super) fn move_focus(&mut self, screen: &Screen, to: Option<ElementRef<'_>>) {
        let key = to.map(key_of);
        if self.focused == key {
            return;
        }
        let from = std::mem::replace(&mut self.focused, key).and_then(|key| screen.by_key(&key));
        if let Some(from) = from {
            self.commit(screen, from);
            if let Some(island) = instance_of(from) {
                self.flush(&island);
            }
        }
        self.cross(from, to, "blur");
        self.note_move();
        self.cross(to, from, "focus");
    }

    /// Notes that the visitor does something: an act that answers an earlier event does not take the focus from them.
    pub(super) fn note_move(&mut self) {
        for island in &mut self.islands {
            island.moved = island.sent;
        }
    }

    /// Says of each element around `inner`, and not around `outer`, that the focus crosses its edge.
    fn cross(&mut self, inner: Option<ElementRef<'_>>, outer: Option<ElementRef<'_>>, kind: &'static str) {
        let Some(inner) = inner else { return };
        let brought = self.values_of(inner);
        for element in around(inner) {
            if outer.is_some_and(|outer| around(outer).any(|other| other.id() == element.id())) {
                return;
            }
            self.say_of(element, kind, brought.clone(), Vec::new());
        }
    }

    /// The `change` of a field that was typed into since it was last told.
    pub(super) fn commit(&mut self, screen: &Screen, field: ElementRef<'_>) {
        let told = is_control(field) && self.fields.tell(field);
        if told {
            self.hear_change(screen, field, "change");
        }
    }

    /// Presses a pointer on an element: what `data-live-pointer` says.
    ///
    /// # Panics
    /// When nothing is found, or nothing around it has the attribute.
    #[track_caller]
    pub fn pointer(&mut self, css: &str, pointer: Pointer) -> impl Future<Output = ()> {
        self.at = Location::caller();
        self.point(css, "pointer", pointer)
    }

    /// Moves a pointer over an element: what `data-live-pointermove` says, at most each 50 ms.
    ///
    /// # Panics
    /// As [`Tab::pointer`].
    #[track_caller]
    pub fn pointer_move(&mut self, css: &str, pointer: Pointer) -> impl Future<Output = ()> {
        self.at = Location::caller();
        self.point(css, "pointermove", pointer)
    }

    /// Lets a pointer go over an element: what `data-live-pointerup` says.
    ///
    /// # Panics
    /// As [`Tab::pointer`].
    #[track_caller]
    pub fn pointer_up(&mut self, css: &str, pointer: Pointer) -> impl Future<Output = ()> {
        self.at = Location::caller();
        self.point(css, "pointerup", pointer)
    }

    async fn point(&mut self, css: &str, kind: &'static str, pointer: Pointer) {
        {
            let screen = Screen::of(self);
            let target = screen.one(css);
            let mark = format!("data-live-{kind}");
            let element = closest(target, &mark).unwrap_or_else(|| {
                panic!("nothing around {} has `{mark}`. {}", describe(target), screen.advice())
            });
            self.say_of(element, kind, pointer.fields(), Vec::new());
        }
        self.answers().await;
    }

    /// Scrolls an element into view: what `data-live-visible` says, once unless `data-live-visible-each` is there.
    ///
    /// # Panics
    /// When nothing is found, or it does not have the attribute.
    #[track_caller]
    pub fn visible(&mut self, css: &str) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            {
                let screen = Screen::of(self);
                let element = screen.one(css);
                let text = element.attr("data-live-visible");
                let text = text.unwrap_or_else(|| panic!("{} has no `data-live-visible`", describe(element)));
                let seen = (key_of(element), text.to_owned());
                if element.attr("data-live-visible-each").is_some() || !self.seen_once.contains(&seen) {
                    self.seen_once.push(seen);
                    self.say_of(element, "visible", Vec::new(), Vec::new());
                }
            }
            self.answers().await;
        }
    }
}

/// Whether keys that are pressed here are typed, or pick something.
pub(super) fn is_typed(element: ElementRef<'_>) -> bool {
    matches!(Kind::of(element), Some(Kind::Text | Kind::Area | Kind::Select))
}
