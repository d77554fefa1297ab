//! What the form asks for, and what has to hold of it.

use garde::Validate;
use holm::form::{FieldErrors, Form};
use serde::{Deserialize, Serialize};

use crate::day::Day;

/// What somebody fills in who wants to learn to row. The fields' types are checked first, in this order, which
/// is the page's; then what `garde` says of their values.
#[derive(Clone, Serialize, Deserialize, Validate)]
pub(crate) struct SignUp {
    #[garde(custom(longer_than(1)))]
    pub(crate) name: String,
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
pub(crate) enum Level {
    Beginner,
    Rower,
}

/// Some of several boxes.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Weekday {
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
pub(crate) fn check(form: &Form<SignUp>) -> Result<SignUp, FieldErrors> {
    let sign_up = form.check()?;
    sign_up.validate()?;
    Ok(sign_up)
}

/// A member in a line.
pub(crate) fn described(SignUp { name, born, level, days, guests, news, .. }: &SignUp) -> String {
    let level = match level {
        Level::Beginner => "a beginner",
        Level::Rower => "a rower",
    };
    let (days, guests) = (days.len(), guests.unwrap_or(0));
    let news = if *news { ", wants news" } else { "" };
    format!("{}, {level}, born on {born}; days a week: {days}, guests: {guests}{news}", name.trim())
}
