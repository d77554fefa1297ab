//! `cargo xtask load --kill` and `--restart`: pages click while their server goes away and comes back, and at the
//! end each island's state is compared with the clicks that its page knows to be acknowledged.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use stories::http;

use crate::child::raise_descriptors;
use crate::gallery::Gallery;
use crate::load::Load;
use crate::page::{Lost, Page};

/// The page under load, and the event of a click.
const PATH: &str = "/counters";
const CLICK: &str = "inc";

/// When the client tries again, in milliseconds: soon after a good connection, then after a growing time.
const SOON: f64 = 100.0;
const SPREAD: f64 = 400.0;
const SHORTEST: f64 = 1_000.0;
const LONGEST: f64 = 30_000.0;
/// How long a connection lives that counts as good.
const GOOD: Duration = Duration::from_secs(5);

/// How long pages get to settle after the last click.
const SETTLE: Duration = Duration::from_mins(1);

/// How the server goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// `kill -9`, and another one starts.
    Kill,
    /// SIGTERM; another one takes the address as soon as it is free.
    Restart,
}

/// What became of a page's clicks.
#[derive(Debug, Default)]
struct Fate {
    clicks: u64,
    acknowledged: u64,
    /// Clicks that the islands' states lack, and that they have too many.
    lost: u64,
    doubled: u64,
    /// Acknowledged clicks that no process remembered, and that the page sent again.
    again: u64,
    /// Connections that ended, attempts to come back that failed, and the longest time without one.
    cut: u64,
    failed: u64,
    away: Duration,
    troubles: Vec<String>,
}

/// Runs the load while the gallery ends and starts again, and gives back the report.
///
/// # Errors
/// When a click is lost or doubled, a page shows another state than its island has, or users notice a restart.
pub async fn run(load: &Load) -> Result<String> {
    raise_descriptors(u64::try_from(load.connections)? + 100)?;
    let (end, times) = if load.kills > 0 { (End::Kill, load.kills) } else { (End::Restart, load.restarts) };
    let gallery = Gallery::start(load.connections).await?;
    let address = gallery.address;
    let answer = http::get(address, PATH).await?;
    let islands = answer.islands();
    let begins: Vec<i64> = answer.body.split("<output>").skip(1).filter_map(number).collect();
    if islands.is_empty() || begins.len() != islands.len() {
        bail!("{PATH} has {} islands that show {} numbers", islands.len(), begins.len());
    }
    let begun = Instant::now();
    let pages: Vec<_> = (0..load.connections)
        .map(|number| {
            let page = Page::new(address, PATH, &islands);
            tokio::spawn(one(page, load.clone(), begins.clone(), number, begun))
        })
        .collect();
    let ends = tokio::spawn(go_away(gallery, end, times, load.seconds, begun));
    let mut all = Fate::default();
    for page in pages {
        all.add(page.await??);
    }
    let _gallery = ends.await??;
    let how = match end {
        End::Kill => "kill -9 and start",
        End::Restart => "rolling restart by SIGTERM",
    };
    let (count, seconds) = (load.connections, begun.elapsed().as_secs_f64());
    let mut out = format!("http://{address}{PATH}: {count} pages, {seconds:.1} s, {times} × {how}\n");
    out += &all.report()?;
    if let Some(problem) = all.problem(end) {
        bail!("{out}\n{problem}");
    }
    Ok(out)
}

/// Ends the gallery so many times, evenly over the run.
async fn go_away(
    mut gallery: Gallery,
    end: End,
    times: u32,
    seconds: u64,
    begun: Instant,
) -> Result<Gallery> {
    let every = Duration::from_secs(seconds) / (times + 1);
    for time in 1..=times {
        tokio::time::sleep_until((begun + every * time).into()).await;
        gallery = match end {
            End::Kill => gallery.kill_and_start().await?,
            End::Restart => {
                let next = gallery.replace().await?;
                let status = gallery.ended().await?;
                if !status.success() {
                    bail!("the gallery ended with {status} after SIGTERM");
                }
                next
            }
        };
    }
    Ok(gallery)
}

/// A page with somebody who clicks on its islands in turn, and the client's patience.
struct Visit {
    page: Page,
    fate: Fate,
    /// How many attempts failed since the last good connection.
    tries: u32,
    wake: Instant,
    since: Option<Instant>,
    /// Since when it is not live.
    away: Option<Instant>,
    chance: u64,
}

async fn one(page: Page, load: Load, begins: Vec<i64>, number: usize, begun: Instant) -> Result<Fate> {
    let number = u64::try_from(number)?;
    // At most a thousand new connections a second: a listener's backlog is not what is looked at.
    let wake = begun + Duration::from_millis(number);
    let mut visit = Visit {
        page,
        fate: Fate::default(),
        tries: 0,
        wake,
        since: None,
        away: Some(wake),
        chance: number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
    };
    visit.until(Instant::now() + SETTLE, Page::is_live).await?;
    visit.page.resync().await?;
    let end = begun + Duration::from_secs(load.seconds);
    let every = Duration::from_secs_f64(if load.rate > 0.0 { 1.0 / load.rate } else { 3_600.0 });
    let mut next = Instant::now() + every.mul_f64(visit.random());
    let mut clicks = vec![0u64; begins.len()];
    while next < end {
        visit.until(next, |_| false).await?;
        let at = usize::try_from(clicks.iter().sum::<u64>())? % clicks.len();
        clicks[at] += 1;
        // Without a connection the click is kept, as a person's is.
        let _ = visit.page.press(at, CLICK, "").await;
        next += every;
    }
    visit.until(Instant::now() + SETTLE, Page::is_settled).await?;
    let shown: Vec<_> = visit.page.islands.iter().map(|island| shown(island.html().as_deref())).collect();
    visit.page.resync().await?;
    let told = |page: &Page| page.islands.iter().all(|island| island.html().is_some());
    visit.until(Instant::now() + SETTLE, told).await?;
    Ok(visit.judge(&clicks, &begins, &shown).await)
}

