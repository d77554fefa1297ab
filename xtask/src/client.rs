//! Builds the browser client's artefact, and tells whether the committed one is older than its source.
//!
//! wasm from `client-runtime` by way of wasm-bindgen, the hand-written `glue/*.js`,
//! both made small by wasm-opt and terser; all of it compressed and named by its hash in
//! `crates/holm/client`, beside a manifest that names source and tools.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::run::{cargo, find, program, root, run, succeeds, target};

const WASM: &str = "wasm32-unknown-unknown";
const BINARYEN: &str = "132.0.0";
const TERSER: &str = "5.51.2";
/// Bytes of stack; the client needs a few hundred of them, and what lies above has short addresses.
const STACK: u32 = 2048;
/// The order in which the hand-written parts stand around the glue.
const BEFORE: [&str; 2] = ["own.js", "dom.js"];
const AFTER: &str = "page.js";
/// What the page uses of the module.
const EXPORTS: [&str; 3] = ["memory", "inbox", "run"];
/// Properties that only the client itself looks at, so that they may have any name.
const OWN: [&str; 2] =
    ["--mangle-props", "builtins=true,regex=/^(busy|element|first|fresh|owed|payload|seal|submit|waits)$/"];
/// What Chromium 111, Firefox 114 and Safari 16.4 know. Named one by one: `--all-features` writes an
/// encoding that Chromium refuses.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Builds the artefact again and writes it over the committed one.
///
/// # Errors
/// When a tool can neither be found nor installed, or fails.
pub(crate) fn build() -> Result<()> {
    let tools = target().join("client-tools");
    fs::create_dir_all(&tools)?;
    let bindgen = tools_for(&tools)?;
    let scratch = tools.join("out");
    fs::create_dir_all(&scratch)?;

    let source = root().join("client-runtime");
    let wasm_target = target().join("client-runtime");
    run(cargo()
        .args(["build", "--release", "--target", WASM, "--manifest-path"])
        .arg(source.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &wasm_target)
        .env("RUSTFLAGS", flags()))?;
    let built = wasm_target.join(WASM).join("release/holm_client.wasm");
    run(program(&bindgen.to_string_lossy())
        .args(["--target", "no-modules", "--no-typescript", "--out-dir"])
        .args([&scratch, &built]))?;
    let used = scratch.join("used.wasm");
    let small = scratch.join("small.wasm");
    let graph = scratch.join("graph.json");
    fs::write(&graph, reached())?;
    run(node_tool(&tools, "wasm-metadce")
        .args(FEATURES)
        .arg("--graph-file")
        .args([&graph, &scratch.join("holm_client_bg.wasm")])
        .arg("-o")
        .arg(&used)
        // It names everything that it takes out.
        .stdout(std::process::Stdio::null()))?;
    let short = scratch.join("short.wasm");
    let names = node_tool(&tools, "wasm-opt")
        .args(FEATURES)
        .arg("--minify-imports-and-exports-and-modules")
        .arg(&used)
        .arg("-o")
        .arg(&short)
        .output()?;
    ensure!(names.status.success(), "wasm-opt: {}", String::from_utf8_lossy(&names.stderr));
    run(node_tool(&tools, "wasm-opt")
        .arg("-Oz")
        .args(FEATURES)
        // Nothing but the far end of the stack lies at low addresses.
        .args([
            "--low-memory-unused",
            "--converge",
            // What is this small costs less where it is used than as a function, once compressed.
            "--always-inline-max-function-size=9",
            "--strip-debug",
            "--strip-producers",
            "--strip-target-features",
        ])
        .arg(&short)
        .arg("-o")
        .arg(&small))?;
    let bundle = scratch.join("bundle.js");
    fs::write(&bundle, bundled(&source, &glue(&names.stdout)?)?)?;

    let files = [
        ("script", "holm-", "js", terser(&tools, &bundle, &OWN)?),
        ("wasm", "holm-", "wasm", fs::read(&small)?),
        ("style", "holm-", "css", fs::read(source.join("holm.css"))?),
        ("morph", "holm-morph-", "js", terser(&tools, &source.join("glue/morph.js"), &[])?),
        ("care", "holm-care-", "js", terser(&tools, &source.join("glue/care.js"), &[])?),
        ("list", "holm-list-", "js", terser(&tools, &source.join("glue/list.js"), &[])?),
        ("events", "holm-events-", "js", terser(&tools, &source.join("glue/events.js"), &[])?),
        ("senses", "holm-senses-", "js", terser(&tools, &source.join("glue/senses.js"), &[])?),
        ("hint", "holm-hint-", "js", terser(&tools, &source.join("glue/hint.js"), &[])?),
        ("aid", "holm-aid-", "js", terser(&tools, &source.join("glue/aid.js"), &[])?),
        ("words", "holm-words-", "js", terser(&tools, &source.join("glue/words.js"), &[])?),
        ("upload", "holm-upload-", "js", terser(&tools, &source.join("glue/upload.js"), &[])?),
        ("fetch", "holm-fetch-", "js", terser(&tools, &source.join("glue/fetch.js"), &[])?),
        ("panel", "holm-panel-", "js", terser(&tools, &source.join("debug/panel.js"), &[])?),
        ("view", "holm-view-", "js", terser(&tools, &source.join("debug/view.js"), &[])?),
        ("debug", "holm-debug-", "js", terser(&tools, &source.join("debug/holm-debug.js"), &[])?),
    ];
    write(&files)
}

