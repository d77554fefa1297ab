//! A figure of the dashboard: its newest value, and a line of the last minute.

use std::collections::VecDeque;

use holm::prelude::*;

/// Seconds that a line goes back.
const SPAN: i64 = 60;

/// The newest values, one a second, oldest first.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Figure(VecDeque<f32>);

impl Figure {
    pub(super) fn add(&mut self, value: f32) {
        if self.0.len() > 60 {
            self.0.pop_front();
        }
        self.0.push_back(value);
    }

    /// The figure with its line. Each piece of the line is an element that stays where it is, and the view moves on:
    /// so a second costs one piece at the end, one at the beginning, and the numbers.
    pub(super) fn show(&self, name: &str, unit: &str, digits: usize, now: u64) -> Markup {
        let newest = self.0.back().copied().unwrap_or_default();
        let most = self.0.iter().copied().fold(4.0, f32::max);
        // Powers of two, so that the scale seldom changes.
        let top = most.log2().ceil().exp2();
        let first = now + 1 - self.0.len() as u64;
        html! {
            p.name { (name) }
            p.value { b { (format!("{newest:.digits$}")) } (unit) }
            svg viewBox={ (i64::try_from(now).unwrap_or_default() - SPAN) " -1 " (SPAN) " 1" } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                g transform={ "scale(1 " (-1.0 / top) ")" } {
                    @for (at, (from, to)) in self.0.iter().zip(self.0.iter().skip(1)).enumerate() {
                        @let second = first + at as u64;
                        path data-key=(second) d={ "M" (second) " " (format!("{from:.digits$}")) "L" (second + 1) " " (format!("{to:.digits$}")) } {}
                    }
                }
            }
            p.scale { "last minute, 0 to " (top) (unit) }
        }
    }
}
