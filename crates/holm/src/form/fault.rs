//! What can be wrong with one field, as a thing to put into words.

use std::fmt;

use serde::de;

/// Why the text of a form's field is no value of its type.
///
/// Its `Display` is a plain English sentence for the visitor. [`Form::check_with`](super::Form::check_with) has
/// the app find words of its own, in the visitor's language for instance.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The field is not there, or empty where its type needs something.
    Missing,
    /// The text is no number.
    NotANumber,
    /// The text is a number, and the type takes whole ones.
    NotWhole,
    /// The number is less than this, the least that the type holds.
    TooSmall(i128),
    /// The number is more than this, the most that the type holds.
    TooLarge(i128),
    /// The text is none of an enum's variants, or nothing was chosen.
    NotAChoice,
    /// The field came more than once, and its type is for one value.
    Several,
    /// What the type itself says, made a sentence.
    Other(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("Please fill this in."),
            Self::NotANumber => f.write_str("This has to be a number."),
            Self::NotWhole => f.write_str("This has to be a whole number."),
            Self::TooSmall(least) => write!(f, "This has to be at least {least}."),
            Self::TooLarge(most) => write!(f, "This has to be at most {most}."),
            Self::NotAChoice => f.write_str("Please choose one of the options."),
            Self::Several => f.write_str("Only one value fits here."),
            Self::Other(sentence) => f.write_str(sentence),
        }
    }
}

/// A fault on its way through serde.
#[derive(Debug)]
pub(super) enum Failure {
    Fault(Fault),
    /// A struct's field that was not given, by its name.
    Absent(&'static str),
    /// The end of a trial, which has found nothing wrong.
    Enough,
}

impl Failure {
    /// The fault, for a field that was given.
    pub(super) fn into_fault(self) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Absent(_) | Self::Enough => Fault::Missing,
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Absent(field) => write!(f, "missing field `{field}`"),
            Self::Enough => f.write_str("enough"),
        }
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Self::Fault(Fault::Other(sentence(&what.to_string())))
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("this has to be {expected}"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("this has to be {expected}"))
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::Fault(Fault::NotAChoice)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Absent(field)
    }
}

/// With a capital and a full stop, as it is going to be read.
pub(super) fn sentence(words: &str) -> String {
    let words = words.trim();
    let mut letters = words.chars();
    let mut sentence: String =
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    if !sentence.ends_with(['.', '!', '?', '…']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_a_sentence() {
        for fault in [
            Fault::Missing,
            Fault::NotANumber,
            Fault::NotWhole,
            Fault::TooSmall(1),
            Fault::TooLarge(255),
            Fault::NotAChoice,
            Fault::Several,
            <Failure as de::Error>::custom("no such day").into_fault(),
        ] {
            let words = fault.to_string();
            assert!(words.starts_with(char::is_uppercase) && words.ends_with('.'), "{words}");
        }
        assert_eq!(sentence(" what now? "), "What now?");
        assert_eq!(sentence(""), ".");
    }
}
