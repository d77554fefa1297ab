//! What a client's messages bring about, and the hooks that decide.

use std::sync::Arc;

use holm_wire::Code;

use super::super::connection::{Place, Seating};
use super::super::hooks::{Feed, Running};
use super::super::presence::Shown;
use super::super::protocol::{self, After, Message, Refusal};
use super::super::{Channel, Event, Item, Joiner, Realtime, Sender};
use super::Connected;
use super::feeds::{Fed, drop_quietly};
use crate::telemetry;

/// What a hook's end means.
pub(super) enum Done {
    /// May a subscription begin, and what feeds it?
    Admitted {
        ask: Ask,
        result: Result<Option<Feed>, Refusal>,
    },
    Joined {
        /// Of its place.
        number: u64,
        id: Arc<str>,
        result: Result<(), Refusal>,
    },
    /// Its answer is made already.
    Sent(Option<Item>),
    Nothing,
}

/// A subscription to begin.
pub(super) struct Ask {
    id: Arc<str>,
    channel: Arc<Channel>,
    after: Option<After>,
    who: Joiner,
}

impl Connected {
    pub(super) fn act(&mut self, message: Message) {
        match message {
            Message::Ping { id } => {
                self.connection.push(protocol::pong(id.as_deref()));
            }
            Message::Subscribe { id, channel, after, input } => {
                if let Err(refusal) = self.subscribe(Arc::clone(&id), &channel, after, input) {
                    self.refuse(Some(&id), &refusal);
                }
            }
            Message::Unsubscribe { id } => {
                let Some(place) = self.connection.leave(&id) else {
                    let sentence = "There is no subscription of this id.";
                    return self.refuse(Some(&id), &Refusal::new(Code::NotSubscribed, sentence));
                };
                self.drop_feed(place.number);
                self.connection.push(protocol::complete(&id));
                self.realtime.crowd.rooms.settle(&place.room, &self.realtime.settings.limits);
                self.bid_farewell(place);
            }
            Message::Send { id, channel, event } => self.say(id, &channel, event),
        }
    }

    /// Begins to subscribe: the channel's hooks decide. The answer comes when they have.
    pub(crate) fn subscribe(
        &mut self,
        id: Arc<str>,
        name: &str,
        after: Option<After>,
        input: Option<String>,
    ) -> Result<(), Refusal> {
        let limits = &self.realtime.settings.limits;
        self.connection.with_places(|places| places.check(&id, limits.channel_subscriptions))?;
        let (channel, who) = self.realtime.joiner(self.socket(), name, input)?;
        let (authorize, feed) = (channel.authorize.clone(), channel.feed.clone());
        let ask = Ask { id, channel, after, who };
        if authorize.is_none() && feed.is_none() {
            self.begin(ask, None);
            return Ok(());
        }
        let time = limits.handler_time;
        self.busy = Some(Box::pin(async move {
            if let Some(authorize) = authorize
                && let Err(refusal) = authorize.run(ask.who.clone(), time, Code::Forbidden).await
            {
                return Done::Admitted { ask, result: Err(refusal) };
            }
            let result = match feed {
                Some(feed) => feed.run(ask.who.clone(), time, Code::Forbidden).await.map(Some),
                None => Ok(None),
            };
            Done::Admitted { ask, result }
        }));
        Ok(())
    }

    /// The hooks said yes: the client is in.
    fn begin(&mut self, ask: Ask, feed: Option<Feed>) {
        let Ask { id, channel, after, who } = ask;
        let name = Arc::clone(&who.channel);
        let most = self.realtime.settings.limits.channel_subscriptions;
        let leaver = (!self.quiet).then(|| who.clone());
        let shown = (!self.quiet && channel.presence).then(|| Shown { meta: channel.meta(&who) });
        let seating = Seating { sub: &id, after, told: true, leaver, shown, most };
        let number = match self.realtime.seat(&self.connection, &name, &seating) {
            Ok(number) => number,
            Err(refusal) => {
                if let Some(feed) = feed {
                    drop_quietly(feed);
                }
                return self.refuse(Some(&id), &refusal);
            }
        };
        // Who was sent away and is back already has left before it joins.
        self.part(number);
        if let Some(feed) = feed {
            self.feeds.push(Fed { number, id: Arc::clone(&id), feed });
        }
        if let (Some(join), false) = (&channel.join, self.quiet) {
            let joining = join.run(who, self.realtime.settings.limits.handler_time, Code::Forbidden);
            let before = self.busy.take();
            self.busy = Some(Box::pin(async move {
                if let Some(before) = before {
                    before.await;
                }
                Done::Joined { number, id, result: joining.await }
            }));
        }
    }

