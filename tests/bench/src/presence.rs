//! A thousand joins at once.

use anyhow::Result;

use crate::child;
use crate::report::{Row, Target};

/// Connections in the rush.
const RUSH: u64 = 1_000;

/// The row of the rush.
///
/// # Errors
/// When the server does not start or a socket does not open.
pub async fn rows() -> Result<Vec<Row>> {
    child::raise_descriptors(RUSH + 100)?;
    let (_server, address) = child::server().await?;
    let (most, seconds) = child::rush(address, RUSH).await?;
    #[allow(clippy::cast_precision_loss, reason = "a count of frames is small")]
    let most = most as f64;
    let name = format!("{RUSH} joins at once in {seconds:.2} s: presence messages per connection");
    Ok(vec![Row::new(name, most, "messages", Target::AtMost(2.0 + 4.0 * seconds))])
}
