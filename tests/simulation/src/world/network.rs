//! What the network does, and what happens to servers.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use holm_wire::down::Down;
use tokio::time::Instant;

use super::{Conn, Event, World, told};

/// What a page that posts its frames may post twice: events, forms, wishes for snapshots, reports.
const AGAIN: [u8; 4] = [0x02, 0x03, 0x04, 0x07];

impl World {
    pub(super) fn conn(&mut self, epoch: u32) -> Option<&mut Conn> {
        self.conns.iter_mut().find(|conn| conn.epoch == epoch)
    }

    pub(super) fn connect(&mut self, epoch: u32) {
        let (now, by_request) = (Instant::now(), self.chance.percent(40));
        self.conns.retain(|conn| conn.wire.is_some());
        self.conns.push(Conn {
            epoch,
            wire: None,
            over: false,
            up_at: now,
            down_at: now,
            up_cut: None,
            down_cut: None,
            stalled: false,
            by_request,
        });
        let travel = self.travel();
        match self.chance.below(100) {
            // Nobody answers, which the client has to find out by itself.
            0..3 if !self.healed => {}
            3..12 if !self.healed => self.at(travel, Event::Closed(epoch)),
            _ => self.at(travel, Event::Opened(epoch)),
        }
    }

    pub(super) fn opened(&mut self, epoch: u32) {
        let wire = self.server.as_ref().map(|server| server.served.wire());
        let Some(conn) = self.conns.iter_mut().find(|conn| conn.epoch == epoch && !conn.over) else { return };
        if wire.is_none() {
            self.at(Duration::from_millis(1), Event::Closed(epoch));
            return;
        }
        conn.wire = wire;
        self.trace(|_| format!("connection {epoch} is open"));
        self.client.opened(epoch);
    }

    /// The client ends its connection.
    pub(super) fn disconnect(&mut self) {
        let travel = self.travel();
        let Some(conn) = self.conns.last_mut().filter(|conn| !conn.over) else { return };
        conn.over = true;
        let (epoch, at) = (conn.epoch, conn.up_at.max(Instant::now() + travel));
        if conn.up_cut.is_none() {
            self.put(at, Event::Lost(epoch));
        }
        self.trace(|_| format!("the client lets go of connection {epoch}"));
    }

    pub(super) fn send_up(&mut self, frame: Vec<u8>) {
        let travel = self.travel();
        let Some(conn) = self.conns.last_mut().filter(|conn| !conn.over && conn.wire.is_some()) else {
            return;
        };
        conn.up_at = conn.up_at.max(Instant::now() + travel);
        let (epoch, at) = (conn.epoch, conn.up_at);
        self.put(at, Event::Up(epoch, frame));
    }

    pub(super) fn up(&mut self, epoch: u32, frame: &[u8]) {
        let now = Instant::now();
        let lost = self
            .conn(epoch)
            .is_none_or(|conn| conn.wire.is_none() || conn.up_cut.is_some_and(|cut| now > cut));
        self.trace(|_| format!("{} up   {epoch}: {}", if lost { "lost" } else { "    " }, told(frame, true)));
        if let (false, Some(conn)) = (lost, self.conn(epoch))
            && let Some(wire) = conn.wire.as_mut()
        {
            wire.send(frame);
            let by_request = conn.by_request;
            if by_request && frame.first().is_some_and(|kind| AGAIN.contains(kind)) && self.chance.percent(15)
            {
                let late = self.between(0, 300);
                self.at(late, Event::Up(epoch, frame.to_vec()));
            }
        }
    }

    pub(super) fn send_down(&mut self, at: usize, frame: Bytes) {
        let travel = self.travel();
        let conn = &mut self.conns[at];
        conn.down_at = conn.down_at.max(Instant::now() + travel);
        let (epoch, at) = (conn.epoch, conn.down_at);
        self.put(at, Event::Down(epoch, frame));
    }

    pub(super) fn down(&mut self, epoch: u32, frame: &[u8]) {
        let now = Instant::now();
        let lost =
            self.conn(epoch).is_none_or(|conn| conn.over || conn.down_cut.is_some_and(|cut| now > cut));
        self.trace(|_| {
            format!("{} down {epoch}: {}", if lost { "lost" } else { "    " }, told(frame, false))
        });
        if lost {
            return;
        }
        self.client.host.program = match Down::decode(frame) {
            Ok(Down::Edit { program, .. } | Down::EditAck { program, .. }) => program.to_vec(),
            _ => Vec::new(),
        };
        self.client.heard(epoch, frame);
    }

