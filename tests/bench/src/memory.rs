//! What an idle connection costs the server, beside a bare axum socket; and what comes back.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use stories::stage::Rows;

use crate::child::{self, Role};
use crate::report::{Row, Target};
use crate::server::ROWS;

/// Connections held at once.
const IDLE: usize = 5_000;

/// Longer than a heartbeat: the timer wheel holds a closed connection's place until its next turn.
const AFTERWARDS: Duration = Duration::from_secs(33);

/// One run, in bytes for each connection and in shares of all of them.
struct Run {
    each: f64,
    /// Of what the connections took, how much the same number of new ones found free again.
    reused: f64,
    /// Of what the connections took, how much the allocator gave back to the system.
    given_back: f64,
}

/// All memory rows.
///
/// # Errors
/// When a child does not start or a socket does not open.
pub async fn rows() -> Result<Vec<Row>> {
    // Each server is a process of its own, and waiting is most of it.
    let (bare, counter, table) = tokio::try_join!(run("/bare"), run("/counter"), run("/table"))?;
    let state = state().await?;
    let kilo = 1024.0;
    let held = format!("memory, {IDLE} idle connections");
    let given_back = format!("{held}, closed: share the system's allocator gives back to it");
    Ok(vec![
        Row::new(format!("{held}, joined counter, each"), counter.each / kilo, "KB", Target::AtMost(6.0))
            .floor(bare.each / kilo),
        Row::new(
            format!("{held}, closed: share that is free again"),
            counter.reused,
            "",
            Target::AtLeast(0.9),
        )
        .floor(bare.reused),
        Row::new(given_back, counter.given_back, "", Target::Reported).floor(bare.given_back),
        Row::new(
            format!("{held}, 1,000-row table, each"),
            table.each / kilo,
            "KB",
            Target::AtMost(state / kilo + 8.0),
        )
        .floor(state / kilo),
        Row::new(
            format!("{held}, table, closed: share that is free again"),
            table.reused,
            "",
            Target::AtLeast(0.9),
        )
        .floor(bare.reused),
    ])
}

/// Opens, closes and opens again, each server in its own process.
async fn run(path: &str) -> Result<Run> {
    let (server, address) = child::server().await?;
    let before = warmed(&server, address, path).await?;
    let mut crowd = Role::start(&["idle", &address.to_string(), path, &IDLE.to_string()])?;
    crowd.expect("open").await?;
    let open = settled(&server).await?;
    let closed = close(&mut crowd, &server).await?;
    // Twice again: the allocator keeps a pool for each of a few threads, and the second time fills another one.
    let mut again = [0.0; 2];
    for filled in &mut again {
        crowd.say("open").await?;
        crowd.expect("open").await?;
        *filled = settled(&server).await?;
        close(&mut crowd, &server).await?;
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of connections is small")]
    let count = IDLE as f64;
    Ok(Run {
        each: (open - before) / count,
        reused: 1.0 - (again[1] - again[0]) / (open - before),
        given_back: (open - closed) / (open - before),
    })
}

/// Resident memory after the first sockets, which build what every later one shares.
pub(crate) async fn warmed(server: &Role, address: SocketAddr, path: &str) -> Result<f64> {
    let mut first = Role::start(&["idle", &address.to_string(), path, "50"])?;
    first.expect("open").await?;
    first.say("close").await?;
    first.expect("closed").await?;
    drop(first);
    settled(server).await
}

/// Closes all sockets; resident memory when the server has forgotten them.
async fn close(crowd: &mut Role, server: &Role) -> Result<f64> {
    crowd.say("close").await?;
    crowd.expect("closed").await?;
    tokio::time::sleep(AFTERWARDS).await;
    settled(server).await
}

/// Resident memory once it has not moved by more than 64 KB for two seconds; at most twenty are waited.
pub(crate) async fn settled(server: &Role) -> Result<f64> {
    let begun = Instant::now();
    let (mut last, mut since) = (server.resident()?, Instant::now());
    while since.elapsed() < Duration::from_secs(2) && begun.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = server.resident()?;
        if (now - last).abs() > 65_536.0 {
            (last, since) = (now, Instant::now());
        }
    }
    server.resident()
}

/// Bytes that one table's state takes when it is read from a seal's JSON, in a process of its own.
pub(crate) async fn state() -> Result<f64> {
    let mut role = Role::start(&["states"])?;
    Ok(role.line().await?.parse()?)
}

/// The role `states`: holds many tables and prints what one costs.
///
/// # Errors
/// When the system does not tell.
#[allow(clippy::print_stdout, reason = "the line of a child is read by its parent")]
pub fn states() -> Result<()> {
    const TABLES: u32 = 1_000;
    let table = serde_json::to_vec(&Rows::of(ROWS))?;
    let read = || serde_json::from_slice::<Rows>(&table);
    std::hint::black_box(read()?);
    let before = child::resident("self")?;
    let tables = (0..TABLES).map(|_| read()).collect::<Result<Vec<Rows>, _>>()?;
    let each = (child::resident("self")? - before) / f64::from(TABLES);
    std::hint::black_box(tables);
    println!("{each}");
    Ok(())
}
