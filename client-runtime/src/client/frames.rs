//! What each frame means.

use holm_wire::Action;
use holm_wire::down::is_counted;
use holm_wire::up::TOKEN;

use super::{Client, ISLANDS, Island, Phase, SECOND, delay, island};
use crate::fields::Fields;
use crate::host::{Host, Made, Status};
use crate::walk::walk;

/// How long from a counted frame to the report of it.
const REPORT: u32 = SECOND;

impl<H: Host> Client<H> {
    /// The connection of this epoch brought a frame.
    pub fn heard(&mut self, epoch: u32, frame: &[u8]) {
        if epoch != self.epoch || self.phase != Phase::Open {
            return;
        }
        self.endure();
        let mut fields = Fields::new(frame);
        let kind = fields.byte();
        if is_counted(kind as u8) && self.answered() {
            self.seen += 1;
            if self.due == 0 {
                self.due = self.host.now() + REPORT;
                self.plan();
            }
        }
        self.obey(kind, fields);
    }

    /// Does what a frame says. [`holm_wire::down::Down`] is the same layout as one value; read field by
    /// field it needs a third of the code.
    fn obey(&mut self, kind: u32, mut f: Fields<'_>) {
        match kind {
            0x03 => return self.resumed(f),
            0x10 => return self.joined(f),
            0x16 => return self.refused(f),
            0x01 => {
                let total = f.byte() == 1;
                let count = f.int();
                return self.host.presence(total, count);
            }
            0x19 => return self.host.redirect(f.rest()),
            0x1a => return self.host.title(f.rest()),
            0x02 => {
                self.apart();
                let milliseconds = f.int();
                return self.wait(milliseconds / (1_000 / SECOND));
            }
            _ => {}
        }
        // The other frames begin with an island's id.
        let id = f.int();
        let Some(slot) = self.slot(id) else { return };
        let seq = if matches!(kind, 0x12..=0x15) { f.int() } else { 0 };
        let island = island(&mut self.islands, slot);
        match kind {
            0x11 | 0x13 => {
                island.moved = true;
                if island.astray {
                    return;
                }
                self.host.begin(slot, seq);
                let done = walk(f, &mut self.host);
                island.astray = !done;
                self.host.end(slot, seq, if done { Made::Edit } else { Made::Nothing });
                if !done {
                    self.host.resync(id);
                }
            }
            0x12 => {
                island.tries = 0;
                self.host.settled(slot, seq);
            }
            0x14 => {
                island.astray = false;
                island.moved = true;
                self.host.begin(slot, seq);
                self.host.morph(f.rest());
                self.host.end(slot, seq, Made::Snapshot);
            }
            0x15 => {
                island.tries = 0;
                self.host.forget(slot, seq, false);
                let seal = f.rest();
                // Without one, the page keeps the seal that it has.
                if !seal.is_empty() {
                    // An edit that did not fit is in the seal and not in the page.
                    island.moved = island.astray;
                    self.host.seal(slot, seal);
                }
            }
            0x17 | 0x18 | 0x1d => {
                let name = f.bytes();
                self.host.push(slot, kind, name, f.rest());
            }
            0x1c => {
                let key = f.bytes();
                let id = f.int();
                f.bytes();
                let place = self.host.mount(slot, id, key, f.rest());
                if place > 0 && place as usize <= ISLANDS {
                    *self::island(&mut self.islands, place - 1) = Island { id: id + 1, ..Island::NEW };
                    self.count = self.count.max(place as usize);
                } else {
                    // Its place is yet to come, with the snapshot that its parent waits for; so is it.
                    self.host.leave(id);
                }
            }
            _ => {}
        }
    }

    fn joined(&mut self, mut f: Fields<'_>) {
        // The build, which only development looks at.
        f.take(4);
        self.begun(f.int());
        self.host.token(f.take(TOKEN as u32));
        f.int();
        let mut index = 0;
        while let Some(slot) = self.host.asked(index) {
            let (id, seq) = (f.int(), f.int());
            let last = self.host.joined(slot, id, seq);
            let island = island(&mut self.islands, slot);
            *island = Island { id: id + 1, last, tries: island.tries, moved: island.moved, ..Island::NEW };
            index += 1;
        }
        self.lively();
    }

    fn resumed(&mut self, mut f: Fields<'_>) {
        self.begun(f.int());
        f.int();
        while !f.is_empty() {
            let (id, seq) = (f.int(), f.int());
            let Some(slot) = self.slot(id) else {
                // It was mounted where there was no place, and the word of that was lost.
                self.host.leave(id);
                continue;
            };
            self.host.again(slot, seq);
            if island(&mut self.islands, slot).astray {
                self.host.resync(id);
            }
        }
        // Those that had asked to join and got no answer.
        self.join(true, false);
        self.lively();
    }

    /// The connection has answered; the first answer of each begins a count.
    fn begun(&mut self, silence: u32) {
        self.silence = silence * SECOND;
        if !self.answered() {
            if self.base == 0 {
                self.tries = 0;
            }
            self.base = self.epoch;
            self.seen = 0;
            self.due = 0;
            self.since = self.host.now();
            self.beat = self.since + self.silence * 2 / 5;
        }
        self.endure();
    }

    fn lively(&mut self) {
        self.host.show(Status::Live);
        self.plan();
    }

    fn refused(&mut self, mut f: Fields<'_>) {
        let code = f.int();
        let action = Action::from_number(f.byte() as u8).unwrap_or(Action::Keep);
        let (about, seq, word) = (f.int(), f.int(), f.bytes());
        let slot = about.checked_sub(1).and_then(|id| self.slot(id));
        // What the page recovers from by itself is no error for anybody.
        if action != Action::Join {
            self.host.error(slot, code, word, f.rest(), seq);
        }
        let Some(slot) = slot else {
            // A word about an island that is gone says nothing about the connection.
            if about == 0 {
                self.act(action);
            }
            return;
        };
        let now = self.host.now();
        let island = island(&mut self.islands, slot);
        match action {
            Action::Keep => return self.host.forget(slot, seq, true),
            Action::Stop => {
                island.over = true;
                // Nobody will take its events.
                return self.host.forget(slot, i32::MAX as u32, false);
            }
            Action::Reload => {
                if !self.host.first(slot) {
                    island.over = !self.host.reload();
                    return;
                }
                // From the page's own seal, of which the DOM has moved away.
                *island = Island { again: now, moved: true, ..Island::NEW };
            }
            _ => {
                island.id = 0;
                island.again = now;
                if action == Action::Retry || island.tries > 0 {
                    island.again += delay(island.tries, &mut self.host);
                }
                island.tries += 1;
            }
        }
        self.join(false, false);
        self.plan();
    }
}
