//! The page behind [`Host`] and [`Dom`]: two imports that `glue/` answers, each with a job number,
//! and one export. Few and wide, since every name crosses twice and costs on both sides.
#![allow(unsafe_code, reason = "one thread, one client, one inbox")]
#![allow(unreachable_pub, reason = "wasm-bindgen exports what is public")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::RefCell;

use wasm_bindgen::prelude::*;

use crate::client::Client;
use crate::fields::Fields;
use crate::host::{Host, Made, Status};
use crate::walk::{Dom, walk};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

#[wasm_bindgen]
extern "C" {
    /// Jobs by number: `jobs` in glue/page.js, which begins with `STEPS` of glue/dom.js. No answer is 0.
    fn h_job(job: u32, a: u32, b: u32, c: u32) -> i32;
    /// Those with text or bytes.
    #[allow(clippy::too_many_arguments, reason = "two numbers for each text")]
    fn h_text(job: u32, a: u32, b: u32, c: u32, at: u32, len: u32, next: u32, more: u32) -> i32;
}

/// Stands for none; the page, which takes numbers as signed, sees -1.
const NONE: u32 = u32::MAX;

/// Where the page keeps the token among the seals of islands.
const OURS: u32 = u32::MAX - 1;

struct Page;

// What answers or takes an `Option` is inlined: between functions of wasm it would go through memory.
impl Dom for Page {
    fn go(&mut self, levels: u32, index: i32, next: i32) -> bool {
        step(0, levels, index as u32, next as u32)
    }
    fn find(&mut self, id: bool, key: &[u8]) -> bool {
        text(1, id.into(), 0, 0, key) != 0
    }
    #[inline(always)]
    fn text(&mut self, index: u32, keep: u32, delete: Option<u32>, data: &[u8]) -> bool {
        text(2, index, keep, delete.unwrap_or(NONE), data) != 0
    }
    #[inline(always)]
    fn attr(&mut self, name: &[u8], value: Option<&[u8]>) -> bool {
        texts(3, value.is_none().into(), 0, 0, name, value.unwrap_or_default()) != 0
    }
    fn insert(&mut self, index: u32, html: &[u8]) -> bool {
        text(4, index, 0, 0, html) != 0
    }
    fn remove(&mut self, index: u32, count: u32) -> bool {
        step(5, index, count, 0)
    }
    fn shift(&mut self, from: u32, to: u32, count: u32) -> bool {
        step(6, from, to, count)
    }
    fn count(&mut self) -> u32 {
        h_job(7, 0, 0, 0) as u32
    }
    fn run(&mut self, start: u32, len: u32, down: bool, stay: bool, whole: bool) -> bool {
        step(8, start, len, u32::from(down) | u32::from(stay) << 1 | u32::from(whole) << 2)
    }
    fn fresh(&mut self, html: &[u8]) -> bool {
        text(9, 0, 0, 0, html) != 0
    }
    fn settle(&mut self, whole: bool) -> bool {
        step(10, whole.into(), 0, 0)
    }
    fn inner(&mut self, html: &[u8]) -> bool {
        text(11, 0, 0, 0, html) != 0
    }
}

/// Text goes as address and length; the page reads it before it does anything else.
#[inline(never)]
fn texts(job: u32, a: u32, b: u32, c: u32, text: &[u8], more: &[u8]) -> i32 {
    let at = |bytes: &[u8]| bytes.as_ptr() as u32;
    h_text(job, a, b, c, at(text), text.len() as u32, at(more), more.len() as u32)
}

#[inline(never)]
fn text(job: u32, a: u32, b: u32, c: u32, text: &[u8]) -> i32 {
    texts(job, a, b, c, text, b"")
}

#[inline(never)]
fn step(job: u32, a: u32, b: u32, c: u32) -> bool {
    h_job(job, a, b, c) != 0
}

#[inline(never)]
fn one(job: u32, a: u32) -> i32 {
    h_job(job, a, 0, 0)
}

