//! Pages: server-rendered HTML that reads well by itself, with a place for each island.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::assets;
use crate::cx::Effect;
use crate::live::Core;
use crate::visitor::Visitor;

mod banner;
mod check;
mod filled;
mod plain;
mod resume;
mod shared;
mod slot;

use resume::Resumed;
pub use slot::Slot;
use slot::{Problem, Reach};

/// A page in the making: an extractor that a handler fills and gives back.
///
/// ```
/// use holm::prelude::*;
///
/// async fn about(page: Page) -> Page {
///     page.title("About").meta("description", "Who we are").body(|_| html! { h1 { "About" } })
/// }
/// # let _: Router = Router::new().route("/", get(about));
/// ```
#[derive(Debug)]
pub struct Page {
    core: Arc<Core>,
    visitor: Arc<Visitor>,
    /// Whether no server will stand behind the page's socket.
    is_static: bool,
    /// Whether all its islands work with no script.
    progressive: bool,
    /// The transport that the address asks for.
    transport: Option<&'static str>,
    resumed: Arc<Resumed>,
    /// The forms through which its islands' buttons post with no script.
    forms: String,
    /// The app's own banner; `None` for what [`Live::banner`](crate::Live::banner) says.
    banner: Option<Markup>,
    title: String,
    lang: String,
    metas: Vec<(String, String)>,
    head: String,
    body: String,
    status: StatusCode,
    redirect: Option<String>,
    problems: Vec<Problem>,
    islands: usize,
}

/// Put into a request's extensions, it has [`Page`] leave the client's script out: the page will be
/// a file with no server behind its socket.
#[derive(Debug, Clone, Copy)]
pub struct Static;

impl<S: Sync> FromRequestParts<S> for Page {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let core = parts.extensions.get::<Arc<Core>>().cloned().ok_or((
            StatusCode::INTERNAL_SERVER_ERROR,
            "Page needs Holm on this router: end its construction with `.with_live(live)`",
        ))?;
        // Who may not join still reads the page, as nobody in particular.
        let principal = core.authorize.run(parts).await.unwrap_or_default();
        let visitor = Arc::new(Visitor::new(parts, principal, &core.limits));
        Ok(Self {
            is_static: parts.extensions.get::<Static>().is_some(),
            progressive: false,
            transport: parts.uri.query().and_then(assets::transport),
            resumed: Arc::new(Resumed::of(parts, &core, &visitor).await),
            forms: String::new(),
            banner: None,
            visitor,
            core,
            title: String::new(),
            lang: "en".to_owned(),
            metas: Vec::new(),
            head: String::new(),
            body: String::new(),
            status: StatusCode::OK,
            redirect: None,
            problems: Vec::new(),
            islands: 0,
        })
    }
}

impl Page {
    /// Sets the title.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets the language, a BCP 47 tag; `en` otherwise.
    pub fn lang(mut self, lang: impl Into<String>) -> Self {
        self.lang = lang.into();
        self
    }

    /// Adds `<meta name=… content=…>`.
    pub fn meta(mut self, name: impl Into<String>, content: impl Into<String>) -> Self {
        self.metas.push((name.into(), content.into()));
        self
    }

    /// Adds markup to the head: stylesheets, icons, feeds.
    #[allow(clippy::needless_pass_by_value, reason = "maud's html! gives an owned value")]
    pub fn head(mut self, markup: Markup) -> Self {
        self.head.push_str(&markup.0);
        self
    }

    /// Sets the HTTP status; 200 otherwise.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Lets every island placed from here on work with no script too, as
    /// [`Island::PROGRESSIVE`](crate::Island::PROGRESSIVE) does for one kind. Call it before the body.
    ///
    /// ```
    /// # use holm::prelude::*;
    /// # #[derive(Clone, Default, Serialize, Deserialize)] struct Counter { count: i64 }
    /// # #[derive(Event)] enum Press { Inc }
    /// # impl Island for Counter {
    /// #     type Event = Press;
    /// #     fn render(&self) -> Markup { html! { button data-live=(Press::Inc) { (self.count) } } }
    /// #     async fn on(&mut self, _: Press, _: &mut Cx<Press>) -> holm::Result { self.count += 1; Ok(()) }
    /// # }
    /// async fn home(page: Page) -> Page {
    ///     page.title("Counter").progressive().body(|p| p.island(Counter::default()))
    /// }
    /// # let _: Router = Router::new().route("/", get(home));
    /// ```
    pub fn progressive(mut self) -> Self {
        self.progressive = true;
        self
    }

