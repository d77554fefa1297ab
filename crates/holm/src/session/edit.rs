//! One island's next frame: the difference between what its page shows and what it is to show.

use holm_dom::{Outcome, Shape};
use holm_wire::down::{self, Down};
use xxhash_rust::xxh3::xxh3_64;

use super::slot::Slot;
use crate::island::scope;
use crate::live::Core;
use crate::{notes, telemetry};

impl Slot {
    /// The frame that takes the page from what it shows to `html`, with the acknowledgement that is due.
    pub(super) fn next_edit(&mut self, html: String, core: &Core) -> Option<Vec<u8>> {
        let hash = xxh3_64(html.as_bytes());
        let id = self.id;
        let due = self.take_ack();
        let (acks, seq) = (due.is_some(), due.unwrap_or(self.done));
        let mut frame = Vec::with_capacity(32);
        if !self.snapshot && hash == self.shown.hash {
            self.rendered_elsewhere = false;
            // After a join nothing else may come for hours; after an event, more probably will.
            self.shown.html = (acks || html.len() <= core.limits.kept_html_bytes).then_some(html);
            return acks.then(|| {
                Down::Ack { island: id, seq }.encode(&mut frame);
                frame
            });
        }
        if acks {
            down::edit_ack_head(&mut frame, id, seq);
        } else {
            down::edit_head(&mut frame, id);
        }
        let old = if self.snapshot { None } else { self.shown_html(&html, core.development) };
        let edited = old.is_some_and(|old| {
            let shape = &mut self.shown.shape;
            matches!(holm_dom::diff_from(&old, &html, shape, &mut frame), Outcome::Edits)
        });
        if !edited {
            self.shown.shape = Shape::Unknown;
            frame.clear();
            Down::Snapshot { island: id, seq, html: &html }.encode(&mut frame);
        }
        telemetry::edited(frame.len());
        self.snapshot = false;
        self.handled = true;
        self.rendered_elsewhere = false;
        self.shown.hash = hash;
        self.shown.html = Some(html);
        Some(frame)
    }

    /// The acknowledgement that is due.
    pub(super) fn take_ack(&mut self) -> Option<u64> {
        // Events at the end that were refused are told of by themselves.
        let mut seq = self.done;
        while self.refusals.iter().any(|refused| refused.0 == seq) {
            seq -= 1;
        }
        let due = seq > self.acked || (std::mem::take(&mut self.tell_ack) && seq > 0);
        self.acked = self.done;
        due.then_some(seq)
    }

    /// The HTML the page shows: kept, or rendered again from the state it shows, which is to show `next`.
    fn shown_html(&mut self, next: &str, development: bool) -> Option<String> {
        if let Some(html) = self.shown.html.take() {
            return Some(html);
        }
        let state = &**self.shown.state.as_ref()?;
        let render = || scope::render(state, &self.instance).map(|rendered| rendered.html);
        let html = render()?;
        if xxh3_64(html.as_bytes()) == self.shown.hash {
            return Some(html);
        }
        let island = self.island.island_name();
        // A seal leaves out what is skipped, so its state may show less than the page did, until `restore` has filled
        // that again. Only where that has changed nothing it may be that `render` shows what is in no state.
        if !self.rendered_elsewhere || render().is_some_and(|again| again != html) {
            tracing::warn!(
                island,
                "the same state rendered to other HTML than before: render must be pure, so keep times and random numbers in the state"
            );
        } else if development && html == next && notes::first(("impure", island)) {
            tracing::warn!(
                island,
                "the state in the page rendered to other HTML than the page has: render must be pure, so keep times and random numbers in the state, and fill in `restore` what the state skips"
            );
        }
        None
    }

    /// Lets go of HTML that costs more to keep than to render again.
    pub(super) fn cool(&mut self, keep: usize) {
        if self.shown.html.as_ref().is_some_and(|html| html.len() > keep) {
            self.shown.html = None;
        }
        if let Some(html) = &mut self.shown.html {
            html.shrink_to_fit();
        }
        self.mailbox.shrink_to_fit();
        self.effects.shrink_to_fit();
    }
}
