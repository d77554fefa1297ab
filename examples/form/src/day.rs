//! A type of the app's own as a field: it is read from the text that the field sends.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A day, as `<input type="date">` sends it: `2027-05-31`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Day(String);

impl TryFrom<String> for Day {
    type Error = &'static str;

    /// What is wrong stands beside the field.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let numbers: Vec<u32> = text.split('-').map_while(|part| part.parse().ok()).collect();
        match numbers[..] {
            [1900..=2100, 1..=12, 1..=31] => Ok(Self(text)),
            _ => Err("please write a day, as 1990-05-31"),
        }
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
