//! What a function sees of Lambda while it starts: the interface that it asks for work, and a table that answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// A Lambda for one start.
pub(super) struct Lambda {
    address: SocketAddr,
    polls: Receiver<Instant>,
}

impl Lambda {
    /// Listens on a free port for as long as this process lives.
    pub(super) fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let (sender, polls) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sender = sender.clone();
                std::thread::spawn(move || {
                    // A function that ends in the middle of a request is no event.
                    let _ = serve(stream, &sender);
                });
            }
        });
        Ok(Self { address, polls })
    }

    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    /// When the function asked for work; `None` when it did not within `patience`.
    pub(super) fn first_poll(&self, patience: Duration) -> Option<Instant> {
        self.polls.recv_timeout(patience).ok()
    }
}

/// Answers the requests of one connection; a poll ends it.
fn serve(stream: TcpStream, polls: &Sender<Instant>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let mut request = String::new();
        if reader.read_line(&mut request)? == 0 {
            return Ok(());
        }
        if request.contains("/runtime/invocation/next") {
            let _ = polls.send(Instant::now());
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
        // An item that is not there: the answer to the one read of a start.
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}")?;
    }
}
