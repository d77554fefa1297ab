//! An app's islands and settings, and how they join its router.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, FromRequestParts};
use axum::routing::{any, get, post};
use http::StatusCode;
use http::request::Parts;
use maud::Markup;

use crate::hub::{Hub, HubInner};
use crate::island::registry::Registry;
use crate::seal::Keyring;
use crate::state::States;
use crate::ticket::Tickets;
use crate::transport::address::{self, TrustedProxies};
use crate::transport::form::FormLayer;
use crate::{Error, Island, Limits, Principal, Result, SharedIsland};

type Authorize = dyn Fn(Parts) -> Pin<Box<dyn Future<Output = Result<Principal>> + Send>> + Send + Sync;

/// The app's islands, state and settings; given to the router with [`WithLive::with_live`].
///
/// ```no_run
/// use holm::prelude::*;
/// # #[derive(Clone, Default, Serialize, Deserialize)] struct Counter;
/// # #[derive(Event)] enum Press { Inc }
/// # impl Island for Counter {
/// #     type Event = Press;
/// #     fn render(&self) -> Markup { html! {} }
/// #     async fn on(&mut self, _: Press, _: &mut Cx<Press>) -> holm::Result { Ok(()) }
/// # }
/// # #[derive(Clone)] struct Db;
/// # async fn home(page: Page) -> Page { page.title("Home").body(|p| html! { (p.island(Counter)) }) }
/// let live = Live::new().island::<Counter>().state(Db);
/// let app: Router = Router::new().route("/", get(home)).with_live(live);
/// ```
#[derive(Debug)]
pub struct Live {
    registry: Registry,
    states: States,
    limits: Limits,
    keys: Vec<[u8; 32]>,
    authorize: Authorizer,
    origins: Vec<String>,
    require_origin: bool,
    proxies: TrustedProxies,
    /// Sentences on settings that keep the app from starting.
    problems: Vec<String>,
    development: bool,
    build: u32,
    banner: Option<Markup>,
    hub: Arc<HubInner>,
}

/// The frozen form that requests and sessions share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) registry: Registry,
    pub(crate) states: States,
    pub(crate) limits: Limits,
    pub(crate) keys: Keyring,
    pub(crate) authorize: Authorizer,
    pub(crate) origins: Vec<String>,
    pub(crate) require_origin: bool,
    pub(crate) proxies: TrustedProxies,
    pub(crate) development: bool,
    pub(crate) build: u32,
    pub(crate) banner: Option<Markup>,
    pub(crate) hub: Arc<HubInner>,
    pub(crate) tickets: Tickets,
}

impl Core {
    /// What a page reads of an event that could not be read: why, for its author; for visitors, that, and of a form which fields.
    pub(crate) fn refusal_of(&self, error: &crate::event::DecodeError) -> String {
        if self.development {
            return error.to_string();
        }
        tracing::warn!("an event was refused: {error}");
        match error.fields() {
            Some(fields) => format!("This could not be read. {fields}"),
            None => "This could not be read. Look at what is filled in.".to_owned(),
        }
    }
}

/// The app's `authorize` hook, or everybody as anonymous.
#[derive(Clone, Default)]
pub(crate) struct Authorizer(Option<Arc<Authorize>>);

impl std::fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "the app's" } else { "everybody" })
    }
}

impl Authorizer {
    pub(crate) fn new<F, T>(hook: F) -> Self
    where
        F: Fn(Parts) -> T + Send + Sync + 'static,
        T: Future<Output = Result<Principal>> + Send + 'static,
    {
        Self(Some(Arc::new(move |parts| Box::pin(hook(parts)))))
    }

