//! Placing islands on a page: wrapper, instance id, seal.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use holm_dom::Report;
use http::StatusCode;
use maud::{Markup, PreEscaped, html};
use parking_lot::Mutex;
use xxhash_rust::xxh3::xxh3_64;

use super::resume::{self, Resumed};
use super::{check, filled, plain};
use crate::Island;
use crate::cx::{self, Context, Effect};
use crate::event::Recorded;
use crate::island::erased::{Call, Done, Erased};
use crate::island::scope::{self, Nested, Rendered};
use crate::lists::{self, Waiting};
use crate::live::Core;
use crate::seal::{self, Sealed};
use crate::session::lists::missing;
use crate::ticket::Trouble;
use crate::visitor::Visitor;

/// A page's place for islands, given to [`Page::body`](crate::Page::body).
///
/// It is shared, so layouts and components are plain functions `fn(&Slot) -> Markup`.
#[derive(Debug)]
pub struct Slot {
    pub(super) core: Arc<Core>,
    visitor: Arc<Visitor>,
    resumed: Arc<Resumed>,
    reach: Reach,
    pub(super) placed: Mutex<Placed>,
}

/// What a page's controls reach with no script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nothing: the page is a file.
    Nothing,
    /// The server, for the islands that are progressive by themselves.
    Own,
    /// The server, for all.
    All,
}

impl Reach {
    pub(super) fn of(is_static: bool, progressive: bool) -> Self {
        match (is_static, progressive) {
            (true, _) => Self::Nothing,
            (false, false) => Self::Own,
            (false, true) => Self::All,
        }
    }
}

/// What was placed on a page.
#[derive(Default)]
pub(super) struct Placed {
    pub(super) islands: usize,
    pub(super) problems: Vec<Problem>,
    pub(super) effects: Vec<Effect>,
    /// The hidden forms of its islands.
    pub(super) forms: String,
    /// What is to be said of a nested island, before the one it is in.
    alerts: Vec<String>,
    counts: HashMap<&'static str, usize>,
    instances: HashSet<String>,
}

impl std::fmt::Debug for Placed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Placed").field("islands", &self.islands).finish_non_exhaustive()
    }
}

/// Something that keeps a page from being served, or that its author should mend.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) island: String,
    pub(super) sentence: String,
    /// The status the page answers with; `None` for advice.
    pub(super) status: Option<StatusCode>,
}

impl Slot {
    pub(super) fn new(core: Arc<Core>, visitor: Arc<Visitor>, resumed: Arc<Resumed>, reach: Reach) -> Self {
        Self { core, visitor, resumed, reach, placed: Mutex::default() }
    }

    pub(super) fn finish(self) -> Placed {
        self.placed.into_inner()
    }

    /// Places an island. Instances of one island are told apart by the order they are placed in.
    #[allow(clippy::needless_pass_by_value, reason = "a page gives its islands away")]
    pub fn island<I: Island>(&self, island: I) -> Markup {
        self.place(None, &island)
    }

    /// Places an island under a key of the app's, which stays its own when others come and go.
    #[allow(clippy::needless_pass_by_value, reason = "a page gives its islands away")]
    pub fn keyed<I: Island>(&self, key: &str, island: I) -> Markup {
        self.place(Some(key), &island)
    }

    /// Runs the island's [`mount`](Island::mount), then places it.
    pub async fn mount<I: Island>(&self, island: I) -> Markup {
        self.mount_at(None, island).await
    }

    /// [`Slot::mount`] under a key of the app's.
    pub async fn mount_keyed<I: Island>(&self, key: &str, island: I) -> Markup {
        self.mount_at(Some(key), island).await
    }

    async fn mount_at<I: Island>(&self, key: Option<&str>, island: I) -> Markup {
        let Some(instance) = self.claim(key, I::name()) else { return Markup::default() };
        if let Some(kept) = self.resumed.island(&instance, I::name()) {
            return self.wrap(kept, &instance, None, 0, self.resumed.rows(&instance));
        }
        let context = Context::new(Arc::clone(&self.core), Arc::clone(&self.visitor), None);
        let call = island.call(Call::Mount, context);
        let (code, sentence) = match tokio::time::timeout(self.core.limits.handler_time, call).await {
            Ok(Done { island, context, result: Ok(()) }) => {
                let effects = cx::publish(context.into_effects(), &self.core.hub);
                let (rows, effects) = lists::of(effects);
                self.placed.lock().effects.extend(effects);
                return self.wrap(&*island, &instance, None, 0, rows);
            }
            Ok(Done { result: Err(error), .. }) => {
                tracing::error!(
                    island = I::name(),
                    cause = error.cause().map(tracing::field::display),
                    "mount failed: {}",
                    error.sentence()
                );
                ("handler_error", error.sentence().to_owned())
            }
            Err(_) => ("handler_timeout", "This took too long and was stopped.".to_owned()),
        };
        self.problem(code, I::name(), sentence, Some(StatusCode::INTERNAL_SERVER_ERROR));
        Markup::default()
    }

