//! The stage as a program, for stories in a browser; it listens where `HOLM_ADDR` says.

use stories::stage::{Limits, app};

#[tokio::main]
async fn main() -> holm::Result {
    holm::serve(app(Limits::default())).await
}
