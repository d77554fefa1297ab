//! Losing the connection and coming back.

use std::panic::Location;

use holm_wire::Code;
use holm_wire::up;

use super::{Tab, Wire};
use crate::test::App;

impl Tab {
    /// Loses the connection, as a page does that is out of reach; events that are sent now are kept.
    pub fn lose(mut self) -> Self {
        self.disconnect();
        self
    }

    /// Closes the page: its session ends at once.
    pub fn close(mut self) {
        if let Some(wire) = self.wire.take() {
            wire.leave();
        }
    }

    /// Loses the connection together with everything that is on its way to the page.
    pub fn lose_what_comes(self) -> Self {
        while self.wire.as_ref().and_then(Wire::take).is_some() {}
        self.lose()
    }

    /// Loses the connection: what the visitor does goes on, and is kept.
    pub fn disconnect(&mut self) {
        self.wire = None;
        self.late.clear();
    }

    /// Comes back to the app that the tab was opened at: to its session or, where that has ended, from the newest
    /// seals. Sends again what has not come in, and waits for the answers.
    ///
    /// # Panics
    /// When the app is at its cap.
    #[track_caller]
    pub fn reconnect(&mut self) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            let app = self.app.clone();
            self.resume_at(&app).await;
        }
    }

    /// Goes on at another app, as after a restart of the server: joins from the newest seals, sends again what they do
    /// not contain, and waits for the answers.
    ///
    /// # Panics
    /// When the app is at its cap, or has no such page.
    #[track_caller]
    pub fn restart(&mut self, app: &App) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            self.app = app.clone();
            self.rejoin_at(app).await;
        }
    }

    /// Loses the connection and joins again from the newest seals, as after the session's end: at the same
    /// app or, as after a restart, at another one; sends again what the seals do not contain, and waits
    /// for the answers.
    ///
    /// # Panics
    /// When the app is at its cap.
    #[track_caller]
    pub fn rejoin(mut self, app: &App) -> impl Future<Output = Self> {
        self.at = Location::caller();
        async move {
            self.rejoin_at(app).await;
            self
        }
    }

    async fn rejoin_at(&mut self, app: &App) {
        self.connect(app).await;
        self.come_again();
        self.all_answered().await;
    }

    /// Loses the connection and comes back to the same session, or, where that has ended, joins again
    /// from the newest seals; sends again what has not come in, and waits for the answers.
    ///
    /// # Panics
    /// When the app is at its cap.
    #[track_caller]
    pub fn resume(mut self, app: &App) -> impl Future<Output = Self> {
        self.at = Location::caller();
        async move {
            self.resume_at(app).await;
            self
        }
    }

    async fn resume_at(&mut self, app: &App) {
        self.connect(app).await;
        let mut frame = Vec::new();
        let token = self.token.as_slice().try_into().expect("a tab that has joined has a token");
        let (base, seen) = self.seen;
        let resume = up::Resume { wants: self.wants, path: &self.path, epoch: self.epoch, base, seen, token };
        up::resume(&mut frame, &resume);
        self.say(&frame);
        self.drain();
        if self.errors.iter().any(|error| error.code == Code::SessionGone) {
            self.come_again();
        }
        self.all_answered().await;
    }

    /// Sends a frame, unless the connection is lost.
    pub(super) fn say(&mut self, frame: &[u8]) {
        if let Some(wire) = &mut self.wire {
            wire.send(frame);
        }
    }

    async fn connect(&mut self, app: &App) {
        let page = app.get(&self.path).await;
        let origin = page.origin.expect("the path still answers with a page");
        self.late.clear();
        self.wire = Some(Wire::of(&origin));
        self.epoch += 1;
        self.edits.clear();
        self.errors.clear();
    }

    fn come_again(&mut self) {
        // A nested island that has no seal yet is mounted anew by its parent.
        self.islands.retain(|island| !island.seal.is_empty());
        self.join_islands(true);
        let received: Vec<_> = self.islands.iter().map(|island| (island.id, island.acked)).collect();
        for (id, seq) in received {
            self.send_again(id, seq);
        }
        self.drain();
    }

    /// Sends the kept events of an island that have not come in.
    pub(super) fn send_again(&mut self, id: u64, received: u64) {
        let frames: Vec<_> = self.by_id(id).map_or_else(Vec::new, |island| {
            island.unsealed.iter().filter(|event| event.seq > received).map(|event| event.frame(id)).collect()
        });
        for frame in frames {
            self.say(&frame);
        }
    }

    async fn all_answered(&mut self) {
        for at in 0..self.islands.len() {
            let instance = self.islands[at].instance.clone();
            self.answered(&instance).await;
        }
    }
}