    /// The client says something in a channel it is in.
    fn say(&mut self, id: Option<Arc<str>>, name: &str, event: Event) {
        let is_in =
            self.connection.with_places(|places| places.list.iter().any(|place| *place.room.name == *name));
        if !is_in {
            let refusal = Refusal::new(Code::NotSubscribed, "Subscribe to the channel first.");
            return self.refuse(id.as_deref(), &refusal);
        }
        let sending = match self.realtime.joiner(self.socket(), name, None) {
            Ok((channel, who)) => send(&self.realtime, &channel, who, event),
            Err(refusal) => return self.refuse(id.as_deref(), &refusal),
        };
        self.busy = Some(Box::pin(async move {
            let answer = match (sending.await, id) {
                (Ok(delivered), Some(id)) => Some(protocol::ack(&id, delivered)),
                (Ok(_), None) => None,
                (Err(refusal), id) => {
                    telemetry::refused(refusal.code);
                    Some(protocol::error(id.as_deref(), &refusal))
                }
            };
            Done::Sent(answer)
        }));
    }

    /// What runs when a place was given up.
    pub(super) fn farewell(&self, place: Place) -> Option<Running<Done>> {
        let leave = place.room.channel.leave.clone()?;
        let leaving =
            leave.run(place.leaver?, self.realtime.settings.limits.handler_time, Code::HandlerError);
        Some(nothing(leaving))
    }

    pub(super) fn finish(&mut self, done: Done) {
        match done {
            Done::Admitted { ask, result: Ok(feed) } => self.begin(ask, feed),
            Done::Admitted { ask, result: Err(refusal) } => self.refuse(Some(&ask.id), &refusal),
            Done::Joined { result: Ok(()), .. } | Done::Nothing | Done::Sent(None) => {}
            Done::Joined { number, id, result: Err(refusal) } => {
                self.end_subscription(number, &id, Some(&refusal));
            }
            Done::Sent(Some(answer)) => {
                self.connection.push(answer);
            }
        }
    }

    /// Ends a subscription from the server's side: with an error, or complete.
    pub(super) fn end_subscription(&mut self, number: u64, id: &str, why: Option<&Refusal>) {
        self.drop_feed(number);
        let Some(place) = self.connection.leave_place(number) else { return };
        match why {
            Some(refusal) => self.refuse(Some(id), refusal),
            None => {
                self.connection.push(protocol::complete(id));
            }
        }
        self.realtime.crowd.rooms.settle(&place.room, &self.realtime.settings.limits);
        self.bid_farewell(place);
    }

    /// Ends what is left of the places that others took the client out of, those that began before this one.
    pub(super) fn part(&mut self, before: u64) {
        for place in self.connection.expelled(before) {
            self.drop_feed(place.number);
            self.bid_farewell(place);
        }
    }

    fn bid_farewell(&mut self, place: Place) {
        if let Some(farewell) = self.farewell(place) {
            // A hook that runs already goes first.
            let before = self.busy.take();
            self.busy = Some(match before {
                None => farewell,
                Some(before) => Box::pin(async move {
                    let done = before.await;
                    farewell.await;
                    done
                }),
            });
        }
    }
}

/// A hook whose end means nothing.
pub(super) fn nothing(running: Running<Result<(), Refusal>>) -> Running<Done> {
    Box::pin(async move {
        // There is nobody left to tell; the log has it.
        let _ = running.await;
        Done::Nothing
    })
}

/// Has a channel take what a client says: its hook, then everybody in it where clients publish.
pub(crate) fn send(
    realtime: &Realtime,
    channel: &Channel,
    who: Joiner,
    event: Event,
) -> Running<Result<usize, Refusal>> {
    if channel.message.is_none() && !channel.publish {
        let refusal = Refusal::new(Code::Forbidden, "Clients say nothing in this channel.");
        return Box::pin(async { Err(refusal) });
    }
    let time = realtime.settings.limits.handler_time;
    let hook = channel.message.clone();
    let publish = channel.publish;
    Box::pin(async move {
        let room = who.channel();
        if let Some(hook) = hook {
            hook.run((Sender(who), event.clone()), time, Code::HandlerError).await?;
        }
        Ok(if publish { room.broadcast(event) } else { 0 })
    })
}
