//! A figure of the dashboard: its newest value, and a line of the last minute.

use std::collections::VecDeque;

use holm::prelude::*;

/// Seconds that a line goes back.
const SPAN: i64 = 60;

/// The newest values, each with its second, oldest first.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Figure(VecDeque<(i64, f32)>);

impl Figure {
    pub(super) fn add(&mut self, second: i64, value: f32) {
        self.0.push_back((second, value));
        self.0.retain(|(at, _)| *at >= second - SPAN);
    }

    pub(super) fn is_known(&self) -> bool {
        !self.0.is_empty()
    }

    /// The figure with its line. Each piece of the line is an element that stays where it is, and the view moves on:
    /// a second costs one piece at the end, one at the beginning, and the numbers.
    pub(super) fn show(&self, name: &str, unit: &str, digits: usize, least: f32) -> Markup {
        let (now, newest) = self.0.back().copied().unwrap_or_default();
        let most = self.0.iter().map(|(_, value)| *value).fold(0.0, f32::max);
        // Past the least a power of two, so that the scale seldom changes.
        let top = if most <= least { least } else { most.log2().ceil().exp2() };
        let pieces = self.0.iter().zip(self.0.iter().skip(1));
        html! {
            p.name { (name) }
            p.value { b { (format!("{newest:.digits$}")) } (unit) }
            svg viewBox={ (now - SPAN) " -1 " (SPAN) " 1" } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                g transform={ "scale(1 " (-1.0 / top) ")" } {
                    @for ((at, from), (to_at, to)) in pieces {
                        path data-key=(at) d=(format!("M{at} {from:.digits$}L{to_at} {to:.digits$}")) {}
                    }
                }
            }
            p.scale { "last minute, 0 to " (top) (unit) }
        }
    }
}
