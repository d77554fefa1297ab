//! Opening a tab, or one island alone.

use axum::Router;
use axum::routing::get;

use super::Tab;
use crate::test::App;
use crate::{Island, Live, Page, WithLive};

impl Tab {
    /// Opens a page of an app and joins its islands, as the client does.
    ///
    /// # Panics
    /// When the path answers with no [`Page`](crate::Page), or the app is at its cap.
    pub async fn open(app: &App, path: &str) -> Self {
        app.get(path).await.live().await
    }

    /// Opens a page that has this island and nothing else; its selector is `holm-island`.
    ///
    /// ```
    /// # use holm::prelude::*;
    /// # use holm::test::Tab;
    /// # #[derive(Clone, Default, Serialize, Deserialize)] struct Greeter { name: String }
    /// # #[derive(Event)] enum Press { Name { name: String } }
    /// # impl Island for Greeter {
    /// #     type Event = Press;
    /// #     fn render(&self) -> Markup {
    /// #         html! { input name="name" data-live-input=(Press::name_event()); p { "Hello " (self.name) } }
    /// #     }
    /// #     async fn on(&mut self, event: Press, _: &mut Cx<Press>) -> holm::Result {
    /// #         let Press::Name { name } = event;
    /// #         self.name = name;
    /// #         Ok(())
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let mut tab = Tab::island(Greeter::default()).await;
    /// tab.type_into("input", "Ada").await;
    /// assert_eq!(tab.text("p"), "Hello Ada");
    /// # }
    /// ```
    ///
    /// # Panics
    /// When the island cannot be placed; the failure has the page.
    pub async fn island<I: Island>(state: I) -> Self {
        Self::island_with(state, Live::new()).await
    }

    /// [`Tab::island`] of an app with state, limits or other islands: `Live::new().state(db)`. The island itself is
    /// added.
    ///
    /// # Panics
    /// As [`Tab::island`].
    pub async fn island_with<I: Island>(state: I, live: Live) -> Self {
        // A key of a test's own: none is read from the environment, or written to the user's folder.
        let live = live.key([7; 32]).island::<I>();
        let page = move |page: Page| {
            let state = state.clone();
            async move { page.title(I::name()).body(|p| p.island(state)) }
        };
        Self::open(&App::new(Router::new().route("/", get(page)).with_live(live)), "/").await
    }
}
