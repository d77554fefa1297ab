//! Payload bytes on the socket, for the changes that the budgets name.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use holm::prelude::Island;
use holm_wire::Code;
use holm_wire::down::Down;
use stories::http;
use stories::peer::{Frame, Peer, event};
use stories::stage::{Row as TableRow, Rows};

use crate::child;
use crate::report::{Row, Target};
use crate::server::ROWS;

/// All byte rows.
///
/// # Errors
/// When the server does not start.
pub async fn rows() -> Result<Vec<Row>> {
    let (_server, address) = child::server().await?;
    let mut rows = Vec::new();

    let (mut peer, id) = joined(address, "/counter", ("noop", ""), &mut rows).await?;
    let up = event(id, 2, "inc", "");
    rows.push(bytes("counter 42 to 43, event up", up.len(), 10));
    rows.push(bytes("counter 42 to 43, edit down", answer(&mut peer, id, 2, up).await?, 12));

    let same = ("edit", r#"{"id":1,"text":"row 1"}"#);
    let (mut peer, id) = joined(address, "/table", same, &mut rows).await?;
    let cell = event(id, 2, "edit", r#"{"id":500,"text":"row 777"}"#);
    rows.push(bytes("1,000 rows, one cell, down", answer(&mut peer, id, 2, cell).await?, 20));
    let html = row_html(ROWS + 1).len();
    let prepend = answer(&mut peer, id, 3, event(id, 3, "prepend", "")).await?;
    rows.push(bytes("1,000 rows, prepend, down", prepend, html + 16).floor(float(html)));
    let swap = answer(&mut peer, id, 4, event(id, 4, "swap", "")).await?;
    rows.push(bytes("1,000 rows, swap, down", swap, 24));
    let reverse = answer(&mut peer, id, 5, event(id, 5, "reverse", "")).await?;
    rows.push(bytes("1,000 rows, reverse, down", reverse, 2_048));
    Ok(rows)
}

/// Joins a page that shows what was served, and adds the row of all that the join brought: `nothing` is an event
/// that changes nothing, and its answer follows whatever the join still had to say.
async fn joined(
    address: SocketAddr,
    path: &str,
    nothing: (&str, &str),
    rows: &mut Vec<Row>,
) -> Result<(Peer, u64)> {
    let islands = http::get(address, path).await?.islands();
    let mut peer = Peer::open(address).await.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    send(&mut peer, stories::peer::join(path, 0, &islands)).await?;
    let mut down = 0;
    let id = loop {
        let frame = peer.frame().await;
        down += frame.0.len();
        if let Down::Joined(joined) = frame.down() {
            break joined.islands().next().context("an island")??.id;
        }
    };
    send(&mut peer, event(id, 1, nothing.0, nothing.1)).await?;
    loop {
        let frame = peer.frame().await;
        if let Down::Ack { .. } = frame.down() {
            break;
        }
        down += frame.0.len();
    }
    rows.push(bytes(&format!("join of {path} after its own HTML, down"), down, 64));
    Ok((peer, id))
}

/// Sends an event; all bytes up to and with the frame that settles it, seals apart.
async fn answer(peer: &mut Peer, id: u64, seq: u64, frame: Vec<u8>) -> Result<usize> {
    send(peer, frame).await?;
    let mut bytes = 0;
    loop {
        let Frame(message) = &peer.frame().await;
        match Down::decode(message)? {
            Down::Seal { .. } => {}
            Down::EditAck { island, seq: upto, .. } if island == id && upto >= seq => {
                return Ok(bytes + message.len());
            }
            Down::Error { code, sentence, .. } => {
                let word = u16::try_from(code).ok().and_then(Code::from_number).map_or("?", Code::word);
                bail!("{word}: {sentence}");
            }
            _ => bytes += message.len(),
        }
    }
}

async fn send(peer: &mut Peer, frame: Vec<u8>) -> Result<()> {
    peer.send(frame).await.map_err(|error| anyhow::anyhow!("{error}"))
}

/// A row's own HTML, as the table renders it.
fn row_html(id: u32) -> String {
    let table = Rows { rows: vec![TableRow { id, text: format!("row {id}") }], next: 0 };
    let html = table.render().into_string();
    let row = html.split("<tbody>").nth(1).and_then(|rest| rest.split("</tbody>").next());
    row.unwrap_or_default().to_owned()
}

fn bytes(name: &str, value: usize, most: usize) -> Row {
    Row::new(name, float(value), "B", Target::AtMost(float(most)))
}

#[allow(clippy::cast_precision_loss, reason = "counts of bytes here are small")]
fn float(value: usize) -> f64 {
    value as f64
}