impl Visit {
    /// Goes on until then, or until it is as wanted; comes back as the client does when the connection is lost.
    async fn until(&mut self, until: Instant, wanted: impl Fn(&Page) -> bool) -> Result<()> {
        while Instant::now() < until && !wanted(&self.page) {
            if self.page.is_live()
                && let Some(away) = self.away.take()
            {
                if self.since.is_some() {
                    self.fate.away = self.fate.away.max(away.elapsed());
                }
                self.since = Some(Instant::now());
            }
            if self.page.is_connected() {
                if let Err(lost) = self.page.hear(until).await {
                    self.lost(lost);
                }
            } else if Instant::now() < self.wake {
                tokio::time::sleep_until(self.wake.min(until).into()).await;
            } else if self.page.connect().await.is_err() {
                self.fate.failed += 1;
                self.wait();
            }
        }
        Ok(())
    }

    fn lost(&mut self, lost: Lost) {
        self.fate.cut += 1;
        self.away.get_or_insert_with(Instant::now);
        if self.since.is_some_and(|since| since.elapsed() >= GOOD) {
            self.tries = 0;
        }
        match lost {
            Lost::ComeBack(patience) => self.wake = Instant::now() + patience,
            Lost::Cut => self.wait(),
        }
    }

    fn wait(&mut self) {
        let random = self.random();
        let milliseconds = match self.tries.checked_sub(1) {
            None => SOON + SPREAD * random,
            Some(tries) => {
                (SHORTEST * 2f64.powi(i32::try_from(tries).unwrap_or(9))).min(LONGEST) * (0.5 + random)
            }
        };
        self.tries += 1;
        self.wake = Instant::now() + Duration::from_secs_f64(milliseconds / 1_000.0);
    }

    /// From 0 to 1, another for each page and time.
    fn random(&mut self) -> f64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        f64::from(u32::try_from(self.chance >> 32).unwrap_or_default()) / f64::from(u32::MAX)
    }

    /// Compares what was clicked with what the islands hold.
    async fn judge(mut self, clicks: &[u64], begins: &[i64], shown: &[Option<i64>]) -> Fate {
        for (at, island) in self.page.islands.iter().enumerate() {
            self.fate.clicks += clicks[at];
            self.fate.acknowledged += island.acked;
            self.fate.again += island.again;
            let Some(state) = self::shown(island.html().as_deref()) else {
                self.fate.troubles.push("an island does not say what it holds".to_owned());
                continue;
            };
            let wanted = begins[at] + i64::try_from(clicks[at]).unwrap_or(i64::MAX);
            self.fate.lost += u64::try_from(wanted - state).unwrap_or(0);
            self.fate.doubled += u64::try_from(state - wanted).unwrap_or(0);
            if shown[at] != Some(state) {
                let trouble = format!("a page shows {:?} where its island holds {state}", shown[at]);
                self.fate.troubles.push(trouble);
            }
        }
        self.fate.troubles.append(&mut self.page.troubles);
        self.page.leave().await;
        self.fate
    }
}

impl Fate {
    fn add(&mut self, other: Self) {
        self.clicks += other.clicks;
        self.acknowledged += other.acknowledged;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.again += other.again;
        self.cut += other.cut;
        self.failed += other.failed;
        self.away = self.away.max(other.away);
        self.troubles.extend(other.troubles);
    }

    fn report(&self) -> Result<String> {
        let Self { clicks, acknowledged, lost, doubled, again, cut, failed, away, .. } = self;
        let mut out = String::new();
        writeln!(
            out,
            "clicks: {clicks}, acknowledged: {acknowledged}, in the islands: {}; lost: {lost}, doubled: {doubled}",
            clicks + doubled - lost
        )?;
        writeln!(
            out,
            "connections lost: {cut}; failed attempts to come back: {failed}; longest time away: {:.2} s; \
             acknowledged clicks that only the pages still had: {again}",
            away.as_secs_f64()
        )?;
        Ok(out)
    }

    /// What went wrong, for people.
    fn problem(&self, end: End) -> Option<String> {
        if self.lost + self.doubled > 0 || self.acknowledged != self.clicks {
            return Some("clicks and states differ".to_owned());
        }
        if let Some(first) = self.troubles.first() {
            return Some(format!("{} pages had trouble, the first: {first}", self.troubles.len()));
        }
        let noticed = end == End::Restart && self.failed > 0;
        noticed.then(|| "pages found nobody when they came back as they were told".to_owned())
    }
}

/// The number that an island shows.
fn shown(html: Option<&str>) -> Option<i64> {
    number(html?.split("<output>").nth(1)?)
}

fn number(rest: &str) -> Option<i64> {
    rest.split('<').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_from_an_island_s_html() {
        assert_eq!(shown(Some("<p>x</p><output>-12</output>")), Some(-12));
        assert_eq!(shown(Some("<p>x</p>")), None);
        assert_eq!(shown(None), None);
    }

    #[test]
    fn what_goes_wrong_is_told() {
        let fate = |lost, failed| Fate { clicks: 3, acknowledged: 3, lost, failed, ..Fate::default() };
        assert!(fate(0, 0).problem(End::Restart).is_none());
        assert!(fate(0, 1).problem(End::Kill).is_none(), "a killed server is away for a while");
        assert!(fate(0, 1).problem(End::Restart).is_some());
        assert!(fate(1, 0).problem(End::Kill).is_some());
        let unheard = Fate { clicks: 3, acknowledged: 2, ..Fate::default() };
        assert!(unheard.problem(End::Kill).is_some());
    }
}
