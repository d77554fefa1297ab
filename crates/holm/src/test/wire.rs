//! A raw connection in process: for tests of protocols, faults and schedules.

use bytes::Bytes;

use super::{App, Page};
use crate::page::Origin;
use crate::session::Link;
use crate::visitor::Visitor;

/// A connection without a socket: frames in, frames out. Dropped, it is a connection that was lost.
#[derive(Debug)]
pub struct Wire {
    link: Link,
}

impl App {
    /// Connects as the page at `path` would.
    ///
    /// # Panics
    /// When the path answers with no [`Page`](crate::Page), or the app is at its cap.
    pub async fn wire(&self, path: &str) -> Wire {
        let page = self.get(path).await;
        let origin = page.origin.unwrap_or_else(|| panic!("{path} is no page of Holm's"));
        Wire::of(&origin)
    }
}

impl Page {
    /// Connects as this page would; a page can have several connections, one after the other or at once.
    ///
    /// # Panics
    /// When the response is not a [`Page`](crate::Page) with its islands, or the app is at its cap or ends.
    pub fn wire(&self) -> Wire {
        let path = &self.path;
        Wire::of(self.origin.as_ref().unwrap_or_else(|| panic!("{path} is no page of Holm's")))
    }

    /// Ends the app as a server ends that is asked to go: pages are sealed and told when to come back.
    /// It is over when their connections have ended, or after `Limits::drain`.
    ///
    /// # Panics
    /// When the response is not a [`Page`](crate::Page) with its islands.
    pub async fn drain(&self) {
        let path = &self.path;
        let origin = self.origin.as_ref().unwrap_or_else(|| panic!("{path} is no page of Holm's"));
        origin.core.hub.drain().await;
    }
}

impl Wire {
    pub(super) fn of(origin: &Origin) -> Self {
        let core = &origin.core;
        let seat = core.hub.seat(core.limits.connections).expect("the app is at its cap of connections");
        let visitor = Visitor::new(&origin.visitor.parts(), origin.visitor.principal.clone(), &core.limits);
        Self { link: Link::new(core, visitor, seat) }
    }

    /// Notes a sign of life, as the answer to a ping is.
    pub fn heard(&self) {
        self.link.heard();
    }

    /// Whether a ping is due; asking takes it.
    pub fn pinged(&self) -> bool {
        self.link.take_ping()
    }

    /// Whether the server reads on from this connection.
    pub fn takes_more(&self) -> bool {
        self.link.takes_more()
    }

    /// Gives the server one frame.
    pub fn send(&mut self, frame: &[u8]) {
        self.link.receive(frame);
    }

    /// The next frame that is ready now, rendered for it.
    pub fn take(&self) -> Option<Bytes> {
        self.link.next_frame()
    }

    /// Waits for the next frame; `None` when the connection has ended.
    pub async fn next(&self) -> Option<Bytes> {
        self.link.next().await
    }

    /// The code the server closes the connection with, once it does.
    pub fn closed(&self) -> Option<u16> {
        Some(self.link.ended()?.close_code())
    }

    /// What an island of this session renders to now, whether the page has heard of it or not; `None` when
    /// it is not joined.
    pub fn html(&self, island: u64) -> Option<String> {
        self.link.html(island)
    }

    /// The page is closed or left: its session ends.
    pub fn leave(self) {
        self.link.leave();
    }
}
