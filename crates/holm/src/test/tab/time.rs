//! Time: waiting for what is to come about, letting it pass, and a slow line.

use std::panic::Location;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::screen::Screen;
use super::{HEARTBEAT, PATIENCE, Tab};
use crate::test::Wire;

/// How often other tasks get their turn until a tab has settled.
const TURNS: usize = 32;

impl Tab {
    /// Takes every frame that is ready now.
    pub(super) fn drain(&mut self) {
        while let Some(frame) = self.late.pop_front().or_else(|| self.wire.as_ref().and_then(Wire::take)) {
            self.take(&frame);
        }
    }

    /// The next frame, staying alive meanwhile as the client does, and sending what is due.
    async fn frame(&mut self) -> Option<Bytes> {
        if let Some(late) = self.late.pop_front() {
            return Some(late);
        }
        loop {
            let due = self.next_due();
            let beat = Instant::now() + HEARTBEAT;
            let until = due.map_or(beat, |due| due.min(beat));
            match tokio::time::timeout_at(until, self.next_frame()).await {
                Ok(frame) => return frame,
                Err(_) if due == Some(until) => self.send_due(),
                Err(_) => self.wire.iter().for_each(Wire::heard),
            }
        }
    }

    async fn next_frame(&self) -> Option<Bytes> {
        match &self.wire {
            Some(wire) => wire.next().await,
            None => None,
        }
    }

    /// Waits until the tab is as `wanted` says: for timers, tasks and other tabs.
    ///
    /// # Panics
    /// When that does not come about within ten seconds, or the connection ends before.
    #[track_caller]
    pub fn wait_for(&mut self, wanted: impl Fn(&Self) -> bool) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            self.until(PATIENCE, wanted).await;
        }
    }

    /// [`Tab::wait_for`] with a patience of one's own: for long timers, under tokio's paused time.
    ///
    /// # Panics
    /// When it does not come about within `patience`, or the connection ends before.
    #[track_caller]
    pub fn wait_within(
        &mut self,
        patience: Duration,
        wanted: impl Fn(&Self) -> bool,
    ) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            self.until(patience, wanted).await;
        }
    }

    async fn until(&mut self, patience: Duration, wanted: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !wanted(self) {
                match self.frame().await {
                    Some(frame) => self.take(&frame),
                    None => panic!("{}: the connection ended; errors so far: {:?}", self.at, self.errors),
                }
            }
        };
        let came = tokio::time::timeout(patience, waiting).await.is_ok();
        assert!(
            came,
            "{}: waited {patience:?} in vain; errors so far: {:?}\n{}",
            self.at,
            self.errors,
            Screen::of(self).page()
        );
    }

    /// Lets time pass: takes what comes, and sends what was to wait a while. In tokio's paused time
    /// (`#[tokio::test(start_paused = true)]`) that takes no time.
    pub async fn advance(&mut self, time: Duration) {
        let until = Instant::now() + time;
        loop {
            let due = self.next_due().filter(|due| *due <= until);
            let taking = async {
                match &self.wire {
                    Some(wire) => wire.next().await,
                    None => std::future::pending().await,
                }
            };
            match tokio::time::timeout_at(due.unwrap_or(until), taking).await {
                // It has left the server, and is not there yet.
                Ok(Some(frame)) if self.held => self.late.push_back(frame),
                Ok(Some(frame)) => self.take(&frame),
                Err(_) if due.is_some() => self.send_due(),
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// [`Tab::advance`] by its earlier name.
    pub async fn idle(&mut self, time: Duration) {
        self.advance(time).await;
    }

    /// Waits until all that was sent is answered, other tasks that are ready have had their turn, and what they said
    /// is taken. What waits for its time ([`Tab::advance`]) goes on waiting. It ends what [`Tab::hold`] began.
    ///
    /// # Panics
    /// When an answer does not come within ten seconds.
    #[track_caller]
    pub fn settle(&mut self) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            self.held = false;
            self.drain();
            for at in 0..self.islands.len() {
                if self.wire.is_some() {
                    let instance = self.islands[at].instance.clone();
                    self.answered(&instance).await;
                }
            }
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
                self.drain();
            }
        }
    }

    /// From now on nothing of the server's reaches the page, as on a very slow line, until [`Tab::settle`]: what the
    /// visitor does meanwhile is sent and does not wait for its answer. What the server says in a time that
    /// [`Tab::advance`] lets pass is on its way then, and arrives as it was; what it says later arrives as it is then.
    pub fn hold(&mut self) {
        self.held = true;
    }

    /// Waits until what the visitor has just done is answered.
    pub(super) async fn answers(&mut self) {
        for instance in std::mem::take(&mut self.awaited) {
            if !self.held && self.wire.is_some() {
                self.answered(&instance).await;
            }
        }
    }

    /// Waits until every event sent to this island is acknowledged.
    pub(super) async fn answered(&mut self, instance: &str) {
        self.until(PATIENCE, |tab| tab.joined(instance).is_none_or(|island| island.acked >= island.sent))
            .await;
        self.drain();
    }
}
