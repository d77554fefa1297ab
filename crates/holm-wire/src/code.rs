//! Every error code: number, meaning, and what the client does.
//!
//! A code travels in an [`Error`](crate::down::Down::Error) frame, or as a WebSocket close code
//! ([`Code::close`]) when the connection ends with it. The hundreds tell its reach: 1xx is about
//! one event (the island keeps the state it had), 2xx about one island, 3xx about the connection, 4xx about
//! realtime channels, whose clients read the code's name, 5xx about uploads.

/// What the client does about a [`Code`].
///
/// Error frames carry its number, so that a page needs no table of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Action {
    /// Nothing: the event is refused, the island goes on with the state it had.
    Keep = 0,
    /// Connects or joins again after a growing, jittered delay.
    Retry = 1,
    /// Connects or joins again at once.
    Rejoin = 2,
    /// An island whose session seal is refused joins afresh with the seal the page was served with;
    /// where there is no other, the page is loaded again, once; a second time it stops.
    Reload = 3,
    /// Leaves the page as it stands and stays away.
    Stop = 4,
    /// Joins all islands with their newest seals, on the same connection.
    Join = 5,
}

impl Action {
    /// The action with this number.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Keep,
            1 => Self::Retry,
            2 => Self::Rejoin,
            3 => Self::Reload,
            4 => Self::Stop,
            5 => Self::Join,
            _ => return None,
        })
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $number:literal, $word:literal, $action:ident;)*) => {
        /// An error the server reports to the page.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Code {
            $($(#[doc = $doc])* #[doc = concat!("\n\nThe client's action: [`Action::", stringify!($action), "`].")] $name = $number,)*
        }

        impl Code {
            /// Every code, in numeric order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code with this number.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// The stable name that scripts see in `holm:error` events.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// What the client does.
            pub const fn action(self) -> Action {
                match self { $(Self::$name => Action::$action),* }
            }
        }
    };
}

