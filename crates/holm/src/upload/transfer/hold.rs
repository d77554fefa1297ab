//! A request's hold on an upload: it alone writes, until a later request takes over.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use holm_wire::Code;
use tokio::sync::watch;
use tokio::time::timeout;

use super::{Outcome, Transfer};
use crate::upload::sink::AnyWriter;
use crate::{Error, Limits};

/// The writer, in a request's hands; it goes back when the request is done with it.
pub(crate) struct Hold {
    transfer: Arc<Transfer>,
    turn: watch::Receiver<u64>,
    number: u64,
    writer: Option<Box<dyn AnyWriter>>,
}

impl Transfer {
    /// Takes the writer over, from whoever has it.
    ///
    /// # Errors
    /// The code of why there is none to be had: it is over, or somebody else has taken over since.
    pub(crate) async fn hold(self: &Arc<Self>, limits: &Limits) -> Result<Hold, Code> {
        let mut number = 0;
        self.turn.send_modify(|turn| {
            *turn += 1;
            number = *turn;
        });
        let turn = self.turn.subscribe();
        let waiting = async {
            loop {
                let mut back = std::pin::pin!(self.back.notified());
                back.as_mut().enable();
                if let Some(outcome) = self.outcome() {
                    return Err(outcome.code());
                }
                if *turn.borrow() != number {
                    return Err(Code::UploadOffset);
                }
                if let Some(writer) = self.writer.lock().take() {
                    return Ok(writer);
                }
                back.await;
            }
        };
        let writer = timeout(limits.upload_silence, waiting).await.unwrap_or(Err(Code::UploadOffset))?;
        Ok(Hold { transfer: Arc::clone(self), turn, number, writer: Some(writer) })
    }
}

impl Hold {
    /// How many bytes have arrived; nobody else adds to them.
    pub(crate) fn received(&self) -> u64 {
        self.transfer.received()
    }

    /// Writes a body to the file as it comes, and ends the upload with its last byte.
    ///
    /// Runs in a task of its own: a write is not cut when the request's connection is.
    ///
    /// # Errors
    /// Why it stopped before the end of the body; what was written until then counts.
    pub(crate) async fn pump<E>(
        mut self,
        body: impl Stream<Item = Result<Bytes, E>>,
        limits: &Limits,
    ) -> Result<u64, Code> {
        let mut body = std::pin::pin!(body);
        let mut room = limits.upload_piece_bytes as u64;
        let mut result = Ok(());
        loop {
            let number = self.number;
            let next = tokio::select! {
                biased;
                // Somebody else has taken it over, or it is over.
                _ = self.turn.wait_for(|turn| *turn != number) => {
                    result = Err(Code::UploadOffset);
                    break;
                }
                next = timeout(limits.upload_silence, body.next()) => next,
            };
            let mut chunk = match next {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(None) => break,
                // The connection broke, or nothing comes through it.
                Ok(Some(Err(_))) | Err(_) => {
                    result = Err(Code::Silent);
                    break;
                }
            };
            let left = room.min(self.transfer.meta.size - self.received());
            let over = chunk.len() as u64 > left;
            if over {
                chunk.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                result = Err(Code::UploadTooLarge);
            }
            room -= chunk.len() as u64;
            self.write(chunk, limits).await?;
            if over {
                break;
            }
        }
        let transfer = Arc::clone(&self.transfer);
        if self.received() == transfer.meta.size && transfer.is_open() {
            self.finish(limits).await?;
        } else {
            drop(self);
            transfer.tell(true);
        }
        match transfer.outcome() {
            Some(outcome @ (Outcome::Failed(..) | Outcome::Cancelled)) => Err(outcome.code()),
            _ => result.map(|()| transfer.received()),
        }
    }

    async fn write(&mut self, chunk: Bytes, limits: &Limits) -> Result<(), Code> {
        let (at, len) = (self.received(), chunk.len() as u64);
        let Some(writer) = self.writer.as_mut().filter(|_| len > 0) else { return Ok(()) };
        let written = timeout(limits.upload_idle, writer.write(at, chunk)).await;
        let written = written.unwrap_or_else(|_| Err(Error::internal("the sink took too long to write")));
        match written {
            Ok(()) => {
                self.transfer.inner.lock().came(len, limits.upload_least_bytes as u64);
                self.transfer.tell(false);
                Ok(())
            }
            Err(error) => Err(self.transfer.fail(&error)),
        }
    }

    /// All of it is there.
    pub(crate) async fn finish(mut self, limits: &Limits) -> Result<(), Code> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        let finished = timeout(limits.upload_idle, writer.finish()).await;
        let finished = finished.unwrap_or_else(|_| Err(Error::internal("the sink took too long to finish")));
        match finished {
            Ok(file) => {
                if !self.transfer.end(Outcome::Done(file.clone())) {
                    // It was cancelled in just that moment.
                    let input = Arc::clone(&self.transfer.inner.lock().input);
                    input.accepting.sink.remove(file).await;
                }
                Ok(())
            }
            Err(error) => Err(self.transfer.fail(&error)),
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take() {
            self.transfer.put(writer);
        }
    }
}
