//! A form with fields of many kinds. It is checked while one types, and tells of a field only after it was left;
//! a submit goes to the first field that is wrong. Without a script it works the same, one page after another.

#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use garde::Validate;
use holm::form::{FieldErrors, Form};
use holm::prelude::*;

mod day;
#[cfg(test)]
mod tests;

use day::Day;

/// What somebody fills in who wants to learn to row. The fields' types are checked first, in this order, which
/// is the page's; then what `garde` says of their values.
#[derive(Clone, Serialize, Deserialize, Validate)]
struct SignUp {
    #[garde(custom(longer_than(1)))]
    name: String,
    #[garde(email)]
    email: String,
    #[garde(custom(longer_than(9)))]
    password: String,
    #[garde(skip)]
    born: Day,
    #[garde(skip)]
    level: Level,
    #[garde(length(min = 1))]
    days: Vec<Weekday>,
    /// An empty field is none.
    #[garde(inner(range(max = 3)))]
    guests: Option<u8>,
    #[garde(skip)]
    news: bool,
}

/// One of several radio buttons.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Beginner,
    Rower,
}

/// Some of several boxes.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Weekday {
    Tuesday,
    Friday,
    Sunday,
}

/// A rule in words of its own.
fn longer_than(most: usize) -> impl FnOnce(&str, &()) -> garde::Result {
    move |text, ()| match text.trim().chars().count() {
        count if count > most => Ok(()),
        _ => Err(garde::Error::new(format!("please write {} letters or more", most + 1))),
    }
}

/// The form as a sign-up, or what is wrong with which field.
fn check(form: &Form<SignUp>) -> Result<SignUp, FieldErrors> {
    let sign_up = form.check()?;
    sign_up.validate()?;
    Ok(sign_up)
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Course {
    /// What was typed, for a page without a script and one that comes back; never the password.
    form: Form<SignUp>,
    errors: FieldErrors,
    /// The fields that were filled in and left.
    visited: BTreeSet<String>,
    members: Vec<String>,
    word: String,
}

#[derive(Event)]
enum Desk {
    /// A field was left.
    Left(Form<SignUp>),
    /// Something was typed.
    Typed(Form<SignUp>),
    Submit(Form<SignUp>),
}

impl Course {
    /// Checks the form as it stands, and tells of the fields that were visited.
    fn look(&mut self, form: Form<SignUp>) {
        self.errors = check(&form).err().unwrap_or_default().spoken();
        self.errors.retain(|field| self.visited.contains(field));
        self.keep(form);
    }

    fn keep(&mut self, mut form: Form<SignUp>) {
        form.forget("password");
        self.form = form;
    }

    fn input(&self, label: &str, kind: &str, name: &str, autocomplete: &str) -> Markup {
        let at = self.errors.at("course");
        html! {
            p {
                label { (label) " "
                    input type=(kind) name=(name) value=(self.form.text(name)) autocomplete=(autocomplete)
                        aria-invalid=[at.invalid(name)] aria-describedby=[at.described(name)];
                }
            }
            (at.show(name))
        }
    }

    /// Radio buttons or boxes of one name.
    fn choices(&self, legend: &str, kind: &str, name: &str, choices: &[&str]) -> Markup {
        let at = self.errors.at("course");
        html! {
            fieldset aria-describedby=[at.described(name)] {
                legend { (legend) }
                @for choice in choices {
                    label { input type=(kind) name=(name) value=(choice) checked[self.form.is(name, choice)]; " " (choice) " " }
                }
            }
            (at.show(name))
        }
    }
}

impl Island for Course {
    type Event = Desk;
    const PROGRESSIVE: bool = true;

    fn render(&self) -> Markup {
        html! {
            // Without `novalidate` the browser would tell of errors in its own way, and not send them.
            form id="course" novalidate data-live-submit=(Desk::submit_event())
                data-live-input=(Desk::typed_event()) data-live-change=(Desk::left_event()) data-live-debounce="300" {
                (self.input("Name", "text", "name", "name"))
                (self.input("Email", "email", "email", "email"))
                (self.input("Password", "password", "password", "new-password"))
                (self.input("Born on", "date", "born", "bday"))
                (self.choices("I am a", "radio", "level", &["beginner", "rower"]))
                (self.choices("I can come on", "checkbox", "days", &["tuesday", "friday", "sunday"]))
                (self.input("Guests", "number", "guests", "off"))
                p { label { input type="checkbox" name="news" checked[self.form.has("news")]; " Send me news" } }
                button { "Sign up" }
            }
            p role="status" { (self.word) }
            ul { @for member in &self.members { li { (member) } } }
        }
    }

    async fn on(&mut self, event: Desk, cx: &mut Cx<Desk>) -> holm::Result {
        match event {
            Desk::Left(form) => {
                self.visited.extend(cx.field().map(str::to_owned));
                self.look(form);
            }
            Desk::Typed(form) => self.look(form),
            Desk::Submit(form) => match check(&form) {
                Ok(sign_up) => {
                    self.word = format!("Welcome, {}.", sign_up.name.trim());
                    self.members.push(described(&sign_up));
                    (self.form, self.errors) = <_>::default();
                    self.visited.clear();
                    // Also what the visitor sees in the fields, the one with the focus included.
                    cx.reset("#course");
                }
                Err(errors) => {
                    if let Some(field) = errors.first() {
                        cx.focus(format!("[name={field}]"));
                    }
                    self.visited = errors.iter().map(|(field, _)| field.to_owned()).collect();
                    self.errors = errors;
                    self.keep(form);
                }
            },
        }
        Ok(())
    }
}

fn described(SignUp { name, born, level, days, guests, news, .. }: &SignUp) -> String {
    let level = match level {
        Level::Beginner => "a beginner",
        Level::Rower => "a rower",
    };
    let (days, guests) = (days.len(), guests.unwrap_or(0));
    let news = if *news { ", wants news" } else { "" };
    format!("{}, {level}, born on {born}; days a week: {days}, guests: {guests}{news}", name.trim())
}

async fn home(page: Page) -> Page {
    page.title("Learn to row").body(|p| html! { h1 { "Learn to row" } (p.island(Course::default())) })
}

fn app() -> Router {
    Router::new().route("/", get(home)).with_live(Live::new().island::<Course>())
}

#[tokio::main]
async fn main() -> holm::Result {
    holm::serve(app()).await
}
