//! The browser's parser rules that decide whether markup becomes the tree it looks like.

use crate::tags::Tag;

/// The three kinds of element a tree holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Ns {
    #[default]
    Html,
    Svg,
    Math,
}

/// An open element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open<'a> {
    pub(crate) name: &'a str,
    pub(crate) tag: Tag,
    pub(crate) ns: Ns,
    /// Whether it is a `div`, an `address` or a `p`, which the search for a list item walks through.
    pub(crate) item_passes: bool,
    /// Whether HTML rules hold inside although the element is foreign.
    pub(crate) integration: bool,
    /// The element's node.
    pub(crate) node: usize,
    pub(crate) opaque: bool,
}

impl Open<'_> {
    fn is(&self, tag: Tag) -> bool {
        self.ns == Ns::Html && self.tag == tag
    }

    fn bounds_scope(&self) -> bool {
        if self.ns == Ns::Html { self.tag.bounds_scope() } else { self.integration }
    }
}

/// What the rules say about a tag or text that begins here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It becomes a child of the innermost open element.
    Child,
    /// It becomes a child of an element the parser puts in between.
    Implied(&'static str),
    /// The content of the open element at this place of the stack is not what it looks like; the
    /// code names the shape.
    Odd(usize, &'static str),
    /// The same, beyond the outermost open element.
    Beyond(&'static str),
    /// It depends on elements outside the outermost open one whether this is a child.
    Depends(u8),
}

fn parent_of(at: usize, code: &'static str) -> Verdict {
    at.checked_sub(1).map_or(Verdict::Beyond(code), |at| Verdict::Odd(at, code))
}

/// Finds the innermost element that `wanted` holds for, up to the first that `stops` holds for.
/// `Err` when neither is on the stack.
fn find(
    stack: &[Open<'_>],
    wanted: impl Fn(&Open<'_>) -> bool,
    stops: impl Fn(&Open<'_>) -> bool,
) -> Result<Option<usize>, ()> {
    for (at, open) in stack.iter().enumerate().rev() {
        if wanted(open) {
            return Ok(Some(at));
        }
        if stops(open) {
            return Ok(None);
        }
    }
    Err(())
}

/// Elements that break out of SVG and `MathML`.
fn breaks_out(name: &str) -> bool {
    matches!(
        name,
        "b" | "big"
            | "blockquote"
            | "body"
            | "br"
            | "center"
            | "code"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "em"
            | "embed"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "head"
            | "hr"
            | "i"
            | "img"
            | "li"
            | "listing"
            | "menu"
            | "meta"
            | "nobr"
            | "ol"
            | "p"
            | "pre"
            | "ruby"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "strike"
            | "sub"
            | "sup"
            | "table"
            | "tt"
            | "u"
            | "ul"
            | "var"
            | "font"
    )
}

/// Judges an open tag inside an element that is opaque already: the browser has closed some of the
/// elements on the stack, so nothing shields the ones further out.
pub(crate) fn judge_loosely(stack: &[Open<'_>], name: &str, tag: Tag) -> (Verdict, u8) {
    let (strict, bits) = judge(stack, name, tag);
    let ends = |open: &Open<'_>| {
        open.ns == Ns::Html
            && match open.tag {
                Tag::P => tag.closes_p(),
                Tag::Table => tag == Tag::Table || tag.is_table_part(),
                Tag::Select => matches!(tag, Tag::Void | Tag::Textarea | Tag::Select | Tag::Table),
                Tag::Option | Tag::Optgroup => matches!(tag, Tag::Option | Tag::Optgroup),
                Tag::A
                | Tag::Nobr
                | Tag::Button
                | Tag::Form
                | Tag::Li
                | Tag::DdDt
                | Tag::Heading
                | Tag::Rt => open.tag == tag,
                _ => false,
            }
    };
    let Some(outermost) = stack.iter().position(ends) else { return (strict, bits) };
    (worse(strict, parent_of(outermost, "nested")), bits)
}

/// Judges an open tag. `depends` collects one bit per rule that would have to look further out.
pub(crate) fn judge(stack: &[Open<'_>], name: &str, tag: Tag) -> (Verdict, u8) {
    let Some(top) = stack.last() else { return (Verdict::Child, 0) };
    let at = stack.len() - 1;
    if top.ns != Ns::Html && !top.integration {
        if breaks_out(name) {
            return out_of_foreign(stack, name, tag);
        }
        return (Verdict::Child, 0);
    }
    let mut worst = Verdict::Child;
    match judge_parent(stack, top, at, name, tag) {
        None => {}
        Some(verdict @ Verdict::Odd(..)) => worst = verdict,
        Some(verdict) => return (verdict, 0),
    }
    let mut depends = 0;
    let mut ends = |wanted: Tag, code, bit, stops: &dyn Fn(&Open<'_>) -> bool, shielded: bool| match find(
        stack,
        |open| open.is(wanted),
        stops,
    ) {
        // With the `p` gone, a heading may be left that another heading ends.
        Ok(Some(found)) if tag == Tag::Heading && found > 0 && stack[found - 1].is(tag) => {
            worst = worse(worst, parent_of(found - 1, "heading"));
        }
        Ok(Some(found)) => worst = worse(worst, parent_of(found, code)),
        Ok(None) => {}
        Err(()) if shielded => {}
        Err(()) => depends |= bit,
    };
    if tag.closes_p() {
        let stops = |open: &Open<'_>| open.bounds_scope() || open.is(Tag::Button) || open.is(Tag::Select);
        // A start tag that closes a `p` left none open above itself.
        let shielded = stack.iter().any(|open| open.ns == Ns::Html && open.tag.closes_p());
        ends(Tag::P, "p", 1, &stops, shielded);
    }
    let scope = |open: &Open<'_>| open.bounds_scope();
    let items = |open: &Open<'_>| open.ns != Ns::Html || (open.tag.bounds_items() && !open.item_passes);
    match tag {
        Tag::A => ends(Tag::A, "a", 2, &scope, false),
        Tag::Nobr => ends(Tag::Nobr, "nobr", 4, &scope, false),
        Tag::Button => ends(Tag::Button, "button", 8, &scope, false),
        Tag::Form => ends(Tag::Form, "form", 16, &|open: &Open<'_>| open.is(Tag::Template), false),
        Tag::Li => ends(Tag::Li, "li", 32, &items, false),
        Tag::DdDt => ends(Tag::DdDt, "dd", 64, &items, false),
        _ => {}
    }
    (worst, depends)
}

/// Of two verdicts the one that reaches further out.
fn worse(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Beyond(code), _) | (_, Verdict::Beyond(code)) => Verdict::Beyond(code),
        (Verdict::Odd(at, code), Verdict::Odd(other, _)) if at <= other => Verdict::Odd(at, code),
        (_, verdict @ Verdict::Odd(..)) | (verdict, _) => verdict,
    }
}

/// An HTML element that ends all foreign elements around it, and whatever it ends outside of them.
fn out_of_foreign(stack: &[Open<'_>], name: &str, tag: Tag) -> (Verdict, u8) {
    let Some(root) = stack.iter().rposition(|open| open.ns == Ns::Html || open.integration) else {
        return (Verdict::Beyond("foreign"), 0);
    };
    match judge(&stack[..=root], name, tag) {
        (Verdict::Odd(at, code), bits) => (Verdict::Odd(at.min(root), code), bits),
        (Verdict::Child | Verdict::Implied(_), bits) => (Verdict::Odd(root, "foreign"), bits),
        verdict => verdict,
    }
}

/// Judges a close tag that has no open one: some of them make an element.
pub(crate) fn judge_stray(stack: &[Open<'_>], name: &str) -> Verdict {
    match stack.last() {
        Some(top) if top.ns != Ns::Html && !top.integration => {
            let tag = if name == "br" { Tag::Void } else { Tag::P };
            if matches!(name, "p" | "br") {
                out_of_foreign(stack, name, tag).0
            } else {
                Verdict::Odd(stack.len() - 1, "stray")
            }
        }
        Some(_) => match judge_text(stack) {
            Verdict::Child => Verdict::Odd(stack.len() - 1, "stray"),
            verdict => verdict,
        },
        None => Verdict::Beyond("stray"),
    }
}

/// The rules that ask about the innermost open element alone.
fn judge_parent(stack: &[Open<'_>], top: &Open<'_>, at: usize, name: &str, tag: Tag) -> Option<Verdict> {
    let table = || find(stack, |open| open.is(Tag::Table), |open| open.is(Tag::Template));
    if top.ns == Ns::Html {
        match top.tag {
            Tag::Table | Tag::Section | Tag::Tr | Tag::Colgroup => return Some(judge_table(stack, top, tag)),
            Tag::Select if !matches!(tag, Tag::Option | Tag::Optgroup) && !is_inert(name) => {
                return Some(select(at, tag));
            }
            Tag::Optgroup | Tag::Option => {
                let inside = stack.iter().rposition(|open| open.is(Tag::Select));
                match (inside, tag) {
                    (_, Tag::Option) if top.tag == Tag::Option => return Some(parent_of(at, "option")),
                    (_, Tag::Optgroup) => return Some(parent_of(at, "option")),
                    (_, Tag::Option) => {}
                    (Some(found), _) if !is_inert(name) => return Some(select(found, tag)),
                    _ => {}
                }
            }
            Tag::Heading if tag == Tag::Heading => return Some(parent_of(at, "heading")),
            _ => {}
        }
        if tag == Tag::Rt && top.tag.end_is_implied() {
            let outer = stack.iter().rposition(|open| !(open.ns == Ns::Html && open.tag.end_is_implied()));
            return Some(outer.map_or(Verdict::Beyond("rt"), |at| Verdict::Odd(at, "rt")));
        }
    }
    if let Some(found) = stack.iter().rposition(|open| open.is(Tag::Select))
        && found != at
        && !matches!(tag, Tag::Option | Tag::Optgroup)
        && top.tag != Tag::Option
        && top.tag != Tag::Optgroup
        && !is_inert(name)
    {
        return Some(select(found, tag));
    }
    match tag {
        Tag::Dropped => Some(Verdict::Odd(at, "dropped")),
        _ if tag.is_table_part() => Some(match table() {
            Ok(Some(found)) => parent_of(found, "table"),
            Ok(None) => Verdict::Odd(at, "row"),
            Err(()) => Verdict::Depends(128),
        }),
        _ => None,
    }
}

fn is_inert(name: &str) -> bool {
    matches!(name, "script" | "template")
}

fn select(at: usize, tag: Tag) -> Verdict {
    // Engines differ about what a `select` may hold; form controls end it in all of them.
    if matches!(tag, Tag::Void | Tag::Textarea | Tag::Select | Tag::Table | Tag::Hr) || tag.is_table_part() {
        parent_of(at, "select")
    } else {
        Verdict::Odd(at, "select")
    }
}

fn judge_table(stack: &[Open<'_>], top: &Open<'_>, tag: Tag) -> Verdict {
    let fine = match (top.tag, tag) {
        (Tag::Table, Tag::Tr) => return Verdict::Implied("tbody"),
        (Tag::Table, Tag::Col) => return Verdict::Implied("colgroup"),
        (Tag::Table, Tag::Caption | Tag::Colgroup | Tag::Section)
        | (Tag::Section, Tag::Tr)
        | (Tag::Tr, Tag::Cell)
        | (Tag::Colgroup, Tag::Col)
        | (_, Tag::Template) => true,
        _ => false,
    };
    if fine {
        return Verdict::Child;
    }
    stack
        .iter()
        .rposition(|open| open.is(Tag::Table))
        .map_or(Verdict::Depends(128), |at| parent_of(at, "table"))
}

/// Judges text that is not only white space.
pub(crate) fn judge_text(stack: &[Open<'_>]) -> Verdict {
    match stack.last() {
        Some(top)
            if top.ns == Ns::Html
                && matches!(top.tag, Tag::Table | Tag::Section | Tag::Tr | Tag::Colgroup) =>
        {
            stack
                .iter()
                .rposition(|open| open.is(Tag::Table))
                .map_or(Verdict::Depends(128), |at| parent_of(at, "table"))
        }
        _ => Verdict::Child,
    }
}