    pub(crate) async fn run(&self, parts: &Parts) -> Result<Principal> {
        match &self.0 {
            Some(authorize) => authorize(parts.clone()).await,
            None => Ok(Principal::anonymous()),
        }
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

impl Live {
    /// No islands yet; [`Limits`] from the environment, keys from `HOLM_KEY` and `HOLM_KEY_OLD`,
    /// development mode in debug builds unless `HOLM_DEV` says `1` or `0`.
    pub fn new() -> Self {
        let mut proxies = TrustedProxies::default();
        let named = proxies.add_list(&std::env::var(address::VARIABLE).unwrap_or_default());
        Self {
            registry: Registry::default(),
            states: States::default(),
            limits: Limits::default().from_env(),
            keys: Vec::new(),
            authorize: Authorizer::default(),
            origins: Vec::new(),
            require_origin: false,
            proxies,
            problems: named
                .err()
                .map(|error| format!("{}: {error}", address::VARIABLE))
                .into_iter()
                .collect(),
            development: match std::env::var("HOLM_DEV").as_deref() {
                Ok("1" | "true") => true,
                Ok("0" | "false") => false,
                _ => cfg!(debug_assertions),
            },
            build: build_of_this_file(),
            banner: None,
            hub: Arc::default(),
        }
    }

    /// Registers an island, so that pages may hold it and sockets may join it.
    pub fn island<I: Island>(mut self) -> Self {
        self.registry.add::<I>();
        self
    }

    /// Registers an island that all its viewers share ([`SharedIsland`]). A page may hold it as one of its
    /// own, too.
    pub fn shared_island<I: SharedIsland>(mut self) -> Self {
        self.registry.add_shared::<I>();
        self
    }

    /// Gives handlers a value to read with [`Cx::state`](crate::Cx::state), one of each type.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.states.put(value);
        self
    }

    /// Decides who may join, and as whom: runs whenever a page connects or connects again, before its
    /// islands join, and on each page that is served.
    ///
    /// It gets the whole request, extensions of the app's layers included. An error on a join
    /// refuses it with `unauthorized`; on a page it makes the visitor anonymous there.
    pub fn authorize<F, T>(mut self, hook: F) -> Self
    where
        F: Fn(Parts) -> T + Send + Sync + 'static,
        T: Future<Output = Result<Principal>> + Send + 'static,
    {
        self.authorize = Authorizer::new(hook);
        self
    }

    /// Sets the limits. What the environment names still overrides them.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits.from_env();
        self
    }

    /// Answers pages of this origin too (`https://example.org`), beside the one the request names as host.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Refuses sockets that name no origin. Browsers always name one; other programs may not.
    pub fn require_origin(mut self) -> Self {
        self.require_origin = true;
        self
    }

    /// Believes what this proxy says of the client's address, in `X-Forwarded-For` or, without one, in
    /// `Forwarded`: an address (`10.0.0.7`) or a network (`10.0.0.0/8`, `fd00::/8`). Called again, it adds
    /// another; `HOLM_TRUSTED_PROXIES` adds more, comma separated.
    ///
    /// Name every proxy between the internet and the app, and nothing else. The outermost one has to set the
    /// header or add to it, and where it speaks `Forwarded`, to remove an `X-Forwarded-For` that came in: any
    /// client can send one. What is no address keeps the app from starting, with a sentence that says so.
    ///
    /// ```
    /// let live = holm::Live::new().trust_proxy("10.0.0.0/8").trust_proxy("fd00::7");
    /// ```
    pub fn trust_proxy(mut self, address: &str) -> Self {
        if let Err(error) = self.proxies.add(address) {
            self.problems.push(format!("`Live::trust_proxy`: {error}"));
        }
        self
    }

    /// Sets the key that seals are made with, in place of `HOLM_KEY`. Called again, it adds a key
    /// that still opens seals but makes none.
    pub fn key(mut self, key: [u8; 32]) -> Self {
        self.keys.push(key);
        self
    }

    /// Turns development mode on or off: markup is checked as it is rendered, mistakes are shown on
    /// the page, and a new build reloads it.
    pub fn development(mut self, on: bool) -> Self {
        self.development = on;
        self
    }

    /// Names the build, in place of the executable's size and date. In development a page of another
    /// build loads again when it reconnects.
    pub fn build(mut self, name: &str) -> Self {
        self.build = build_of(name);
        self
    }

    /// What pages say when their connection has been lost for two seconds, in place of two English sentences:
    /// elements with the class `holm-lost` while the client tries again, `holm-stopped` when it does not.
    /// Others in it are never seen. Empty markup is no banner; [`Page::banner`](crate::Page::banner) is for one page.
    ///
    /// ```
    /// # use holm::prelude::*;
    /// let live = Live::new().banner(html! {
    ///     p.holm-lost { "Connexion perdue. Nouvel essai…" }
    ///     p.holm-stopped { "La connexion est terminée. " a href="" { "Recharger la page" } }
    /// });
    /// ```
    pub fn banner(mut self, markup: Markup) -> Self {
        self.banner = Some(markup);
        self
    }

    /// A handle on the app's hub: what is published to topics, and its connections.
    pub fn hub(&self) -> Hub {
        Hub::of(&self.hub)
    }

