//! What a shared island shows: its HTML, the edits that led there, and the frames they travel in.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use holm_dom::{Outcome, Shape};
use holm_wire::Code;
use holm_wire::down::{self, Down};
use xxhash_rust::xxh3::xxh3_64;

use super::Shared;
use crate::island::erased::Erased;
use crate::island::scope::{self, Rendered};
use crate::session::Told;
use crate::telemetry;

/// What a frame costs beside its bytes on the way.
const FRAME: u64 = 4;
/// Pictures up to so many bytes are sent no sooner than larger ones: taking one in costs a page more than edits do.
const SMALL: usize = 512;
/// Nor is a page to walk through more edits than that.
const STEPS: usize = 64;

/// The picture and its past.
pub(super) struct Picture {
    /// Counts the changes of the HTML.
    pub(super) revision: u64,
    /// [`Shared::version`] of the state that it was made of.
    pub(super) version: u64,
    shown: Option<Shown>,
    /// The state that it was made of.
    state: Option<Arc<dyn Erased>>,
    /// The state before `restore`, which pages may show that were served before the island came to life.
    seed: Option<Arc<dyn Erased>>,
    shape: Shape,
    /// Edits that led here, oldest first, the last one to this revision.
    ring: VecDeque<Step>,
    /// What all edits so far have cost.
    cost: u64,
    bytes: usize,
    /// The picture as a frame, once somebody needed that.
    snapshot: Option<Bytes>,
    /// [`holm_dom::inspect`]'s check of it, once somebody needed that.
    check: Option<u32>,
}

struct Shown {
    html: Arc<str>,
    hash: u64,
}

/// An edit from one revision to the next.
struct Step {
    /// Of the HTML before it.
    hash: u64,
    frame: Bytes,
    /// What all edits before it have cost.
    cost: u64,
}

/// A picture for a page that is served.
pub(crate) struct Print {
    pub(crate) html: Arc<str>,
    pub(crate) hash: u64,
    pub(crate) check: u32,
}

impl Picture {
    pub(super) fn new(seed: Arc<dyn Erased>) -> Self {
        Self {
            revision: 0,
            version: 0,
            shown: None,
            state: None,
            seed: Some(seed),
            shape: Shape::Unknown,
            ring: VecDeque::new(),
            cost: 0,
            bytes: 0,
            snapshot: None,
            check: None,
        }
    }

    /// The newest revision whose HTML has this hash, if edits lead from it to now.
    pub(super) fn revision_of(&self, hash: u64) -> Option<u64> {
        if self.shown.as_ref()?.hash == hash {
            return Some(self.revision);
        }
        let back = self.ring.iter().rev().position(|step| step.hash == hash)?;
        Some(self.revision - 1 - back as u64)
    }

    /// Appends the edits from a revision to now; `false` when the picture is no more than they are, or some
    /// of them are gone.
    pub(super) fn edits_from(&self, revision: u64, out: &mut VecDeque<Bytes>) -> bool {
        let behind = usize::try_from(self.revision - revision).unwrap_or(usize::MAX);
        if behind == 0 {
            return true;
        }
        let Some(first) = self.ring.len().checked_sub(behind) else { return false };
        let all = self.shown.as_ref().map_or(0, |shown| shown.html.len()).max(SMALL) as u64;
        if behind > STEPS || self.cost - self.ring[first].cost > all {
            return false;
        }
        out.extend(self.ring.range(first..).map(|step| step.frame.clone()));
        true
    }

    /// The whole picture as a frame.
    pub(super) fn snapshot(&mut self, id: u64) -> Option<Bytes> {
        if self.snapshot.is_none() {
            let html = &self.shown.as_ref()?.html;
            let mut frame = Vec::with_capacity(html.len() + 8);
            Down::Snapshot { island: id, seq: 0, html }.encode(&mut frame);
            telemetry::edited(frame.len());
            self.snapshot = Some(frame.into());
        }
        self.snapshot.clone()
    }

    /// Puts new HTML in place, with the edit that leads to it.
    fn show(&mut self, id: u64, html: String, keep: usize) {
        let hash = xxh3_64(html.as_bytes());
        if self.shown.as_ref().is_some_and(|shown| shown.hash == hash) {
            return;
        }
        let before = self.shown.replace(Shown { html: html.into(), hash });
        self.revision += 1;
        (self.snapshot, self.check) = (None, None);
        if let Some(before) = before {
            self.link(id, &before, keep);
        }
    }

