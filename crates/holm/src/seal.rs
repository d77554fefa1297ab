//! Seals: an island's state, closed under the app's key, for the page to keep.
//!
//! A *page seal* rides in the served HTML; it may be cached, and many tabs may join from it. A
//! *session seal* goes down the socket after changes. Both are XChaCha20-Poly1305 over the same
//! plain text, so the page can neither read nor change them. Who calls: [`crate::page`] and
//! [`crate::session`]. What it does not know: islands' types, sockets.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use holm_wire::Code;
use holm_wire::varint::{Reader, put, put_bytes};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::Limits;

mod token;

/// First byte of a seal in binary form, which tells its format; a seal as text begins with a base64
/// letter, which it is not.
pub(crate) const BINARY: u8 = 0x01;
const NONCE: usize = 24;
const ASSOCIATED: &[u8] = b"holm seal 2";
/// States shorter than this gain nothing from compression.
const COMPRESS_FROM: usize = 256;

/// What a seal holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// The island's registered name.
    pub(crate) island: String,
    /// The instance id on its page.
    pub(crate) instance: String,
    /// The principal it was made for; `None` for anybody.
    pub(crate) principal: Option<String>,
    /// The session that made it, 0 for a page seal.
    pub(crate) session: u64,
    /// The highest event number that the state contains.
    pub(crate) seq: u64,
    /// The build that made it.
    pub(crate) build: u32,
    /// The version of the island whose state it is.
    pub(crate) version: u32,
    /// Seconds since the epoch.
    pub(crate) issued: u64,
    /// Hash of the HTML the state rendered to.
    pub(crate) html: u64,
    /// [`holm_wire::check`] of that HTML, or 0.
    pub(crate) check: u32,
    /// The state, as JSON; empty for a shared island, whose key is in its instance id and whose state is not
    /// the page's to keep.
    pub(crate) state: Vec<u8>,
}

impl Sealed {
    /// Whether it is a shared island's: no JSON is empty.
    pub(crate) fn is_shared(&self) -> bool {
        self.state.is_empty()
    }

    /// A hash of what a newer seal would be made for: the state, its events, and what it shows.
    pub(crate) fn contents(&self) -> u64 {
        xxh3_64_with_seed(&self.state, self.seq ^ self.html)
    }
}

/// The app's keys: the first seals, all of them open.
pub(crate) struct Keyring {
    ciphers: Vec<XChaCha20Poly1305>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({} keys)", self.ciphers.len())
    }
}

impl Keyring {
    pub(crate) fn new(keys: &[[u8; 32]]) -> Self {
        Self { ciphers: keys.iter().map(|key| XChaCha20Poly1305::new(key.into())).collect() }
    }

    /// Keys from `HOLM_KEY` and, for rotation, `HOLM_KEY_OLD`; without the first, a key of this machine's
    /// own in development, and a key of this process's own otherwise.
    pub(crate) fn from_env(development: bool) -> Result<Self, crate::Error> {
        let mut keys = Vec::new();
        for name in ["HOLM_KEY", "HOLM_KEY_OLD"] {
            if let Ok(text) = std::env::var(name) {
                keys.push(parse_key(&text).ok_or_else(|| {
                    crate::Error::public(format!(
                        "{name} must be 32 bytes, as 64 hexadecimal digits or as base64 (openssl rand -hex 32 makes one)"
                    ))
                })?);
            }
        }
        if keys.is_empty() {
            keys.push(if development { development_key() } else { random_key("this process") });
        }
        Ok(Self::new(&keys))
    }

    /// Closes `sealed`; `None` when it would be larger than the limit.
    pub(crate) fn seal(&self, sealed: &Sealed, limits: &Limits) -> Option<Vec<u8>> {
        let plain = encode(sealed);
        if plain.len() > limits.seal_bytes {
            return None;
        }
        let mut nonce = [0u8; NONCE];
        getrandom::fill(&mut nonce).ok()?;
        let cipher = self.ciphers.first()?;
        let payload = Payload { msg: &plain, aad: ASSOCIATED };
        let closed = cipher.encrypt(&XNonce::from(nonce), payload).ok()?;
        let mut seal = Vec::with_capacity(1 + NONCE + closed.len());
        seal.push(BINARY);
        seal.extend_from_slice(&nonce);
        seal.extend_from_slice(&closed);
        Some(seal)
    }

