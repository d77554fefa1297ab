//! A form with fields of many kinds. It is checked while one types, and tells of a field only after it was left;
//! a submit goes to the first field that is wrong. Without a script it works the same, one page after another.

#![forbid(unsafe_code)]

use holm::prelude::*;

mod course;
mod day;
mod sign_up;
#[cfg(test)]
mod tests;

use course::Course;

async fn home(page: Page) -> Page {
    page.title("Learn to row").body(|p| html! { h1 { "Learn to row" } (p.island(Course::default())) })
}

fn app() -> Router {
    Router::new().route("/", get(home)).with_live(Live::new().island::<Course>())
}

#[tokio::main]
async fn main() -> holm::Result {
    holm::serve(app()).await
}
