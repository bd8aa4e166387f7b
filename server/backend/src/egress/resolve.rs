//! Names to addresses. Injected, so that tests can lie about names, and asked exactly once per hop: what it answers is
//! checked and then pinned, so a name that answers differently the next time gains nothing.

use std::net::IpAddr;

use async_trait::async_trait;
use tokio::sync::Semaphore;

/// Why a name gave no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolveError {
    /// The name does not exist: a fault of the target.
    NoSuchName,
    /// Our resolver failed or did not answer: it says nothing of the target.
    Failed(String),
}

/// Turns a name into addresses.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// Every address of the name, in the order of preference; never empty.
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError>;
}

/// Lookups at a time: each occupies a blocking thread.
const LOOKUPS: usize = 32;

/// The resolver of the operating system.
pub struct SystemResolver(Semaphore);

impl Default for SystemResolver {
    fn default() -> Self {
        Self(Semaphore::new(LOOKUPS))
    }
}

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let _turn = self.0.acquire().await.map_err(|error| ResolveError::Failed(error.to_string()))?;
        let mut addresses: Vec<IpAddr> =
            tokio::net::lookup_host((host, 0)).await.map_err(|error| classify(&error.to_string()))?.map(|a| a.ip()).collect();
        addresses.dedup();
        if addresses.is_empty() { Err(ResolveError::NoSuchName) } else { Ok(addresses) }
    }
}

/// The standard library gives the C library's sentence and no code. glibc and musl say these where the answer is
/// authoritative; everything else is taken for a failure of ours, which never counts against the target.
fn classify(text: &str) -> ResolveError {
    let authoritative = ["Name or service not known", "No address associated", "Name does not resolve", "nodename nor servname"];
    if authoritative.iter().any(|sentence| text.contains(sentence)) {
        ResolveError::NoSuchName
    } else {
        ResolveError::Failed(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_authoritative_answer_counts_against_the_target() {
        assert_eq!(classify("failed to lookup address information: Name or service not known"), ResolveError::NoSuchName);
        assert!(matches!(classify("failed to lookup address information: Temporary failure in name resolution"), ResolveError::Failed(_)));
    }
}
