//! Uploads: files that visitors choose in an island's form, sent over HTTP beside the page's connection.
//!
//! An island says in [`restore`](crate::Island::restore) what it takes ([`Cx::accept_uploads`](crate::Cx)), and
//! hears of each file as an event of its own, [`UploadEvent`]. [`Uploads`] keeps what is to be shown: one entry per
//! file, with how much of it has arrived. The bytes go to an [`UploadSink`]: a folder ([`Disk`]), or whatever the
//! app writes one for.
//!
//! ```
//! use holm::prelude::*;
//! use holm::upload::{Accept, Disk, UploadEvent, UploadId, Uploads};
//!
//! #[derive(Clone, Default, Serialize, Deserialize)]
//! struct Album { photos: Uploads }
//!
//! #[derive(Event)]
//! enum Press {
//!     Cancel(UploadId),
//!     #[event(server)]
//!     Upload(UploadEvent),
//! }
//!
//! impl Island for Album {
//!     type Event = Press;
//!
//!     fn render(&self) -> Markup {
//!         html! {
//!             form { input type="file" name="photos" multiple accept="image/*" data-live-upload="photos"; }
//!             @for file in &self.photos {
//!                 p data-key=(file.id) {
//!                     (file.name) " " progress max="100" value=(file.percent()) {}
//!                     @if file.is_open() { button data-live=(Press::Cancel(file.id)) { "Cancel" } }
//!                 }
//!             }
//!         }
//!     }
//!
//!     async fn restore(&mut self, cx: &mut Cx<Press>) -> holm::Result {
//!         let photos = Accept::images().max_bytes(5 << 20).max_files(4).holding(&self.photos);
//!         let photos = photos.to(Disk::dir("uploads"));
//!         cx.accept_uploads("photos", photos, Press::Upload);
//!         Ok(())
//!     }
//!
//!     async fn on(&mut self, press: Press, cx: &mut Cx<Press>) -> holm::Result {
//!         match press {
//!             Press::Cancel(id) => cx.cancel_upload(id),
//!             Press::Upload(event) => {
//!                 if let UploadEvent::Done { file, .. } = &event {
//!                     // The file is the app's from here on: look at what is in it, and remember where it is.
//!                     tracing::info!(path = ?file.path(), "a photo has arrived");
//!                 }
//!                 self.photos.apply(&event);
//!             }
//!         }
//!         Ok(())
//!     }
//! }
//! ```
//!
//! What it does not know: HTTP, which is `transport/upload.rs`, and islands' types.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

mod accept;
pub(crate) mod all;
mod disk;
pub(crate) mod headers;
pub(crate) mod input;
mod list;

mod sink;
pub(crate) mod transfer;

pub use accept::{Accept, Accepting};
pub use disk::Disk;
pub use list::{Upload, UploadState, Uploads};
pub use sink::{Memory, UploadSink, UploadWriter};

/// Names one upload. It is 128 random bits, so that nobody guesses another's; it stands in the upload's address, and
/// is worth nothing without the page's session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UploadId(u128);

impl UploadId {
    /// One that no other upload has.
    ///
    /// # Panics
    /// When the operating system gives no random bytes.
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        Self(u128::from_le_bytes(bytes))
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Logs are read by many; the beginning tells uploads apart.
        write!(f, "UploadId({:08x}…)", self.0 >> 96)
    }
}

impl maud::Render for UploadId {
    fn render_to(&self, buffer: &mut String) {
        use fmt::Write;
        let _ = write!(buffer, "{self}");
    }
}

/// A text that is no [`UploadId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an upload's id is 32 hexadecimal digits")]
pub struct BadUploadId;

impl FromStr for UploadId {
    type Err = BadUploadId;

    fn from_str(text: &str) -> Result<Self, BadUploadId> {
        let written = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = written.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or(BadUploadId)
    }
}

impl Serialize for UploadId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UploadId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What is known of a file before its bytes come. All of it is what the browser says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadMeta {
    /// The upload's id.
    pub id: UploadId,
    /// The name of the input, as in `data-live-upload`.
    pub input: String,
    /// The file's name, for showing: no folders, no control characters, never empty, and no longer than
    /// `Limits::upload_name_bytes`. It is not a path.
    pub name: String,
    /// The type the browser declares, such as `image/png`; empty when it knows none.
    pub kind: String,
    /// How many bytes the file has.
    pub size: u64,
}

impl UploadMeta {
    /// For the tests of a sink.
    pub fn new(name: &str, kind: &str, size: u64) -> Self {
        let (name, kind) = (name.to_owned(), kind.to_owned());
        Self { id: UploadId::random(), input: "file".to_owned(), name, kind, size }
    }
}

/// What a sink has made of a file: a path, an address, a row's id, or anything else that serde can write.
///
/// ```
/// use holm::upload::Stored;
/// let stored = Stored::new(("bucket", 7));
/// assert_eq!(stored.get::<(String, u32)>().unwrap().1, 7);
/// assert!(stored.path().is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stored(serde_json::Value);

impl Stored {
    /// Wraps a value. One that cannot be JSON becomes null.
    pub fn new(value: impl Serialize) -> Self {
        Self(serde_json::to_value(value).unwrap_or_else(|error| {
            tracing::error!(%error, "what a sink stored cannot be written as JSON");
            serde_json::Value::Null
        }))
    }

    /// The value, if it is of this type.
    pub fn get<T: DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(&self.0).ok()
    }

    /// Where the file is, if a path or another text was stored, as [`Disk`] does.
    pub fn path(&self) -> Option<&Path> {
        self.0.as_str().map(Path::new)
    }
}

/// What an island hears of its uploads. [`Uploads::apply`] takes each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadEvent {
    /// A file was chosen, and its upload begins.
    Began {
        /// What is known of it.
        meta: UploadMeta,
        /// The upload that this one begins again, which the server knows no longer: after a restart.
        replaces: Option<UploadId>,
    },
    /// More of it has arrived. At most one such event waits for its island, with the newest figure.
    Progress {
        /// Which upload.
        id: UploadId,
        /// How many of its bytes have arrived.
        received: u64,
    },
    /// All of it has arrived and is where the sink puts it.
    Done {
        /// Which upload.
        id: UploadId,
        /// What the sink has made of it.
        file: Stored,
    },
    /// It was refused, or it failed; nothing of it is kept.
    Failed {
        /// Which upload.
        id: UploadId,
        /// Why, in words for the visitor.
        sentence: String,
    },
    /// The page or the island has cancelled it; nothing of it is kept.
    Cancelled {
        /// Which upload.
        id: UploadId,
    },
}

impl UploadEvent {
    /// Which upload it is about.
    pub fn id(&self) -> UploadId {
        match self {
            Self::Began { meta, .. } => meta.id,
            Self::Progress { id, .. }
            | Self::Done { id, .. }
            | Self::Failed { id, .. }
            | Self::Cancelled { id } => *id,
        }
    }
}
