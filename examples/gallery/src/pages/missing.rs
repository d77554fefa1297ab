//! The page for an address that is not there.

use axum::http::StatusCode;
use holm::prelude::*;

use crate::layout::{frame, head};

pub(crate) async fn page(page: Page) -> Page {
    head(page, "Uncharted", "There is no page at this address.").status(StatusCode::NOT_FOUND).body(|_| {
        let content = html! {
            div.page {
                header.opening {
                    h1 { "Uncharted" }
                    p.lead { "There is no page at this address." }
                }
                p.source { a href="/" { "Back to the front page" } }
            }
        };
        frame("", content)
    })
}