    pub(super) fn problem(
        &self,
        code: &'static str,
        island: &str,
        sentence: String,
        status: Option<StatusCode>,
    ) {
        if status.is_some() {
            tracing::error!(code, island, "{sentence}");
        } else if crate::notes::first((code, island, &sentence)) {
            tracing::warn!(code, island, "{sentence}");
        }
        self.placed.lock().problems.push(Problem { code, island: island.to_owned(), sentence, status });
    }

    /// Notes an event that the page wrote outside every island.
    pub(super) fn stray_event(&self, event: &Recorded) {
        let sentence = format!(
            "The event `{}` of {} stands outside every island, where nothing hears it: write it in the island's `render`.",
            event.text, event.type_name
        );
        let status = Some(StatusCode::INTERNAL_SERVER_ERROR);
        self.problem("event_outside_island", "page", sentence, status);
    }

    fn place(&self, key: Option<&str>, island: &dyn Erased) -> Markup {
        let name = island.island_name();
        let Some(instance) = self.claim(key, name) else { return Markup::default() };
        let island = self.resumed.island(&instance, name).unwrap_or(island);
        self.wrap(island, &instance, None, 0, self.resumed.rows(&instance))
    }

    /// The id of the next instance of an island; `None` when its key is another's.
    pub(super) fn claim(&self, key: Option<&str>, name: &'static str) -> Option<String> {
        let mut placed = self.placed.lock();
        let mut instance = String::new();
        if self.reach == Reach::All {
            instance.push(scope::PROGRESSIVE);
        }
        instance.push_str(name);
        if let Some(key) = key {
            instance.extend([".", key]);
        } else {
            let count = placed.counts.entry(name).or_default();
            instance = format!("{instance}:{count}");
            *count += 1;
        }
        let fresh = placed.instances.insert(instance.clone());
        drop(placed);
        if fresh {
            return Some(instance);
        }
        let sentence = format!(
            "Two islands on this page have the key {:?}; give each its own.",
            key.unwrap_or_default()
        );
        self.problem("duplicate_key", name, sentence, Some(StatusCode::INTERNAL_SERVER_ERROR));
        None
    }

    /// An island in its wrapper, with those nested in it.
    fn wrap(
        &self,
        island: &dyn Erased,
        instance: &str,
        key: Option<&str>,
        depth: usize,
        rows: Waiting,
    ) -> Markup {
        const FATAL: Option<StatusCode> = Some(StatusCode::INTERNAL_SERVER_ERROR);
        let name = island.island_name();
        if !self.core.registry.has(name) {
            let sentence =
                format!("The island {name} is not registered: add `.island::<{name}>()` to Live::new().");
            self.problem("unknown_island", name, sentence, FATAL);
            return Markup::default();
        }
        let at = if self.reach == Reach::Nothing { "" } else { instance };
        let (rendered, recorded) = if self.core.development {
            scope::render_recorded(island, at)
        } else {
            (scope::render(island, at), Vec::new())
        };
        let Some(Rendered { html, nested, forms, buttons }) = rendered else {
            self.problem(
                "render_failed",
                name,
                "The island's render panicked; the log has the panic.".to_owned(),
                FATAL,
            );
            return Markup::default();
        };
        let report = holm_dom::inspect(&html);
        if self.core.development {
            self.look_over(island, &report, &recorded);
            if scope::is_progressive(island, at) {
                for sentence in plain::advice(&report) {
                    self.problem("needs_script", name, sentence, None);
                }
            } else {
                for (code, sentence) in check::exposed(&report) {
                    self.problem(code, name, sentence, None);
                }
            }
        }
        let seal = self.seal(island, instance, &html, report.check);
        if seal.is_none() {
            let sentence = format!(
                "The island's state seals to more than {} bytes, so it cannot go live: skip what can be read again (`#[serde(skip)]`) and rebuild it in `restore`.",
                self.core.limits.seal_bytes
            );
            self.problem(
                "seal_too_large",
                name,
                sentence,
                self.core.development.then_some(StatusCode::INTERNAL_SERVER_ERROR),
            );
        }
        {
            let mut placed = self.placed.lock();
            placed.islands += 1;
            if let Some(seal) = &seal {
                placed.forms.push_str(&plain::forms(instance, seal, buttons, &forms).0);
            }
        }
        let trouble = self.resumed.trouble(instance);
        let html = if let Some(trouble) = trouble { self.tell(html, trouble) } else { html };
        let html = self.with_rows(html, name, rows);
        let inner = self.fill(&html, nested, instance, depth);
        let alerts = if depth == 0 { std::mem::take(&mut self.placed.lock().alerts) } else { Vec::new() };
        html! {
            @for sentence in &alerts { (resume::alert(sentence)) }
            holm-island class=[trouble.map(|_| "holm-error")] data-key=[key] data-island=(name) data-instance=(instance) data-seal=[seal] { (PreEscaped(inner)) }
        }
    }

