//! Payloads of keys and pointers, as the client fills them.

use serde::{Deserialize, Serialize};

/// A key, as `data-live-keydown` and its kin send it.
///
/// ```
/// use holm::event::{Event, Key, Payload};
///
/// #[derive(Debug, PartialEq, holm::Event)]
/// enum Press { Key(Key) }
///
/// let Press::Key(key) = Press::decode("key", Payload::Form("key=s&code=KeyS&ctrl=true"))?;
/// assert_eq!((&*key.key, key.ctrl, key.shift), ("s", true, false));
/// # Ok::<(), holm::event::DecodeError>(())
/// ```
///
/// Fields of one's own, from `data-value-*` for instance, are had with a struct that has this one's fields
/// beside them, or some of them: each is filled by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own, held or not")]
pub struct Key {
    /// What the key means, as `KeyboardEvent.key` has it: `a`, `A`, `Enter`, `ArrowLeft`.
    pub key: String,
    /// Where the key is, whatever the layout: `KeyA`.
    pub code: String,
    /// Whether Ctrl is held.
    pub ctrl: bool,
    /// Whether Alt is held.
    pub alt: bool,
    /// Whether Shift is held.
    pub shift: bool,
    /// Whether Meta is held: Command, or the Windows key.
    pub meta: bool,
    /// Whether the key is held down and repeats.
    pub repeat: bool,
    /// The text of the control that has the focus, if that has no name; one that has a name sends its text under
    /// that.
    pub value: String,
}

/// Where a pointer is, as `data-live-pointer` and its kin send it.
///
/// ```
/// use holm::event::{Event, Payload, Pointer};
///
/// #[derive(Debug, PartialEq, holm::Event)]
/// enum Press { Draw(Pointer) }
///
/// let Press::Draw(at) = Press::decode("draw", Payload::Form("x=12&y=-3&width=300&height=150&button=0&buttons=1"))?;
/// assert_eq!((at.x, at.y, at.is_down()), (12, -3, true));
/// # Ok::<(), holm::event::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pointer {
    /// CSS pixels from the left edge of the element that the attribute stands on.
    pub x: i32,
    /// CSS pixels from its upper edge.
    pub y: i32,
    /// The element's width in CSS pixels.
    pub width: i32,
    /// Its height.
    pub height: i32,
    /// The button that was pressed or let go, as `PointerEvent.button`: 0 the main one, -1 when it is a move.
    pub button: i16,
    /// The buttons that are down, as `PointerEvent.buttons`: 1 the main one, 2 the other, added up.
    pub buttons: u16,
}

impl Pointer {
    /// Whether the main button is down, or a finger.
    pub fn is_down(&self) -> bool {
        self.buttons & 1 == 1
    }
}