    /// Says in these words that the connection is lost, as [`Live::banner`](crate::Live::banner) does for all pages;
    /// with empty markup, this page says nothing.
    ///
    /// ```
    /// # use holm::prelude::*;
    /// async fn heim(page: Page) -> Page {
    ///     page.title("Heim").lang("de").banner(html! {
    ///         p.holm-lost { "Die Verbindung ist unterbrochen. Neuer Versuch …" }
    ///         p.holm-stopped { "Die Verbindung ist beendet. " a href="" { "Seite neu laden" } }
    ///     })
    /// }
    /// # let _: Router = Router::new().route("/", get(heim));
    /// ```
    pub fn banner(mut self, markup: Markup) -> Self {
        self.banner = Some(markup);
        self
    }

    /// The request's method, address and headers.
    pub fn parts(&self) -> Parts {
        self.visitor.parts()
    }

    /// Whom the page is for, as [`Live::authorize`](crate::Live::authorize) told.
    pub fn principal(&self) -> &crate::Principal {
        &self.visitor.principal
    }

    /// Fills the body. The closure's [`Slot`] places islands.
    pub fn body(mut self, fill: impl FnOnce(&Slot) -> Markup) -> Self {
        let slot = self.slot();
        let markup = if self.core.development {
            // Islands record their own events, so what is heard here stands outside of them.
            let (markup, stray) = crate::event::recording(|| fill(&slot));
            for event in &stray {
                slot.stray_event(event);
            }
            markup
        } else {
            fill(&slot)
        };
        self.take(&markup, slot);
        self
    }

    /// Fills the body with islands that load before their first render ([`Slot::mount`]).
    ///
    /// ```
    /// # use holm::prelude::*;
    /// # #[derive(Clone, Serialize, Deserialize)] struct Orders { user: u64, count: usize }
    /// # #[derive(Event)] enum Press { More }
    /// # impl Island for Orders {
    /// #     type Event = Press;
    /// #     fn render(&self) -> Markup { html! { (self.count) } }
    /// #     async fn on(&mut self, _: Press, _: &mut Cx<Press>) -> holm::Result { Ok(()) }
    /// # }
    /// async fn orders(page: Page) -> Page {
    ///     page.title("Orders")
    ///         .body_async(async |p: &Slot| html! { (p.mount(Orders { user: 7, count: 0 }).await) })
    ///         .await
    /// }
    /// # let _: Router = Router::new().route("/", get(orders));
    /// ```
    pub async fn body_async<F>(mut self, fill: F) -> Self
    where
        F: AsyncFnOnce(&Slot) -> Markup,
    {
        let slot = self.slot();
        let markup = fill(&slot).await;
        self.take(&markup, slot);
        self
    }

    fn slot(&self) -> Slot {
        let reach = Reach::of(self.is_static, self.progressive);
        Slot::new(Arc::clone(&self.core), Arc::clone(&self.visitor), Arc::clone(&self.resumed), reach)
    }

    fn take(&mut self, markup: &Markup, slot: Slot) {
        let placed = slot.finish();
        self.body.push_str(&markup.0);
        self.forms.push_str(&placed.forms);
        self.islands += placed.islands;
        self.problems.extend(placed.problems);
        for effect in placed.effects {
            match effect {
                Effect::Title(title) => self.title = title,
                Effect::Redirect(url) => self.redirect = Some(url),
                Effect::Push { name, .. } => {
                    tracing::warn!(name, "cx.push in `mount` has no page to go to; push in `restore`");
                }
                // What these begin needs a page that is connected.
                _ => {}
            }
        }
    }

    fn document(&self) -> Markup {
        let live = self.islands > 0;
        let script = assets::Script {
            body: &self.body,
            transport: self.transport,
            development: self.core.development,
        };
        html! {
            (DOCTYPE)
            html lang=(self.lang) data-holm-build=(format_args!("{:08x}", self.core.build)) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.resumed.title.as_ref().unwrap_or(&self.title)) }
                    @for (name, content) in &self.metas { meta name=(name) content=(content); }
                    @if live { (assets::head((!self.is_static).then_some(&script))) }
                    (PreEscaped(&self.head))
                }
                body {
                    // First, so that what they post begins with their own fields; and outside of everything,
                    // since a form inside a form is dropped.
                    @if !self.forms.is_empty() { div hidden { (PreEscaped(&self.forms)) } }
                    (PreEscaped(&self.body))
                    @if live && !self.is_static {
                        (banner::banner(self.banner.as_ref().or(self.core.banner.as_ref()), &self.lang))
                    }
                }
            }
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        if let Some(status) = check::worst(&self.problems) {
            return (status, Html(check::error_page(&self.problems, self.core.development).into_string()))
                .into_response();
        }
        if let Some(url) = &self.redirect {
            return Redirect::to(url).into_response();
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        if self.visitor.principal.id().is_some() || self.resumed.asked {
            // The seals in it are one visitor's own.
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        }
        let mut response = (self.status, headers, self.document().into_string()).into_response();
        // For tests that join the page in process.
        response.extensions_mut().insert(Origin { core: self.core, visitor: self.visitor });
        response
    }
}

/// Where a response came from.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) core: Arc<Core>,
    pub(crate) visitor: Arc<Visitor>,
}
