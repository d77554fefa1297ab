//! What seals cost: bytes for each island that changed, and time beside the island's render.

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, Result};
use holm::prelude::{Island, Limits, Live, Page as LivePage, Router, Slot, WithLive, get, html};
use holm::test::{App, Wire};
use holm_wire::down::Down;
use stories::http;
use stories::peer::event;
use stories::stage::{Counter, Rows};

use crate::child;
use crate::echo::median;
use crate::islands::Order;
use crate::page::Page;
use crate::report::{Row, Target};
use crate::server::ROWS;

/// Events in one sample, and samples of which the median counts.
const EVENTS: u64 = 100;
const SAMPLES: usize = 25;

/// The rows of a counter, a form and a table.
///
/// # Errors
/// When a server does not start or no seal comes.
pub async fn rows() -> Result<Vec<Row>> {
    let (_server, address) = child::server().await?;
    let mut rows = Vec::new();
    let remark = |at: u64| ("remark", format!(r#"{{"text":"Ring {at} times."}}"#));
    let edit = |at: u64| ("edit", format!(r#"{{"id":500,"text":"row {}"}}"#, 777 + at % 2));
    let (counter, order, table) = (Counter { count: 42 }, Order::filled(), Rows::of(ROWS));

    bytes(&mut rows, "counter", address, "/counter", &counter, &("inc", String::new()), 128.0).await?;
    bytes(&mut rows, "form", address, "/order", &order, &remark(2), 512.0).await?;
    bytes(&mut rows, "1,000 rows", address, "/table", &table, &edit(0), 8_192.0).await?;

    time(&mut rows, "counter", counter, |_| ("inc", String::new())).await?;
    time(&mut rows, "form", order, remark).await?;
    time(&mut rows, "1,000 rows", table, edit).await?;
    Ok(rows)
}

/// Bytes of the seal after one change, beside the state as JSON.
async fn bytes(
    rows: &mut Vec<Row>,
    name: &str,
    address: SocketAddr,
    path: &str,
    state: &impl Island,
    event: &(&str, String),
    most: f64,
) -> Result<()> {
    let islands = http::get(address, path).await?.islands();
    let mut page = Page::new(address, path, &islands);
    page.connect().await?;
    page.wait_for(Page::is_live).await?;
    page.press(0, event.0, &event.1).await?;
    page.wait_for(|page| page.islands[0].sealed > 0).await?;
    let sealed = float(page.islands[0].sealed);
    page.leave().await;
    let json = float(serde_json::to_vec(state)?.len());
    let name = format!("seal of a changed island, {name}; floor: its state as JSON");
    rows.push(Row::new(name, sealed, "B", Target::AtMost(most)).floor(json));
    Ok(())
}

/// Time of a seal, as what each event takes longer when each is sealed, beside the time of a render.
async fn time<I: Island>(
    rows: &mut Vec<Row>,
    name: &str,
    state: I,
    event: impl Fn(u64) -> (&'static str, String),
) -> Result<()> {
    let mut never = Session::join(state.clone(), usize::MAX).await?;
    let mut always = Session::join(state.clone(), 1).await?;
    let mut samples: [Vec<f64>; 3] = Default::default();
    for _ in 0..SAMPLES {
        // In turns, so that a busy machine is busy for all of them.
        samples[0].push(never.events(&event)?);
        samples[1].push(always.events(&event)?);
        let begun = Instant::now();
        for _ in 0..EVENTS {
            black_box(black_box(&state).render());
        }
        samples[2].push(begun.elapsed().as_secs_f64() / float(usize::try_from(EVENTS)?));
    }
    let [never, always, render] = samples.map(median);
    let seal = always - never;
    let name = format!("time of sealing, {name}");
    rows.push(Row::new(&name, seal * 1e6, "µs", Target::Reported).floor(render * 1e6));
    rows.push(
        Row::new(format!("{name}, share of its render"), seal / render, "", Target::Reported).floor(1.0),
    );
    Ok(())
}

/// A session in this process, without a socket.
struct Session {
    wire: Wire,
    id: u64,
    seq: u64,
    /// Counted frames that came.
    seen: u64,
}

impl Session {
    /// Joins one island in an app that seals after so many events.
    async fn join<I: Island>(state: I, seal_events: usize) -> Result<Self> {
        let fast = 1_000_000_000;
        let limits = Limits { seal_events, events_per_second: fast, events_burst: fast, ..Limits::default() };
        let shown = state.clone();
        let page = async move |page: LivePage| {
            page.title("One island").body(move |p: &Slot| html! { (p.island(shown)) })
        };
        let live = Live::new().island::<I>().limits(limits).key([7; 32]);
        let app = App::new(Router::new().route("/", get(page)).with_live(live));
        let page = app.get("/").await;
        let mut wire = page.wire();
        wire.send(&stories::peer::join("/", 0, &http::islands(page.html())));
        let mut id = None;
        while let Some(frame) = wire.take() {
            if let Down::Joined(joined) = Down::decode(&frame)? {
                id = joined.islands().next().transpose()?.map(|island| island.id);
            }
        }
        Ok(Self { wire, id: id.context("the island has joined")?, seq: 0, seen: 0 })
    }

    /// Seconds for each of many events, with all that they bring.
    fn events(&mut self, of: &impl Fn(u64) -> (&'static str, String)) -> Result<f64> {
        let begun = Instant::now();
        for _ in 0..EVENTS {
            self.seq += 1;
            let (name, payload) = of(self.seq);
            self.wire.send(&event(self.id, self.seq, name, &payload));
            while let Some(frame) = self.wire.take() {
                self.seen += 1;
                black_box(frame);
            }
            let mut seen = Vec::new();
            holm_wire::up::seen(&mut seen, self.seen);
            self.wire.send(&seen);
        }
        Ok(begun.elapsed().as_secs_f64() / float(usize::try_from(EVENTS)?))
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts here are small")]
fn float(value: usize) -> f64 {
    value as f64
}
