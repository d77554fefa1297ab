//! What a connection that was lost for a second costs: by the session, and by seals as after a restart.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use stories::http;

use crate::child;
use crate::echo::median;
use crate::page::Page;
use crate::report::{Row, Target};

/// Pages that lose their connections; the middle one counts.
const PAGES: usize = 15;

/// How long they are away.
const AWAY: Duration = Duration::from_secs(1);

/// One way back, in bytes and milliseconds until the page shows what changed meanwhile.
struct Back {
    down: f64,
    up: f64,
    milliseconds: f64,
}

/// The rows of a counter and of a table, each with one change meanwhile.
///
/// # Errors
/// When a server does not start or a page does not come back.
pub async fn rows() -> Result<Vec<Row>> {
    let (_server, address) = child::server().await?;
    // Where no session is: there, seals are all that a page has.
    let (_other, elsewhere) = child::server().await?;
    let mut rows = Vec::new();
    for (path, name, most) in
        [("/late-counter", "counter", 32.0), ("/late-table", "1,000 rows, one cell", 40.0)]
    {
        let resumed = measure(address, path, None).await?;
        let joined = measure(address, path, Some(elsewhere)).await?;
        let name = format!("resume after 1 s, {name}");
        rows.push(
            Row::new(format!("{name}, down"), resumed.down, "B", Target::AtMost(most)).floor(joined.down),
        );
        rows.push(Row::new(format!("{name}, up"), resumed.up, "B", Target::AtMost(64.0)).floor(joined.up));
        let share = (resumed.down + resumed.up) / (joined.down + joined.up);
        rows.push(
            Row::new(format!("{name}, bytes, share of a join by seals"), share, "", Target::AtMost(0.5))
                .floor(1.0),
        );
        let until = Row::new(format!("{name}, until live"), resumed.milliseconds, "ms", Target::Times(1.0));
        rows.push(until.floor(joined.milliseconds));
    }
    Ok(rows)
}

/// Loses pages and brings them back, one at a time: to their sessions, or `elsewhere` with their seals.
async fn measure(address: SocketAddr, path: &str, elsewhere: Option<SocketAddr>) -> Result<Back> {
    let islands = http::get(address, path).await?.islands();
    let lose = (0..PAGES).map(|_| lost(Page::new(address, path, &islands), elsewhere.is_some()));
    let mut pages = try_join_all(lose).await?;
    tokio::time::sleep(AWAY).await;
    let mut backs = Vec::new();
    for page in &mut pages {
        let before = page.islands[0].edits;
        if let Some(elsewhere) = elsewhere {
            page.move_to(elsewhere);
        }
        page.open().await?;
        let begun = Instant::now();
        page.greet().await?;
        page.wait_for(|page| page.is_settled() && page.islands[0].edits > before).await?;
        let milliseconds = begun.elapsed().as_secs_f64() * 1_000.0;
        ensure!(page.troubles.is_empty(), "{:?}", page.troubles);
        backs.push((float(page.down), float(page.up), milliseconds));
    }
    for page in pages {
        page.leave().await;
    }
    let middle = |part: fn(&(f64, f64, f64)) -> f64| median(backs.iter().map(part).collect());
    Ok(Back { down: middle(|back| back.0), up: middle(|back| back.1), milliseconds: middle(|back| back.2) })
}

/// A page that was used for a while and has lost its connection; the change is the island's own, or an event
/// that no server has heard of.
async fn lost(mut page: Page, unheard: bool) -> Result<Page> {
    page.connect().await?;
    page.wait_for(Page::is_live).await?;
    page.press(0, "now", "").await?;
    page.wait_for(|page| page.is_settled() && page.islands[0].sealed > 0).await?;
    // All that came is reported, as it is a second after anything came.
    let quiet = Instant::now() + Duration::from_millis(1_100);
    page.pass(quiet).await.map_err(|lost| anyhow::anyhow!("{lost:?}"))?;
    if !unheard {
        page.press(0, "soon", "").await?;
        page.wait_for(Page::is_settled).await?;
    }
    page.lose();
    if unheard {
        page.press(0, "now", "").await?;
    }
    Ok(page)
}

#[allow(clippy::cast_precision_loss, reason = "counts of bytes here are small")]
fn float(value: usize) -> f64 {
    value as f64
}
