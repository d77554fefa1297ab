//! The real gallery as a child process, for the load chore: started, killed, asked to go.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use stories::http;

use crate::child::KEY;

/// How long the gallery gets to answer, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(10);
const MOMENT: Duration = Duration::from_millis(5);

/// A gallery that runs. It is killed when this is dropped.
#[derive(Debug)]
pub struct Gallery {
    child: Child,
    connections: usize,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Drop for Gallery {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gallery {
    /// Starts the gallery that was built beside this program, on a free port, with room for so many connections.
    ///
    /// # Errors
    /// When it is not there, or does not answer.
    pub async fn start(connections: usize) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        Self::start_at(address, connections).await
    }

    async fn start_at(address: SocketAddr, connections: usize) -> Result<Self> {
        let program = program()?;
        let child = Command::new(&program)
            .env("HOLM_ADDR", address.to_string())
            .env("HOLM_KEY", KEY)
            .env("HOLM_LIVE_MAX", (connections + 10).to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} does not start; build the gallery", program.display()))?;
        let mut gallery = Self { child, connections, address };
        let begun = Instant::now();
        while http::get(address, "/").await.is_err() {
            if begun.elapsed() > PATIENCE || gallery.child.try_wait()?.is_some() {
                bail!("the gallery does not answer at {address}");
            }
            tokio::time::sleep(MOMENT).await;
        }
        Ok(gallery)
    }

    /// Ends it as `kill -9` does and starts another at the same address.
    ///
    /// # Errors
    /// When the other does not answer.
    pub async fn kill_and_start(mut self) -> Result<Self> {
        self.child.kill()?;
        self.child.wait()?;
        Self::start_at(self.address, self.connections).await
    }

    /// Asks it to go (SIGTERM), and starts another as soon as the address is free.
    ///
    /// # Errors
    /// When it does not let go of the address, or the other does not answer.
    pub async fn replace(&self) -> Result<Self> {
        let id = i32::try_from(self.child.id())?;
        kill_process(Pid::from_raw(id).context("a process has a number")?, Signal::TERM)?;
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_ok() {
            if begun.elapsed() > PATIENCE {
                bail!("the gallery still listens {PATIENCE:?} after SIGTERM");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Self::start_at(self.address, self.connections).await
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When it has not after ten seconds.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if begun.elapsed() > PATIENCE {
                bail!("the gallery is still there {PATIENCE:?} after another took its place");
            }
            tokio::time::sleep(MOMENT).await;
        }
    }
}

fn program() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("gallery"))
}
