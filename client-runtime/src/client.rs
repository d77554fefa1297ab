//! The connection: which islands have joined, what each frame means, when to try again.
//!
//! Time, chance, the socket and the page come in through [`Host`], so all of it runs natively in
//! tests. The client holds numbers only and allocates nothing: frames are read where they lie, and
//! whatever is text or has no bound stays with the host. Times are whole hundredths of a second, as the host
//! counts them: in 32 bits for longer than a page is open.

use holm_wire::Action;

use crate::host::{Host, Status};

mod frames;

/// Islands per page that are live; any more stay as they were served.
pub const ISLANDS: usize = 512;
/// A second.
const SECOND: u32 = 100;
/// A connection that lived so long counts as good: after it the first attempt comes soon.
const GOOD: u32 = 5 * SECOND;
/// As many attempts count, at most, where there was an answer: only a server that cannot be reached is left alone for long.
const PATIENT: u32 = 3;
/// The wait before the first attempt after a good connection, and how much of chance comes to it.
const SOON: u32 = SECOND / 10;
const SPREAD: u32 = SECOND * 4 / 10;
/// The wait before the attempt after that; it doubles, so many times, up to [`LONGEST`].
const SHORTEST: u32 = SECOND;
const DOUBLINGS: u32 = 5;
const LONGEST: u32 = 30 * SECOND;
/// How long a new connection has to answer in; the next one has as much more.
const PATIENCE: u32 = 10 * SECOND;
/// After so long without a word, an event asks whether the server is still there.
const QUIET: u32 = 10 * SECOND;
/// How soon a server must be heard that the page asks whether it is still there.
const ALIVE: u32 = 5 * SECOND;
/// Stands for no wish to wake.
const NEVER: u32 = u32::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
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
    /// Its id in frames plus 1; 0 while it has not joined. It outlives a lost connection.
    id: u32,
    /// The number of its last event.
    last: u32,
    /// When to join again; 0 when that is not wished.
    again: u32,
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
    const NEW: Self = Self { id: 0, last: 0, again: 0, tries: 0, astray: false, moved: false, over: false };
}

/// One page's client.
// In this order, so that what is no island's lies at short addresses.
#[repr(C)]
#[derive(Debug)]
pub struct Client<H> {
    /// The surroundings.
    pub host: H,
    count: usize,
    /// Counts connections: what another epoch's says is not heard.
    epoch: u32,
    /// The epoch of the last connection that answered with joined or resumed; 0 before the first.
    base: u32,
    /// How many counted frames that one brought.
    seen: u32,
    /// When to report their number; 0 when it has been reported.
    due: u32,
    phase: Phase,
    /// How many attempts in a row failed, plus 1; 0 after a good connection.
    tries: u32,
    /// When to connect again.
    wake: u32,
    /// When the connection answered.
    since: u32,
    /// When the server counts as dead if it is not heard before.
    dead: u32,
    /// When the next heartbeat is due.
    beat: u32,
    /// How long a silence after which the server is dead; 0 before the first answer.
    silence: u32,
    /// Last, so that the others lie at short addresses.
    islands: [Island; ISLANDS],
}

impl<H: Host> Client<H> {
    /// A client with no islands that has not connected.
    pub const fn new(host: H) -> Self {
        Self {
            host,
            islands: [Island::NEW; ISLANDS],
            count: 0,
            epoch: 0,
            base: 0,
            seen: 0,
            due: 0,
            phase: Phase::Waiting,
            tries: 0,
            wake: 0,
            since: 0,
            dead: 0,
            beat: 0,
            silence: 0,
        }
    }

    /// Connects, for so many islands.
    pub fn start(&mut self, count: usize) {
        self.count = count.min(ISLANDS);
        self.tries = 1;
        self.host.show(Status::Connecting);
        self.connect();
    }

    /// The connection of this epoch is open.
    pub fn opened(&mut self, epoch: u32) {
        if epoch == self.epoch && self.phase == Phase::Opening {
            self.phase = Phase::Open;
            self.endure();
            if self.base > 0 {
                self.host.resume(self.base, self.seen);
            } else {
                self.join(true, true);
            }
            self.plan();
        }
    }

    /// The connection of this epoch is closed, or did not open.
    pub fn closed(&mut self, epoch: u32) {
        if epoch == self.epoch && matches!(self.phase, Phase::Opening | Phase::Open) {
            self.lose(Action::Retry);
        }
    }

    /// Why the server cannot be reached: what the page is to do, and the seconds it asks to stay away.
    pub fn reason(&mut self, epoch: u32, action: u32, seconds: u32) {
        if epoch != self.epoch || self.phase != Phase::Waiting {
            return;
        }
        if action == Action::Stop as u32 {
            return self.act(Action::Stop);
        }
        let wait = seconds * SECOND;
        let wake = self.host.now() + wait + self.host.chance(wait / 2);
        if wake > self.wake {
            self.wake = wake;
        }
        self.plan();
    }

    /// The page is about to sleep (`away`): lets the connection go and waits. Or it has woken, or may
    /// have another network: connects at once, or asks the server whether it is still there.
    pub fn nudge(&mut self, away: bool) {
        match self.phase {
            Phase::Opening | Phase::Open if away => {
                self.apart();
                self.wake = NEVER;
            }
            Phase::Waiting if !away => self.connect(),
            Phase::Open => {
                self.host.beat();
                let dead = self.host.now() + ALIVE;
                if dead < self.dead {
                    self.dead = dead;
                }
            }
            _ => {}
        }
        self.plan();
    }

