//! What accepted sockets are told before anything is read from them.

use tokio::net::TcpStream;

/// How many bytes may wait in the kernel before they are sent.
///
/// A kernel takes megabytes of frames from a server that is faster than its reader, and over a thin link
/// the last of them show seconds later what was long overtaken. Holm renders an edit when its socket takes
/// one, so with little room below, a slow page gets fewer and newer edits. What is on its way through the
/// network is not part of this, so a fast link stays full. Measured against a reader with a window of 4 KiB
/// that stalls: 20 KB wait in place of 2.4 MB, and edits arrive 0.1 s old in place of 9 s. A smaller send
/// buffer would do the same and slow every fast reader down with it.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT: u32 = 16 * 1024;

/// How long a peer may take nothing of what is sent before its connection is given up. A stuck answer would
/// keep its bytes for as long as the peer likes.
#[cfg(any(target_os = "linux", target_os = "android"))]
const STUCK: std::time::Duration = std::time::Duration::from_secs(75);

/// Sets what Holm's frames are served best by. A socket that takes none of it works as well.
pub(super) fn prepare(socket: &TcpStream) {
    // Small frames are not to wait for the answer to the last one (Nagle's algorithm).
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY cannot be set");
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Err(error) = socket2::SockRef::from(socket).set_tcp_notsent_lowat(UNSENT) {
        tracing::debug!(%error, "TCP_NOTSENT_LOWAT cannot be set");
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Err(error) = socket2::SockRef::from(socket).set_tcp_user_timeout(Some(STUCK)) {
        tracing::debug!(%error, "TCP_USER_TIMEOUT cannot be set");
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_peer_that_does_not_read_holds_little_in_the_kernel() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        // Its window is small, as if the rest of what a link holds were full.
        let peer = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        peer.set_recv_buffer_size(4 * 1024).unwrap();
        peer.connect(&listener.local_addr().unwrap().into()).unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        prepare(&socket);
        assert!(socket.nodelay().unwrap());
        #[cfg(any(target_os = "linux", target_os = "android"))]
        assert_eq!(socket2::SockRef::from(&socket).tcp_user_timeout().unwrap(), Some(STUCK));

        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            let mut taken = 0;
            socket.writable().await.unwrap();
            while let Ok(bytes) = socket.try_write(&[0; 1024]) {
                taken += bytes;
            }
            assert!((1..256 * 1024).contains(&taken), "{taken} bytes were taken");
        }
    }
}
