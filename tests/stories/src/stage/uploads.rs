//! A shelf for files: several at once, of at most four megabytes each, kept in a folder of this process's own.

use std::collections::BTreeMap;

use holm::prelude::*;
use holm::upload::{Accept, Disk, UploadEvent, UploadId, Uploads};

/// Shows its files, how far each is, and where the whole ones are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Shelf {
    files: Uploads,
    places: BTreeMap<String, String>,
    pressed: u32,
}

/// What reaches a shelf.
#[derive(Debug, Event)]
pub enum Press {
    /// The visitor does something else meanwhile.
    Count,
    /// A file is to stop.
    Cancel(UploadId),
    /// A file goes on.
    #[event(server)]
    Upload(UploadEvent),
}

impl Island for Shelf {
    type Event = Press;

    fn render(&self) -> Markup {
        html! {
            form #shelf data-live-upload-drop="files" {
                label { "Files " input #files type="file" multiple data-live-upload="files"; }
            }
            button #press data-live=(Press::Count) { "Press" }
            output { (self.pressed) }
            ul { @for file in &self.files {
                li data-key=(file.id) data-name=(file.name) data-done=[file.is_done().then_some("")]
                    data-path=[self.places.get(&file.id.to_string())] {
                    (file.name) " "
                    progress max="100" value=(file.percent()) {}
                    @if let Some(why) = file.problem() { p role="alert" { (why) } }
                    @if file.is_open() { button.cancel data-live=(Press::Cancel(file.id)) { "Cancel" } }
                    em { (format!("{:?}", file.state)) }
                }
            } }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Press>) -> holm::Result {
        let folder = std::env::temp_dir().join(format!("holm-stage-{}", std::process::id()));
        let files = Accept::new().max_bytes(4 << 20).max_files(20).holding(&self.files).to(Disk::dir(folder));
        cx.accept_uploads("files", files, Press::Upload);
        Ok(())
    }

    async fn on(&mut self, press: Press, cx: &mut Cx<Press>) -> holm::Result {
        match press {
            Press::Count => self.pressed += 1,
            Press::Cancel(id) => cx.cancel_upload(id),
            Press::Upload(event) => {
                if let UploadEvent::Done { id, file } = &event {
                    let path = file.path().map(|path| path.display().to_string());
                    self.places.insert(id.to_string(), path.unwrap_or_default());
                }
                self.files.apply(&event);
            }
        }
        Ok(())
    }
}

pub(super) async fn page(page: Page) -> Page {
    page.title("Uploads").lang("en").body(|p: &Slot| html! { h1 { "Uploads" } (p.island(Shelf::default())) })
}
