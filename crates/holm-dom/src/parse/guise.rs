//! Regular markup that [`crate::region`] would misread: it looks at tags without the tree around them,
//! and backward.

use core::ops::Range;

use memchr::memchr;

use super::Parser;
use crate::region::can_be_anchor;
use crate::rules::Ns;
use crate::scan::{ends_itself, raw_end};
use crate::tags::Tag;

/// Whether an open tag holds what looks like another, or its end. `slash` is whether it ends in `/>`.
pub(crate) fn tag_is_guised(tag: &str, slash: bool) -> bool {
    let bytes = tag.as_bytes();
    memchr(b'<', &bytes[1..]).is_some()
        || memchr(b'>', bytes).is_some_and(|at| bytes[at - 1] == b'/') != slash
}

impl Parser<'_> {
    /// Notes a close tag, a comment or raw text that holds what looks like another.
    pub(super) fn notice_range(&mut self, range: Range<usize>) {
        self.doc.guised |= memchr(b'<', &self.doc.text.as_bytes()[range]).is_some();
    }

    /// Notes an open tag that ends elsewhere than its first `>`, or that ends an element only to a
    /// reader who does not know what it stands in.
    pub(super) fn notice_tag(
        &mut self,
        written: &str,
        tag: Tag,
        ns: Ns,
        tag_range: Range<usize>,
        slash: bool,
    ) {
        let (text, end) = (self.doc.text, tag_range.end);
        self.doc.guised |= tag_is_guised(&text[tag_range], slash);
        if ns == Ns::Html {
            self.doc.guised |= slash && ends_itself(tag);
        } else {
            let raw = || {
                tag.is_raw() && raw_end(text, end, written).is_none_or(|close| text[end..close].contains('<'))
            };
            self.doc.guised |=
                slash && !ends_itself(tag) || tag.is_void() || can_be_anchor(written) || !slash && raw();
        }
    }
}
