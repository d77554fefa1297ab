//! Widgets of the page's own script among what the server renders: neither steps on the other.

use std::time::Duration;

use axum::Extension;
use holm::Static;
use holm::prelude::*;

use crate::assets;
use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/widgets",
    title: "Widgets of the page's own",
    short: "Widgets",
    summary: "Canvases and a web component, fed by the island's attributes: sorted, patched and reconnected, they keep what is theirs.",
    file: "widgets.rs",
};

/// How often the water is measured.
const PACE: Duration = Duration::from_millis(900);
/// Measurements that a curve shows.
const SHOWN: u32 = 32;
const NAMES: [&str; 4] = ["North Quay", "Old Light", "Salt Sound", "West Bight"];

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Gauges {
    /// Counts the measurements; the water is a function of it.
    now: u32,
    sort: Sort,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Sort {
    #[default]
    Name,
    Level,
}

#[derive(Event)]
pub(crate) enum Watch {
    Sort(Sort),
    Turn,
    #[event(server)]
    Measure,
}

/// The water at a gauge in centimetres, from 0 to 200: a triangle of its own period, with a ripple.
fn level(gauge: u32, now: u32) -> u32 {
    let period = 40 + 12 * gauge;
    let at = (now + 17 * gauge) % period;
    let tide = at.min(period - at) * 360 / period;
    tide + (now * 7 + gauge * 5) % 20
}

impl Gauges {
    /// What was measured last.
    fn level(&self, gauge: u32) -> u32 {
        level(gauge, self.now + SHOWN - 1)
    }

    fn order(&self) -> [u32; 4] {
        let mut order = [0, 1, 2, 3];
        if self.sort == Sort::Level {
            order.sort_by_key(|gauge| std::cmp::Reverse(self.level(*gauge)));
        }
        order
    }

    fn gauge(&self, gauge: u32) -> Markup {
        let name = NAMES[gauge as usize];
        let points: Vec<String> = (0..SHOWN).map(|at| level(gauge, self.now + at).to_string()).collect();
        let level = self.level(gauge);
        html! {
            li data-key=(gauge) {
                h2 { (name) }
                p.level { (level) " cm" }
                // The component's inside is its shadow's; what the server says to it are attributes.
                tide-dial data-level=(level) data-name=(name) {}
                div.spark role="img" aria-label={ "The last " (SHOWN) " measurements at " (name) }
                    data-live-widget="spark" data-live-ignore data-points=(points.join(" ")) {}
            }
        }
    }
}

impl Island for Gauges {
    type Event = Watch;

    fn render(&self) -> Markup {
        let pressed = |sort: Sort| if self.sort == sort { "true" } else { "false" };
        html! {
            div.gauges {
                div.bar role="group" aria-label="Order" {
                    button.quiet data-live=(Watch::Sort(Sort::Name)) aria-pressed=(pressed(Sort::Name)) { "By name" }
                    button.quiet data-live=(Watch::Sort(Sort::Level)) aria-pressed=(pressed(Sort::Level)) { "Highest first" }
                    button data-live=(Watch::Turn) { "Turn the tide" }
                }
                p.refused data-live-error data-live-ignore role="alert" {}
                ul { @for gauge in self.order() { (self.gauge(gauge)) } }
            }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Watch>) -> holm::Result {
        cx.every(PACE, || Watch::Measure);
        Ok(())
    }

    async fn on(&mut self, event: Watch, _cx: &mut Cx<Watch>) -> holm::Result {
        match event {
            Watch::Sort(sort) => self.sort = sort,
            Watch::Turn => self.now = self.now.wrapping_add(29) % 1_000_000,
            Watch::Measure => self.now = (self.now + 1) % 1_000_000,
        }
        Ok(())
    }
}

pub(crate) async fn page(file: Option<Extension<Static>>, page: Page) -> Page {
    let page = ABOUT.head(page).body(|p| {
        let year = [90, 84, 70, 61, 44, 40, 38, 47, 66, 79, 95, 99].map(|level| level.to_string()).join(" ");
        let content = html! {
            div.stage { (p.island(Gauges::default())) }
            section.beside-gauges {
                h2 { "Beside the island" }
                p { "The same widget outside of any island: the last year, month by month." }
                div.spark role="img" aria-label="The last year, month by month" data-live-widget="spark" data-live-ignore data-points=(year) {}
            }
            ul.notes {
                li { "Each curve is a canvas that the page's script mounts with " code { "data-live-widget" } " and redraws when the server writes its " code { "data-points" } "." }
                li { "Each dial is a custom element with a shadow root. Press one to mark its reading: the mark is known to the element alone." }
                li { "Sort while a mark is set: elements move, none is made anew, so marks, listeners and the focus stay." }
                li { "The island knows nothing of canvases; the script knows nothing of the socket." }
            }
        };
        layout(&ABOUT, content)
    });
    assets::WIDGETS.run_on(page, file)
}
