//! This program again, as a child with one role: a server, or a crowd of idle sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use holm_wire::up::WANTS_PAGE_PRESENCE;
use stories::http;
use stories::peer::Peer;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::server::Kind;

/// The key of all servers of a run, so that one goes on where another was killed.
pub(crate) const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Ticks of processor time in a second; what Linux tells programs is always in hundredths.
const TICKS: f64 = 100.0;

/// A child that talks in lines. It ends when this is dropped.
#[derive(Debug)]
pub struct Role {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Role {
    /// Starts this program with these arguments.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(arguments: &[&str]) -> Result<Self> {
        Self::start_in(arguments, &[])
    }

    /// Starts this program with these arguments, and these variables in its environment.
    fn start_in(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .envs(variables.iter().copied())
            .env("RUST_LOG", "error")
            .env("HOLM_KEY", KEY)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().context("a piped stdin")?;
        let lines = BufReader::new(child.stdout.take().context("a piped stdout")?).lines();
        Ok(Self { child, stdin, lines })
    }

    /// The child's next line.
    ///
    /// # Errors
    /// When the child has ended.
    pub async fn line(&mut self) -> Result<String> {
        self.lines.next_line().await?.context("the child process ended early")
    }

    /// Says a line to the child.
    ///
    /// # Errors
    /// When the child has ended.
    pub async fn say(&mut self, line: &str) -> Result<()> {
        Ok(self.stdin.write_all(format!("{line}\n").as_bytes()).await?)
    }

    /// Waits for a line of the child's.
    ///
    /// # Errors
    /// When it says something else, or has ended.
    pub async fn expect(&mut self, line: &str) -> Result<()> {
        let said = self.line().await?;
        if said == line { Ok(()) } else { bail!("the child said {said:?}, not {line:?}") }
    }

    /// Ends the child as `kill -9` does, and waits until it is gone.
    ///
    /// # Errors
    /// When the system does not let it.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Resident bytes of the child.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn resident(&self) -> Result<f64> {
        memory(&self.child.id().context("the child runs")?.to_string(), "VmRSS:")
    }

    /// Seconds of processor that the child's threads have used.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn worked(&self) -> Result<f64> {
        let process = self.child.id().context("the child runs")?;
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
        // Counted behind the program's name, which may hold anything: 12 and 13 are ticks in user and system.
        let (_, fields) = stat.rsplit_once(") ").context("a name")?;
        let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / TICKS)
    }

    /// The most resident bytes that the child ever had.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn peak(&self) -> Result<f64> {
        memory(&self.child.id().context("the child runs")?.to_string(), "VmHWM:")
    }
}

/// Resident bytes of a process, `self` for this one.
///
/// # Errors
/// When the system does not tell.
pub fn resident(process: &str) -> Result<f64> {
    memory(process, "VmRSS:")
}

fn memory(process: &str, field: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find(|line| line.starts_with(field)).with_context(|| field.to_owned())?;
    let kilobytes: f64 = line.split_whitespace().nth(1).with_context(|| field.to_owned())?.parse()?;
    Ok(kilobytes * 1024.0)
}

/// A server child and its address.
///
/// # Errors
/// When it does not start.
pub async fn server() -> Result<(Role, SocketAddr)> {
    server_of(Kind::Open, 0).await
}

/// [`server`] of another kind, at this port; 0 for one of the system's choice.
///
/// # Errors
/// When it does not start.
pub async fn server_of(kind: Kind, port: u16) -> Result<(Role, SocketAddr)> {
    server_in(kind, port, &[]).await
}

/// [`server`] whose allocator has one pool for all threads, in place of one for each of a few: what is free is
/// found again whichever thread asks, and what stays is what the server keeps.
///
/// # Errors
/// When it does not start.
pub async fn server_of_one_pool() -> Result<(Role, SocketAddr)> {
    server_in(Kind::Open, 0, &[("MALLOC_ARENA_MAX", "1")]).await
}

async fn server_in(kind: Kind, port: u16, variables: &[(&str, &str)]) -> Result<(Role, SocketAddr)> {
    let mut role = Role::start_in(&["serve", kind.name(), &port.to_string()], variables)?;
    let address = role.line().await?.parse()?;
    Ok((role, address))
}

