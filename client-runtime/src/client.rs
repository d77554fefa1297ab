//! The connection: which islands have joined, what each frame means, when to try again.
//!
//! Time, chance, the socket and the page come in through [`Host`], so all of it runs natively in
//! tests. The client holds numbers only and allocates nothing: frames are read where they lie, and
//! whatever is text or has no bound stays with the host.

use holm_wire::{Action, Code};

use crate::fields::Fields;
use crate::host::{Host, Status};
use crate::walk::walk;

/// Islands per page that are live; any more stay as they were served.
pub const ISLANDS: usize = 512;
/// A connection that lived so many milliseconds counts as good: the next failure waits briefly again.
const GOOD: f64 = 5_000.0;
/// The first wait before another attempt, in milliseconds; it doubles up to [`LONGEST`].
const SHORTEST: f64 = 1_000.0;
const LONGEST: f64 = 30_000.0;
/// Milliseconds to wait for the server to answer the first join.
const PATIENCE: f64 = 30_000.0;
const CLOSE: u32 = 4_000;
/// Stands for no wish to wake.
const NEVER: f64 = f64::INFINITY;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not connected; `wake` says when to try.
    Waiting,
    /// The socket is opening.
    Opening,
    /// The socket is open.
    Open,
    /// No further attempt.
    Stopped,
}

/// One island's numbers. All zero before it joins, so that a page's worth of them takes no room in the file.
#[derive(Debug, Clone, Copy)]
struct Island {
    /// Its id in frames plus 1; 0 while it has not joined.
    id: u64,
    /// The number of its last event.
    last: u64,
    /// When to join again; 0 when that is not wished.
    again: f64,
    /// How many times in a row joining failed.
    tries: u32,
    /// The DOM is not the server's: edits wait for a snapshot.
    astray: bool,
    /// Edits came after the newest seal, so the DOM is not the sealed state's.
    moved: bool,
    /// It is no longer in the page, or the server will not have it.
    over: bool,
}

impl Island {
    const NEW: Self = Self { id: 0, last: 0, again: 0.0, tries: 0, astray: false, moved: false, over: false };
}

/// One page's client.
#[derive(Debug)]
pub struct Client<H> {
    /// The surroundings.
    pub host: H,
    islands: [Island; ISLANDS],
    count: usize,
    /// Counts sockets: what another epoch's socket says is not heard.
    epoch: u32,
    phase: Phase,
    status: Status,
    /// How many attempts in a row failed.
    tries: u32,
    /// When to connect again.
    wake: f64,
    /// When the socket opened.
    since: f64,
    /// When the server was last heard.
    heard: f64,
    /// When the next heartbeat is due; 0 before the first answer.
    beat: f64,
    /// Milliseconds of silence after which the server is dead; 0 before the first answer.
    silence: f64,
}

impl<H: Host> Client<H> {
    /// A client with no islands that has not connected.
    pub const fn new(host: H) -> Self {
        Self {
            host,
            islands: [Island::NEW; ISLANDS],
            count: 0,
            epoch: 0,
            phase: Phase::Waiting,
            status: Status::Connecting,
            tries: 0,
            wake: 0.0,
            since: 0.0,
            heard: 0.0,
            beat: 0.0,
            silence: 0.0,
        }
    }

    /// Connects, for so many islands.
    pub fn start(&mut self, count: usize) {
        self.count = count.min(ISLANDS);
        self.show(Status::Connecting);
        self.connect();
    }

    /// The socket of this epoch is open.
    pub fn opened(&mut self, epoch: u32) {
        if epoch == self.epoch && self.phase == Phase::Opening {
            self.phase = Phase::Open;
            self.since = self.host.now();
            self.heard = self.since;
            self.join(true);
            self.plan();
        }
    }

    /// The socket of this epoch is closed, or did not open.
    pub fn closed(&mut self, epoch: u32, code: u32) {
        if epoch != self.epoch || self.phase == Phase::Stopped {
            return;
        }
        let code = Code::from_number(code.wrapping_sub(CLOSE) as u16);
        if let Some(code) = code {
            self.host.error(None, u32::from(code.number()), code.word(), b"", 0);
        }
        self.act(code.map_or(Action::Retry, Code::action));
        if code.is_none() {
            self.host.ask(self.epoch);
        }
    }

