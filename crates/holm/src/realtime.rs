//! Channels for any client: events over a WebSocket, server-sent events or polls. No island is needed.
//!
//! An app names its channels, says who may subscribe, and broadcasts; clients speak JSON
//! (`docs/realtime.md` in the repository has every message).
//!
//! ```
//! use holm::prelude::*;
//! use holm::realtime::{Channel, Event, Joiner, Realtime, Sender};
//!
//! # async fn chat() -> holm::Result {
//! let realtime = Realtime::new().channel(
//!     "room/*",
//!     Channel::new()
//!         .history(100)
//!         .authorize(|who: Joiner| async move {
//!             if who.param() == "attic" { Err(holm::Error::public("Nobody goes there.")) } else { Ok(()) }
//!         })
//!         .on_message(|from: Sender, event: Event| async move {
//!             from.channel().broadcast(event);
//!             Ok(())
//!         }),
//! );
//! let app: Router = Router::new().route("/realtime", realtime.endpoint());
//! // From anywhere, at any time:
//! realtime.to_channel("room/7").broadcast(Event::new("said").json("hello")?);
//! # Ok(()) }
//! ```

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;

use crate::hub::Hub;
use crate::live::Authorizer;
use crate::transport::address::{self, TrustedProxies};
use crate::{Limits, Principal, Result};

mod asked;
mod broadcast;
mod channel;
mod connected;
mod connection;
mod crowd;
mod endpoint;
mod enter;
mod event;
mod handle;
mod held;
mod history;
mod hooks;
mod listener;
mod outbox;
mod pattern;
mod poll;
mod post;
mod presence;
mod protocol;
mod room;
mod rooms;
mod sender;
mod sse;
mod stream;
mod upgrade;
mod websocket;
mod who;

pub(crate) use broadcast::Broadcast;
pub use channel::Channel;
pub(crate) use connected::{Connected, Due};
pub(crate) use connection::Connection;
pub use event::Event;
pub use handle::ChannelHandle;
pub(crate) use outbox::{End, Item};
pub use presence::Present;
pub use sender::{SseError, SseSender};
pub use upgrade::{Message, Upgrade};
pub use who::{Joiner, Sender, Socket, SocketId};

use crowd::Crowd;
use pattern::Pattern;

/// Channels, their clients, and how to reach them.
///
/// It is built as a chain, and then is a handle: cheap to clone, every clone reaches the same connections.
/// Settings come first; a clone that was made before a setting does not have it.
#[derive(Debug, Clone)]
pub struct Realtime {
    pub(crate) settings: Arc<Settings>,
    pub(crate) crowd: Arc<Crowd>,
}

/// What the app has decided.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    /// The limits as a bucket of tokens reads them: with the rate of realtime messages.
    pub(crate) pace: Limits,
    pub(crate) identify: Authorizer,
    pub(crate) origins: Vec<String>,
    pub(crate) require_origin: bool,
    pub(crate) proxies: TrustedProxies,
    channels: Vec<(Pattern, Arc<Channel>)>,
    hub: Hub,
}

impl Settings {
    /// The first channel whose pattern takes the name, and what its last `*` stands for.
    pub(crate) fn channel<'a>(&self, name: &'a str) -> Option<(&Arc<Channel>, &'a str)> {
        self.channels.iter().find_map(|(pattern, channel)| Some((channel, pattern.matches(name)?)))
    }
}

impl Default for Realtime {
    fn default() -> Self {
        Self::new()
    }
}

impl Realtime {
    /// No channels yet; [`Limits`] from the environment, a hub of its own, everybody anonymous.
    pub fn new() -> Self {
        let mut proxies = TrustedProxies::default();
        if let Err(error) = proxies.add_list(&std::env::var(address::VARIABLE).unwrap_or_default()) {
            crate::notes::warn(format!("{}: {error}", address::VARIABLE));
        }
        let limits = Limits::default().from_env();
        let settings = Settings {
            pace: pace(&limits),
            limits,
            identify: Authorizer::default(),
            origins: Vec::new(),
            require_origin: false,
            proxies,
            channels: Vec::new(),
            hub: Hub::of(&Arc::default()),
        };
        Self { settings: Arc::new(settings), crowd: Arc::default() }
    }

