//! Shared islands: one state for all who look at it, one render and one edit for each change.
//!
//! A [`Shared`] stands between sessions: it takes their events, one at a time in order of arrival, and
//! keeps the picture that its state renders to. Sessions fetch frames from that picture when their page
//! can take some ([`View::look`]); whoever comes first after a change has it rendered, and the others take
//! the same bytes. Who is behind gets what it lacks of the newest edits, or the whole picture where that is
//! less. What it does not know: transports, and what a page has reported.
//!
//! Locks: a session's comes before the map's ([`all`]), the map's before the picture's, the picture's before
//! the state's. Nothing of the app's runs under the map's or the state's; its render runs under the picture's,
//! as an island's own runs under its session's.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use holm_wire::Code;
use http::Request;
use parking_lot::Mutex;
use slab::Slab;
use tokio::sync::Notify;

use crate::cx::{Context, Mailbox, Port};
use crate::hub::topics::listening::Listening;
use crate::island::erased::Erased;
use crate::island::registry::SharedKind;
use crate::island::tasks::Tasks;
use crate::live::Core;
use crate::session::{Message, Queued, Session};
use crate::upload::input::{Input, Inputs, Place};
use crate::visitor::Visitor;
use crate::{Limits, Principal};

pub(crate) mod all;
mod letters;
mod mirror;
mod picture;
mod run;
mod view;

pub(crate) use mirror::Mirror;
use picture::Picture;
pub(crate) use picture::Print;
pub(crate) use view::{Found, View};

/// Why a shared island did not come to life: a code, and a sentence for the page.
pub(crate) type Refusal = (Code, String);

/// What an author reads who nests an island in a shared one.
pub(crate) const NESTED: &str = "A shared island holds no islands of its own, as those would be each viewer's: place them beside it on the page, or render their markup as its own.";

/// One shared island that lives.
pub(crate) struct Shared {
    /// Its id in every session's frames.
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) key: Box<str>,
    kind: SharedKind,
    this: Weak<Shared>,
    core: Arc<Core>,
    /// Where it runs, whoever sends it something from wherever.
    runtime: tokio::runtime::Handle,
    /// In whose name timers and `restore` run.
    nobody: Arc<Visitor>,
    inner: Mutex<Inner>,
    picture: Mutex<Picture>,
    /// Who looks at it; added to and removed from under the map's lock.
    viewers: Mutex<Slab<Weak<Session>>>,
    /// Counts changes of the state, by which a viewer is told that it is behind.
    version: AtomicU64,
    room: Notify,
    /// Whether a task is on its way that takes in what it listens to.
    nudged: AtomicBool,
}

struct Inner {
    /// The newest state that a handler has returned with `Ok`.
    state: Arc<dyn Erased>,
    life: Life,
    /// Whether the state has changed since the picture was made of it; the viewers know by then.
    dirty: bool,
    /// Whether a handler runs; from the beginning, as `restore` is the first.
    busy: bool,
    mailbox: VecDeque<Letter>,
    /// Whose events the picture does not show yet, in case it cannot be made.
    unseen: Vec<(Sender, u64)>,
    tasks: Tasks,
    /// What it takes files from.
    inputs: Inputs,
    /// What it is subscribed to.
    listening: Listening,
    /// Whether viewers have yet to be told of a change, once the messages that came with it are handled.
    untold: bool,
}

/// How far a shared island is with its life.
enum Life {
    /// Nobody has begun it.
    New,
    Restoring,
    Live,
    Over(Refusal),
}

/// A message and whose it is; `None` for the island's own timers and tasks.
struct Letter {
    from: Option<Sender>,
    queued: Queued,
}

/// A viewer, as the one who sent an event.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) session: Weak<Session>,
    /// The session's number, which names the event.
    pub(crate) page: u64,
    pub(crate) visitor: Arc<Visitor>,
    /// Tells this viewer from an earlier one of the same session.
    pub(crate) view: u64,
    /// Added to its events' numbers in their names.
    pub(crate) life: u64,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shared({} {:?})", self.name, self.key)
    }
}

impl Shared {
    fn new(
        id: u64,
        name: &'static str,
        key: &str,
        kind: SharedKind,
        state: Arc<dyn Erased>,
        core: &Arc<Core>,
    ) -> Arc<Self> {
        let (parts, ()) = Request::new(()).into_parts();
        let nobody = Arc::new(Visitor::new(&parts, Principal::anonymous(), &core.limits));
        Arc::new_cyclic(|this| Self {
            id,
            name,
            key: key.into(),
            kind,
            this: Weak::clone(this),
            core: Arc::clone(core),
            runtime: tokio::runtime::Handle::current(),
            nobody,
            picture: Mutex::new(Picture::new(Arc::clone(&state))),
            inner: Mutex::new(Inner {
                state,
                life: Life::New,
                dirty: true,
                busy: true,
                mailbox: VecDeque::new(),
                unseen: Vec::new(),
                tasks: Tasks::default(),
                inputs: Inputs::default(),
                listening: Listening::default(),
                untold: false,
            }),
            viewers: Mutex::default(),
            version: AtomicU64::new(1),
            room: Notify::new(),
            nudged: AtomicBool::new(false),
        })
    }

    fn limits(&self) -> &Limits {
        &self.core.limits
    }

    /// Has `restore` run, unless somebody has done so before.
    pub(crate) fn begin(self: &Arc<Self>) {
        let mut inner = self.inner.lock();
        if matches!(inner.life, Life::New) {
            inner.life = Life::Restoring;
            drop(inner);
            self.work(Letter::own(Message::Restore));
        }
    }

    /// Waits until it has come to life.
    ///
    /// # Errors
    /// What `restore` failed with.
    pub(crate) async fn ready(&self) -> Result<(), Refusal> {
        loop {
            let mut told = std::pin::pin!(self.room.notified());
            told.as_mut().enable();
            match &self.inner.lock().life {
                Life::Live => return Ok(()),
                Life::Over(why) => return Err(why.clone()),
                Life::New | Life::Restoring => {}
            }
            told.await;
        }
    }

    fn is_live(&self) -> bool {
        matches!(self.inner.lock().life, Life::Live)
    }

    /// What it is sent events through.
    pub(crate) fn port(self: &Arc<Self>) -> Port {
        let mailbox: Arc<dyn Mailbox> = Arc::<Self>::clone(self);
        Port { mailbox: Arc::downgrade(&mailbox), slot: self.id }
    }

    fn context(self: &Arc<Self>, visitor: &Arc<Visitor>) -> Context {
        Context::new(Arc::clone(&self.core), Arc::clone(visitor), Some(self.port()))
    }

    /// The newest state.
    pub(crate) fn state(&self) -> Arc<dyn Erased> {
        Arc::clone(&self.inner.lock().state)
    }

    /// The input of this name.
    pub(crate) fn input(&self, name: &str) -> Option<Arc<Input>> {
        self.inner.lock().inputs.get(name)
    }

    /// Whose its uploads are: everybody's who looks at it.
    fn place(&self) -> Place {
        Place { session: None, instance: format!("{}.{}", self.name, self.key).into() }
    }

    fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Wakes every viewer, to look when its page can take something.
    fn tell_viewers(&self) {
        // None is dropped under the lock: the last to let go of a session closes it, which comes back here.
        let viewers: Vec<_> = self.viewers.lock().iter().filter_map(|(_, viewer)| viewer.upgrade()).collect();
        for viewer in &viewers {
            viewer.nudge();
        }
    }
}
