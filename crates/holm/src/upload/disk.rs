//! Files in a folder: written under a random name, and given their place once they are whole.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::{Stored, UploadId, UploadMeta, UploadSink, UploadWriter};
use crate::{Error, Result};

/// What the name of a file ends in that is not whole.
const PART: &str = "part";
/// How old such a file is when no server writes to it any more.
const STALE: Duration = Duration::from_hours(24);

/// A folder. A file is written to `<random>.part`, and once it is whole and on the disk (`fsync`) it is renamed to
/// `<random>`; [`Stored::path`] is its path. The visitor's name for it is no part of any path.
///
/// A file that does not become whole is removed. What a server that was killed has left is removed by the next one
/// that begins a file in the folder, when it is a day old.
#[derive(Debug, Clone)]
pub struct Disk {
    folder: Arc<Path>,
    swept: Arc<AtomicBool>,
}

impl Disk {
    /// Keeps files in this folder, which is made when it is not there. It should not be one that is served as it is.
    pub fn dir(path: impl Into<PathBuf>) -> Self {
        Self { folder: path.into().into(), swept: Arc::default() }
    }
}

/// Writes one file to a [`Disk`].
#[derive(Debug)]
pub struct DiskWriter {
    part: PathBuf,
    file: Arc<File>,
    finished: bool,
}

impl UploadSink for Disk {
    type Writer = DiskWriter;

    async fn begin(&self, _: &UploadMeta) -> Result<DiskWriter> {
        let folder = Arc::clone(&self.folder);
        let first = !self.swept.swap(true, Ordering::AcqRel);
        blocking(move || {
            fs::create_dir_all(&folder)?;
            if first {
                sweep(&folder);
            }
            // Not the upload's own id: that is the page's to know.
            let part = folder.join(format!("{}.{PART}", UploadId::random()));
            let file = Arc::new(File::create_new(&part)?);
            Ok(DiskWriter { part, file, finished: false })
        })
        .await
    }

    async fn remove(&self, file: Stored) {
        let Some(path) = file.path().map(Path::to_owned) else { return };
        if let Err(error) = blocking(move || fs::remove_file(path)).await {
            tracing::warn!(%error, "a finished upload that nobody heard of could not be removed");
        }
    }
}

impl UploadWriter for DiskWriter {
    async fn write(&mut self, _: u64, chunk: Bytes) -> Result {
        let file = Arc::clone(&self.file);
        blocking(move || (&*file).write_all(&chunk)).await
    }

    async fn finish(self) -> Result<Stored> {
        let mut writer = self;
        blocking(move || {
            writer.file.sync_all()?;
            let whole = writer.part.with_extension("");
            fs::rename(&writer.part, &whole)?;
            writer.done();
            stored(&whole).inspect_err(|_| {
                let _ = fs::remove_file(&whole);
            })
        })
        .await
    }
}

impl DiskWriter {
    /// The file has its place, so that it is not this writer's to remove.
    fn done(&mut self) {
        self.finished = true;
    }
}

/// Where a whole file is, once its name is on the disk too.
fn stored(whole: &Path) -> std::io::Result<Stored> {
    #[cfg(unix)]
    if let Some(folder) = whole.parent() {
        File::open(folder)?.sync_all()?;
    }
    let text = whole.to_str().ok_or_else(|| std::io::Error::other("the folder's path is no text"))?;
    Ok(Stored::new(text))
}

impl Drop for DiskWriter {
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = fs::remove_file(&self.part)
        {
            tracing::warn!(%error, "an upload that came to nothing could not be removed");
        }
    }
}

/// Removes what earlier servers have left.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let ours = path.extension().is_some_and(|end| end == PART)
            && path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .is_some_and(|stem| stem.parse::<UploadId>().is_ok());
        let age = path.metadata().and_then(|meta| meta.modified()).ok().and_then(|time| time.elapsed().ok());
        if ours && age.is_some_and(|age| age > STALE) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Does what waits for the disk where nobody else waits for it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| Error::from(error).say("The file could not be kept.")),
        Err(error) => Err(Error::from(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of this test's own, which goes with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("holm-disk-{}", UploadId::random())))
        }

        fn names(&self) -> Vec<String> {
            let names = fs::read_dir(&self.0).unwrap();
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn meta() -> UploadMeta {
        let (id, name) = (UploadId::random(), "../../etc/passwd".to_owned());
        UploadMeta { id, input: "a".into(), name, kind: String::new(), size: 6 }
    }

    #[tokio::test]
    async fn a_file_has_a_name_of_the_server_s_and_its_place_only_when_it_is_whole() {
        let folder = Folder::new();
        let disk = Disk::dir(&folder.0);
        let mut writer = disk.begin(&meta()).await.unwrap();
        writer.write(0, Bytes::from_static(b"abc")).await.unwrap();
        writer.write(3, Bytes::from_static(b"def")).await.unwrap();
        let names = folder.names();
        assert!(names.len() == 1 && names[0].strip_suffix(".part").is_some(), "{names:?}");
        let stored = writer.finish().await.unwrap();
        let path = stored.path().unwrap();
        assert_eq!(fs::read(path).unwrap(), b"abcdef");
        assert_eq!(path.parent().unwrap(), folder.0);
        assert!(path.file_name().unwrap().to_str().unwrap().parse::<UploadId>().is_ok());
        disk.remove(stored).await;
        assert_eq!(folder.names().len(), 0);
    }

    #[tokio::test]
    async fn what_comes_to_nothing_leaves_nothing_and_what_a_killed_server_left_goes_in_time() {
        let folder = Folder::new();
        fs::create_dir_all(&folder.0).unwrap();
        let (old, new) = (UploadId::random(), UploadId::random());
        let old_part = folder.0.join(format!("{old}.part"));
        let day_before = std::time::SystemTime::now() - 2 * STALE;
        for (path, time) in [(&old_part, day_before), (&folder.0.join("other.part"), day_before)] {
            File::create(path).unwrap().set_modified(time).unwrap();
        }
        File::create(folder.0.join(format!("{new}.part"))).unwrap();
        let disk = Disk::dir(&folder.0);
        let mut writer = disk.begin(&meta()).await.unwrap();
        assert!(!old_part.exists());
        assert_eq!(folder.names().len(), 3, "what is young or not ours stays: {:?}", folder.names());
        writer.write(0, Bytes::from_static(b"abc")).await.unwrap();
        writer.abort().await;
        assert_eq!(folder.names().len(), 2);
    }
}
