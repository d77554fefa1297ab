//! What fields hold: what the server wrote, and over it what the visitor did; who wins is the input law's.

use std::collections::HashMap;

use scraper::ElementRef;

use super::screen::{self, Screen, key_of};
use crate::test::selector;

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holds {
    Text(String),
    Ticked(bool),
    /// The values of the options that are chosen.
    Chosen(Vec<String>),
    /// The names of files.
    Files(Vec<String>),
}

/// What the visitor did to a field.
#[derive(Debug, Clone)]
struct Live {
    /// What it holds other than what the server wrote.
    held: Option<Holds>,
    /// What the server wrote last.
    written: Holds,
    /// Events that carried it and are not answered: island, number, and what it held.
    sent: Vec<(String, u64, Holds)>,
    /// What the newest answered one carried, until something else of the server's has landed.
    answered: Option<Holds>,
    /// How many events its island had been sent when the visitor last changed it.
    touched: u64,
    /// What it held when its last `change` was told.
    told: Holds,
}

/// The fields that a visitor has touched, by key.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(HashMap<String, Live>);

/// What kind of a control an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Area,
    Check,
    Radio,
    Select,
    File,
    Submit,
    Reset,
    Button,
    /// It holds text that nobody types: hidden ones, colours, ranges.
    Set,
}

impl Kind {
    pub(super) fn of(element: ElementRef<'_>) -> Option<Self> {
        let kind = element.attr("type").unwrap_or_default().to_ascii_lowercase();
        Some(match (element.value().name(), kind.as_str()) {
            ("textarea", _) => Self::Area,
            ("select", _) => Self::Select,
            ("button" | "input", "button") => Self::Button,
            ("button" | "input", "reset") => Self::Reset,
            ("button", _) | ("input", "submit" | "image") => Self::Submit,
            ("input", "checkbox") => Self::Check,
            ("input", "radio") => Self::Radio,
            ("input", "file") => Self::File,
            ("input", "hidden" | "range" | "color") => Self::Set,
            ("input", _) => Self::Text,
            _ if screen::is_editable(element) => Self::Area,
            _ => return None,
        })
    }

    pub(super) fn is_typed(self) -> bool {
        matches!(self, Self::Text | Self::Area)
    }
}

/// What the server wrote into a field.
pub(super) fn written(element: ElementRef<'_>) -> Holds {
    match Kind::of(element) {
        Some(Kind::Check | Kind::Radio) => Holds::Ticked(element.attr("checked").is_some()),
        Some(Kind::Select) => Holds::Chosen(chosen_by_default(element)),
        Some(Kind::File) => Holds::Files(Vec::new()),
        Some(Kind::Area) => Holds::Text(area_text(element)),
        _ => Holds::Text(sanitized(element, element.attr("value").unwrap_or_default())),
    }
}

fn area_text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().replace("\r\n", "\n").replace('\r', "\n")
}

/// What an input makes of a value, by its type.
pub(super) fn sanitized(element: ElementRef<'_>, value: &str) -> String {
    let kind = element.attr("type").unwrap_or_default().to_ascii_lowercase();
    let line = || value.replace(['\n', '\r'], "");
    match (element.value().name(), kind.as_str()) {
        ("textarea", _) => value.replace("\r\n", "\n").replace('\r', "\n"),
        ("input", "email" | "url") => line().trim().to_owned(),
        ("input", "number") => {
            let number = value.parse::<f64>().is_ok_and(f64::is_finite) && !value.starts_with('+');
            if number { value.to_owned() } else { String::new() }
        }
        ("input", "range") => range(element, value),
        ("input", "color") => {
            let hex = |digits: &str| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let colour = value.strip_prefix('#').is_some_and(hex);
            if colour { value.to_ascii_lowercase() } else { "#000000".to_owned() }
        }
        ("input", "" | "text" | "search" | "tel" | "password") => line(),
        _ => value.to_owned(),
    }
}

fn range(element: ElementRef<'_>, value: &str) -> String {
    let number =
        |name: &str, other: f64| element.attr(name).and_then(|text| text.parse().ok()).unwrap_or(other);
    let (least, most) = (number("min", 0.0), number("max", 100.0));
    let value = value.parse().unwrap_or(f64::midpoint(least, most.max(least)));
    value.min(most).max(least).to_string()
}

pub(super) fn options(select: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    select.select(&selector("option")).collect()
}

/// The value of an option: its attribute, or its text with white space folded.
pub(super) fn option_value(option: ElementRef<'_>) -> String {
    let text = || option.text().collect::<String>().split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    option.attr("value").map_or_else(text, str::to_owned)
}

