//! Which addresses may be connected to at all. The table follows the IANA special-purpose registries
//! (RFC 6890 and its updates) and the metadata addresses of the large clouds.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// A block of addresses, e.g. `10.0.0.0/8` or `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    net: IpAddr,
    prefix: u8,
}

/// The text is not a block of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a block of addresses; right would be e.g. 10.0.0.0/8, 127.0.0.1 or fd00::/8")]
pub struct NotACidr(String);

impl FromStr for Cidr {
    type Err = NotACidr;

    fn from_str(text: &str) -> Result<Self, NotACidr> {
        let wrong = || NotACidr(text.to_owned());
        let (net, prefix) = match text.trim().split_once('/') {
            Some((net, prefix)) => (net, Some(prefix)),
            None => (text.trim(), None),
        };
        let net: IpAddr = net.parse().map_err(|_| wrong())?;
        let longest = if net.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(longest), |p| p.parse().map_err(|_| wrong()))?;
        if prefix > longest { Err(wrong()) } else { Ok(Self { net, prefix }) }
    }
}

impl Cidr {
    /// Whether the address lies in the block; the two families never meet.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.net, address) {
            (IpAddr::V4(net), IpAddr::V4(a)) => same_head(u128::from(net.to_bits()) << 96, u128::from(a.to_bits()) << 96, self.prefix),
            (IpAddr::V6(net), IpAddr::V6(a)) => same_head(net.to_bits(), a.to_bits(), self.prefix),
            _ => false,
        }
    }
}

fn same_head(a: u128, b: u128, bits: u8) -> bool {
    bits == 0 || (a ^ b) >> (128 - u32::from(bits)) == 0
}

/// What an address is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Of the open internet.
    Public,
    /// Of the inside: only where the allow-list says so.
    Inside,
    /// Never, whatever the allow-list says.
    Never,
}

/// Whether a connection to the address is permitted.
pub(super) fn permitted(address: IpAddr, allowed: &[Cidr]) -> bool {
    let address = plain(address);
    match standing(address) {
        Standing::Public => true,
        Standing::Inside => listed(address, allowed),
        Standing::Never => false,
    }
}

/// Whether one of the blocks holds the address.
pub(super) fn listed(address: IpAddr, blocks: &[Cidr]) -> bool {
    blocks.iter().any(|block| block.contains(plain(address)))
}

/// Takes an IPv4 address out of the IPv6 forms that carry one: mapped, compatible, NAT64, 6to4. Otherwise each of them
/// would be a back door around the table of IPv4.
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let bits = v6.to_bits();
    let low = || IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits & 0xffff_ffff).unwrap_or_default()));
    let is = |head: Ipv6Addr, prefix| same_head(head.to_bits(), bits, prefix);
    let compatible = is(Ipv6Addr::UNSPECIFIED, 96) && v6 != Ipv6Addr::UNSPECIFIED && v6 != Ipv6Addr::LOCALHOST;
    if is(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96) || is(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96) || compatible {
        low()
    } else if is(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16) {
        IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits >> 80 & 0xffff_ffff).unwrap_or_default()))
    } else {
        address
    }
}

fn standing(address: IpAddr) -> Standing {
    match address {
        IpAddr::V4(v4) => standing_v4(v4),
        IpAddr::V6(v6) => standing_v6(v6),
    }
}

fn standing_v4(a: Ipv4Addr) -> Standing {
    // Alibaba, Azure and Oracle answer metadata outside 169.254/16.
    const METADATA: [Ipv4Addr; 3] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];
    let [x, y, z, _] = a.octets();
    match (x, y, z) {
        _ if METADATA.contains(&a) => Standing::Never,
        (0 | 224..=255, ..) | (169, 254, _) => Standing::Never,
        (10 | 127, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => Standing::Inside,
        (192, 0, 0 | 2) | (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) => Standing::Inside,
        _ => Standing::Public,
    }
}

fn standing_v6(a: Ipv6Addr) -> Standing {
    // AWS answers metadata at fd00:ec2::254, which is within the unique local range.
    const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    let head = a.segments()[0];
    if a == METADATA || a.is_unspecified() || a.is_multicast() || head & 0xffc0 == 0xfe80 {
        Standing::Never
    } else if a.is_loopback() || head & 0xfe00 == 0xfc00 || head & 0xffc0 == 0xfec0 || (head == 0x2001 && a.segments()[1] == 0xdb8) {
        Standing::Inside
    } else if head & 0xe000 == 0x2000 {
        Standing::Public
    } else {
        // Everything outside 2000::/3 is not global unicast.
        Standing::Never
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn link_local_and_metadata_are_never_reached() {
        let everything: Vec<Cidr> = ["0.0.0.0/0", "::/0"].iter().map(|c| c.parse().unwrap()).collect();
        for never in [
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
            "::",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
        ] {
            assert!(!permitted(ip(never), &everything), "{never}");
        }
    }

    #[test]
    fn the_inside_needs_the_allow_list() {
        let allowed: Vec<Cidr> = ["10.1.0.0/16", "127.0.0.1", "fd12::/16"].iter().map(|c| c.parse().unwrap()).collect();
        for inside in ["10.1.2.3", "127.0.0.1", "fd12::9", "::ffff:10.1.2.3"] {
            assert!(permitted(ip(inside), &allowed), "{inside}");
            assert!(!permitted(ip(inside), &[]), "{inside}");
        }
        for outside in ["10.2.0.1", "127.0.0.2", "192.168.1.1", "172.31.0.1", "100.64.0.1", "::1", "fc00::1"] {
            assert!(!permitted(ip(outside), &allowed), "{outside}");
        }
        for public in ["1.1.1.1", "172.32.0.1", "2606:4700::1111"] {
            assert!(permitted(ip(public), &[]), "{public}");
        }
    }

    #[test]
    fn blocks_parse_or_say_what_is_right() {
        for bad in ["", "10.0.0.0/33", "x/8", "fd00::/129", "10.0.0/8", "1.2.3.4/-1"] {
            assert!(bad.parse::<Cidr>().is_err(), "{bad}");
        }
    }
}