/// Says what to run when the committed artefact was not built from the source as it is.
///
/// # Errors
/// When it was not, or cannot be read.
pub(crate) fn check_fresh() -> Result<()> {
    let path = artefact().join("manifest.json");
    let text = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let manifest: Value = serde_json::from_slice(&text)?;
    let source = source_hash()?;
    if manifest["source"] != Value::String(source) {
        bail!(
            "crates/holm/client was built from another source than client-runtime and crates/holm-wire \
             as they are now; run `cargo xtask client` and commit what it writes"
        );
    }
    Ok(())
}

fn artefact() -> PathBuf {
    root().join("crates/holm/client")
}

/// Finds or installs the tools; answers the path of wasm-bindgen's.
fn tools_for(tools: &Path) -> Result<PathBuf> {
    let mut libdir = program("rustc");
    let libdir = libdir.args(["--print", "target-libdir", "--target", WASM]).output()?.stdout;
    if !Path::new(String::from_utf8(libdir)?.trim()).is_dir() {
        run(program("rustup").args(["target", "add", WASM]))?;
    }
    let version = bindgen_version()?;
    let local = tools.join("bin/wasm-bindgen");
    let is_it = |path: &Path| {
        let said = program(&path.to_string_lossy()).arg("--version").output();
        said.is_ok_and(|said| {
            String::from_utf8_lossy(&said.stdout).trim() == format!("wasm-bindgen {version}")
        })
    };
    let bindgen = match find(&["wasm-bindgen"]).filter(|path| is_it(path)) {
        Some(path) => path,
        None if is_it(&local) => local,
        None => {
            let wanted = format!("={version}");
            run(cargo()
                .args(["install", "wasm-bindgen-cli", "--version", &wanted, "--root"])
                .arg(tools)
                // Not the workspace's target directory: another chore may hold its lock.
                .env("CARGO_TARGET_DIR", tools.join("target")))?;
            local
        }
    };
    let (binaryen, terser) = (format!("binaryen@{BINARYEN}"), format!("terser@{TERSER}"));
    let there = |name: &str, version: &str| {
        let package = tools.join("node_modules").join(name).join("package.json");
        let package: Option<Value> =
            fs::read(package).ok().and_then(|text| serde_json::from_slice(&text).ok());
        package.is_some_and(|package| package["version"] == version)
    };
    if !there("binaryen", BINARYEN) || !there("terser", TERSER) {
        ensure!(succeeds(program("npm").arg("--version")), "npm is not in PATH; install the package `npm`");
        run(program("npm")
            .args(["install", "--no-package-lock", "--no-save", "--no-audit", "--no-fund", "--prefix"])
            .arg(tools)
            .args([&binaryen, &terser]))?;
    }
    Ok(bindgen)
}

