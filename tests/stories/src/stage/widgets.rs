//! A list of widgets that others' scripts fill: charts and editors, sorted and patched while somebody works in them.

use std::time::Duration;

use holm::prelude::*;

/// Two editors, a chart, and figures that change.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Widgets {
    beats: u32,
    turned: bool,
    without_chart: bool,
}

/// What reaches the widgets.
#[derive(Debug, Event)]
pub enum Tool {
    /// Changes begin, ten in a second.
    Start,
    /// One of them.
    #[event(server)]
    Beat,
    /// The list is turned round.
    Turn,
    /// The chart goes, or comes.
    Chart,
}

impl Island for Widgets {
    type Event = Tool;

    fn render(&self) -> Markup {
        let mut tools = vec!["chart", "plain", "rich"];
        if self.without_chart {
            tools.remove(0);
        }
        if self.turned {
            tools.reverse();
        }
        let points: Vec<String> = (0..8).map(|at| ((self.beats + at) % 10).to_string()).collect();
        html! {
            button #start data-live=(Tool::Start) { "start" }
            button #turn data-live=(Tool::Turn) { "turn" }
            button #change data-live=(Tool::Chart) { "chart" }
            output { (self.beats) }
            ul #tools class={ "beat-" (self.beats % 2) } {
                @for tool in tools {
                    li data-key=(tool) title=(self.beats) {
                        @if self.beats.is_multiple_of(3) { p { "a note that comes and goes" } }
                        h2 { (tool) " " (self.beats) }
                        @if tool == "chart" {
                            div #chart data-live-widget="chart" data-live-ignore data-points=(points.join(" ")) {}
                        } @else {
                            div id=(tool) data-live-widget="editor" data-live-ignore="all" data-kind=(tool) title=(self.beats) {}
                        }
                    }
                }
            }
        }
    }

    async fn on(&mut self, tool: Tool, cx: &mut Cx<Tool>) -> holm::Result {
        match tool {
            Tool::Start => cx.every(Duration::from_millis(100), || Tool::Beat),
            Tool::Beat => self.beats += 1,
            Tool::Turn => self.turned = !self.turned,
            Tool::Chart => self.without_chart = !self.without_chart,
        }
        Ok(())
    }
}

pub(super) async fn page(page: Page) -> Page {
    // Whoever tells the story gives the script its text.
    page.title("Widgets")
        .lang("en")
        .head(html! { script type="module" src="/widgets.js" {} })
        .body(|p: &Slot| html! { h1 { "Widgets" } (p.island(Widgets::default())) })
}