    pub(crate) fn freeze(self) -> Result<Core> {
        let mut problems = self.problems;
        problems.extend(self.registry.problems(&self.states));
        if !problems.is_empty() {
            return Err(Error::public(format!("this app cannot start: {}", problems.join("; "))));
        }
        let keys = if self.keys.is_empty() {
            Keyring::from_env(self.development)?
        } else {
            Keyring::new(&self.keys)
        };
        self.hub.settle(&self.limits);
        crate::serve::remember(&self.hub);
        Ok(Core {
            registry: self.registry,
            states: self.states,
            limits: self.limits,
            keys,
            authorize: self.authorize,
            origins: self.origins,
            require_origin: self.require_origin,
            proxies: self.proxies,
            development: self.development,
            build: self.build,
            banner: self.banner,
            hub: self.hub,
            tickets: Tickets::default(),
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Hub {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let core = parts.extensions.get::<Arc<Core>>().ok_or((
            StatusCode::INTERNAL_SERVER_ERROR,
            "Hub needs Holm on this router: end its construction with `.with_live(live)`",
        ))?;
        Ok(Self::of(&core.hub))
    }
}

/// Adds Holm to a router.
pub trait WithLive: Sized {
    /// Adds `/__live` (the socket, its status, the client's files) and gives every route the islands
    /// of `live`. It comes after the routes whose pages hold islands.
    ///
    /// It also takes the forms that progressive islands post to their pages with no script; every
    /// other post goes on to its route untouched.
    ///
    /// # Panics
    /// With a sentence that says what to change, when two islands share a name, an island needs
    /// state that was not given, `HOLM_KEY` is no key, or the router has a route under `/__live`.
    #[must_use]
    fn with_live(self, live: Live) -> Self;

    /// [`WithLive::with_live`] for those who would rather not panic.
    ///
    /// # Errors
    /// Where that panics, a route clash apart.
    fn try_with_live(self, live: Live) -> Result<Self>;
}

impl<S: Clone + Send + Sync + 'static> WithLive for Router<S> {
    fn with_live(self, live: Live) -> Self {
        match self.try_with_live(live) {
            Ok(router) => router,
            Err(error) => panic!("{error}"),
        }
    }

    fn try_with_live(self, live: Live) -> Result<Self> {
        let core = Arc::new(live.freeze()?);
        Ok(self
            // HTTP/2 upgrades by CONNECT, HTTP/1.1 by GET.
            .route("/__live", any(crate::transport::websocket::upgrade))
            .route("/__live/stream", post(crate::transport::stream::open))
            .route("/__live/poll", post(crate::transport::poll::poll))
            .route("/__live/up", post(crate::transport::up::up))
            .route("/__live/upload", any(crate::transport::upload::create))
            .route("/__live/upload/{id}", any(crate::transport::upload::go_on))
            .route("/__live/status", get(crate::transport::status))
            .route("/__live/client/{file}", get(crate::assets::serve))
            .layer(FormLayer(Arc::clone(&core)))
            .layer(Extension(Arc::new(Keeper(Arc::clone(&core.hub)))))
            .layer(Extension(core)))
    }
}

/// Goes with the router: sessions that wait for their pages hold the app, whose hub holds them, so that
/// nobody else would let go of them when the app is dropped.
struct Keeper(Arc<HubInner>);

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.let_go();
    }
}

/// A number that changes when the program is built again: from its file's size and date.
fn build_of_this_file() -> u32 {
    let file = std::env::current_exe().and_then(|path| path.metadata());
    let stamp = file.and_then(|meta| Ok((meta.len(), meta.modified()?)));
    build_of(&format!("{} {stamp:?}", env!("CARGO_PKG_VERSION")))
}

fn build_of(name: &str) -> u32 {
    xxhash_rust::xxh32::xxh32(name.as_bytes(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_is_no_address_keeps_the_app_from_starting() {
        let live = Live::new().key([1; 32]).trust_proxy("10.0.0.0/8").trust_proxy("loadbalancer");
        let error = live.freeze().unwrap_err();
        let sentence = error.sentence();
        assert!(
            sentence.contains("`Live::trust_proxy`: \"loadbalancer\" is no address of a proxy"),
            "{sentence}"
        );
        assert!(Live::new().key([1; 32]).trust_proxy("10.0.0.7").freeze().is_ok());
    }
}