    /// The timer has run out.
    pub fn tick(&mut self) {
        let now = self.host.now();
        match self.phase {
            Phase::Waiting if now >= self.wake => self.connect(),
            Phase::Opening | Phase::Open if now >= self.dead => self.lose(Action::Rejoin),
            Phase::Open => {
                if self.answered() {
                    if now >= self.beat {
                        self.beat = now + self.silence * 2 / 5;
                        self.host.beat();
                    }
                    if self.due > 0 && now >= self.due {
                        self.due = 0;
                        self.host.seen(self.seen);
                    }
                }
                self.join(false, false);
            }
            _ => {}
        }
        self.plan();
    }

    /// Numbers an event: twice its number, plus 1 when it can be sent now.
    /// 0: nobody will ever take it.
    pub fn event(&mut self, slot: u32) -> u32 {
        // Before the answer to a resume those before it would come after it.
        let open = self.phase == Phase::Open && self.answered();
        if open && self.dead + QUIET < self.host.now() + self.silence {
            self.nudge(false);
        }
        let island = island(&mut self.islands, slot);
        if island.over || self.phase == Phase::Stopped || slot as usize >= self.count {
            return 0;
        }
        island.last += 1;
        island.last * 2 + u32::from(open && island.id > 0)
    }

    /// The connection ended by itself, or has to be taken for dead.
    fn lose(&mut self, action: Action) {
        let answered = self.answered();
        self.act(action);
        if !answered {
            self.host.ask(self.epoch);
        }
    }

    /// Does what the connection's end or a word about it asks for.
    fn act(&mut self, action: Action) {
        match action {
            Action::Keep => return,
            Action::Join => {
                for island in &mut self.islands {
                    island.id = 0;
                }
                return self.join(true, true);
            }
            _ => self.apart(),
        }
        let stays_away = match action {
            Action::Reload => !self.host.reload(),
            Action::Stop => true,
            _ => false,
        };
        if stays_away {
            self.phase = Phase::Stopped;
            self.host.show(Status::Stopped);
            self.plan();
        } else {
            let wait = match self.tries {
                0 if action == Action::Rejoin => 0,
                0 => SOON + self.host.chance(SPREAD),
                tries => delay(tries - 1, &mut self.host),
            };
            self.tries += 1;
            self.wait(wait);
        }
    }

    fn connect(&mut self) {
        self.epoch += 1;
        self.phase = Phase::Opening;
        self.endure();
        self.host.connect(self.epoch);
        self.plan();
    }

    /// Ends the connection, if there still is one. What it had settled holds: a resume goes on from there.
    fn apart(&mut self) {
        if self.answered() {
            let most = if self.host.now() - self.since >= GOOD { 0 } else { PATIENT };
            self.tries = self.tries.min(most);
        }
        self.phase = Phase::Waiting;
        self.host.disconnect();
    }

    fn wait(&mut self, wait: u32) {
        self.wake = self.host.now() + wait;
        // The end of a connection is no news while the first attempt to come back has not failed, if that is soon.
        if wait > SECOND || !self.answered() {
            self.host.show(Status::Lost);
        }
        self.plan();
    }

    /// Whether the newest connection has answered.
    fn answered(&self) -> bool {
        self.base == self.epoch
    }

    /// Gives the server new time.
    fn endure(&mut self) {
        let patience = if self.answered() { self.silence } else { PATIENCE * (self.tries + 1) };
        self.dead = self.host.now() + patience;
    }

    /// Joins every island that has not joined, or those whose time has come. `any`: says so even when
    /// there is none.
    fn join(&mut self, all: bool, mut any: bool) {
        let now = self.host.now();
        for slot in 0..self.count as u32 {
            let island = island(&mut self.islands, slot);
            let due = all || island.again > 0 && now >= island.again;
            if island.over || island.id > 0 || !due {
                continue;
            }
            island.again = 0;
            island.over = !self.host.name(slot, island.moved);
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
            Phase::Opening | Phase::Open => self.dead,
            Phase::Stopped => NEVER,
        };
        if self.phase == Phase::Open {
            if self.answered() {
                if self.beat < next {
                    next = self.beat;
                }
                if self.due > 0 && self.due < next {
                    next = self.due;
                }
            }
            for island in &self.islands {
                if island.again > 0 && island.again < next {
                    next = island.again;
                }
            }
        }
        self.host.timer((next != NEVER).then_some(next));
    }

    /// The slot of the island with this id. Inlined, as `place` is not: between functions of wasm an
    /// `Option` goes through memory.
    #[inline(always)]
    fn slot(&self, id: u32) -> Option<u32> {
        let slot = self.place(id);
        (slot < ISLANDS as u32).then_some(slot)
    }

    #[inline(never)]
    fn place(&self, id: u32) -> u32 {
        for slot in 0..self.count as u32 {
            let island = &self.islands[slot as usize % ISLANDS];
            if island.id == id + 1 && !island.over {
                return slot;
            }
        }
        ISLANDS as u32
    }
}

/// The island of a slot, of which there are fewer than [`ISLANDS`]: a power of two, so that nothing has to be checked.
fn island(islands: &mut [Island; ISLANDS], slot: u32) -> &mut Island {
    &mut islands[slot as usize % ISLANDS]
}

/// A growing wait with half of it up to chance.
fn delay(tries: u32, host: &mut impl Host) -> u32 {
    let wait = if tries < DOUBLINGS { SHORTEST << tries } else { LONGEST };
    wait / 2 + host.chance(wait)
}

#[cfg(test)]
mod tests;
