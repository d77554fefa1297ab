//! Wire names: the case rules, and which names an attribute can hold.

/// The spellings `#[event(rename_all = "..")]` accepts.
pub(crate) const CASES: [&str; 8] = [
    "lowercase",
    "UPPERCASE",
    "PascalCase",
    "camelCase",
    "snake_case",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
    "SCREAMING-KEBAB-CASE",
];

/// How a variant's name is spelled on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// Finds the case that one of [`CASES`] names.
    pub(crate) fn find(spelling: &str) -> Option<Self> {
        Some(match spelling {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            _ => return None,
        })
    }

    /// Spells the Rust name `variant` in this case.
    pub(crate) fn spell(self, variant: &str) -> String {
        let words = words(variant);
        match self {
            Self::Lower => words.concat(),
            Self::Upper => words.concat().to_uppercase(),
            Self::Pascal => words.iter().map(|word| capital(word)).collect(),
            Self::Camel => {
                let spelled = words.iter().enumerate();
                spelled.map(|(at, word)| if at == 0 { word.clone() } else { capital(word) }).collect()
            }
            Self::Snake => words.join("_"),
            Self::ScreamingSnake => words.join("_").to_uppercase(),
            Self::Kebab => words.join("-"),
            Self::ScreamingKebab => words.join("-").to_uppercase(),
        }
    }
}

/// Splits `HTMLLoad2_now` into `html`, `load2` and `now`.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(at + 1);
        let starts = letter.is_uppercase()
            && before.is_some_and(|before| {
                // The last capital of a run belongs to the word that follows it.
                !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if starts || letter == '_' {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter != '_') {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The word with its first letter in upper case.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Says why an attribute of the form `name {json}` cannot hold `name`, if it cannot.
pub(crate) fn refusal(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("an event's name is not empty");
    }
    let unfit =
        |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, '"' | '\'' | '`');
    name.contains(unfit)
        .then_some("an event's name has no spaces, quotes or control characters: a space ends it in the page")
}

#[cfg(test)]
mod tests {
    use super::{CASES, Case, refusal};

    #[test]
    fn every_case_spells() {
        let spelled: Vec<String> = CASES
            .iter()
            .map(|case| Case::find(case).map(|case| case.spell("HTMLLoad2Now")).unwrap_or_default())
            .collect();
        assert_eq!(
            spelled,
            [
                "htmlload2now",
                "HTMLLOAD2NOW",
                "HtmlLoad2Now",
                "htmlLoad2Now",
                "html_load2_now",
                "HTML_LOAD2_NOW",
                "html-load2-now",
                "HTML-LOAD2-NOW"
            ]
        );
        assert_eq!(Case::find("Title Case"), None);
    }

    #[test]
    fn snake_case_of_odd_names() {
        for (variant, wire) in
            [("Inc", "inc"), ("X", "x"), ("A1B2", "a1_b2"), ("Foo_Bar", "foo_bar"), ("ÄndereX", "ändere_x")]
        {
            assert_eq!(Case::Snake.spell(variant), wire);
        }
    }

    #[test]
    fn unfit_names_are_refused() {
        for name in ["", " ", "a b", "a\"", "it's", "a`", "a\n", "\u{7f}", "a\u{a0}b"] {
            assert!(refusal(name).is_some(), "{name:?}");
        }
        for name in ["a", "cart:add", "toString", "__proto__", "größer"] {
            assert!(refusal(name).is_none(), "{name:?}");
        }
    }
}
