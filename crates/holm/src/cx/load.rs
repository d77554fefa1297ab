//! Loading beside the island: what takes long does not keep its events waiting.

use std::any::type_name;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures_util::FutureExt;

use super::{Cx, Effect};
use crate::island::erased::AnyEvent;
use crate::island::tasks::{Brought, Loading};
use crate::load::{FAILED, Load, TOO_LONG};
use crate::{Event, Result};

impl<E: Event> Cx<E> {
    /// Loads something beside the island, and sends it as an event when it is there or has failed.
    ///
    /// It gives [`Load::Loading`], to be put where the placeholder is to be seen; to go on showing what was there
    /// before, let go of it. An error becomes [`Load::Failed`] with its public sentence, or a general one; its cause
    /// goes to the log. So does a panic, and so does what takes longer than `Limits::load_time`.
    ///
    /// A load takes the place of an earlier one under the same key: that one is dropped, and what it may have brought
    /// already is not handled any more. So the rows of a search are always those of the newest question. It begins when
    /// the handler returns `Ok`, and ends with the island. Loads count as tasks: past `Limits::tasks` it is `Failed` at
    /// once, with an error in the log.
    ///
    /// Where no page is connected ([`Cx::is_live`]) it does not run, and all one has is the placeholder: begin loads in
    /// [`restore`](crate::Island::restore), and see [`Load::within`] for what a page is to hold without script.
    ///
    /// ```
    /// # use holm::prelude::*;
    /// # use holm::Load;
    /// #[derive(Event)]
    /// enum Press {
    ///     Search { query: String },
    ///     #[event(server)]
    ///     Found(Load<Vec<String>>),
    /// }
    /// # #[derive(Clone, Default, Serialize, Deserialize)] struct Finder { found: Load<Vec<String>> }
    /// # impl Finder {
    /// // in `impl Island`
    /// async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
    ///     match event {
    ///         Press::Search { query } => self.found = cx.load("found", search(query), Press::Found),
    ///         Press::Found(found) => self.found = found,
    ///     }
    ///     Ok(())
    /// }
    /// # }
    /// # async fn search(_: String) -> holm::Result<Vec<String>> { Ok(vec![]) }
    /// ```
    pub fn load<T: Send + 'static>(
        &self,
        key: impl Into<String>,
        loading: impl Future<Output = Result<T>> + Send + 'static,
        event: impl FnOnce(Load<T>) -> E + Send + 'static,
    ) -> Load<T> {
        let key = key.into();
        let Some(island) = self.handle() else {
            tracing::debug!(key, "no page is connected, so this does not load; begin it in `restore`");
            return Load::Loading;
        };
        let core = &self.context.core;
        let (limit, development) = (core.limits.load_time, core.development);
        let over = Arc::new(AtomicBool::new(false));
        // It is needed once: for what the task brings, or where there is no room for the task.
        let event = Arc::new(parking_lot::Mutex::new(Some(event)));
        let bring = {
            let over = Arc::clone(&over);
            move |load: Load<T>| -> AnyEvent {
                let make = move || -> Option<AnyEvent> {
                    let event = event.lock().take()?;
                    let event = event(load);
                    if development {
                        advise(&event);
                    }
                    Some(Box::new(event))
                };
                Box::new(Brought { over, event: Box::new(make) })
            }
        };
        let refusal = bring.clone()(Load::Failed(FAILED.to_owned()));
        let label = key.clone();
        let task = Box::pin(async move {
            let loading = AssertUnwindSafe(loading).catch_unwind();
            let load = match tokio::time::timeout(limit, loading).await {
                Ok(Ok(result)) => Load::of(result, type_name::<E>()),
                Ok(Err(_)) => {
                    tracing::error!(key = label, "a load panicked");
                    Load::Failed(FAILED.to_owned())
                }
                Err(_) => {
                    tracing::warn!(key = label, ?limit, "a load was stopped");
                    Load::Failed(TOO_LONG.to_owned())
                }
            };
            let _ = island.send_any(bring(load)).await;
        });
        self.effect(Effect::Load(Loading { key: key.into(), over, task, refusal }));
        Load::Loading
    }

    /// Ends the load under this key, if there is one; what it has brought and no handler has seen is dropped.
    pub fn cancel_load(&self, key: impl Into<String>) {
        self.effect(Effect::CancelLoad(key.into()));
    }
}

/// In development, a look at what a load becomes: a page could send it too, if it is not marked.
fn advise<E: Event>(event: &E) {
    let name = event.name();
    if E::NAMES.contains(&name) && crate::notes::first((type_name::<E>(), name)) {
        tracing::warn!(
            event = type_name::<E>(),
            "a load becomes the event `{name}`, which any page can send as well: mark its variant with `#[event(server)]`"
        );
    }
}