    /// Why the server cannot be reached: a code's number or 0, and the seconds it asks to stay away.
    pub fn reason(&mut self, epoch: u32, code: u32, seconds: u32) {
        if epoch != self.epoch || self.phase != Phase::Waiting {
            return;
        }
        if let Some(code) = Code::from_number(code as u16) {
            self.host.error(None, u32::from(code.number()), code.word(), b"", 0);
            if code.action() == Action::Stop {
                return self.act(Action::Stop);
            }
        }
        let wake = self.host.now() + f64::from(seconds) * 1_000.0 * (1.0 + self.host.random() / 2.0);
        if wake > self.wake {
            self.wake = wake;
        }
        self.plan();
    }

    /// The timer has run out.
    pub fn tick(&mut self) {
        let now = self.host.now();
        match self.phase {
            Phase::Waiting if now >= self.wake => self.connect(),
            Phase::Opening | Phase::Open if now >= self.heard + self.patience() => self.act(Action::Rejoin),
            Phase::Open => {
                if self.silence > 0.0 && now >= self.beat {
                    self.beat = now + self.silence / 2.5;
                    self.host.beat();
                }
                self.join(false);
            }
            _ => {}
        }
        self.plan();
    }

    /// Numbers an event: twice its number, plus 1 when the island has joined so that it can be sent.
    /// 0: nobody will ever take it.
    pub fn event(&mut self, slot: u32) -> u32 {
        match self.islands.get_mut(slot as usize) {
            Some(island) if !island.over && self.phase != Phase::Stopped && (slot as usize) < self.count => {
                island.last += 1;
                island.last as u32 * 2 + u32::from(island.id > 0)
            }
            _ => 0,
        }
    }

    /// The socket of this epoch brought a frame.
    pub fn heard(&mut self, epoch: u32, frame: &[u8]) {
        if epoch == self.epoch && self.phase == Phase::Open {
            self.heard = self.host.now();
            self.obey(Fields::new(frame));
        }
    }

    /// Does what a frame says. [`holm_wire::down::Down`] is the same layout as one value; read field by
    /// field it needs a third of the code.
    fn obey(&mut self, mut f: Fields<'_>) {
        let kind = f.byte();
        match kind {
            0x10 => return self.joined(f),
            0x16 => {
                let (code, island, seq) = (f.int(), f.int(), f.int());
                return self.refused(code as u32, island, seq, f.rest());
            }
            0x17 => {
                let total = f.byte() == 1;
                let count = f.int();
                return self.host.presence(total, count);
            }
            0x19 => return self.host.redirect(f.rest()),
            0x1a => return self.host.title(f.rest()),
            0x1b => {
                self.apart();
                let wait = f.int();
                return self.wait(wait as f64);
            }
            _ => {}
        }
        // The other frames begin with an island's id.
        let id = f.int();
        let Some(slot) = self.slot(id) else { return };
        let Some(island) = self.islands.get_mut(slot as usize) else { return };
        match kind {
            0x11 | 0x13 => {
                let seq = if kind == 0x13 { f.int() } else { 0 };
                island.moved = true;
                if island.astray {
                    return;
                }
                self.host.begin(slot);
                let done = walk(f, &mut self.host);
                island.astray = !done;
                self.host.end(slot, done, seq, false);
                if !done {
                    self.host.resync(id);
                }
            }
            0x12 => {
                island.tries = 0;
                let seq = f.int();
                self.host.settled(slot, seq);
            }
            0x14 => {
                let seq = f.int();
                island.astray = false;
                island.moved = true;
                self.host.begin(slot);
                self.host.morph(f.rest());
                self.host.end(slot, true, seq, true);
            }
            0x15 => {
                let seq = f.int();
                island.moved = false;
                island.tries = 0;
                self.host.forget(slot, seq, false);
                self.host.seal(slot, f.rest());
            }
            0x18 => {
                let name = f.bytes();
                self.host.push(slot, name, f.rest());
            }
            0x1c => {
                let key = f.bytes();
                let id = f.int();
                f.bytes();
                let place = self.host.mount(slot, id, key, f.rest());
                if let Some(island) = self.islands.get_mut((place as usize).wrapping_sub(1)) {
                    *island = Island { id: id + 1, ..Island::NEW };
                    self.count = self.count.max(place as usize);
                }
            }
            _ => {}
        }
    }

    fn joined(&mut self, mut f: Fields<'_>) {
        // The build, which only development looks at.
        for _ in 0..4 {
            f.byte();
        }
        self.silence = f.int() as f64 * 1_000.0;
        self.beat = self.heard + self.silence / 2.5;
        f.int();
        let mut index = 0;
        while let Some(slot) = self.host.asked(index) {
            let (id, seq) = (f.int(), f.int());
            if let Some(island) = self.islands.get_mut(slot as usize) {
                island.id = id + 1;
                island.astray = false;
                island.last = seq + self.host.joined(slot, id, seq);
            }
            index += 1;
        }
        if self.status != Status::Live {
            self.show(Status::Live);
        }
        self.plan();
    }