codes! {
    /// The event's name is none of the island's.
    UnknownEvent = 100, "unknown_event", Keep;
    /// The event's payload does not decode into its variant.
    BadPayload = 101, "bad_payload", Keep;
    /// The handler returned an error.
    HandlerError = 102, "handler_error", Keep;
    /// The handler panicked.
    HandlerPanic = 103, "handler_panic", Keep;
    /// The handler ran past `Limits::handler_time`.
    HandlerTimeout = 104, "handler_timeout", Keep;
    /// The island has `Limits::mailbox` messages waiting already.
    MailboxFull = 105, "mailbox_full", Keep;
    /// The event's number does not follow the last one.
    EventGap = 106, "event_gap", Rejoin;

    /// No island of this name is registered.
    UnknownIsland = 200, "unknown_island", Stop;
    /// The seal was not made with this app's key, or was changed.
    SealForged = 201, "seal_forged", Reload;
    /// The seal is older than `Limits::seal_age`.
    SealExpired = 202, "seal_expired", Reload;
    /// The seal belongs to another principal, island or instance.
    SealForeign = 203, "seal_foreign", Reload;
    /// The sealed state does not decode into the island as it is now.
    SealStale = 204, "seal_stale", Reload;
    /// The island's `restore` returned an error, panicked or overran.
    RestoreFailed = 205, "restore_failed", Retry;
    /// The island's render panicked or is larger than `Limits::html_bytes`.
    RenderFailed = 206, "render_failed", Keep;
    /// The tab has `Limits::islands` islands already.
    TooManyIslands = 207, "too_many_islands", Stop;
    /// The frame names an island that this connection has not joined.
    NotJoined = 208, "not_joined", Rejoin;
    /// The island's state seals to more than `Limits::seal_bytes`, so it cannot survive the session.
    SealTooLarge = 209, "seal_too_large", Keep;
    /// The seal is older than one this session's page is known to have.
    SealRolledBack = 210, "seal_rolled_back", Reload;
    /// The island seals no state, so a restart of the server starts it fresh (said in development).
    NotSealed = 211, "not_sealed", Keep;
    /// `Limits::shared` shared islands live already, and all of them are watched.
    TooManyShared = 212, "too_many_shared", Retry;

    /// The frame is larger than `Limits::frame_bytes`.
    FrameTooLarge = 300, "frame_too_large", Keep;
    /// The bytes are no frame.
    BadFrame = 301, "bad_frame", Keep;
    /// More bad frames than `Limits::bad_frames`.
    TooManyBadFrames = 302, "too_many_bad_frames", Stop;
    /// The server has `Limits::connections` connections.
    AtCapacity = 304, "at_capacity", Retry;
    /// Nothing was heard from the page for `Limits::silence`.
    Silent = 305, "silent", Rejoin;
    /// The server is shutting down.
    ShuttingDown = 306, "shutting_down", Retry;
    /// The page's origin is not one this server answers.
    ForbiddenOrigin = 307, "forbidden_origin", Stop;
    /// The app's `authorize` refused.
    Unauthorized = 308, "unauthorized", Stop;
    /// The app cut this principal off (`Hub::disconnect`).
    Disconnected = 309, "disconnected", Reload;
    /// The page was made by another build (development only).
    NewBuild = 310, "new_build", Reload;
    /// The session to resume is not here: its time is over, or the server started again.
    SessionGone = 311, "session_gone", Join;
    /// A later connection of the same page has taken the session over.
    Superseded = 312, "superseded", Retry;
    /// The address has `Limits::connections_per_ip` connections.
    TooManyConnections = 313, "too_many_connections", Retry;
    /// More events a second than `Limits::events_per_second`.
    TooManyEvents = 314, "too_many_events", Retry;

    /// The message is not one of the realtime protocol.
    BadMessage = 400, "bad_message", Keep;
    /// The message or event is larger than `Limits::realtime_message_bytes`.
    MessageTooLarge = 401, "message_too_large", Keep;
    /// A channel's name or a subscription's id is empty, too long, or has control characters.
    BadName = 402, "bad_name", Keep;
    /// The app has no channel of this name.
    UnknownChannel = 403, "unknown_channel", Keep;
    /// The connection has a subscription of this id already.
    DuplicateId = 404, "duplicate_id", Keep;
    /// The connection has no such subscription.
    NotSubscribed = 405, "not_subscribed", Keep;
    /// The app refuses this subscription, or that clients say something in this channel.
    Forbidden = 406, "forbidden", Keep;
    /// The connection has `Limits::channel_subscriptions` subscriptions.
    TooManySubscriptions = 407, "too_many_subscriptions", Keep;
    /// There are `Limits::channels` channels, and none of them is empty.
    TooManyChannels = 408, "too_many_channels", Retry;
    /// The client took its events too slowly; it comes back with its cursors.
    TooSlow = 409, "too_slow", Rejoin;
    /// What a cursor asks for is not kept any more; the subscription begins with what is said now.
    HistoryGone = 410, "history_gone", Keep;
    /// The stream that feeds a subscription failed.
    StreamFailed = 411, "stream_failed", Keep;

    /// The request of an upload lacks something, or says what is none.
    BadUpload = 500, "bad_upload", Keep;
    /// No island of this page takes files under this name.
    NoUploadsHere = 501, "no_uploads_here", Keep;
    /// The file is larger than its input or `Limits::upload_bytes` takes, or a request's body than there is room for.
    UploadTooLarge = 502, "upload_too_large", Keep;
    /// The input does not take files of this type.
    UploadType = 503, "upload_type", Keep;
    /// The input takes no more files.
    TooManyFiles = 504, "too_many_files", Keep;
    /// Too many uploads, or bytes of them, are under way: `Limits::uploads`, `uploads_in_all`, `upload_bytes_in_all`.
    TooManyUploads = 505, "too_many_uploads", Retry;
    /// The server knows no such upload of this page: it begins again.
    UnknownUpload = 506, "unknown_upload", Rejoin;
    /// The upload is over: cancelled, failed, or given up.
    UploadGone = 507, "upload_gone", Keep;
    /// The bytes do not follow those that have arrived; a `HEAD` tells how many have.
    UploadOffset = 508, "upload_offset", Rejoin;
    /// The file could not be kept.
    UploadFailed = 509, "upload_failed", Keep;
}

impl Code {
    /// The number, 100 to 599.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The WebSocket close code: 4000 + [`Code::number`].
    pub const fn close(self) -> u16 {
        4000 + self as u16
    }
}