impl Host for Page {
    fn now(&mut self) -> u32 {
        one(12, 0) as u32
    }
    fn chance(&mut self, below: u32) -> u32 {
        one(13, below) as u32
    }
    fn connect(&mut self, epoch: u32) {
        one(14, epoch);
    }
    fn disconnect(&mut self) {
        one(15, 0);
    }
    fn beat(&mut self) {
        one(16, 0);
    }
    fn resync(&mut self, id: u32) {
        step(17, 4, id, 0);
    }
    fn leave(&mut self, id: u32) {
        step(17, 5, id, 0);
    }
    fn name(&mut self, slot: u32, moved: bool) -> bool {
        step(18, slot, moved.into(), 0)
    }
    fn join(&mut self) {
        one(19, 0);
    }
    #[inline(always)]
    fn asked(&mut self, index: u32) -> Option<u32> {
        let slot = one(20, index);
        (slot >= 0).then_some(slot as u32)
    }
    fn joined(&mut self, slot: u32, id: u32, seq: u32) -> u32 {
        h_job(21, slot, id, seq) as u32
    }
    fn forget(&mut self, slot: u32, seq: u32, refused: bool) {
        step(22, slot, seq, refused.into());
    }
    fn timer(&mut self, at: Option<u32>) {
        one(23, at.unwrap_or(NONE));
    }
    fn ask(&mut self, epoch: u32) {
        one(24, epoch);
    }
    fn show(&mut self, status: Status) {
        one(25, status as u32);
    }
    fn begin(&mut self, slot: u32, seq: u32) {
        step(26, slot, seq, 0);
    }
    fn end(&mut self, slot: u32, seq: u32, made: Made) {
        step(27, slot, seq, made as u32);
    }
    fn settled(&mut self, slot: u32, seq: u32) {
        step(28, slot, seq, 0);
    }
    fn presence(&mut self, total: bool, count: u32) {
        step(29, total.into(), count, 0);
    }
    fn reload(&mut self) -> bool {
        one(30, 0) != 0
    }
    fn morph(&mut self, html: &[u8]) {
        text(11, 0, 0, 0, html);
    }
    fn seal(&mut self, slot: u32, seal: &[u8]) {
        text(31, slot, 0, 0, seal);
    }
    fn token(&mut self, token: &[u8]) {
        text(31, OURS, 0, 0, token);
    }
    fn push(&mut self, slot: u32, kind: u32, name: &[u8], text: &[u8]) {
        texts(32, slot, kind, 0, name, text);
    }
    fn redirect(&mut self, url: &[u8]) {
        text(33, 0, 0, 0, url);
    }
    fn title(&mut self, title: &[u8]) {
        text(34, 0, 0, 0, title);
    }
    fn error(&mut self, slot: Option<u32>, code: u32, word: &[u8], sentence: &[u8], seq: u32) {
        texts(35, slot.unwrap_or(NONE), code, seq, word, sentence);
    }
    fn mount(&mut self, parent: u32, id: u32, key: &[u8], html: &[u8]) -> u32 {
        texts(36, parent, id, 0, key, html) as u32
    }
    fn seen(&mut self, count: u32) {
        step(17, 7, count, 0);
    }
    fn resume(&mut self, base: u32, seen: u32) {
        step(37, base, seen, 0);
    }
    fn again(&mut self, slot: u32, seq: u32) {
        step(38, slot, seq, 0);
    }
    fn first(&mut self, slot: u32) -> bool {
        one(39, slot) != 0
    }
}

struct Single<T>(T);

// SAFETY: wasm32-unknown-unknown without threads: one thread is all there is.
unsafe impl<T> Sync for Single<T> {}

static CLIENT: Single<RefCell<Client<Page>>> = Single(RefCell::new(Client::new(Page)));

/// Every call from the page: a job's number, two numbers, and the length of what lies in the inbox.
/// Not wasm-bindgen's export: that lays its numbers out in memory first.
#[unsafe(no_mangle)]
pub extern "C" fn run(job: u32, a: u32, b: u32, len: u32) -> u32 {
    // SAFETY: the page has written so many bytes there, and writes no others before this call ends.
    let bytes = unsafe { core::slice::from_raw_parts(inbox(), len as usize) };
    if job == 7 {
        return walk(Fields::new(bytes), &mut Page).into();
    }
    // `glue/page.js` queues calls that come while another runs, so the cell is free.
    let Ok(mut client) = CLIENT.0.try_borrow_mut() else { return 0 };
    match job {
        0 => client.start(a as usize),
        1 => client.opened(a),
        2 => client.closed(a),
        3 => client.heard(a, bytes),
        4 => client.reason(a, b & 7, b >> 3),
        5 => client.tick(),
        8 => client.nudge(a > 0),
        _ => return client.event(a),
    }
    0
}

unsafe extern "C" {
    /// Where the linker says free memory begins; only its address means something.
    static __heap_base: u8;
}

/// Where the page writes what it has to say, growing memory as it needs to.
#[unsafe(no_mangle)]
pub extern "C" fn inbox() -> *const u8 {
    &raw const __heap_base
}

/// No allocator: nothing in the client allocates, and what lies past `__heap_base` is the inbox.
struct Nothing;

// SAFETY: never hands anything out.
unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static NOTHING: Nothing = Nothing;
