//! Where files go: the trait an app writes for a place of its own, and a place in memory for tests.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::{Stored, UploadMeta};
use crate::Result;

/// A place for files. [`Disk`](super::Disk) and [`Memory`] are two; an app writes others, for an object store say.
///
/// An error's sentence ([`Error::public`](crate::Error::public)) is what the visitor reads, its cause goes to the log.
///
/// ```
/// use bytes::Bytes;
/// use holm::upload::{Stored, UploadMeta, UploadSink, UploadWriter};
///
/// /// Counts bytes, and keeps none.
/// struct Count;
/// struct Counting(u64);
///
/// impl UploadSink for Count {
///     type Writer = Counting;
///     async fn begin(&self, _: &UploadMeta) -> holm::Result<Counting> { Ok(Counting(0)) }
/// }
///
/// impl UploadWriter for Counting {
///     async fn write(&mut self, _: u64, chunk: Bytes) -> holm::Result {
///         self.0 += chunk.len() as u64;
///         Ok(())
///     }
///     async fn finish(self) -> holm::Result<Stored> { Ok(Stored::new(self.0)) }
/// }
/// ```
pub trait UploadSink: Send + Sync + 'static {
    /// What writes one file.
    type Writer: UploadWriter;

    /// Makes ready for a file. `Limits::handler_time` is how long that may take.
    ///
    /// # Errors
    /// When there is no place for it: the upload fails.
    fn begin(&self, meta: &UploadMeta) -> impl Future<Output = Result<Self::Writer>> + Send;

    /// Takes back a finished file that no island has heard of, since its page was gone by then. Without this it stays.
    fn remove(&self, file: Stored) -> impl Future<Output = ()> + Send {
        async move {
            tracing::info!(?file, "a finished upload has no island to go to any more; the file stays");
        }
    }
}

/// Writes one file. One call runs at a time, and none is stopped half-way while the server runs, unless it takes
/// longer than `Limits::upload_idle`.
///
/// A writer that is dropped with neither [`finish`](UploadWriter::finish) nor [`abort`](UploadWriter::abort), as when
/// the process ends, should leave nothing behind that it can help.
pub trait UploadWriter: Send + 'static {
    /// Takes the next bytes; `at` is how many came before. No more are read from the page until it is done.
    ///
    /// # Errors
    /// When they cannot be kept: the upload fails, and [`UploadWriter::abort`] follows.
    fn write(&mut self, at: u64, chunk: Bytes) -> impl Future<Output = Result> + Send;

    /// All bytes are there: makes the file last, and says where it is.
    ///
    /// # Errors
    /// When that is not possible: the upload fails.
    fn finish(self) -> impl Future<Output = Result<Stored>> + Send;

    /// No more will come: lets go of what there is.
    fn abort(self) -> impl Future<Output = ()> + Send
    where
        Self: Sized,
    {
        async {}
    }
}

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An [`UploadSink`] whose type is forgotten.
pub(crate) trait AnySink: Send + Sync {
    fn begin<'a>(&'a self, meta: &'a UploadMeta) -> Later<'a, Result<Box<dyn AnyWriter>>>;
    fn remove(&self, file: Stored) -> Later<'_, ()>;
}

/// An [`UploadWriter`] whose type is forgotten.
pub(crate) trait AnyWriter: Send {
    fn write(&mut self, at: u64, chunk: Bytes) -> Later<'_, Result>;
    fn finish(self: Box<Self>) -> Later<'static, Result<Stored>>;
    fn abort(self: Box<Self>) -> Later<'static, ()>;
}

impl<S: UploadSink> AnySink for S {
    fn begin<'a>(&'a self, meta: &'a UploadMeta) -> Later<'a, Result<Box<dyn AnyWriter>>> {
        Box::pin(async move {
            let writer: Box<dyn AnyWriter> = Box::new(UploadSink::begin(self, meta).await?);
            Ok(writer)
        })
    }

    fn remove(&self, file: Stored) -> Later<'_, ()> {
        Box::pin(UploadSink::remove(self, file))
    }
}

impl<W: UploadWriter> AnyWriter for W {
    fn write(&mut self, at: u64, chunk: Bytes) -> Later<'_, Result> {
        Box::pin(UploadWriter::write(self, at, chunk))
    }

    fn finish(self: Box<Self>) -> Later<'static, Result<Stored>> {
        Box::pin(async move { UploadWriter::finish(*self).await })
    }

    fn abort(self: Box<Self>) -> Later<'static, ()> {
        Box::pin(async move { UploadWriter::abort(*self).await })
    }
}

/// Keeps files in memory, for tests: clones share them.
///
/// ```
/// let memory = holm::upload::Memory::new();
/// let accepting = holm::upload::Accept::new().to(memory.clone());
/// assert!(memory.files().is_empty());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    files: Vec<(String, Bytes)>,
    begun: usize,
    aborted: usize,
}

impl Memory {
    /// With no files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The finished files with their names, oldest first. [`Stored::get`] of each gives its place in this order.
    pub fn files(&self) -> Vec<(String, Bytes)> {
        self.0.lock().files.clone()
    }

    /// How many files were begun, and how many of those came to nothing.
    pub fn counts(&self) -> (usize, usize) {
        let kept = self.0.lock();
        (kept.begun, kept.aborted)
    }
}

/// Writes one file to [`Memory`].
#[derive(Debug)]
pub struct MemoryWriter {
    memory: Memory,
    name: String,
    bytes: Vec<u8>,
    finished: bool,
}

impl UploadSink for Memory {
    type Writer = MemoryWriter;

    async fn begin(&self, meta: &UploadMeta) -> Result<MemoryWriter> {
        self.0.lock().begun += 1;
        Ok(MemoryWriter { memory: self.clone(), name: meta.name.clone(), bytes: Vec::new(), finished: false })
    }

    async fn remove(&self, file: Stored) {
        if let Some(at) = file.get::<usize>()
            && let Some(file) = self.0.lock().files.get_mut(at)
        {
            // The others keep their places.
            *file = (String::new(), Bytes::new());
        }
    }
}

impl UploadWriter for MemoryWriter {
    async fn write(&mut self, at: u64, chunk: Bytes) -> Result {
        debug_assert_eq!(at, self.bytes.len() as u64, "bytes come in order");
        self.bytes.extend_from_slice(&chunk);
        Ok(())
    }

    async fn finish(mut self) -> Result<Stored> {
        self.finished = true;
        let file = (std::mem::take(&mut self.name), Bytes::from(std::mem::take(&mut self.bytes)));
        let mut kept = self.memory.0.lock();
        kept.files.push(file);
        Ok(Stored::new(kept.files.len() - 1))
    }
}

impl Drop for MemoryWriter {
    fn drop(&mut self) {
        if !self.finished {
            self.memory.0.lock().aborted += 1;
        }
    }
}
