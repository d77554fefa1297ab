//! Files that go up beside the page, are read once, and are forgotten.

mod digest;

use std::collections::BTreeMap;

use holm::prelude::*;
use holm::upload::{Accept, Upload, UploadEvent, UploadId, UploadState, Uploads};

use self::digest::Digests;
use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/uploads",
    title: "Files on their way",
    short: "Uploads",
    summary: "Choose or drop several files: each shows how far it is, can be cancelled, and goes on after a broken connection.",
    file: "uploads.rs",
};

/// Bytes of a file, and files of a page, at most.
const MOST_BYTES: u64 = 4 << 20;
const MOST_FILES: usize = 6;
const TYPES: [&str; 3] = ["image/*", "text/*", ".pdf"];

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Quay {
    files: Uploads,
    /// The digest of each file that is done, by its id.
    digests: BTreeMap<String, String>,
}

#[derive(Event)]
pub(crate) enum Cargo {
    Cancel(UploadId),
    Clear,
    #[event(server)]
    Upload(UploadEvent),
}

impl Island for Quay {
    type Event = Cargo;

    fn render(&self) -> Markup {
        html! {
            div.quay {
                form.drop data-live-upload-drop="cargo" {
                    label {
                        b { "Choose files" }
                        " or drop them here, or paste them"
                        input type="file" multiple accept=(TYPES.join(",")) aria-describedby="takes" data-live-upload="cargo";
                    }
                    p #takes {
                        "Pictures, texts and PDFs, of at most " (size(MOST_BYTES)) " each, and " (MOST_FILES)
                        " in all. They are read and forgotten; nothing is kept."
                    }
                }
                p.refused data-live-error data-live-ignore role="alert" {}
                div.bar {
                    p role="status" { (self.says()) }
                    @if self.files.iter().any(|file| !file.is_open()) {
                        button.quiet data-live=(Cargo::Clear) { "Clear what is finished" }
                    }
                }
                ul.cargo { @for file in &self.files { (self.entry(file)) } }
            }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Cargo>) -> holm::Result {
        let cargo = Accept::new().types(TYPES).max_bytes(MOST_BYTES).max_files(MOST_FILES);
        let cargo = cargo.holding(&self.files).to(Digests);
        cx.accept_uploads("cargo", cargo, Cargo::Upload);
        Ok(())
    }

    async fn on(&mut self, event: Cargo, cx: &mut Cx<Cargo>) -> holm::Result {
        match event {
            Cargo::Cancel(id) => cx.cancel_upload(id),
            Cargo::Clear => {
                for file in self.files.iter().filter(|file| file.is_done()) {
                    // Gives its place back: it counts no longer among those a page may send.
                    cx.cancel_upload(file.id);
                }
                self.files.retain(Upload::is_open);
                self.digests.clear();
            }
            Cargo::Upload(event) => {
                if let UploadEvent::Done { id, file } = &event {
                    self.digests.insert(id.to_string(), file.get().unwrap_or_default());
                }
                self.files.apply(&event);
            }
        }
        Ok(())
    }
}

impl Quay {
    /// Said when a file ends, and not at each hundredth of it.
    fn says(&self) -> String {
        let open = self.files.iter().filter(|file| file.is_open()).count();
        let done = self.files.iter().filter(|file| file.is_done()).count();
        match (open, done) {
            (0, 0) => "No file has arrived.".to_owned(),
            (0, done) => format!("Arrived: {done}."),
            (open, done) => format!("Under way: {open}. Arrived: {done}."),
        }
    }

    fn entry(&self, file: &Upload) -> Markup {
        let digest = self.digests.get(&file.id.to_string());
        html! {
            li data-key=(file.id) {
                p.name { bdi { (file.name) } " " small { (size(file.size)) } }
                @match &file.state {
                    UploadState::Waiting | UploadState::Sending => {
                        progress max="100" value=(file.percent()) aria-label={ "How much of " (file.name) " has arrived" } {}
                        span.part { (file.percent()) " %" }
                        button.quiet data-live=(Cargo::Cancel(file.id)) aria-label={ "Cancel " (file.name) } { "Cancel" }
                    }
                    UploadState::Done => p.digest { "SHA-256 " code { (digest.map_or("", String::as_str)) } },
                    UploadState::Failed(why) => p.holm-field-error { (why) },
                    UploadState::Cancelled => p.digest { "Cancelled; nothing of it is kept." },
                }
            }
        }
    }
}

/// A size as people say it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} kB", bytes.div_ceil(1_024)),
        _ => format!("{}.{} MB", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20),
    }
}

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| {
        let content = html! {
            div.stage { (p.island(Quay::default())) }
            ul.notes {
                li { "Bytes go over HTTP in pieces of one megabyte, three files at once; what the page shows comes as edits of its island." }
                li { "Cut the connection while a file is under way: what has arrived counts, and the rest follows." }
                li { "The place where files go is the app's own: here one that adds the bytes up to a digest and keeps none of them. It takes its time, so that there is something to see; a slow place slows the sender and fills no memory." }
                li { "What does not fit is refused in words, and the others go on." }
            }
        };
        layout(&ABOUT, content)
    })
}