/// The version of the wasm-bindgen crate: the tool must have the same.
fn bindgen_version() -> Result<String> {
    let lock = fs::read_to_string(root().join("client-runtime/Cargo.lock"))?;
    let after = lock.split("name = \"wasm-bindgen\"\nversion = \"").nth(1);
    let version = after.and_then(|rest| rest.split('"').next());
    version.map(str::to_owned).context("client-runtime/Cargo.lock names no wasm-bindgen")
}

fn node_tool(tools: &Path, name: &str) -> std::process::Command {
    program(&tools.join("node_modules/.bin").join(name).to_string_lossy())
}

/// Paths of this machine stay out of the file.
fn flags() -> String {
    let home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| home + "/.cargo"));
    let home = home.unwrap_or_default();
    format!(
        "--remap-path-prefix={home}=cargo --remap-path-prefix={}=holm -C link-arg=-zstack-size={STACK}",
        root().display()
    )
}

/// A graph for wasm-metadce. wasm-bindgen's table of objects, its start function and its
/// handlers go with what only they reach: the client's imports and exports carry numbers.
fn reached() -> String {
    let roots = EXPORTS.map(|name| json!({ "name": name, "export": name, "root": true }));
    Value::from(roots.to_vec()).to_string()
}

/// A function `instance(module)`, which answers the module's exports by their names in the source:
/// wasm-opt says how it calls them now.
fn glue(names: &[u8]) -> Result<String> {
    let names: Value = serde_json::from_slice(names).context("wasm-opt names no imports and exports")?;
    let mut imports = Vec::new();
    for import in names["imports"].as_array().context("no imports")? {
        let text = |at: usize| import[at].as_str().context("an import without names");
        // `__wbg_<name>_<hash>` is what wasm-bindgen made of it.
        let name = text(1)?;
        let ours = name.strip_prefix("__wbg_").and_then(|rest| rest.rsplit_once('_'));
        let (ours, _) = ours.with_context(|| format!("the client imports {name}, which page.js has not"))?;
        imports.push(format!("{}: {ours}", text(2)?));
    }
    let mut exports = Vec::new();
    for export in names["exports"].as_array().context("no exports")? {
        let text = |at: usize| export[at].as_str().context("an export without names");
        exports.push(format!("{}: exports.{}", text(0)?, text(1)?));
    }
    ensure!(exports.len() == EXPORTS.len(), "the client exports {exports:?}");
    Ok(format!(
        "const instance = module => {{\n  const {{ exports }} = new WebAssembly.Instance(module, {{ a: {{ {} }} }});\n  \
         return {{ {} }};\n}};\n",
        imports.join(", "),
        exports.join(", "),
    ))
}

/// One classic script: the hand-written parts with the glue in the same scope, so that terser sees
/// through both.
fn bundled(source: &Path, glue: &str) -> Result<String> {
    let part = |name: &str| -> Result<String> { Ok(fs::read_to_string(source.join("glue").join(name))?) };
    let mut all = String::from("(() => {\n");
    for name in BEFORE {
        all.push_str(&part(name)?);
    }
    all.push_str(glue);
    all.push_str(&part(AFTER)?);
    all.push_str("})();\n");
    Ok(all)
}

fn terser(tools: &Path, script: &Path, own: &[&str]) -> Result<Vec<u8>> {
    let out = script.with_extension("min.js");
    let out = tools.join("out").join(out.file_name().context("a script has a name")?);
    run(node_tool(tools, "terser")
        .arg(script)
        .args(["--toplevel", "--ecma", "2022", "--mangle", "--compress"])
        .arg("passes=4,unsafe_arrows=true,pure_getters=true,keep_fargs=false")
        .args(own)
        .arg("--output")
        .arg(&out))?;
    Ok(fs::read(out)?)
}

