//! Every bound Holm keeps, by name.

use std::time::Duration;

pub(crate) mod bucket;

macro_rules! limits {
    ($($(#[doc = $doc:literal])* $name:ident: $kind:ident = $default:expr, $env:literal;)*) => {
        /// Every limit, with its default. Set a field in code, or its variable in the environment.
        ///
        /// ```
        /// let limits = holm::Limits { islands: 8, ..holm::Limits::default() };
        /// assert_eq!(limits.connections, 10_000);
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {
            $($(#[doc = $doc])* #[doc = concat!("\n\nEnvironment: `", $env, "`.")] pub $name: limits!(@type $kind),)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default),* }
            }
        }

        impl Limits {
            /// Name, environment variable and default of every limit, in the order of the fields.
            pub fn table() -> Vec<(&'static str, &'static str, String)> {
                let default = Self::default();
                vec![$((stringify!($name), $env, limits!(@show $kind, default.$name))),*]
            }

            /// Takes each limit that `variable` has a valid, non-zero value for; a bad one is logged and left.
            #[must_use]
            pub fn overridden(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
                $(if let Some(text) = variable($env) {
                    match limits!(@parse $kind, text) {
                        Some(value) => self.$name = value,
None => crate::notes::warn(format!("{} is {text:?}, not a positive number; the limit stays as it was", $env)),
                    }
                })*
                self
            }

            /// These limits with what the process's environment overrides.
            #[must_use]
            pub fn from_env(self) -> Self {
                self.overridden(|name| std::env::var(name).ok())
            }
        }
    };
    (@type count) => { usize };
    (@type seconds) => { Duration };
    (@type millis) => { Duration };
    (@show count, $value:expr) => { $value.to_string() };
    (@show seconds, $value:expr) => { format!("{} s", $value.as_secs()) };
    (@show millis, $value:expr) => { format!("{} ms", $value.as_millis()) };
    (@parse count, $text:expr) => { $text.trim().parse::<usize>().ok().filter(|n| *n > 0) };
    (@parse seconds, $text:expr) => { $text.trim().parse::<u64>().ok().filter(|n| *n > 0).map(Duration::from_secs) };
    (@parse millis, $text:expr) => { $text.trim().parse::<u64>().ok().filter(|n| *n > 0).map(Duration::from_millis) };
}

limits! {
    /// Live connections at once. Past it: HTTP 503 with `Retry-After`; the page stays as rendered.
    connections: count = 10_000, "HOLM_LIVE_MAX";
    /// Live connections at once from one client address; an IPv6 one counts by its /64. Past it: HTTP 429 with
    /// `Retry-After`; the page stays as rendered. Local peers that no trusted proxy speaks for are not counted.
    connections_per_ip: count = 512, "HOLM_CONNECTIONS_PER_IP";
    /// Islands one connection may join, nested ones included. Past it: `too_many_islands`.
    islands: count = 64, "HOLM_ISLANDS";
    /// How deep islands may be nested in islands. Past it the inner ones stay empty, with an error in the log.
    nesting: count = 8, "HOLM_NESTING";
    /// Bytes of one frame from the page, joins apart. Past it: `frame_too_large`; past eight times it the connection closes with 1009.
    frame_bytes: count = 64 * 1024, "HOLM_FRAME_BYTES";
    /// Bytes of a join frame, which carries a seal per island.
    join_bytes: count = 512 * 1024, "HOLM_JOIN_BYTES";
    /// Bytes of a request's address and headers that handlers can read later; headers past it are not kept.
    request_bytes: count = 16 * 1024, "HOLM_REQUEST_BYTES";
    /// Bytes of a form that is posted with no script, its seal included. Past it: HTTP 413.
    form_bytes: count = 128 * 1024, "HOLM_FORM_BYTES";
    /// States kept for pages that posted with no script, as many as were posted. Past it the oldest are forgotten.
    tickets: count = 10_000, "HOLM_TICKETS";
    /// Bytes of those states, all together. Past it the oldest are forgotten.
    ticket_bytes: count = 64 * 1024 * 1024, "HOLM_TICKET_BYTES";
    /// How long such a state is kept. Past it the page at that address renders fresh.
    ticket_time: seconds = Duration::from_mins(10), "HOLM_TICKET_SECONDS";
    /// Frames of one connection that are no frames, before it is closed with `too_many_bad_frames`.
    bad_frames: count = 64, "HOLM_BAD_FRAMES";
    /// Events one connection may send each second in the long run. Past it, and past the burst: a WebSocket is
    /// not read until there is room again, a POST gets 429 with `Retry-After`.
    events_per_second: count = 100, "HOLM_EVENTS_PER_SECOND";
    /// Events one connection may send at once after it was quiet.
    events_burst: count = 1_000, "HOLM_EVENTS_BURST";
    /// Messages that may wait for one island. Past it: `mailbox_full`.
    mailbox: count = 1_024, "HOLM_MAILBOX";
    /// Bytes of payload that may wait for one island. Past it: `mailbox_full`.
    mailbox_bytes: count = 256 * 1024, "HOLM_MAILBOX_BYTES";
    /// Timers, tasks, listeners and loads one island may have running. Past it: not started, with an error in the log; a load is `Load::Failed`.
    tasks: count = 64, "HOLM_TASKS";
    /// Pushes, titles and redirects of one island that may wait for a slow connection; past it the oldest are dropped.
    effects: count = 256, "HOLM_EFFECTS";
    /// Frames that may wait for one slow connection; past it nothing more is read from it until it takes some.
    outbox: count = 1_024, "HOLM_OUTBOX";
    /// Bytes of one island's HTML. Past it: `render_failed`.
    html_bytes: count = 8 * 1024 * 1024, "HOLM_HTML_BYTES";
    /// An island's last HTML up to this many bytes stays in memory while it is idle; a longer one is rendered again when needed.
    kept_html_bytes: count = 512, "HOLM_KEPT_HTML_BYTES";
    /// Bytes of one island's sealed, compressed state. Past it the island lives, but does not survive its session: `seal_too_large`.
    seal_bytes: count = 32 * 1024, "HOLM_SEAL_BYTES";
    /// Bytes of an island's state when unpacked from a seal.
    state_bytes: count = 4 * 1024 * 1024, "HOLM_STATE_BYTES";
    /// How old a seal may be. Past it: `seal_expired`.
    seal_age: seconds = Duration::from_hours(24), "HOLM_SEAL_AGE_SECONDS";
    /// How long after an island's last change its seal goes to the page.
    seal_quiet: millis = Duration::from_secs(1), "HOLM_SEAL_QUIET_MS";
    /// How long after the first change that no seal contains a seal goes out, quiet or not.
    seal_latest: millis = Duration::from_secs(5), "HOLM_SEAL_LATEST_MS";
    /// How many of an island's events may go unsealed before its seal goes out, quiet or not.
    seal_events: count = 64, "HOLM_SEAL_EVENTS";
    /// Bytes of sent frames that are kept until the page reports them. Past it a page that comes back gets snapshots.
    resume_bytes: count = 16 * 1024, "HOLM_RESUME_BYTES";
    /// Sessions that wait for their pages to come back. Past it the oldest ends, and its page goes on from its seals.
    parked: count = 10_000, "HOLM_PARKED";
    /// About how many bytes the sessions that wait may have together. Past it the oldest ends.
    parked_bytes: count = 256 * 1024 * 1024, "HOLM_PARKED_BYTES";
    /// How long a session waits for its page to come back.
    park_time: millis = Duration::from_mins(1), "HOLM_PARK_MS";
    /// Ended sessions that are remembered, so that their pages cannot come back with older seals than they have.
    tombstones: count = 65_536, "HOLM_TOMBSTONES";
    /// How long an event stream lives before the page opens the next one; proxies cut those that live long.
    stream_time: seconds = Duration::from_secs(270), "HOLM_STREAM_SECONDS";
    /// How long a poll waits for something to say.
    poll_time: millis = Duration::from_secs(25), "HOLM_POLL_MS";
    /// How long a page that polls may take from one answer to its next request. Past it its session is parked, as after
    /// a lost connection, and its place is free.
    poll_gap: millis = Duration::from_secs(15), "HOLM_POLL_GAP_MS";
    /// Over how long the pages of a server that restarts are told to come back.
    come_back: millis = Duration::from_secs(2), "HOLM_COME_BACK_MS";
    /// How long one call of `on`, `mount`, `restore` or `authorize` may take. Past it: `handler_timeout`.
    handler_time: millis = Duration::from_secs(5), "HOLM_HANDLER_MS";
    /// How long one `cx.load` may take. Past it: `Load::Failed`.
    load_time: millis = Duration::from_secs(30), "HOLM_LOAD_MS";
    /// How often a connection is pinged.
    heartbeat: millis = Duration::from_secs(30), "HOLM_HEARTBEAT_MS";
    /// After how long without a word a connection is dropped with `silent`.
    silence: millis = Duration::from_secs(75), "HOLM_SILENCE_MS";
    /// The least time between two presence messages to one connection.
    presence_every: millis = Duration::from_millis(250), "HOLM_PRESENCE_MS";
    /// Topics and presences one island may listen to. Past it: refused, with an error in the log.
    subscriptions: count = 64, "HOLM_SUBSCRIPTIONS";
    /// Messages of one subscription that may wait for one island. Past it, what the subscription's policy says.
    topic_queue: count = 256, "HOLM_TOPIC_QUEUE";
    /// Shared islands that live at once. Past it the longest idle one ends; when all are watched: `too_many_shared`.
    shared: count = 10_000, "HOLM_SHARED";
    /// How long a shared island that nobody watches lives on.
    shared_idle: millis = Duration::from_mins(1), "HOLM_SHARED_IDLE_MS";
    /// Messages that may wait for one shared island, from all its viewers. Past it: `mailbox_full`.
    shared_mailbox: count = 16_384, "HOLM_SHARED_MAILBOX";
    /// Bytes of edits a shared island keeps for viewers that are a little behind. Past it they get a snapshot.
    shared_bytes: count = 64 * 1024, "HOLM_SHARED_BYTES";
    /// Bytes of list changes of one island that may wait for a slow connection. Past it they are dropped, and the island is restored again.
    list_bytes: count = 256 * 1024, "HOLM_LIST_BYTES";
    /// Entries of one presence, every tab counted. Past it: not shown, with an error in the log.
    presence_entries: count = 10_000, "HOLM_PRESENCE_ENTRIES";
    /// How long somebody whose connection is lost is still counted as present.
    presence_grace: millis = Duration::from_secs(10), "HOLM_PRESENCE_GRACE_MS";
    /// Connections of realtime channels at once. Past it: HTTP 503 with `Retry-After`.
    realtime_connections: count = 10_000, "HOLM_REALTIME_MAX";
    /// How often a realtime connection is sent a sign of life.
    realtime_heartbeat: millis = Duration::from_secs(30), "HOLM_REALTIME_HEARTBEAT_MS";
    /// Bytes of one message from a realtime client, and of one event to it. Past it: an error, nothing is sent.
    realtime_message_bytes: count = 64 * 1024, "HOLM_REALTIME_MESSAGE_BYTES";
    /// Messages one realtime client may send each second in the long run. Past it, and past the burst: its socket is not read until there is room again, a POST gets 429.
    realtime_per_second: count = 50, "HOLM_REALTIME_PER_SECOND";
    /// Messages one realtime client may send at once after it was quiet.
    realtime_burst: count = 200, "HOLM_REALTIME_BURST";
    /// Events that may wait for one slow realtime client. Past it its connection ends with `too_slow`, and it comes back by the channel's history.
    realtime_outbox: count = 1_024, "HOLM_REALTIME_OUTBOX";
    /// Bytes of those events.
    realtime_outbox_bytes: count = 1024 * 1024, "HOLM_REALTIME_OUTBOX_BYTES";
    /// Channels that exist at once. Past it the longest empty one is forgotten; when none is empty: `too_many_channels`.
    channels: count = 10_000, "HOLM_CHANNELS";
    /// Bytes of a channel's name or a subscription's id. Past it: `bad_name`.
    channel_name_bytes: count = 256, "HOLM_CHANNEL_NAME_BYTES";
    /// Subscriptions of one realtime connection. Past it: `too_many_subscriptions`.
    channel_subscriptions: count = 64, "HOLM_CHANNEL_SUBSCRIPTIONS";
    /// Events a channel with history keeps. Past it the oldest go.
    channel_history: count = 256, "HOLM_CHANNEL_HISTORY";
    /// Bytes of those events. Past it the oldest go.
    channel_history_bytes: count = 256 * 1024, "HOLM_CHANNEL_HISTORY_BYTES";
    /// How long a channel without members keeps its history.
    channel_idle: millis = Duration::from_mins(5), "HOLM_CHANNEL_IDLE_MS";
    /// Bytes of one uploaded file, whatever its input takes. Past it: `upload_too_large`.
    upload_bytes: count = 1024 * 1024 * 1024, "HOLM_UPLOAD_BYTES";
    /// Uploads one page may have under way. Past it: HTTP 429 with `Retry-After`; the file waits in the page.
    uploads: count = 32, "HOLM_UPLOADS";
    /// Uploads under way in all. Past it: HTTP 429 with `Retry-After`; the file waits in the page.
    uploads_in_all: count = 1_024, "HOLM_UPLOADS_MAX";
    /// Bytes that the files under way will have, all together. Past it: HTTP 429 with `Retry-After`.
    upload_bytes_in_all: count = 3 * 1024 * 1024 * 1024, "HOLM_UPLOAD_BYTES_MAX";
    /// Bytes of one request of an upload. Past it: `upload_too_large` for the rest, which comes again in another.
    upload_piece_bytes: count = 16 * 1024 * 1024, "HOLM_UPLOAD_PIECE_BYTES";
    /// Bytes of an uploaded file's name, which is shown and is no path. Past it: cut, with its ending kept.
    upload_name_bytes: count = 255, "HOLM_UPLOAD_NAME_BYTES";
    /// How long a page may send nothing of any of its uploads. Past it they fail, and what there is of them is removed.
    upload_idle: millis = Duration::from_mins(5), "HOLM_UPLOAD_IDLE_MS";
    /// Bytes that have to come in that time, or the rest of a file: what drips keeps no place. A file's first bytes count.
    upload_least_bytes: count = 16 * 1024, "HOLM_UPLOAD_LEAST_BYTES";
    /// How long the next bytes of a request's body may take. Past it: HTTP 408; what has come until then counts.
    upload_silence: millis = Duration::from_secs(20), "HOLM_UPLOAD_SILENCE_MS";
    /// How often an island hears how much of a file has arrived.
    upload_progress: millis = Duration::from_millis(100), "HOLM_UPLOAD_PROGRESS_MS";
    /// How long a shutdown waits for connections to take their last frames, and for requests to finish.
    drain: millis = Duration::from_secs(5), "HOLM_DRAIN_MS";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_overrides_what_it_names_and_a_bad_value_changes_nothing() {
        let limits = Limits::default().overridden(|name| match name {
            "HOLM_LIVE_MAX" => Some("2".into()),
            "HOLM_SILENCE_MS" => Some("300".into()),
            "HOLM_ISLANDS" => Some("many".into()),
            "HOLM_MAILBOX" => Some("0".into()),
            _ => None,
        });
        let expected = Limits { connections: 2, silence: Duration::from_millis(300), ..Limits::default() };
        assert_eq!(limits, expected);
    }

    #[test]
    fn every_limit_has_its_own_variable() {
        let table = Limits::table();
        let names: std::collections::HashSet<_> = table.iter().map(|row| row.1).collect();
        assert_eq!(names.len(), table.len());
    }
}
