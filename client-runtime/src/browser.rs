//! The page behind [`Host`] and [`Dom`]: imports with the names of the functions in `glue/`, and
//! the exports that `glue/page.js` calls.
#![allow(unsafe_code, reason = "one thread, one client; the allocator")]

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};
use wasm_bindgen::prelude::*;

use crate::client::Client;
use crate::host::{Host, Status, Word};
use crate::walk::{Dom, walk};

// SAFETY: wasm32-unknown-unknown without threads: one thread is all there is.
#[global_allocator]
static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
    unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
    #[wasm_bindgen(js_namespace = Math)]
    fn random() -> f64;

    fn h_connect(epoch: u32);
    fn h_disconnect();
    fn h_send(frame: &[u8]);
    fn h_timer(milliseconds: f64);
    fn h_ask(epoch: u32);
    fn h_show(status: u32);
    fn h_check(slot: u32) -> f64;
    fn h_begin(slot: u32);
    fn h_end(slot: u32, patched: bool, seq: f64, snapshot: bool);
    fn h_morph(html: &str);
    fn h_tell(slot: u32, word: u32, a: &str, b: &str);
    fn h_error(slot: i32, code: u32, word: &str, sentence: &str, seq: f64);
    fn h_presence(total: bool, count: f64);
    fn h_mount(parent: u32, slot: u32, key: &str, instance: &str, html: &str) -> bool;
    fn h_reload() -> bool;

    fn d_up(levels: u32) -> bool;
    fn d_child(index: u32) -> bool;
    fn d_find(id: bool, key: &str) -> bool;
    fn d_text(index: u32, keep: u32, delete: i32, data: &str) -> bool;
    fn d_attr(name: &str, value: Option<&str>) -> bool;
    fn d_insert(index: u32, html: &str) -> bool;
    fn d_remove(index: u32, count: u32) -> bool;
    fn d_shift(from: u32, to: u32, count: u32) -> bool;
    fn d_count() -> u32;
    fn d_run(start: u32, len: u32, down: bool, stay: bool) -> bool;
    fn d_fresh(html: &str) -> bool;
    fn d_without(start: u32, len: u32) -> bool;
    fn d_settle() -> bool;
    fn d_inner(html: &str) -> bool;
}

struct Page;

impl Dom for Page {
    fn up(&mut self, levels: u32) -> bool {
        d_up(levels)
    }
    fn child(&mut self, index: u32) -> bool {
        d_child(index)
    }
    fn find(&mut self, id: bool, key: &str) -> bool {
        d_find(id, key)
    }
    fn text(&mut self, index: u32, keep: u32, delete: Option<u32>, data: &str) -> bool {
        d_text(index, keep, delete.map_or(-1, u32::cast_signed), data)
    }
    fn attr(&mut self, name: &str, value: Option<&str>) -> bool {
        d_attr(name, value)
    }
    fn insert(&mut self, index: u32, html: &str) -> bool {
        d_insert(index, html)
    }
    fn remove(&mut self, index: u32, count: u32) -> bool {
        d_remove(index, count)
    }
    fn shift(&mut self, from: u32, to: u32, count: u32) -> bool {
        d_shift(from, to, count)
    }
    fn count(&mut self) -> u32 {
        d_count()
    }
    fn run(&mut self, start: u32, len: u32, down: bool, stay: bool) -> bool {
        d_run(start, len, down, stay)
    }
    fn fresh(&mut self, html: &str) -> bool {
        d_fresh(html)
    }
    fn without(&mut self, start: u32, len: u32) -> bool {
        d_without(start, len)
    }
    fn settle(&mut self) -> bool {
        d_settle()
    }
    fn inner(&mut self, html: &str) -> bool {
        d_inner(html)
    }
}

