//! What a session without a connection costs, beside one that is joined and idle.

use anyhow::Result;

use crate::child::{self, Role};
use crate::memory::{settled, state, warmed};
use crate::report::{Row, Target};
use crate::server::Kind;

/// Sessions in one lot.
const COUNTERS: usize = 5_000;
const TABLES: usize = 1_000;

/// Bytes for each session.
struct Each {
    joined: f64,
    parked: f64,
}

/// The rows of a counter and of a table.
///
/// # Errors
/// When a child does not start or a socket does not open.
pub async fn rows() -> Result<Vec<Row>> {
    let (counter, table) = tokio::try_join!(run("/counter", COUNTERS), run("/table", TABLES))?;
    let state = state().await?;
    let kilo = 1024.0;
    Ok(vec![
        Row::new(
            "memory of a parked session, counter; floor: joined and idle",
            counter.parked / kilo,
            "KB",
            Target::Times(1.0),
        )
        .floor(counter.joined / kilo),
        Row::new(
            "memory of a parked session, 1,000-row table; floor: joined and idle",
            table.parked / kilo,
            "KB",
            Target::AtMost((2.0 * state / kilo) + 8.0),
        )
        .floor(table.joined / kilo),
    ])
}

/// Joins a lot and loses its connections, three times over. What a connection had and a parked session has not
/// is used again by the next lot, so that the lots after the first add what parked sessions hold.
async fn run(path: &str, count: usize) -> Result<Each> {
    let (server, address) = child::server_of(Kind::Parking, 0).await?;
    let before = warmed(&server, address, path).await?;
    let mut crowd = Role::start(&["idle", &address.to_string(), path, &count.to_string()])?;
    let mut filled = [0.0; 3];
    for (round, filled) in filled.iter_mut().enumerate() {
        if round > 0 {
            crowd.say("drop").await?;
            crowd.expect("dropped").await?;
            settled(&server).await?;
            crowd.say("open").await?;
        }
        crowd.expect("open").await?;
        *filled = settled(&server).await?;
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of connections is small")]
    let count = count as f64;
    Ok(Each { joined: (filled[0] - before) / count, parked: (filled[2] - filled[0]) / (2.0 * count) })
}