/// Lets this process hold as many sockets as the system allows it.
///
/// # Errors
/// When even that is too few for `wanted`.
pub fn raise_descriptors(wanted: u64) -> Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = limit.maximum;
        setrlimit(Resource::Nofile, limit)?;
    }
    match getrlimit(Resource::Nofile).current {
        Some(current) if current < wanted => bail!("only {current} descriptors, {wanted} needed (ulimit -n)"),
        _ => Ok(()),
    }
}

/// The role `serve KIND PORT`: prints its address, serves until its parent is gone.
///
/// # Errors
/// When the port is not free.
pub async fn serve(kind: &str, port: u16) -> Result<()> {
    raise_descriptors(12_000)?;
    let kind = Kind::named(kind).context("no kind of server has this name")?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    say(&listener.local_addr()?.to_string());
    let app = crate::server::app(kind);
    let serving = holm::serve_on(listener, app);
    let orphaned = async {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while matches!(lines.next_line().await, Ok(Some(_))) {}
    };
    tokio::select! {
        served = serving => served.map_err(|error| anyhow::anyhow!("{error}")),
        () = orphaned => Ok(()),
    }
}

/// The role `idle ADDRESS PATH COUNT`: opens sockets, joins where the path has an island, says `open`, and at
/// the line `close` leaves with all and says `closed`, or at `drop` loses all and says `dropped`; at the next line
/// it opens all again.
///
/// # Errors
/// When a socket does not open.
pub async fn idle(address: SocketAddr, path: &str, count: usize) -> Result<()> {
    raise_descriptors(u64::try_from(count)? + 100)?;
    let islands = if path == "/bare" { Vec::new() } else { http::get(address, path).await?.islands() };
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    loop {
        let mut tasks = Vec::with_capacity(count);
        for _ in 0..count {
            let mut peer = if islands.is_empty() {
                Peer::open_path(address, path).await.map_err(|error| anyhow::anyhow!("{error}"))?
            } else {
                Peer::open(address).await.map_err(|refused| anyhow::anyhow!("{refused:?}"))?
            };
            if !islands.is_empty() {
                peer.join(path, 0, &islands).await;
            }
            let (order, ordered) = tokio::sync::oneshot::channel::<bool>();
            let task = tokio::spawn(async move {
                let leave = tokio::select! {
                    _ = peer.message() => false,
                    leave = ordered => leave.unwrap_or(true),
                };
                if leave {
                    peer.leave().await;
                }
            });
            tasks.push((order, task));
        }
        say("open");
        let Some(line) = lines.next_line().await? else { return Ok(()) };
        let leave = line != "drop";
        for (order, task) in tasks {
            let _ = order.send(leave);
            task.await?;
        }
        say(if leave { "closed" } else { "dropped" });
        if lines.next_line().await?.is_none() {
            return Ok(());
        }
    }
}

/// Opens `count` sockets of a crowd, then joins all at once. Gives back the most presence frames that one
/// connection got until it knew of all, and the seconds that took.
///
/// # Errors
/// When a socket does not open.
///
/// # Panics
/// When a socket ends before its connection knows of all.
pub async fn rush(address: SocketAddr, count: u64) -> Result<(u64, f64)> {
    let islands = http::get(address, "/crowd").await?.islands();
    let mut peers = Vec::new();
    for _ in 0..count {
        peers.push(Peer::open(address).await.map_err(|refused| anyhow::anyhow!("{refused:?}"))?);
    }
    let begun = std::time::Instant::now();
    let tasks: Vec<_> = peers
        .into_iter()
        .map(|mut peer| {
            let frame = stories::peer::join("/crowd", WANTS_PAGE_PRESENCE, &islands);
            tokio::spawn(async move {
                peer.send(frame).await.expect("the socket is open");
                let mut frames = 0u64;
                loop {
                    if let holm_wire::down::Down::Presence { count: seen, .. } = peer.frame().await.down() {
                        frames += 1;
                        if seen == count {
                            return (frames, peer);
                        }
                    }
                }
            })
        })
        .collect();
    let (mut most, mut kept) = (0, Vec::new());
    for task in tasks {
        let (frames, peer) = task.await?;
        most = most.max(frames);
        kept.push(peer);
    }
    Ok((most, begun.elapsed().as_secs_f64()))
}

#[allow(clippy::print_stdout, reason = "the lines of a child are read by its parent")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}
