//! What the form holds, as the server reads it.

use holm::form::FieldErrors;
use holm::prelude::*;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Wind {
    Calm,
    Breeze,
    Gale,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Tide {
    Low,
    High,
}

/// A day as a date field sends it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Day(u16, u8, u8);

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut parts = text.splitn(3, '-');
        let year = parts.next().and_then(|part| part.parse().ok());
        let mut part = |most| parts.next()?.parse().ok().filter(|part| (1..=most).contains(part));
        match (year, part(12), part(31)) {
            (Some(year), Some(month), Some(day)) => Ok(Self(year, month, day)),
            _ => Err("this is no day"),
        }
    }
}

impl From<Day> for String {
    fn from(Day(year, month, day): Day) -> Self {
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// The whole form. What may be left empty is an `Option`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sheet {
    name: String,
    email: String,
    password: String,
    metres: u16,
    berth: Option<f32>,
    sails: u8,
    day: Option<Day>,
    time: Option<String>,
    colour: String,
    news: bool,
    #[serde(default)]
    flags: Vec<String>,
    tide: Option<Tide>,
    wind: Wind,
    #[serde(default)]
    ports: Vec<String>,
    log: String,
    islet: Option<String>,
    secret: Option<String>,
    within: Option<String>,
}

impl Sheet {
    /// What the types do not say.
    pub(super) fn look(self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        if self.name.trim().is_empty() {
            errors.add("name", "A ship has a name.");
        }
        if !self.email.is_empty() && !self.email.contains('@') {
            errors.add("email", "An address has an @ in it.");
        }
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    /// Each field and what was read from it.
    pub(super) fn told(&self) -> Vec<(String, String)> {
        let shown = |name: &str, value: &dyn std::fmt::Debug| {
            (name.to_owned(), format!("{value:?}").chars().take(200).collect())
        };
        vec![
            shown("name", &self.name),
            shown("email", &self.email),
            // Its length is enough to see that it came.
            ("password".to_owned(), format!("{} letters", self.password.chars().count())),
            shown("metres", &self.metres),
            shown("berth", &self.berth),
            shown("sails", &self.sails),
            shown("day", &self.day),
            shown("time", &self.time),
            shown("colour", &self.colour),
            shown("news", &self.news),
            shown("flags", &self.flags),
            shown("tide", &self.tide),
            shown("wind", &self.wind),
            shown("ports", &self.ports),
            shown("log", &self.log),
            shown("islet", &self.islet),
            shown("secret", &self.secret),
            shown("within", &self.within),
        ]
    }
}
