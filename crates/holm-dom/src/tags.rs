//! Element names, sorted by what the parser's rules say about them.

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
    pub(crate) const fn bounds_scope(self) -> bool {
        matches!(self, Self::Caption | Self::Table | Self::Cell | Self::Marker | Self::Template)
    }

    /// Whether the search for an open list item stops here.
    pub(crate) const fn bounds_items(self) -> bool {
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
