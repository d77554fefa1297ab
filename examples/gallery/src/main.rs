//! `gallery` serves the pages; `gallery export DIR [--live]` writes them as files.

#![forbid(unsafe_code)]

use std::path::Path;

#[tokio::main]
async fn main() -> holm::Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => holm::serve(gallery::app()).await,
        ["export", dir] => export(dir, false).await,
        ["export", dir, "--live"] | ["export", "--live", dir] => export(dir, true).await,
        _ => Err(holm::Error::public("usage: gallery, or gallery export DIR [--live]")),
    }
}

#[expect(clippy::print_stdout, reason = "a program says what it did")]
async fn export(dir: &str, live: bool) -> holm::Result {
    let files = gallery::export(Path::new(dir), live).await?;
    println!("wrote {files} files to {dir}");
    Ok(())
}
