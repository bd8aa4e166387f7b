//! Networks in settings: `10.0.0.0/8`, `::1`, `192.0.2.7`.

use std::net::IpAddr;

/// An address with the number of leading bits that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads an address, or an address and a prefix length.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |b| b.parse().ok().filter(|b| *b <= most))?;
        Some(Self { address, bits })
    }

    /// Whether the address lies inside; an IPv4 address written as IPv6 counts as IPv4.
    pub fn holds(self, address: IpAddr) -> bool {
        fn shifted(bits: u128, width: u8, keep: u8) -> u128 {
            if keep == 0 { 0 } else { bits >> (width - keep) }
        }
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                shifted(u128::from(a.to_bits()), 32, self.bits) == shifted(u128::from(b.to_bits()), 32, self.bits)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => shifted(a.to_bits(), 128, self.bits) == shifted(b.to_bits(), 128, self.bits),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_hold_what_they_should() {
        let holds = |network: &str, address: &str| Network::parse(network).unwrap().holds(address.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.255.0.1"));
        assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("0.0.0.0/0", "203.0.113.9"));
        assert!(holds("fd00::/8", "fd12::1"));
        assert!(!holds("::1", "::2"));
        for bad in ["", "10.0.0.0/33", "10.0.0", "x/8", "10.0.0.0/-1"] {
            assert!(Network::parse(bad).is_none(), "{bad}");
        }
    }
}