    /// Takes the frames that servers have ready, and sees which connections they have ended.
    pub(super) fn pull(&mut self) {
        for at in 0..self.conns.len() {
            while let Some(frame) = self.conns[at]
                .wire
                .as_ref()
                .filter(|_| !self.conns[at].stalled)
                .and_then(holm::test::Wire::take)
            {
                self.send_down(at, frame);
            }
            let ended = self.conns[at].wire.as_ref().and_then(holm::test::Wire::closed);
            if let Some(code) = ended.filter(|_| !self.conns[at].stalled) {
                self.conns[at].wire = None;
                let travel = self.travel();
                let conn = &self.conns[at];
                let (epoch, when, cut) =
                    (conn.epoch, conn.down_at.max(Instant::now() + travel), conn.down_cut);
                self.trace(|_| format!("the server ends connection {epoch} with {code}"));
                if cut.is_none() {
                    self.put(when, Event::Closed(epoch));
                }
            }
        }
    }

    /// One thing goes wrong.
    pub(super) fn fault(&mut self) {
        if self.healed {
            return;
        }
        let next = if self.chance.percent(70) { self.between(5, 700) } else { self.between(700, 5_000) };
        self.at(next, Event::Fault);
        match self.chance.below(100) {
            0..30 => self.cut(true, true),
            30..40 => self.cut(true, false),
            40..48 => self.cut(false, true),
            48..52 => self.cut(false, false),
            52..64 => self.stall(),
            64..74 => self.kill(),
            74..82 => self.drain(),
            82..90 => self.go_away(),
            90..95 => {
                self.trace(|_| "the page may have another network".to_owned());
                self.client.nudge(false);
            }
            _ => self.slowness = self.chance.of(&[2, 20, 120, 400]),
        }
    }

    /// The newest connection ends; either side hears of it or does not.
    fn cut(&mut self, client: bool, server: bool) {
        let now = Instant::now();
        let (up, down, one, other) =
            (self.between(0, 90), self.between(0, 90), self.between(1, 60), self.between(1, 900));
        let Some(conn) = self.conns.last_mut() else { return };
        let epoch = conn.epoch;
        conn.up_cut.get_or_insert(now + up);
        conn.down_cut.get_or_insert(now + down);
        self.trace(|_| {
            format!("connection {epoch} is cut; the client hears: {client}, the server: {server}")
        });
        if client {
            self.put(now + down + one, Event::Closed(epoch));
        }
        if server {
            self.put(now + up + other, Event::Lost(epoch));
        }
    }

    fn stall(&mut self) {
        let time = self.between(50, 4_000);
        let Some(conn) = self.conns.last_mut() else { return };
        conn.stalled = true;
        let epoch = conn.epoch;
        self.trace(|_| format!("connection {epoch} takes no frames for {time:?}"));
        self.at(time, Event::Flow(epoch));
    }

    fn kill(&mut self) {
        let Some(server) = self.server.take() else { return };
        self.trace(|_| "the server is killed".to_owned());
        server.kill();
        let now = Instant::now();
        for at in 0..self.conns.len() {
            if let Some(wire) = self.conns[at].wire.take() {
                wire.leave();
                let (down, hears) = (self.between(0, 90), self.chance.percent(80));
                let conn = &mut self.conns[at];
                conn.down_cut.get_or_insert(now + down);
                let epoch = conn.epoch;
                if hears {
                    self.put(now + down + Duration::from_millis(1), Event::Closed(epoch));
                }
            }
        }
        let down = self.between(1, 3_000);
        self.at(down, Event::Start);
    }

    /// The server is asked to go; its successor is there at once or after a while.
    fn drain(&mut self) {
        let Some(server) = self.server.take() else { return };
        self.trace(|_| "the server drains".to_owned());
        tokio::spawn(async move { server.served.drain().await });
        let down = if self.chance.percent(50) { Duration::from_millis(1) } else { self.between(1, 4_000) };
        self.at(down, Event::Start);
    }

    fn go_away(&mut self) {
        if self.away {
            return;
        }
        self.trace(|_| "the page goes to sleep".to_owned());
        self.away = true;
        self.client.nudge(true);
        let time =
            if self.chance.percent(50) { self.between(10, 2_000) } else { self.between(2_000, 90_000) };
        self.at(time, Event::Back);
    }

    pub(super) fn back(&mut self) {
        if std::mem::take(&mut self.away) {
            self.trace(|_| "the page wakes".to_owned());
            self.client.nudge(false);
        }
    }

    /// Nothing more goes wrong, and what has is heard of, mostly.
    pub(super) fn heal(&mut self) {
        self.trace(|_| "the world heals".to_owned());
        self.healed = true;
        self.slowness = 2;
        self.ledger.quiet.store(true, Ordering::Relaxed);
        self.back();
        for at in 0..self.conns.len() {
            self.conns[at].stalled = false;
            let epoch = self.conns[at].epoch;
            let dead = self.conns[at].up_cut.is_some() || self.conns[at].down_cut.is_some();
            if dead && self.chance.percent(70) {
                self.at(Duration::from_millis(1), Event::Closed(epoch));
            }
        }
    }
}
