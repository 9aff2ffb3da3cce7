//! The server: accepts connections, serves the router and shuts down gracefully.
//!
//! # Decisions
//! - **Custom accept loop**, because `axum::serve` has no header timeout, no connection limit and no TCP_NODELAY.
//! - **A connection's slot is part of its stream**, so that a connection upgraded to a WebSocket still counts, toward
//!   the limit and at shutdown.

use std::convert::Infallible;
use std::io::{self, ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::{debug, warn};

/// The maximum number of open connections, including WebSockets; further ones wait in the kernel's queue.
const MAX_CONNECTIONS: u32 = 20_000;

/// The maximum time a client may take to send a request's headers; also the idle timeout of a keep-alive connection.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum size of a request's headers in bytes (HTTP/1: 431 if exceeded).
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// The maximum number of concurrent requests per HTTP/2 connection.
const MAX_STREAMS: u32 = 100;

/// The ping interval of an idle HTTP/2 connection, and the timeout of the ping.
const HTTP2_PING: Duration = Duration::from_secs(20);

/// How long a write may wait for the peer to read before the connection is closed.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The pause after `accept` failed for lack of a resource (file descriptors, memory) that must be freed first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// Serves `app` on `listener` until `shutdown` is canceled, then gives requests in flight `grace` to finish.
///
/// Requests have the peer's address as a `ConnectInfo<SocketAddr>` extension. WebSockets and event streams do not end
/// by themselves: their handlers must watch the same token. Connections that are still open after `grace` are closed.
///
/// # Errors
/// None at present: a failing `accept` is logged and retried.
pub async fn serve(listener: TcpListener, app: Router, shutdown: CancellationToken, grace: Duration) -> io::Result<()> {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let cut = CancellationToken::new();
    let builder = http_builder();
    loop {
        let (stream, peer) = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        let connection = Connection { app: app.clone(), shutdown: shutdown.clone(), cut: cut.clone() };
        tokio::spawn(connection.run(builder.clone(), stream, peer));
    }
    drop(listener);
    if timeout(grace, slots.acquire_many(MAX_CONNECTIONS)).await.is_err() {
        let open = MAX_CONNECTIONS as usize - slots.available_permits();
        warn!(connections = open, "Cutting {open} connections that did not finish in {grace:?}");
    }
    cut.cancel();
    Ok(())
}

fn http_builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(MAX_HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .keep_alive_interval(HTTP2_PING)
        .keep_alive_timeout(HTTP2_PING);
    builder
}

/// Accepts the next connection once a slot is free.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> (CountedStream, SocketAddr) {
    let slot = Arc::clone(slots).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    debug!(%error, "TCP_NODELAY refused for {peer}");
                }
                return (CountedStream { stream, blocked: None, _slot: slot }, peer);
            }
            Err(error) if is_client_error(&error) => {}
            Err(error) => {
                warn!(%error, "Cannot accept connections, trying again in {ACCEPT_PAUSE:?}");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_client_error(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}

struct Connection {
    app: Router,
    shutdown: CancellationToken,
    cut: CancellationToken,
}

impl Connection {
    async fn run(self, builder: Builder<TokioExecutor>, stream: CountedStream, peer: SocketAddr) {
        let begun = Arc::new(Notify::new());
        let (app, first) = (self.app, Arc::clone(&begun));
        let service = service_fn(move |request| {
            first.notify_one();
            answer(app.clone(), request, peer)
        });
        let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
        tokio::select! {
            _ = connection.as_mut() => return,
            () = header_timeout(&begun) => return,
            () = self.shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
        }
        tokio::select! {
            _ = connection => {}
            () = self.cut.cancelled() => {}
        }
    }
}

async fn answer(app: Router, mut request: Request<Incoming>, peer: SocketAddr) -> Result<Response, Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    app.oneshot(request).await
}

/// Completes if no request starts in time: hyper's own timeout only starts once the protocol is known, which requires
/// the peer to send something.
async fn header_timeout(begun: &Notify) {
    if timeout(HEADER_TIMEOUT, begun.notified()).await.is_ok() {
        std::future::pending::<()>().await;
    }
}

/// A TCP stream that holds its slot until it is dropped, whatever protocol it has been upgraded to, and fails if the
/// peer does not read: hyper would wait forever.
struct CountedStream {
    stream: TcpStream,
    /// The timeout of a write that waits for the peer.
    blocked: Option<Pin<Box<Sleep>>>,
    _slot: OwnedSemaphorePermit,
}

impl CountedStream {
    fn watch(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.blocked = None;
            return written;
        }
        let blocked = self.blocked.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        blocked.as_mut().poll(cx).map(|()| Err(ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for CountedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for CountedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
