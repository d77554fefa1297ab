//! A key that is pressed, with what is held down meanwhile.

/// The modifiers, in the order in which they go into a payload.
const HELD: [&str; 4] = ["ctrl", "alt", "shift", "meta"];

/// A key with what is held: `ctrl+Enter`.
#[derive(Debug, Default)]
pub(super) struct Stroke {
    pub(super) key: String,
    held: [bool; 4],
}

impl Stroke {
    pub(super) fn of(text: &str) -> Self {
        let mut stroke = Self::default();
        let mut rest = text;
        while let Some((held, after)) = rest.split_once('+').filter(|(_, after)| !after.is_empty()) {
            let name = held.to_ascii_lowercase().replace("control", "ctrl").replace("mod", "ctrl");
            let at = HELD.iter().position(|other| *other == name);
            let at = at.unwrap_or_else(|| {
                panic!("{held:?} in {text:?} is no modifier: ctrl, alt, shift, meta or mod")
            });
            stroke.held[at] = true;
            rest = after;
        }
        let key = if rest.eq_ignore_ascii_case("space") { " " } else { rest };
        key.clone_into(&mut stroke.key);
        stroke
    }

    /// The key's place on a keyboard of the common layout.
    pub(super) fn code(&self) -> String {
        let mut chars = self.key.chars();
        match (chars.next(), chars.next()) {
            (Some(letter), None) if letter.is_ascii_alphabetic() => {
                format!("Key{}", letter.to_ascii_uppercase())
            }
            (Some(digit), None) if digit.is_ascii_digit() => format!("Digit{digit}"),
            (Some(sign), None) => {
                let signs = [
                    (' ', "Space"),
                    ('/', "Slash"),
                    ('?', "Slash"),
                    ('.', "Period"),
                    (',', "Comma"),
                    (';', "Semicolon"),
                    ('\'', "Quote"),
                    ('[', "BracketLeft"),
                    (']', "BracketRight"),
                    ('-', "Minus"),
                    ('=', "Equal"),
                    ('\\', "Backslash"),
                    ('`', "Backquote"),
                ];
                signs.iter().find(|(other, _)| *other == sign).map_or("", |(_, code)| code).to_owned()
            }
            _ => self.key.clone(),
        }
    }

    /// Whether it is among those that `data-live-keys` names; `None` when the attribute names none.
    pub(super) fn hits(&self, names: Option<&str>) -> Option<bool> {
        let names = names.filter(|names| !names.is_empty())?;
        let pressed = if self.key == " " { "space".to_owned() } else { self.key.to_lowercase() };
        Some(names.split_ascii_whitespace().any(|name| {
            let name = name.to_lowercase();
            let last = name.char_indices().next_back().map_or(0, |(at, _)| at);
            let at = name[..last].rfind('+').map_or(0, |at| at + 1);
            let (held, key) = name.split_at(at);
            let has = |modifier: &str| held.split('+').any(|other| other == modifier);
            let [ctrl, alt, shift, meta] = self.held;
            key == pressed
                && has("alt") == alt
                && (has("ctrl") || has("mod")) == ctrl
                && has("meta") == meta
                // A sign may need it to be typed.
                && (has("shift") == shift || (!has("shift") && key.chars().count() < 2))
        }))
    }

    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut fields = vec![pair("key", &self.key), pair("code", &self.code())];
        fields
            .extend(HELD.iter().zip(self.held).filter(|(_, held)| *held).map(|(name, _)| pair(name, "true")));
        fields
    }

    pub(super) fn is_alone(&self) -> bool {
        let [ctrl, alt, _, meta] = self.held;
        !(ctrl || alt || meta)
    }
}
