//! Why a connection ends, and what its page reads of that.

use holm_wire::Code;

/// Why a connection ends, or its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With an error code; the socket closes with 4000 + its number.
    Code(Code),
    /// The server goes away and will be back; the socket closes with 1012.
    Restart,
    /// The peer broke the rules of its transport; the socket closes with this code.
    Transport(u16),
}

impl End {
    /// The code a WebSocket closes with (RFC 6455, section 7.4).
    pub(crate) fn close_code(self) -> u16 {
        match self {
            Self::Code(code) => code.close(),
            Self::Restart => 1012,
            Self::Transport(code) => code,
        }
    }

    /// A word for it.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Code(code) => code.word(),
            Self::Restart => "restart",
            Self::Transport(_) => "",
        }
    }
}

/// What the page reads when its connection ends with this code.
pub(super) fn sentence_of(code: Code) -> &'static str {
    match code {
        Code::Silent => "Nothing was heard from this page for too long.",
        Code::SessionGone => "The server goes on from what this page has kept.",
        Code::Superseded => "Another connection of this page has taken over.",
        Code::Disconnected => "This session has ended.",
        Code::TooManyBadFrames => "Too many messages were not understood.",
        Code::NewBuild => "There is a new build of this page.",
        Code::TooManyIslands => "This page has too many islands.",
        Code::Unauthorized => "You may not join this page.",
        _ => "The connection has ended.",
    }
}
