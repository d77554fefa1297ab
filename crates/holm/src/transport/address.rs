//! Whose connection it is: the address of the client, told by its socket or by proxies that are trusted.
//!
//! Headers are whatever a client likes, until a proxy adds to them on the right. So they are read from the
//! right, only when the socket's own peer is a proxy the app named, and only past other such proxies.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::request::Parts;
use http::{HeaderMap, header};

mod forwarded;
#[cfg(test)]
mod tests;

/// The variable that names proxies, comma separated.
pub(crate) const VARIABLE: &str = "HOLM_TRUSTED_PROXIES";
/// How many entries of a header are looked at, from the right: more proxies in a row there are none.
const HOPS: usize = 32;
/// No address, in brackets and with a port, is longer.
const ENTRY: usize = 64;

/// The proxies whose word on the client's address is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TrustedProxies(Vec<Network>);

/// An address and how many of its bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl TrustedProxies {
    /// Adds an address (`10.0.0.7`) or a network (`10.0.0.0/8`); an error is a sentence that says what to write.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), String> {
        let network = Network::parse(text.trim()).ok_or_else(|| {
            format!(
                "{text:?} is no address of a proxy: write an address or a network, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8"
            )
        })?;
        self.0.push(network);
        Ok(())
    }

    /// Adds those of a comma-separated list; an empty one names none.
    pub(crate) fn add_list(&mut self, list: &str) -> Result<(), String> {
        list.split(',').map(str::trim).filter(|text| !text.is_empty()).try_for_each(|text| self.add(text))
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits.parse().ok()?)),
            None => (text.parse::<IpAddr>().ok()?.to_canonical(), None),
        };
        let most = width(address);
        let bits = bits.unwrap_or(most);
        // Peers are compared as IPv4: a network of IPv4 in IPv6 clothes would hold none of them.
        (bits <= most && address == address.to_canonical()).then_some(Self { address, bits })
    }

    fn contains(&self, address: IpAddr) -> bool {
        width(address) == width(self.address)
            && (number(address) ^ number(self.address)).checked_shr(width(address) - self.bits).unwrap_or(0)
                == 0
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The address of the client: the socket's peer or, when that is a trusted proxy, the one that the proxy
/// took the request from. `None` when the request came through no socket.
///
/// `X-Forwarded-For` is read if there is one, else `Forwarded` (RFC 7239): from the right, up to the first
/// address that is not a trusted proxy's own. What cannot be read makes it the peer itself. An IPv4 address
/// in IPv6 clothes is given as IPv4.
pub(crate) fn client_address(parts: &Parts, trusted: &TrustedProxies) -> Option<IpAddr> {
    let peer = peer(parts)?;
    Some(forwarded_address(&parts.headers, peer, trusted).unwrap_or(peer))
}

/// The address that `Limits::connections_per_ip` counts a connection under; `None` for one that is not counted.
///
/// Not counted is a connection whose client nobody names, and whose peer probably stands for many: a peer
/// on loopback or in a private network is the developer, or a proxy that the app did not name; a trusted
/// proxy that forwards no address tells nothing of the client. Counting these would let one visitor use up
/// everybody's share. An address that a trusted proxy forwards is always counted.
pub(crate) fn counted_address(parts: &Parts, trusted: &TrustedProxies) -> Option<IpAddr> {
    let peer = peer(parts)?;
    forwarded_address(&parts.headers, peer, trusted).or_else(|| {
        let stands_for_many = is_local(peer) || trusted.contains(peer);
        (!stands_for_many).then_some(peer)
    })
}

/// What the connections of one household or machine share: an IPv4 address, or the /64 of an IPv6 one,
/// which is the least that a network gives out.
pub(crate) fn share(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

fn peer(parts: &Parts) -> Option<IpAddr> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.ip().to_canonical())
}

/// Loopback, private and link-local addresses: no client of the internet has one.
fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

/// What trusted proxies say; `None` when the peer is none, or they say nothing that can be read.
fn forwarded_address(headers: &HeaderMap, peer: IpAddr, trusted: &TrustedProxies) -> Option<IpAddr> {
    if !trusted.contains(peer) {
        return None;
    }
    if headers.contains_key("x-forwarded-for") {
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        return farthest(entries.map(plain), trusted);
    }
    let lines = headers.get_all(header::FORWARDED).iter().rev();
    farthest(lines.flat_map(|line| forwarded::elements(line.as_bytes())).map(forwarded::client), trusted)
}

/// One entry of a list, as an address.
enum Entry {
    /// Nothing between two commas.
    Empty,
    Address(IpAddr),
    /// `unknown`, a name, or worse.
    Garbage,
}

/// The first address from the right that is no trusted proxy's; if all are, the left-most one.
fn farthest(entries: impl Iterator<Item = Entry>, trusted: &TrustedProxies) -> Option<IpAddr> {
    let mut last = None;
    for (hop, entry) in entries.enumerate() {
        match entry {
            _ if hop >= HOPS => return None,
            Entry::Empty => {}
            Entry::Garbage => return None,
            Entry::Address(address) if trusted.contains(address) => last = Some(address),
            Entry::Address(address) => return Some(address),
        }
    }
    last
}

/// An entry of `X-Forwarded-For`.
fn plain(entry: &[u8]) -> Entry {
    match entry.trim_ascii() {
        b"" => Entry::Empty,
        entry => read(entry).map_or(Entry::Garbage, Entry::Address),
    }
}

/// An address as proxies write it: alone, with a port, in brackets.
fn read(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= ENTRY)?;
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    let (address, port): (IpAddr, &str) = if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        let address = address.parse::<Ipv6Addr>().ok()?.into();
        if rest.is_empty() {
            return Some(IpAddr::to_canonical(&address));
        }
        (address, rest.strip_prefix(':')?)
    } else {
        let (address, port) = text.split_once(':')?;
        (address.parse::<Ipv4Addr>().ok()?.into(), port)
    };
    // RFC 7239 lets a proxy give its port a name in place of a number.
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (!port.is_empty() && port.bytes().all(named)).then(|| address.to_canonical())
}
