//! An axum app with its own state, extractors and layers, and one island added to it.

#![forbid(unsafe_code)]

use std::sync::{Arc, atomic::AtomicU32, atomic::Ordering::Relaxed};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue};
use axum::routing::post;
use holm::prelude::*;
use tower_http::set_header::SetResponseHeaderLayer;

/// What the app had before: state, a page, an endpoint, a tower layer.
#[derive(Clone, Default)]
struct Shop {
    stock: Arc<AtomicU32>,
}

async fn deliver(State(shop): State<Shop>, Path(fathoms): Path<u32>) -> Json<u32> {
    Json(shop.stock.fetch_add(fathoms, Relaxed) + fathoms)
}

/// What is new: an island that reads and changes the same state.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Counter {
    bought: u32,
    /// Read from the shop on each join, so it is not sealed.
    #[serde(skip)]
    stock: u32,
}

#[derive(Event)]
enum Press {
    Buy,
    Look,
}

impl Island for Counter {
    type Event = Press;

    fn needs(needs: &mut Needs) {
        needs.state::<Shop>();
    }

    fn render(&self) -> Markup {
        html! {
            p { "In stock: " (self.stock) ", bought: " (self.bought) }
            button data-live=(Press::Buy) aria-disabled=[(self.stock == 0).then_some("true")] { "Buy a fathom" }
            button data-live=(Press::Look) { "Look again" }
            // Holm writes the sentence of a refused press here.
            p data-live-error data-live-ignore role="alert" {}
        }
    }

    async fn mount(&mut self, cx: &mut Cx<Press>) -> holm::Result {
        self.stock = cx.state::<Shop>().stock.load(Relaxed);
        Ok(())
    }

    async fn restore(&mut self, cx: &mut Cx<Press>) -> holm::Result {
        self.mount(cx).await
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        if let Press::Buy = event {
            let take = |stock: u32| stock.checked_sub(1);
            let sold = cx.state::<Shop>().stock.fetch_update(Relaxed, Relaxed, take);
            sold.map_err(|_| holm::Error::public("Somebody else bought the last of it."))?;
            self.bought += 1;
        }
        self.mount(cx).await
    }
}

async fn home(State(_): State<Shop>, page: Page) -> Page {
    let page = page.title("Rope");
    page.body_async(async |p: &Slot| html! { h1 { "Rope" } (p.mount(Counter::default()).await) }).await
}

#[tokio::main]
async fn main() -> holm::Result {
    let shop = Shop { stock: Arc::new(AtomicU32::new(20)) };
    let header = (HeaderName::from_static("x-shop"), HeaderValue::from_static("rope"));
    let app = Router::new()
        .route("/", get(home))
        .route("/about", get(async || "We sell rope by the fathom."))
        .route("/deliver/{fathoms}", post(deliver))
        .layer(SetResponseHeaderLayer::overriding(header.0, header.1))
        .with_state(shop.clone())
        .with_live(Live::new().island::<Counter>().state(shop));
    holm::serve(app).await
}
