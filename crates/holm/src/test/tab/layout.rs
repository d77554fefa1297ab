//! A page's text around its islands, so that it can be put together again with what they show now.

/// Text and islands, in order.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    /// An island's opening tag and instance id.
    Island(String, String),
}

/// An island as it stands in a served page.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) instance: String,
    pub(super) seal: String,
    /// The inner HTML with nested islands emptied to the placeholders their parent rendered.
    pub(super) inner: String,
}

const CLOSE: &str = "</holm-island>";

impl Layout {
    /// Takes a served page apart. Its islands come in document order, a parent before its nested ones.
    pub(super) fn of(html: &str) -> (Self, Vec<Found>) {
        let mut layout = Self::default();
        let mut found = Vec::new();
        let mut rest = html;
        while let Some(element) = first(rest) {
            layout.pieces.push(Piece::Text(rest[..element.start].to_owned()));
            rest = &rest[element.end..];
            let at = found.len();
            collect(&element, &mut found);
            layout.pieces.push(Piece::Island(element.open.to_owned(), found[at].instance.clone()));
        }
        layout.pieces.push(Piece::Text(rest.to_owned()));
        (layout, found)
    }

    /// The page with what `show` gives for each island.
    pub(super) fn fill(&self, show: &dyn Fn(&str) -> Option<String>) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Island(open, instance) => {
                    out.push_str(open);
                    out.push_str(&show(instance).unwrap_or_default());
                    out.push_str(CLOSE);
                }
            }
        }
        out
    }
}

struct Element<'a> {
    start: usize,
    end: usize,
    open: &'a str,
    inner: &'a str,
}

/// The first island element of a text. Holm wrote it, so its attributes are in double quotes.
fn first(html: &str) -> Option<Element<'_>> {
    let start = html.find("<holm-island ")?;
    let open_end = start + html[start..].find('>')? + 1;
    let mut depth = 1;
    let mut at = open_end;
    while depth > 0 {
        let rest = &html[at..];
        let close = rest.find(CLOSE)?;
        if let Some(open) = rest.find("<holm-island ").filter(|open| *open < close) {
            depth += 1;
            at += open + 1;
        } else {
            depth -= 1;
            at += close + CLOSE.len();
        }
    }
    Some(Element { start, end: at, open: &html[start..open_end], inner: &html[open_end..at - CLOSE.len()] })
}

fn collect(element: &Element<'_>, found: &mut Vec<Found>) {
    let at = found.len();
    found.push(Found {
        name: attribute(element.open, "data-island"),
        instance: attribute(element.open, "data-instance"),
        seal: attribute(element.open, "data-seal"),
        inner: String::new(),
    });
    let mut inner = String::new();
    let mut rest = element.inner;
    while let Some(nested) = first(rest) {
        inner.push_str(&rest[..nested.start]);
        let key = attribute(nested.open, "data-key");
        inner.push_str(&crate::island::scope::placeholder(&key, &attribute(nested.open, "data-island")));
        rest = &rest[nested.end..];
        collect(&nested, found);
    }
    inner.push_str(rest);
    found[at].inner = inner;
}

fn attribute(open: &str, name: &str) -> String {
    let value = open.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
    let value = value.map(|(value, _)| value).unwrap_or_default();
    value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
