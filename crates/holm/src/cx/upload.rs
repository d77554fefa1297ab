//! What a handler says of files: which its island takes, and which are to stop.

use std::sync::Arc;

use super::{Cx, Effect};
use crate::Event;
use crate::upload::input::{Asked, Input};
use crate::upload::{Accepting, UploadEvent, UploadId};

impl<E: Event> Cx<E> {
    /// Takes files from the input that `render` writes as `input type="file" data-live-upload="photos"`, and has
    /// what becomes of each come to this island as an event ([`crate::upload`] has an example).
    ///
    /// It takes effect when the handler returns `Ok`, and ends with the island: say it in
    /// [`restore`](crate::Island::restore), so that an island that comes back goes on with what is under way. Said again
    /// for the same input, it takes the place of what was said before; files under way keep the sink they began with.
    /// Where no page is connected ([`Cx::is_live`]) it does nothing.
    ///
    /// The event is one that no page may send: mark its variant with `#[event(server)]`.
    pub fn accept_uploads(
        &self,
        input: &str,
        accepting: Accepting,
        event: impl Fn(UploadEvent) -> E + Send + Sync + 'static,
    ) {
        let Some(port) = self.context.port.clone() else {
            tracing::debug!(input, "no page is connected, so no files are taken; take them in `restore`");
            return;
        };
        let event = self.advising(move |told: &UploadEvent| event(told.clone()));
        let input = Input::new(input, accepting, port, move |told| Box::new(event(&told)));
        self.effect(Effect::Upload(Asked::Accept(Arc::new(input))));
    }

    /// Stops an upload of this island and lets go of what has arrived of it; the island hears
    /// [`UploadEvent::Cancelled`]. A finished file is the app's already and stays, but counts no longer towards
    /// [`Accept::max_files`](crate::upload::Accept::max_files).
    ///
    /// It takes effect when the handler returns `Ok`. The id may come from the page: another island's upload is
    /// not touched.
    pub fn cancel_upload(&self, id: UploadId) {
        self.effect(Effect::Upload(Asked::Cancel(id)));
    }
}
