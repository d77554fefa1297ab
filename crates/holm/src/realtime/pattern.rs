//! Patterns that channels' names are matched with.

/// A pattern, part by part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Box<[Box<str>]>);

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Self {
        Self(pattern.split('/').map(Box::from).collect())
    }

    /// What the last `*` stands for, if the name fits; empty for a pattern without one.
    pub(crate) fn matches<'a>(&self, name: &'a str) -> Option<&'a str> {
        let (mut rest, mut starred) = (Some(name), "");
        for (at, part) in self.0.iter().enumerate() {
            let text = rest?;
            let last = at + 1 == self.0.len();
            let (here, after) = match text.split_once('/') {
                Some((here, after)) if !(last && **part == *"*") => (here, Some(after)),
                _ => (text, None),
            };
            if **part == *"*" && !here.is_empty() {
                starred = here;
            } else if *here != **part {
                return None;
            }
            rest = after;
        }
        rest.is_none().then_some(starred)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_part_or_at_the_end_all_the_rest() {
        for (pattern, name, starred) in [
            ("news", "news", Some("")),
            ("news", "news/today", None),
            ("news", "new", None),
            ("room/*", "room/7", Some("7")),
            ("room/*", "room/7/attic", Some("7/attic")),
            ("room/*", "room/", None),
            ("room/*", "room", None),
            ("room/*", "rooms/7", None),
            ("user/*/inbox", "user/ada/inbox", Some("ada")),
            ("user/*/inbox", "user/ada/b/inbox", None),
            ("user/*/inbox", "user//inbox", None),
            ("user/*/*", "user/ada/x/y", Some("x/y")),
            ("*", "anything/at all", Some("anything/at all")),
            ("*", "", None),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name), starred, "{pattern} and {name}");
        }
    }
}
