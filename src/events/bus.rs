//! Delivers the events of all processes to the subscribers in this one.

use std::future::poll_fn;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::sync::broadcast;
use tokio_postgres::{AsyncMessage, NoTls};
use tokio_stream::wrappers::BroadcastStream;
use tokio_util::sync::CancellationToken;

use super::{CHANNEL, Event, newest, since};
use crate::db::Db;

/// How many events a slow subscriber may lag behind before it must reload the state.
const BACKLOG: usize = 4_096;
/// How many events before the last known one a new connection rereads, because transactions do not commit in sequence
/// order.
const OVERLAP: i64 = 1_000;
/// The delay before reconnecting.
const PAUSE: Duration = Duration::from_millis(500);

/// What a subscriber receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// An event.
    Event(Event),
    /// Events may have been missed: reload the state.
    Lagged,
}

/// The events of the shop. Cheap to clone.
#[derive(Clone)]
pub struct Bus {
    sender: broadcast::Sender<Event>,
}

impl Default for Bus {
    fn default() -> Self {
        Self { sender: broadcast::channel(BACKLOG).0 }
    }
}

impl Bus {
    /// Subscribes to all events from now on.
    pub fn subscribe(&self) -> impl Stream<Item = Delivery> + Send + use<> {
        BroadcastStream::new(self.sender.subscribe()).map(|event| event.map_or(Delivery::Lagged, Delivery::Event))
    }

    /// Listens until `stop` is canceled, reconnecting whenever the connection is lost.
    pub async fn listen(self, db: Db, stop: CancellationToken) {
        let mut last = None;
        while !stop.is_cancelled() {
            let ended = tokio::select! {
                ended = self.listen_once(&db, &mut last) => ended,
                () = stop.cancelled() => return,
            };
            if let Err(error) = ended {
                tracing::warn!(error, "Lost the connection that listens for events; connecting again");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn listen_once(&self, db: &Db, last: &mut Option<i64>) -> Result<(), String> {
        let text = |error: tokio_postgres::Error| error.to_string();
        let (client, mut connection) = tokio_postgres::connect(db.url(), NoTls).await.map_err(text)?;
        let mut messages = Box::pin(futures_util::stream::poll_fn(move |cx| connection.poll_message(cx)));
        // The client's own call only completes while the connection is polled.
        let listen = format!("LISTEN {CHANNEL}");
        let mut listening = Box::pin(client.batch_execute(&listen));
        loop {
            tokio::select! {
                done = &mut listening => { done.map_err(text)?; break }
                message = messages.next() => self.take(message)?,
            }
        }
        self.catch_up(db, last).await.map_err(|error| error.to_string())?;
        loop {
            let message = poll_fn(|cx| messages.poll_next_unpin(cx)).await;
            self.take(message)?;
        }
    }

    /// Delivers the events missed while disconnected. Duplicates are harmless: subscribers read the current state.
    async fn catch_up(&self, db: &Db, last: &mut Option<i64>) -> crate::db::Result<()> {
        let conn = db.conn().await?;
        if let Some(last) = *last {
            for event in since(&conn, last - OVERLAP).await? {
                self.notify(event);
            }
        }
        *last = Some(newest(&conn).await?);
        Ok(())
    }

    fn take(&self, message: Option<Result<AsyncMessage, tokio_postgres::Error>>) -> Result<(), String> {
        match message {
            None => Err("the server closed the connection".to_owned()),
            Some(Err(error)) => Err(error.to_string()),
            Some(Ok(AsyncMessage::Notification(note))) => {
                if let Some(event) = Event::from_notice(note.payload()) {
                    self.notify(event);
                }
                Ok(())
            }
            Some(Ok(_)) => Ok(()),
        }
    }

    fn notify(&self, event: Event) {
        // An error only means that there are no subscribers.
        let _ = self.sender.send(event);
    }
}