impl Host for Page {
    fn now(&mut self) -> f64 {
        now()
    }
    fn random(&mut self) -> f64 {
        random()
    }
    fn connect(&mut self, epoch: u32) {
        h_connect(epoch);
    }
    fn disconnect(&mut self) {
        h_disconnect();
    }
    fn send(&mut self, frame: &[u8]) {
        h_send(frame);
    }
    fn timer(&mut self, milliseconds: f64) {
        h_timer(milliseconds);
    }
    fn ask(&mut self, epoch: u32) {
        h_ask(epoch);
    }
    fn show(&mut self, status: Status) {
        h_show(status as u32);
    }
    fn check(&mut self, slot: u32) -> Option<u32> {
        let check = h_check(slot);
        (check >= 0.0).then_some(check as u32)
    }
    fn begin(&mut self, slot: u32) {
        h_begin(slot);
    }
    fn end(&mut self, slot: u32, patched: bool, seq: u64, snapshot: bool) {
        h_end(slot, patched, seq as f64, snapshot);
    }
    fn morph(&mut self, html: &str) {
        h_morph(html);
    }
    fn tell(&mut self, slot: u32, word: Word, a: &str, b: &str) {
        h_tell(slot, word as u32, a, b);
    }
    fn error(&mut self, slot: Option<u32>, code: u32, word: &str, sentence: &str, seq: u64) {
        h_error(slot.map_or(-1, u32::cast_signed), code, word, sentence, seq as f64);
    }
    fn presence(&mut self, total: bool, count: u64) {
        h_presence(total, count as f64);
    }
    fn mount(&mut self, parent: u32, slot: u32, key: &str, instance: &str, html: &str) -> bool {
        h_mount(parent, slot, key, instance, html)
    }
    fn reload(&mut self) -> bool {
        h_reload()
    }
}

struct Single(RefCell<Client<Page>>);

// SAFETY: one thread, as above; the cell refuses a second borrow.
unsafe impl Sync for Single {}

static CLIENT: Single = Single(RefCell::new(Client::new(Page)));

fn with(job: impl FnOnce(&mut Client<Page>)) {
    // `glue/page.js` queues calls that come while another runs, so the cell is free.
    if let Ok(mut client) = CLIENT.0.try_borrow_mut() {
        job(&mut client);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap_or_default()
}

/// Adds an island.
#[wasm_bindgen]
pub fn add(name: &[u8], instance: &[u8], seal: &[u8]) {
    with(|client| client.add(text(name), text(instance), seal.to_vec()));
}

/// Connects.
#[wasm_bindgen]
pub fn start(wants: u8, path: &[u8]) {
    with(|client| client.start(wants, text(path)));
}

/// The socket opened (`code` 0) or closed.
#[wasm_bindgen]
pub fn socket(epoch: u32, code: u32) {
    with(|client| if code == 0 { client.opened(epoch) } else { client.closed(epoch, code) });
}

/// The socket brought a frame.
#[wasm_bindgen]
pub fn heard(epoch: u32, frame: &[u8]) {
    with(|client| client.heard(epoch, frame));
}

/// Why the server cannot be reached.
#[wasm_bindgen]
pub fn reason(epoch: u32, code: u32, seconds: f64) {
    with(|client| client.reason(epoch, code, seconds));
}

/// The timer has run out.
#[wasm_bindgen]
pub fn tick() {
    with(Client::tick);
}

/// Something was pressed or submitted.
#[wasm_bindgen]
pub fn event(slot: u32, submit: bool, name: &[u8], payload: &[u8]) {
    with(|client| client.event(slot, submit, text(name), text(payload)));
}

/// Runs an edit program over the island whose job has begun.
#[wasm_bindgen]
pub fn apply(program: &[u8]) -> bool {
    walk(program, &mut Page)
}

/// Which nodes stay when a list is put in a new order: 1 or 0 for each.
#[wasm_bindgen]
pub fn stays(old: &[u32]) -> Vec<u8> {
    holm_wire::order::stays(old).into_iter().map(u8::from).collect()
}
