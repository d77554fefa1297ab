//! What an island keeps and shows of its uploads.

use serde::{Deserialize, Serialize};

use super::{UploadEvent, UploadId};

/// How many entries are kept. Past it the oldest that is over goes.
const KEPT: usize = 128;

/// The files of an input, in the order in which they were chosen: a part of an island's state.
///
/// It holds at most 128 entries: past that the oldest one that is over is forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Uploads {
    entries: Vec<Upload>,
}

/// One file: what to show of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Upload {
    /// Its id, for a button that cancels it ([`Cx::cancel_upload`](crate::Cx::cancel_upload)) and as `data-key`.
    pub id: UploadId,
    /// Its name, for showing.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// How many of them have arrived.
    pub received: u64,
    /// How far it is.
    pub state: UploadState,
}

/// How far an upload is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UploadState {
    /// Nothing has arrived yet.
    Waiting,
    /// Some of it has arrived.
    Sending,
    /// All of it has.
    Done,
    /// It was refused, or it failed, as this sentence says.
    Failed(String),
    /// It was cancelled.
    Cancelled,
}

impl Upload {
    /// Whether more of it is to come, so that it can be cancelled.
    pub fn is_open(&self) -> bool {
        matches!(self.state, UploadState::Waiting | UploadState::Sending)
    }

    /// Whether all of it is there.
    pub fn is_done(&self) -> bool {
        self.state == UploadState::Done
    }

    /// Why it failed, if it did.
    pub fn problem(&self) -> Option<&str> {
        match &self.state {
            UploadState::Failed(sentence) => Some(sentence),
            _ => None,
        }
    }

    /// How much of it has arrived, 0 to 100. It is 100 only when all of it has.
    pub fn percent(&self) -> u8 {
        if self.size == 0 {
            return if self.is_done() { 100 } else { 0 };
        }
        let percent = u128::from(self.received) * 100 / u128::from(self.size);
        u8::try_from(percent.min(100)).unwrap_or(100)
    }
}

impl Uploads {
    /// Brings the entries up to date. What is about no entry of these, such as a file that was taken out, changes
    /// nothing.
    pub fn apply(&mut self, event: &UploadEvent) {
        if let UploadEvent::Began { meta, replaces } = event {
            let entry = Upload {
                id: meta.id,
                name: meta.name.clone(),
                size: meta.size,
                received: 0,
                state: UploadState::Waiting,
            };
            // What a restart interrupted goes on in its place.
            match self.entries.iter_mut().find(|entry| entry.id == meta.id || Some(entry.id) == *replaces) {
                Some(known) => *known = entry,
                None => self.entries.push(entry),
            }
            if self.entries.len() > KEPT
                && let Some(over) = self.entries.iter().position(|entry| !entry.is_open())
            {
                self.entries.remove(over);
            }
            return;
        }
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == event.id()) else { return };
        match event {
            UploadEvent::Began { .. } => {}
            UploadEvent::Progress { received, .. } => {
                entry.received = *received;
                entry.state = UploadState::Sending;
            }
            UploadEvent::Done { .. } => {
                entry.received = entry.size;
                entry.state = UploadState::Done;
            }
            UploadEvent::Failed { sentence, .. } => entry.state = UploadState::Failed(sentence.clone()),
            UploadEvent::Cancelled { .. } => entry.state = UploadState::Cancelled,
        }
    }

    /// The entries, oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, Upload> {
        self.entries.iter()
    }

    /// The entry of this upload.
    pub fn get(&self, id: UploadId) -> Option<&Upload> {
        self.iter().find(|entry| entry.id == id)
    }

    /// Takes an entry out; an upload that goes on is not cancelled by that.
    pub fn remove(&mut self, id: UploadId) -> Option<Upload> {
        let at = self.entries.iter().position(|entry| entry.id == id)?;
        Some(self.entries.remove(at))
    }

    /// Keeps the entries for which that holds, such as [`Upload::is_open`].
    pub fn retain(&mut self, keep: impl FnMut(&Upload) -> bool) {
        self.entries.retain(keep);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether more is to come of any.
    pub fn is_busy(&self) -> bool {
        self.iter().any(Upload::is_open)
    }
}

impl<'a> IntoIterator for &'a Uploads {
    type Item = &'a Upload;
    type IntoIter = std::slice::Iter<'a, Upload>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::{Stored, UploadMeta};

    fn began(name: &str, replaces: Option<UploadId>) -> UploadEvent {
        let id = UploadId::random();
        let meta = UploadMeta { id, input: "a".into(), name: name.into(), kind: String::new(), size: 200 };
        UploadEvent::Began { meta, replaces }
    }

    #[test]
    fn entries_follow_their_uploads_and_keep_their_order() {
        let mut uploads = Uploads::default();
        let (one, two) = (began("one", None), began("two", None));
        uploads.apply(&one);
        uploads.apply(&two);
        uploads.apply(&UploadEvent::Progress { id: one.id(), received: 199 });
        let entry = uploads.get(one.id()).unwrap();
        assert_eq!((entry.percent(), &entry.state), (99, &UploadState::Sending));
        uploads.apply(&UploadEvent::Done { id: one.id(), file: Stored::new("x") });
        uploads.apply(&UploadEvent::Failed { id: two.id(), sentence: "No.".into() });
        assert_eq!(uploads.get(one.id()).unwrap().percent(), 100);
        assert_eq!(uploads.get(two.id()).unwrap().problem(), Some("No."));
        assert!(!uploads.is_busy());
        // What begins again takes its place.
        let again = began("one", Some(one.id()));
        uploads.apply(&again);
        assert_eq!(uploads.iter().map(|entry| entry.id).collect::<Vec<_>>(), [again.id(), two.id()]);
        uploads.apply(&UploadEvent::Cancelled { id: one.id() });
        assert!(uploads.is_busy(), "the one before is nobody's any more");
    }

    #[test]
    fn so_many_entries_are_kept_and_none_that_goes_on_is_forgotten() {
        let mut uploads = Uploads::default();
        let first = began("first", None);
        uploads.apply(&first);
        for _ in 0..KEPT + 3 {
            let next = began("next", None);
            uploads.apply(&next);
            uploads.apply(&UploadEvent::Cancelled { id: next.id() });
        }
        assert_eq!(uploads.len(), KEPT);
        assert_eq!(uploads.iter().next().unwrap().id, first.id());
    }
}