    fn refused(&mut self, number: u32, island: u64, seq: u64, sentence: &[u8]) {
        let slot = island.checked_sub(1).and_then(|id| self.slot(id));
        let code = Code::from_number(number as u16);
        self.host.error(slot, number, code.map_or("", Code::word), sentence, seq);
        let action = code.map_or(Action::Keep, Code::action);
        let Some(slot) = slot else {
            // A word about an island that is gone says nothing about the connection.
            if island == 0 {
                self.act(action);
            }
            return;
        };
        let (now, random) = (self.host.now(), self.host.random());
        let Some(island) = self.islands.get_mut(slot as usize) else { return };
        match action {
            Action::Keep => self.host.forget(slot, seq, true),
            Action::Stop => island.over = true,
            Action::Reload => island.over = !self.host.reload(),
            Action::Retry | Action::Rejoin => {
                island.id = 0;
                island.again = now;
                if action == Action::Retry || island.tries > 0 {
                    island.again += delay(island.tries, random);
                }
                island.tries += 1;
                self.join(false);
                self.plan();
            }
        }
    }

    /// Does what the connection's end or a word about it asks for.
    fn act(&mut self, action: Action) {
        if action == Action::Keep {
            return;
        }
        self.apart();
        let stays_away = match action {
            Action::Reload => !self.host.reload(),
            Action::Stop => true,
            _ => false,
        };
        if stays_away {
            self.phase = Phase::Stopped;
            self.show(Status::Stopped);
            self.plan();
        } else {
            let at_once = action == Action::Rejoin && self.tries == 0;
            let wait = if at_once { 0.0 } else { delay(self.tries, self.host.random()) };
            self.tries += 1;
            self.wait(wait);
        }
    }

    fn connect(&mut self) {
        self.epoch += 1;
        self.phase = Phase::Opening;
        self.heard = self.host.now();
        self.host.connect(self.epoch);
        self.plan();
    }

    /// Ends the socket, if there still is one, and forgets what only it knew.
    fn apart(&mut self) {
        if self.phase == Phase::Open && self.host.now() - self.since >= GOOD {
            self.tries = 0;
        }
        self.epoch += 1;
        self.phase = Phase::Waiting;
        for island in &mut self.islands {
            island.id = 0;
            island.again = 0.0;
        }
        self.host.disconnect();
    }

    fn wait(&mut self, milliseconds: f64) {
        self.wake = self.host.now() + milliseconds;
        if self.status != Status::Lost {
            self.show(Status::Lost);
        }
        self.plan();
    }

    /// Joins every island that has not joined, or those whose time has come.
    fn join(&mut self, all: bool) {
        let now = self.host.now();
        let mut any = all;
        for slot in 0..self.count {
            let Some(island) = self.islands.get_mut(slot) else { return };
            let due = all || island.again > 0.0 && now >= island.again;
            if island.over || island.id > 0 || !due {
                continue;
            }
            island.again = 0.0;
            island.over = !self.host.name(slot as u32, island.moved);
            any |= !island.over;
        }
        if any {
            self.host.join();
        }
    }

    /// Sets the timer for whatever comes next.
    fn plan(&mut self) {
        let mut next = match self.phase {
            Phase::Waiting => self.wake,
            Phase::Opening | Phase::Open => self.heard + self.patience(),
            Phase::Stopped => NEVER,
        };
        if self.phase == Phase::Open {
            if self.silence > 0.0 && self.beat < next {
                next = self.beat;
            }
            for island in &self.islands {
                if island.again > 0.0 && island.again < next {
                    next = island.again;
                }
            }
        }
        let now = self.host.now();
        self.host.timer(next - now);
    }

    fn patience(&self) -> f64 {
        if self.silence > 0.0 { self.silence } else { PATIENCE }
    }

    fn show(&mut self, status: Status) {
        self.status = status;
        self.host.show(status);
    }

    fn slot(&self, id: u64) -> Option<u32> {
        for slot in 0..self.count {
            let island = self.islands.get(slot)?;
            if island.id == id + 1 && !island.over {
                return Some(slot as u32);
            }
        }
        None
    }
}

/// A growing wait with half of it up to chance.
fn delay(tries: u32, random: f64) -> f64 {
    let mut wait = SHORTEST;
    for _ in 0..tries {
        if wait < LONGEST {
            wait *= 2.0;
        }
    }
    (if wait < LONGEST { wait } else { LONGEST }) * (0.5 + random)
}

#[cfg(test)]
mod tests;
