//! The form itself.

use std::collections::BTreeSet;

use holm::form::{FieldErrors, Form};
use holm::prelude::*;

use crate::sign_up::{SignUp, check, described};

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Course {
    /// What was typed, for a page without a script and one that comes back; never the password.
    form: Form<SignUp>,
    errors: FieldErrors,
    /// The fields that were filled in and left.
    visited: BTreeSet<String>,
    members: Vec<String>,
    word: String,
}

#[derive(Event)]
pub(crate) enum Desk {
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