    fn set(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        let settings = Arc::make_mut(&mut self.settings);
        set(settings);
        settings.pace = pace(&settings.limits);
        self
    }

    /// Sets the limits, before [`Realtime::heartbeat`] and [`Realtime::max_connections`], which set one each. What
    /// the environment names still overrides them.
    pub fn limits(self, limits: Limits) -> Self {
        self.set(|settings| settings.limits = limits.from_env())
    }

    /// How often a connection is sent a sign of life: `Limits::realtime_heartbeat`.
    pub fn heartbeat(self, every: Duration) -> Self {
        self.set(|settings| settings.limits.realtime_heartbeat = every)
    }

    /// How many connections there may be at once: `Limits::realtime_connections`.
    pub fn max_connections(self, most: usize) -> Self {
        self.set(|settings| settings.limits.realtime_connections = most)
    }

    /// Decides who a connection acts for, from the request that opens it: its cookies, its headers. Nothing
    /// that a client says later changes it. An error refuses the connection with `unauthorized`.
    ///
    /// ```
    /// use holm::{Principal, realtime::Realtime};
    /// let realtime = Realtime::new().identify(|request| async move {
    ///     match request.headers.get("x-user").and_then(|user| user.to_str().ok()) {
    ///         Some(user) => Ok(Principal::new(user)),
    ///         None => Ok(Principal::anonymous()),
    ///     }
    /// });
    /// ```
    pub fn identify<F, T>(self, hook: F) -> Self
    where
        F: Fn(Parts) -> T + Send + Sync + 'static,
        T: Future<Output = Result<Principal>> + Send + 'static,
    {
        self.set(|settings| settings.identify = Authorizer::new(hook))
    }

    /// Answers pages of this origin too (`https://example.org`), beside the one the request names as host.
    pub fn allow_origin(self, origin: impl Into<String>) -> Self {
        self.set(|settings| settings.origins.push(origin.into()))
    }

    /// Refuses sockets and POSTs that name no origin. Browsers always name one there; other programs may not.
    /// Streams and polls of a page's own origin name none.
    pub fn require_origin(self) -> Self {
        self.set(|settings| settings.require_origin = true)
    }

    /// Believes what this proxy says of the client's address, as [`Live::trust_proxy`](crate::Live::trust_proxy).
    ///
    /// # Panics
    /// With a sentence that says what to write, when this is no address.
    pub fn trust_proxy(self, address: &str) -> Self {
        self.set(|settings| {
            if let Err(error) = settings.proxies.add(address) {
                panic!("`Realtime::trust_proxy`: {error}");
            }
        })
    }

    /// Adds channels: those whose names this pattern takes. `*` alone between slashes stands for one part of
    /// the name, at the end for all the rest; `"*"` allows any name. The first pattern that takes a name counts.
    pub fn channel(self, pattern: &str, channel: Channel) -> Self {
        self.set(|settings| settings.channels.push((Pattern::new(pattern), Arc::new(channel))))
    }

    /// Shares this hub: its `drain` and `disconnect` end realtime connections too.
    pub fn with_hub(self, hub: Hub) -> Self {
        self.set(|settings| settings.hub = hub)
    }

    /// The hub its connections belong to.
    pub fn hub(&self) -> Hub {
        self.settings.hub.clone()
    }
}

/// A token bucket reads the rate of events; here they are the messages of one client.
fn pace(limits: &Limits) -> Limits {
    Limits {
        events_per_second: limits.realtime_per_second,
        events_burst: limits.realtime_burst,
        ..limits.clone()
    }
}
