//! How many connections each client address has, so that no one takes every place.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::transport::address::share;

/// The connections of each address. Clients choose addresses, so the map hashes with a random seed.
#[derive(Debug, Default)]
pub(crate) struct Addresses(Mutex<HashMap<IpAddr, usize>>);

/// One of an address's connections, given back when dropped.
#[derive(Debug)]
pub(crate) struct AddressSeat {
    addresses: Arc<Addresses>,
    address: IpAddr,
}

impl Addresses {
    /// Whether this address has so many connections.
    pub(crate) fn has(&self, address: IpAddr, most: usize) -> bool {
        self.0.lock().get(&share(address)).is_some_and(|count| *count >= most)
    }

    /// Counts a connection of this address; `None` when it has `most` already. IPv6 addresses count by
    /// their /64.
    pub(crate) fn seat(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<AddressSeat> {
        let address = share(address);
        let mut counts = self.0.lock();
        let count = counts.get(&address).copied().unwrap_or(0);
        if count >= most {
            return None;
        }
        counts.insert(address, count + 1);
        Some(AddressSeat { addresses: Arc::clone(self), address })
    }
}

impl Drop for AddressSeat {
    fn drop(&mut self) {
        let mut counts = self.addresses.0.lock();
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_so_many_connections_and_not_one_more() {
        let most = Limits { connections_per_ip: 3, ..Limits::default() }.connections_per_ip;
        let addresses = Arc::new(Addresses::default());
        let seat = |text| addresses.seat(address(text), most);
        let mut seats: Vec<_> = (0..3).map(|_| seat("203.0.113.9").unwrap()).collect();
        assert!(seat("203.0.113.9").is_none());
        assert!(seat("203.0.113.10").is_some(), "another address has its own share");
        assert!(seat("::ffff:203.0.113.9").is_none(), "the same address in other clothes");
        seats.pop();
        assert!(seat("203.0.113.9").is_some());
    }

    #[test]
    fn ipv6_counts_by_its_64_bits() {
        let addresses = Arc::new(Addresses::default());
        let seat = |text| addresses.seat(address(text), 1);
        let first = seat("2001:db8::1");
        assert!(first.is_some() && seat("2001:db8::2").is_none() && seat("2001:db8:0:1::1").is_some());
    }

    #[test]
    fn an_address_without_connections_is_forgotten() {
        let addresses = Arc::new(Addresses::default());
        let seats: Vec<_> =
            (0..200).map(|last| addresses.seat(IpAddr::from([203, 0, 113, last]), 1).unwrap()).collect();
        assert_eq!(addresses.0.lock().len(), 200);
        drop(seats);
        assert!(addresses.0.lock().is_empty());
        assert!(addresses.seat(address("203.0.113.1"), 0).is_none() && addresses.0.lock().is_empty());
    }
}