    /// Puts the edit from `before` to what is shown at the end of the ring.
    fn link(&mut self, id: u64, before: &Shown, keep: usize) {
        let Some(shown) = &self.shown else { return };
        let mut frame = Vec::with_capacity(32);
        down::edit_head(&mut frame, id);
        let outcome = holm_dom::diff_from(&before.html, &shown.html, &mut self.shape, &mut frame);
        if !matches!(outcome, Outcome::Edits) {
            self.shape = Shape::Unknown;
        }
        if !matches!(outcome, Outcome::Edits) || frame.len() > keep {
            self.ring = VecDeque::new();
            self.bytes = 0;
            return;
        }
        telemetry::edited(frame.len());
        self.bytes += frame.len();
        let cost = self.cost;
        self.cost += FRAME + frame.len() as u64;
        self.ring.push_back(Step { hash: before.hash, frame: frame.into(), cost });
        while self.bytes > keep {
            let Some(oldest) = self.ring.pop_front() else { break };
            self.bytes -= oldest.frame.len();
        }
    }
}

impl Shared {
    /// Makes the picture anew if the state has changed; `false` when there is none to show. States that
    /// nobody may need any more come out through `shed`, to be dropped behind all locks.
    pub(super) fn refresh(&self, picture: &mut Picture, shed: &mut Vec<Arc<dyn Erased>>) -> bool {
        let (state, unseen) = {
            let mut inner = self.inner.lock();
            if !std::mem::take(&mut inner.dirty) {
                return picture.shown.is_some();
            }
            picture.version = self.version();
            (Arc::clone(&inner.state), std::mem::take(&mut inner.unseen))
        };
        let Some(html) = self.render(&*state) else {
            self.roll_back(&state, picture);
            shed.push(state);
            self.blame(unseen);
            return picture.shown.is_some();
        };
        picture.show(self.id, html, self.limits().shared_bytes);
        shed.extend(picture.state.replace(state));
        if picture.revision > 1 {
            shed.extend(picture.seed.take());
        }
        true
    }

    /// The revision that HTML of this hash is, where edits lead from it to now.
    pub(super) fn recognise(
        &self,
        picture: &mut Picture,
        hash: u64,
        shed: &mut Vec<Arc<dyn Erased>>,
    ) -> Option<u64> {
        if let Some(revision) = picture.revision_of(hash) {
            return Some(revision);
        }
        // Only what came before the first picture can be made again.
        let seed = picture.seed.take()?;
        let html = self.render(&*seed);
        shed.push(seed);
        let before = Shown { hash: xxh3_64(html.as_ref()?.as_bytes()), html: html?.into() };
        picture.link(self.id, &before, self.limits().shared_bytes);
        picture.revision_of(hash)
    }

    fn render(&self, state: &dyn Erased) -> Option<String> {
        let rendered = scope::render(state, "").filter(|it| it.html.len() <= self.limits().html_bytes);
        let Some(Rendered { html, nested, .. }) = rendered else {
            tracing::error!(island = self.name, "render panicked or went past Limits::html_bytes");
            return None;
        };
        if !nested.is_empty() {
            tracing::error!(island = self.name, "{}", super::NESTED);
        }
        Some(html)
    }

    /// Goes back to the state that can be shown, unless a newer one than that which cannot has come.
    fn roll_back(&self, failed: &Arc<dyn Erased>, picture: &Picture) {
        let Some(before) = &picture.state else { return };
        let mut inner = self.inner.lock();
        if Arc::ptr_eq(&inner.state, failed) {
            // The caller holds what it replaces.
            inner.state = Arc::clone(before);
        }
    }

    /// Tells those whose events led to a state that cannot be shown. Their sessions may be locked now.
    fn blame(&self, unseen: Vec<(super::Sender, u64)>) {
        if unseen.is_empty() {
            return;
        }
        let id = self.id;
        self.runtime.spawn(async move {
            for (sender, seq) in unseen {
                if let Some(session) = sender.session.upgrade() {
                    let sentence = "The new state cannot be shown. Nothing was changed.".to_owned();
                    session.told(id, sender.view, seq, None, Told::Refused(Code::RenderFailed, sentence));
                }
            }
        });
    }

    /// The picture for a page that is served; `None` when it cannot be made.
    pub(crate) fn print(&self) -> Option<Print> {
        let mut shed = Vec::new();
        let mut picture = self.picture.lock();
        if !self.refresh(&mut picture, &mut shed) {
            drop(picture);
            return None;
        }
        let known = picture.check;
        let shown = picture.shown.as_ref()?;
        let (html, hash) = (Arc::clone(&shown.html), shown.hash);
        drop(picture);
        drop(shed);
        let check = known.unwrap_or_else(|| holm_dom::inspect(&html).check);
        let mut picture = self.picture.lock();
        if picture.shown.as_ref().is_some_and(|shown| shown.hash == hash) {
            picture.check = Some(check);
        }
        Some(Print { html, hash, check })
    }

    /// What it shows now, for tests.
    pub(super) fn html(&self) -> Option<Arc<str>> {
        Some(self.print()?.html)
    }
}