fn write(files: &[(&str, &str, &str, Vec<u8>)]) -> Result<()> {
    let mut hash = Sha256::new();
    for (_, _, _, bytes) in files {
        hash.update(bytes);
    }
    let hash = hex(&hash.finalize())[..16].to_owned();
    let artefact = artefact();
    if artefact.is_dir() {
        fs::remove_dir_all(&artefact)?;
    }
    fs::create_dir_all(&artefact)?;
    let mut manifest = Map::new();
    let mut sizes = Map::new();
    let mut every_page = 0;
    for (role, prefix, extension, bytes) in files {
        let name = format!("{prefix}{hash}.{extension}");
        let (br, gz) = (brotli(bytes)?, gzip(bytes)?);
        println!("{name}: {} bytes, {} with brotli, {} with gzip", bytes.len(), br.len(), gz.len());
        if ["script", "wasm", "style"].contains(role) {
            every_page += br.len();
        }
        sizes.insert((*role).to_owned(), json!({ "raw": bytes.len(), "br": br.len(), "gz": gz.len() }));
        fs::write(artefact.join(&name), bytes)?;
        fs::write(artefact.join(name.clone() + ".br"), br)?;
        fs::write(artefact.join(name.clone() + ".gz"), gz)?;
        manifest.insert((*role).to_owned(), name.into());
    }
    println!("every live page loads {every_page} bytes with brotli");
    manifest.insert("every_page_br".to_owned(), every_page.into());
    manifest.insert("sizes".to_owned(), sizes.into());
    manifest.insert("source".to_owned(), source_hash()?.into());
    let rustc = String::from_utf8(program("rustc").arg("--version").output()?.stdout)?;
    manifest.insert(
        "toolchain".to_owned(),
        json!({
            "rustc": rustc.trim(),
            "wasm-bindgen": bindgen_version()?,
            "wasm-opt": BINARYEN,
            "terser": TERSER,
        }),
    );
    fs::write(artefact.join("manifest.json"), serde_json::to_string_pretty(&manifest)? + "\n")?;
    Ok(())
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    use brotli::enc::backward_references::BrotliEncoderMode;
    // Which model suits a file is for its bytes to say: the one for fonts happens to suit some scripts.
    let modes = [BrotliEncoderMode::BROTLI_MODE_FONT, BrotliEncoderMode::BROTLI_MODE_GENERIC];
    let mut best: Option<Vec<u8>> = None;
    for mode in modes {
        let mut out = Vec::new();
        let params = brotli::enc::BrotliEncoderParams {
            quality: 11,
            // Small files need no more.
            lgwin: 16,
            mode,
            size_hint: bytes.len(),
            ..Default::default()
        };
        brotli::BrotliCompress(&mut &bytes[..], &mut out, &params)?;
        if best.as_ref().is_none_or(|best| out.len() < best.len()) {
            best = Some(out);
        }
    }
    best.context("a file is compressed in some mode")
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, bytes)?;
    Ok(encoder.finish()?)
}

/// sha256 over the path and content of everything the artefact is made of.
fn source_hash() -> Result<String> {
    let mut files = Vec::new();
    for dir in ["client-runtime/src", "client-runtime/glue", "client-runtime/debug", "crates/holm-wire/src"] {
        collect(&root().join(dir), &mut files)?;
    }
    for file in ["client-runtime/Cargo.toml", "client-runtime/Cargo.lock", "client-runtime/holm.css"] {
        files.push(root().join(file));
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let name = file.strip_prefix(root())?.to_string_lossy().replace('\\', "/");
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(fs::read(&file)?);
        hash.update([0]);
    }
    Ok(hex(&hash.finalize()))
}

/// Every file under `dir` but tests, which are no part of the artefact.
fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("{} cannot be read", dir.display()))? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name == "tests" || name == "tests.rs") {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
