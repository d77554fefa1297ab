//! An island that all its viewers share, changed from outside.

use axum::extract::State;
use holm::Hub;
use holm::prelude::{Cx, Deserialize, Event, Island, Markup, Page, Serialize, SharedIsland, Slot};
use http::StatusCode;

use super::{FIRST, board};

/// The one board.
const KEY: &str = "harbour";

pub(super) async fn page(page: Page) -> Page {
    page.title("Shared").body(|p: &Slot| p.shared::<Watched>(KEY))
}

pub(super) async fn change(State(hub): State<Hub>) -> StatusCode {
    match hub.shared::<Watched>(KEY).map(|island| island.try_send(Arrived::Ship)) {
        Some(Ok(())) => StatusCode::OK,
        Some(Err(_)) => StatusCode::SERVICE_UNAVAILABLE,
        None => StatusCode::NOT_FOUND,
    }
}

/// A board that many look at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Watched {
    ships: u64,
}

/// What happens to a [`Watched`].
#[derive(Debug, Event)]
pub(crate) enum Arrived {
    /// One more.
    #[event(server)]
    Ship,
}

impl SharedIsland for Watched {
    fn open(_key: &str) -> Self {
        Self { ships: FIRST }
    }
}

impl Island for Watched {
    type Event = Arrived;

    fn render(&self) -> Markup {
        board(self.ships)
    }

    async fn on(&mut self, Arrived::Ship: Arrived, _cx: &mut Cx<Arrived>) -> holm::Result {
        self.ships += 1;
        Ok(())
    }
}