    /// Puts rows into the island's lists. They are no part of the render either.
    fn with_rows(&self, mut html: String, island: &str, mut rows: Waiting) -> String {
        for (name, changes) in rows.take() {
            match holm_dom::fill_list(&html, &name, &changes) {
                Some(filled) => html = filled,
                None => self.problem("unknown_list", island, missing(&name), None),
            }
        }
        html
    }

    /// Development's look at a render.
    pub(super) fn look_over(&self, island: &dyn Erased, report: &Report, recorded: &[Recorded]) {
        let name = island.island_name();
        for (code, sentence) in check::events(report, recorded, island.event_type()) {
            self.problem(code, name, sentence, Some(StatusCode::INTERNAL_SERVER_ERROR));
        }
        for (code, sentence) in filled::advice(island, report) {
            self.problem(code, name, sentence, None);
        }
        for advice in &report.advice {
            self.problem(advice.code, name, advice.sentence.clone(), None);
        }
    }

    /// Puts an error's sentence where the island shows errors, else before it; and back into its form what was
    /// typed there. None of it is part of the render: it stands where no edit looks.
    fn tell(&self, mut html: String, trouble: &Trouble) -> String {
        let sentence = &trouble.sentence;
        if let Some(at) = holm_dom::empty_place(&html, "data-live-error") {
            html.insert_str(at, &html! { (sentence) }.0);
        } else {
            self.placed.lock().alerts.push(sentence.clone());
        }
        let Some((form, fields)) = &trouble.draft else { return html };
        let fields: Vec<(String, String)> = serde_html_form::from_str(fields).unwrap_or_default();
        holm_dom::refill(html, form, &fields)
    }

    fn seal(&self, island: &dyn Erased, instance: &str, html: &str, check: u32) -> Option<String> {
        let state = island.state().inspect_err(|error| {
            tracing::error!(island = island.island_name(), %error, "the state cannot be written as JSON");
        });
        self.seal_text(island, instance, xxh3_64(html.as_bytes()), check, state.ok()?)
    }

    /// The seal of what a page shows, as text.
    pub(super) fn seal_text(
        &self,
        island: &dyn Erased,
        instance: &str,
        html: u64,
        check: u32,
        state: Vec<u8>,
    ) -> Option<String> {
        let sealed = Sealed {
            island: island.island_name().to_owned(),
            instance: instance.to_owned(),
            principal: self.visitor.principal.id().map(str::to_owned),
            session: 0,
            seq: 0,
            build: self.core.build,
            version: island.version(),
            issued: seal::now(),
            html,
            check,
            state,
        };
        self.core.keys.seal_text(&sealed, &self.core.limits)
    }

    /// Puts nested islands where the parent's render left placeholders for them, in their order.
    fn fill(&self, html: &str, nested: Vec<Nested>, parent: &str, depth: usize) -> String {
        if nested.is_empty() || depth >= self.core.limits.nesting {
            return html.to_owned();
        }
        let mut out = String::with_capacity(html.len() * 2);
        let mut rest = html;
        let mut keys = HashSet::new();
        for Nested { key, island } in nested {
            let placeholder = scope::placeholder(&key, island.island_name());
            // A nested island that the render made but did not write has no place.
            let Some((before, after)) = rest.split_once(&placeholder) else { continue };
            out.push_str(before);
            rest = after;
            let instance = format!("{parent}/{key}");
            if !keys.insert(key.clone()) {
                let sentence = format!("Two islands nested here have the key {key:?}; give each its own.");
                self.problem(
                    "duplicate_key",
                    island.island_name(),
                    sentence,
                    Some(StatusCode::INTERNAL_SERVER_ERROR),
                );
                continue;
            }
            let island = self.resumed.island(&instance, island.island_name()).unwrap_or(&*island);
            let rows = self.resumed.rows(&instance);
            out.push_str(&self.wrap(island, &instance, Some(&key), depth + 1, rows).0);
        }
        out.push_str(rest);
        out
    }
}
