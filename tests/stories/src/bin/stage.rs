//! Serves the stage at `HOLM_ADDR`, with the limits the environment sets, for the browser stories.

use holm::prelude::Limits;

#[tokio::main]
async fn main() -> holm::Result {
    holm::serve(stories::stage::app(Limits::default().from_env())).await
}