    /// [`Keyring::seal`] as text for an HTML attribute.
    pub(crate) fn seal_text(&self, sealed: &Sealed, limits: &Limits) -> Option<String> {
        self.seal(sealed, limits).map(|seal| URL_SAFE_NO_PAD.encode(seal))
    }

    /// Opens a seal in either form. Expiry is checked; whom it belongs to is the caller's to check.
    pub(crate) fn open(&self, seal: &[u8], limits: &Limits) -> Result<Sealed, Code> {
        let decoded;
        let seal = if seal.first() == Some(&BINARY) {
            seal
        } else {
            decoded = URL_SAFE_NO_PAD.decode(seal).map_err(|_| Code::SealForged)?;
            &decoded
        };
        let Some((&BINARY, rest)) = seal.split_first() else { return Err(Code::SealForged) };
        let (nonce, closed) = rest.split_first_chunk::<NONCE>().ok_or(Code::SealForged)?;
        let nonce = XNonce::from(*nonce);
        let plain = self
            .ciphers
            .iter()
            .find_map(|cipher| cipher.decrypt(&nonce, Payload { msg: closed, aad: ASSOCIATED }).ok())
            .ok_or(Code::SealForged)?;
        let sealed = decode(&plain, limits.state_bytes).ok_or(Code::SealStale)?;
        let age = now().saturating_sub(sealed.issued);
        if age > limits.seal_age.as_secs() { Err(Code::SealExpired) } else { Ok(sealed) }
    }
}

/// Seconds since the epoch.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn encode(sealed: &Sealed) -> Vec<u8> {
    let mut out = Vec::with_capacity(96 + sealed.state.len());
    put_bytes(&mut out, sealed.island.as_bytes());
    put_bytes(&mut out, sealed.instance.as_bytes());
    match &sealed.principal {
        Some(principal) => {
            out.push(1);
            put_bytes(&mut out, principal.as_bytes());
        }
        None => out.push(0),
    }
    for number in
        [sealed.session, sealed.seq, u64::from(sealed.build), u64::from(sealed.version), sealed.issued]
    {
        put(&mut out, number);
    }
    out.extend_from_slice(&sealed.html.to_le_bytes());
    out.extend_from_slice(&sealed.check.to_le_bytes());
    let head = out.len();
    out.push(0);
    if sealed.state.len() >= COMPRESS_FROM {
        let mut encoder = DeflateEncoder::new(out, Compression::default());
        // Writing to a Vec cannot fail.
        let _ = encoder.write_all(&sealed.state);
        out = encoder.finish().unwrap_or_default();
        if let Some(flag) = out.get_mut(head) {
            *flag = 1;
        }
    } else {
        out.extend_from_slice(&sealed.state);
    }
    out
}

fn decode(plain: &[u8], state_bytes: usize) -> Option<Sealed> {
    let mut reader = Reader::new(plain);
    let island = reader.str().ok()?.to_owned();
    let instance = reader.str().ok()?.to_owned();
    let principal = match reader.byte().ok()? {
        0 => None,
        _ => Some(reader.str().ok()?.to_owned()),
    };
    let session = reader.varint().ok()?;
    let seq = reader.varint().ok()?;
    let build = reader.index().ok()?;
    let version = reader.index().ok()?;
    let issued = reader.varint().ok()?;
    let html = u64::from_le_bytes(reader.take(8).ok()?.try_into().ok()?);
    let check = reader.u32_le().ok()?;
    let compressed = reader.byte().ok()? == 1;
    let state = if compressed {
        let mut state = Vec::new();
        let limit = u64::try_from(state_bytes).ok()?;
        DeflateDecoder::new(reader.rest()).take(limit + 1).read_to_end(&mut state).ok()?;
        if state.len() > state_bytes {
            return None;
        }
        state
    } else {
        reader.rest().to_vec()
    };
    Some(Sealed { island, instance, principal, session, seq, build, version, issued, html, check, state })
}

/// Reads bytes as what is inside a seal, for the fuzzer: what can be read is written and read the same.
pub(crate) fn read_inside(plain: &[u8]) {
    let most = Limits::default().state_bytes;
    if let Some(sealed) = decode(plain, most) {
        assert!(decode(&encode(&sealed), most) == Some(sealed), "a seal is read as it was written");
    }
}

