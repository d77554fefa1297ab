//! The part of an island's text that a change touches.

use crate::parse::Context;
use crate::walk::Anchor;

/// A run of siblings, before and after, and how to get to them.
#[derive(Debug)]
pub(crate) struct Region<'t> {
    /// Where the walk to their parent starts.
    pub(crate) anchor: Anchor<'t>,
    /// Child indices from the anchor to their parent.
    pub(crate) path: Vec<u32>,
    /// The open elements around them.
    pub(crate) context: Context<'t>,
    /// How many children of the parent stand before them.
    pub(crate) before: usize,
    pub(crate) old: &'t str,
    pub(crate) new: &'t str,
}

impl<'t> Region<'t> {
    /// Everything.
    pub(crate) fn whole(old: &'t str, new: &'t str) -> Self {
        Self { anchor: Anchor::Root, path: Vec::new(), context: Context::root(), before: 0, old, new }
    }

    /// How many children of the parent stand behind them.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "a region that is not whole counts")]
    pub(crate) fn after(&self) -> Option<usize> {
        Some(0)
    }
}

/// Regions to try, the smallest first; `None` when the texts are equal.
pub(crate) fn find<'t>(old: &'t str, new: &'t str) -> Option<Vec<Region<'t>>> {
    if old == new { None } else { Some(Vec::new()) }
}
