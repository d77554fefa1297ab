//! All socket stories in one program: it links once.

#[path = "story/caps.rs"]
mod caps;
#[path = "story/cases.rs"]
mod cases;
#[path = "story/events.rs"]
mod events;
#[path = "story/frames.rs"]
mod frames;
#[path = "story/hostile.rs"]
mod hostile;
#[path = "story/hostile_posts.rs"]
mod hostile_posts;
#[path = "story/hostile_sessions.rs"]
mod hostile_sessions;
#[path = "story/presence.rs"]
mod presence;
#[path = "story/realtime.rs"]
mod realtime;
#[path = "story/realtime_http.rs"]
mod realtime_http;
#[path = "story/seals.rs"]
mod seals;
#[path = "story/slow.rs"]
mod slow;