fn parse_key(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    if text.len() == 64 {
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        return Some(key);
    }
    let engine = base64::engine::general_purpose::STANDARD;
    let bytes = engine.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok()?;
    bytes.try_into().ok()
}

fn random_key(whose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    // Without randomness there is no key to seal with, and nothing sensible to serve.
    getrandom::fill(&mut key).expect("the operating system gives random bytes");
    crate::notes::warn(format!(
        "HOLM_KEY is not set: seals are made with a key of {whose}'s own, and no other server opens them"
    ));
    key
}

/// A random key kept in the developer's cache folder, so that islands survive a restart of the server.
fn development_key() -> [u8; 32] {
    let Some(path) = development_key_file() else { return random_key("this process") };
    if let Some(key) = std::fs::read_to_string(&path).ok().as_deref().and_then(parse_key) {
        crate::notes::warn(format!("HOLM_KEY is not set: using the development key in {}", path.display()));
        return key;
    }
    let key = random_key("this machine");
    let text = base64::engine::general_purpose::STANDARD.encode(key);
    if let Err(error) = write_private(&path, &text) {
        crate::notes::warn(format!(
            "the development key cannot be kept in {} ({error}): a restart starts islands fresh",
            path.display()
        ));
    }
    key
}

fn development_key_file() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    Some(cache.or(home)?.join("holm").join("development.key"))
}

fn write_private(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(state: Vec<u8>) -> Sealed {
        Sealed {
            island: "Counter".into(),
            instance: "Counter:0".into(),
            principal: Some("ada".into()),
            session: 7,
            seq: 42,
            build: 0xdead_beef,
            version: 3,
            issued: now(),
            html: u64::MAX,
            check: 9,
            state,
        }
    }

    #[test]
    fn a_seal_opens_to_what_was_closed_in_both_forms_and_with_an_old_key() {
        let limits = Limits::default();
        let (old, new) = (Keyring::new(&[[1; 32]]), Keyring::new(&[[2; 32], [1; 32]]));
        for state in [b"{\"count\":3}".to_vec(), vec![b'x'; 100_000]] {
            let sealed = sample(state);
            assert_eq!(new.open(&old.seal(&sealed, &limits).unwrap(), &limits).unwrap(), sealed);
            let text = new.seal_text(&sealed, &limits).unwrap();
            assert_eq!(new.open(text.as_bytes(), &limits).unwrap(), sealed);
        }
    }

    #[test]
    fn a_seal_changed_in_any_byte_is_forged() {
        let limits = Limits::default();
        let keys = Keyring::new(&[[3; 32]]);
        let seal = keys.seal(&sample(b"{}".to_vec()), &limits).unwrap();
        for at in 0..seal.len() {
            let mut forged = seal.clone();
            forged[at] ^= 0x20;
            assert_eq!(keys.open(&forged, &limits), Err(Code::SealForged), "byte {at}");
        }
        for cut in 0..seal.len() {
            assert_eq!(keys.open(&seal[..cut], &limits), Err(Code::SealForged));
        }
    }

    #[test]
    fn age_and_size_have_limits() {
        let keys = Keyring::new(&[[4; 32]]);
        let limits = Limits { seal_bytes: 2_000, state_bytes: 4_000, ..Limits::default() };
        let mut old = sample(b"{}".to_vec());
        old.issued -= limits.seal_age.as_secs() + 1;
        assert_eq!(keys.open(&keys.seal(&old, &limits).unwrap(), &limits), Err(Code::SealExpired));

        let mut noise = vec![0; 3_000];
        getrandom::fill(&mut noise).unwrap();
        assert!(keys.seal(&sample(noise), &limits).is_none(), "does not compress below the limit");
        assert!(keys.seal(&sample(vec![7; 4_000]), &limits).is_some());
        let bomb = keys.seal(&sample(vec![7; 4_001]), &limits).unwrap();
        assert_eq!(keys.open(&bomb, &limits), Err(Code::SealStale));
    }

    #[test]
    fn keys_are_read_as_hex_or_base64() {
        assert_eq!(parse_key(&"0f".repeat(32)), Some([15; 32]));
        assert_eq!(parse_key("Dw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8="), Some([15; 32]));
        assert_eq!(parse_key("short"), None);
    }
}
