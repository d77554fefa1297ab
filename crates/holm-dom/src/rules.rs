//! The browser's parser rules that decide whether markup becomes the tree it looks like.

/// What kind of element a name stands for, as far as the parser's rules tell elements apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Tag {
    /// Phrasing elements and custom elements: no rule of their own.
    Phrasing,
    /// A name that HTML does not have (it may be SVG's or `MathML`'s).
    Unknown,
    /// Elements whose start closes an open `p`.
    Block,
    A,
    Nobr,
    Formatting,
    Button,
    Form,
    P,
    Li,
    DdDt,
    Heading,
    Pre,
    Table,
    Caption,
    Colgroup,
    Col,
    Section,
    Tr,
    Cell,
    Select,
    Option,
    Optgroup,
    Rt,
    Hr,
    Void,
    Textarea,
    /// Raw text: `script`, `style`, `xmp`, `noembed`, `noframes`.
    Raw,
    Xmp,
    Title,
    /// Raw text that is no part of any diff: `iframe`, `noscript`.
    SealedRaw,
    Template,
    /// `applet`, `marquee`, `object`.
    Marker,
    Svg,
    Math,
    /// Tags the parser drops or renames inside a body.
    Dropped,
    Plaintext,
}

impl Tag {
    /// The kind of a lower-case name.
    #[allow(clippy::too_many_lines, reason = "a table")]
    pub(crate) fn of(name: &str) -> Self {
        // By length first: comparing a few bytes at a time keeps this off the profile.
        let known = match name.len() {
            1 => match name {
                "a" => Self::A,
                "q" => Self::Phrasing,
                "p" => Self::P,
                "b" | "i" | "s" | "u" => Self::Formatting,
                _ => Self::Unknown,
            },
            2 => match name {
                "td" | "th" => Self::Cell,
                "tr" => Self::Tr,
                "dl" | "ol" | "ul" => Self::Block,
                "li" => Self::Li,
                "dd" | "dt" => Self::DdDt,
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Self::Heading,
                "em" | "tt" => Self::Formatting,
                "rb" | "rp" | "rt" => Self::Rt,
                "hr" => Self::Hr,
                "br" => Self::Void,
                _ => Self::Unknown,
            },
            3 => match name {
                "dfn" | "kbd" | "sub" | "sup" | "var" | "bdi" | "bdo" | "ins" | "del" | "map" => {
                    Self::Phrasing
                }
                "div" | "dir" | "nav" => Self::Block,
                "big" => Self::Formatting,
                "pre" => Self::Pre,
                "col" => Self::Col,
                "rtc" => Self::Rt,
                "img" | "wbr" => Self::Void,
                "xmp" => Self::Xmp,
                "svg" => Self::Svg,
                _ => Self::Unknown,
            },
            4 => match name {
                "span" | "time" | "data" | "abbr" | "cite" | "mark" | "samp" | "ruby" | "slot" => {
                    Self::Phrasing
                }
                "main" | "menu" => Self::Block,
                "code" | "font" => Self::Formatting,
                "nobr" => Self::Nobr,
                "form" => Self::Form,
                "area" | "base" | "link" | "meta" => Self::Void,
                "math" => Self::Math,
                "html" | "head" | "body" => Self::Dropped,
                _ => Self::Unknown,
            },
            5 => match name {
                "label" | "meter" | "video" | "audio" => Self::Phrasing,
                "aside" => Self::Block,
                "small" => Self::Formatting,
                "table" => Self::Table,
                "tbody" | "thead" | "tfoot" => Self::Section,
                "embed" | "input" | "param" | "track" => Self::Void,
                "style" => Self::Raw,
                "title" => Self::Title,
                "frame" | "image" => Self::Dropped,
                _ => Self::Unknown,
            },
            6 => match name {
                "output" | "canvas" | "legend" => Self::Phrasing,
                "center" | "dialog" | "figure" | "footer" | "header" | "hgroup" | "search" => Self::Block,
                "strike" | "strong" => Self::Formatting,
                "button" => Self::Button,
                "select" => Self::Select,
                "option" => Self::Option,
                "keygen" | "source" => Self::Void,
                "script" => Self::Raw,
                "iframe" => Self::SealedRaw,
                "applet" | "object" => Self::Marker,
                _ => Self::Unknown,
            },
            7 => match name {
                "picture" => Self::Phrasing,
                "address" | "article" | "details" | "section" | "summary" => Self::Block,
                "listing" => Self::Pre,
                "caption" => Self::Caption,
                "bgsound" => Self::Void,
                "noembed" => Self::Raw,
                "marquee" => Self::Marker,
                _ => Self::Unknown,
            },
            8 => match name {
                "progress" | "datalist" => Self::Phrasing,
                "fieldset" => Self::Block,
                "colgroup" => Self::Colgroup,
                "optgroup" => Self::Optgroup,
                "basefont" => Self::Void,
                "textarea" => Self::Textarea,
                "noframes" => Self::Raw,
                "noscript" => Self::SealedRaw,
                "template" => Self::Template,
                "frameset" => Self::Dropped,
                _ => Self::Unknown,
            },
            9 => match name {
                "plaintext" => Self::Plaintext,
                _ => Self::Unknown,
            },
            10 => match name {
                "blockquote" | "figcaption" => Self::Block,
                _ => Self::Unknown,
            },
            15 => match name {
                "selectedcontent" => Self::Phrasing,
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        };
        if known == Self::Unknown && name.contains('-') { Self::Phrasing } else { known }
    }

    /// Whether the element never has content.
    pub(crate) const fn is_void(self) -> bool {
        matches!(self, Self::Void | Self::Hr | Self::Col)
    }

    /// Whether the element's content is raw text up to its close tag.
    pub(crate) const fn is_raw(self) -> bool {
        matches!(self, Self::Raw | Self::Xmp | Self::Title | Self::SealedRaw | Self::Textarea)
    }

    /// Whether its start tag closes a `p` in button scope.
    pub(crate) const fn closes_p(self) -> bool {
        matches!(
            self,
            Self::Block
                | Self::P
                | Self::Li
                | Self::DdDt
                | Self::Heading
                | Self::Pre
                | Self::Table
                | Self::Hr
                | Self::Form
                | Self::Xmp
        )
    }

    /// Whether the search for an element "in scope" stops here.
    const fn bounds_scope(self) -> bool {
        matches!(self, Self::Caption | Self::Table | Self::Cell | Self::Marker | Self::Template)
    }

    /// Whether the search for an open list item stops here.
    const fn bounds_items(self) -> bool {
        !matches!(
            self,
            Self::Phrasing
                | Self::Unknown
                | Self::A
                | Self::Nobr
                | Self::Formatting
                | Self::Option
                | Self::Optgroup
                | Self::Rt
                | Self::P
        )
    }

    /// Elements that are only themselves inside a table.
    pub(crate) const fn is_table_part(self) -> bool {
        matches!(self, Self::Caption | Self::Colgroup | Self::Col | Self::Section | Self::Tr | Self::Cell)
    }

    /// Elements whose end the parser implies.
    pub(crate) const fn end_is_implied(self) -> bool {
        matches!(self, Self::DdDt | Self::Li | Self::Optgroup | Self::Option | Self::P | Self::Rt)
    }
}

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
                return Some(select(stack, at, tag));
            }
            Tag::Optgroup | Tag::Option => {
                let inside = stack.iter().rposition(|open| open.is(Tag::Select));
                match (inside, tag) {
                    (_, Tag::Option) if top.tag == Tag::Option => return Some(parent_of(at, "option")),
                    (_, Tag::Optgroup) => return Some(parent_of(at, "option")),
                    (_, Tag::Option) => {}
                    (Some(found), _) if !is_inert(name) => return Some(select(stack, found, tag)),
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
        return Some(select(stack, found, tag));
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

fn select(_stack: &[Open<'_>], at: usize, tag: Tag) -> Verdict {
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

/// The browser's spelling of an SVG element's name.
pub(crate) fn svg_name(lower: &str) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "altGlyph",
        "altGlyphDef",
        "altGlyphItem",
        "animateColor",
        "animateMotion",
        "animateTransform",
        "clipPath",
        "feBlend",
        "feColorMatrix",
        "feComponentTransfer",
        "feComposite",
        "feConvolveMatrix",
        "feDiffuseLighting",
        "feDisplacementMap",
        "feDistantLight",
        "feDropShadow",
        "feFlood",
        "feFuncA",
        "feFuncB",
        "feFuncG",
        "feFuncR",
        "feGaussianBlur",
        "feImage",
        "feMerge",
        "feMergeNode",
        "feMorphology",
        "feOffset",
        "fePointLight",
        "feSpecularLighting",
        "feSpotLight",
        "feTile",
        "feTurbulence",
        "foreignObject",
        "glyphRef",
        "linearGradient",
        "radialGradient",
        "textPath",
    ];
    NAMES.iter().find(|name| name.eq_ignore_ascii_case(lower)).copied()
}

/// The browser's spelling of an SVG or `MathML` attribute's name.
pub(crate) fn foreign_attr(ns: Ns, lower: &str) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "attributeName",
        "attributeType",
        "baseFrequency",
        "baseProfile",
        "calcMode",
        "clipPathUnits",
        "diffuseConstant",
        "edgeMode",
        "filterUnits",
        "glyphRef",
        "gradientTransform",
        "gradientUnits",
        "kernelMatrix",
        "kernelUnitLength",
        "keyPoints",
        "keySplines",
        "keyTimes",
        "lengthAdjust",
        "limitingConeAngle",
        "markerHeight",
        "markerUnits",
        "markerWidth",
        "maskContentUnits",
        "maskUnits",
        "numOctaves",
        "pathLength",
        "patternContentUnits",
        "patternTransform",
        "patternUnits",
        "pointsAtX",
        "pointsAtY",
        "pointsAtZ",
        "preserveAlpha",
        "preserveAspectRatio",
        "primitiveUnits",
        "refX",
        "refY",
        "repeatCount",
        "repeatDur",
        "requiredExtensions",
        "requiredFeatures",
        "specularConstant",
        "specularExponent",
        "spreadMethod",
        "startOffset",
        "stdDeviation",
        "stitchTiles",
        "surfaceScale",
        "systemLanguage",
        "tableValues",
        "targetX",
        "targetY",
        "textLength",
        "viewBox",
        "viewTarget",
        "xChannelSelector",
        "yChannelSelector",
        "zoomAndPan",
    ];
    match ns {
        Ns::Html => None,
        Ns::Svg => NAMES.iter().find(|name| name.eq_ignore_ascii_case(lower)).copied(),
        Ns::Math => (lower == "definitionurl").then_some("definitionURL"),
    }
}