pub(super) fn option_is_disabled(option: ElementRef<'_>) -> bool {
    let group = || screen::around(option).find(|element| element.value().name() == "optgroup");
    option.attr("disabled").is_some() || group().is_some_and(|group| group.attr("disabled").is_some())
}

fn chosen_by_default(select: ElementRef<'_>) -> Vec<String> {
    let options = options(select);
    let mut chosen: Vec<_> = options
        .iter()
        .filter(|option| option.attr("selected").is_some())
        .map(|option| option_value(*option))
        .collect();
    if select.attr("multiple").is_some() {
        return chosen;
    }
    if let Some(last) = chosen.pop() {
        return vec![last];
    }
    let rows = select.attr("size").and_then(|size| size.parse().ok()).unwrap_or(1);
    let first = options.iter().find(|option| !option_is_disabled(**option)).filter(|_| rows < 2);
    first.map(|option| option_value(*option)).into_iter().collect()
}

impl Fields {
    /// What a field holds now.
    pub(super) fn of(&self, element: ElementRef<'_>) -> Holds {
        let held = self.0.get(&key_of(element)).and_then(|live| live.held.clone());
        match held {
            Some(Holds::Chosen(chosen)) => {
                let there: Vec<_> = options(element).into_iter().map(option_value).collect();
                let left: Vec<_> = chosen.iter().filter(|value| there.contains(value)).cloned().collect();
                // A browser falls back where what was chosen is there no more.
                if left.is_empty() && !chosen.is_empty() { written(element) } else { Holds::Chosen(left) }
            }
            Some(held) => held,
            None => written(element),
        }
    }

    pub(super) fn text(&self, element: ElementRef<'_>) -> String {
        match self.of(element) {
            Holds::Text(text) => text,
            Holds::Ticked(_) => element.attr("value").unwrap_or("on").to_owned(),
            Holds::Chosen(chosen) => chosen.into_iter().next().unwrap_or_default(),
            Holds::Files(files) => files.into_iter().next().unwrap_or_default(),
        }
    }

    pub(super) fn is_ticked(&self, element: ElementRef<'_>) -> bool {
        self.of(element) == Holds::Ticked(true)
    }

    /// Notes that the visitor has changed a field, after so many events to its island.
    pub(super) fn touch(&mut self, element: ElementRef<'_>, held: Holds, sent: u64) {
        let live = self.0.entry(key_of(element)).or_insert_with(|| {
            let written = written(element);
            let (told, sent) = (written.clone(), Vec::new());
            Live { held: None, written, sent, answered: None, touched: 0, told }
        });
        live.held = Some(held);
        live.touched = sent;
    }

    /// Notes that a `change` is told of a field; whether there was one.
    pub(super) fn tell(&mut self, element: ElementRef<'_>) -> bool {
        let now = self.of(element);
        let Some(live) = self.0.get_mut(&key_of(element)) else { return false };
        std::mem::replace(&mut live.told, now.clone()) != now
    }

    /// Notes that an event carries a field.
    pub(super) fn carried(&mut self, element: ElementRef<'_>, instance: &str, seq: u64) {
        let now = self.of(element);
        if let Some(live) = self.0.get_mut(&key_of(element)) {
            live.sent.push((instance.to_owned(), seq, now));
        }
    }

    /// An island's events up to this one are answered.
    pub(super) fn answered(&mut self, instance: &str, seq: u64) {
        for live in self.0.values_mut() {
            let mut newest = None;
            live.sent.retain(|(island, number, held)| {
                let over = island == instance && *number <= seq;
                if over {
                    newest = Some(held.clone());
                }
                !over
            });
            live.answered = newest.or(live.answered.take());
        }
    }

    /// Looks at what an edit has made of the fields: what the server changed lands, unless the field is ahead, where it
    /// is of an earlier state and stays so, or it is an echo of what the field had sent.
    pub(super) fn look(&mut self, screen: &Screen, waits: &dyn Fn(&str) -> bool) {
        self.0.retain(|key, live| {
            let Some(element) = screen.by_key(key).filter(|element| screen::is_control(*element)) else {
                return false;
            };
            let now = written(element);
            if now != live.written {
                live.written = now;
                let ahead = !live.sent.is_empty() || waits(key);
                if !ahead && live.answered.as_ref() != Some(&live.written) {
                    live.answered = None;
                    live.land();
                }
            }
            true
        });
    }

    /// Puts a field back to what the server wrote, unless it was changed after so many events were sent.
    pub(super) fn reset(&mut self, element: ElementRef<'_>, before: u64) {
        if let Some(live) = self.0.get_mut(&key_of(element))
            && live.touched < before
        {
            live.land();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Live {
    fn land(&mut self) {
        self.held = None;
        self.told = self.written.clone();
    }
}
