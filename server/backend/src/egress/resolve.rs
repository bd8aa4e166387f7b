//! Names to addresses. Injected, so that tests can lie about names, and asked exactly once per hop: what it answers is
//! checked and then pinned, so a name that answers differently the next time gains nothing.
//!
//! [`NameResolver`] asks the name servers of `/etc/resolv.conf` itself, after `/etc/hosts`, without a thread per question:
//! answers are kept for as long as they say, the same question is asked once however many wait for it, and each has a bound
//! in time. What can not be asked is our fault ([`ResolveError::Failed`]) and never the target's.

use std::{
    collections::HashMap,
    fs,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use futures::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use hickory_resolver::{
    Hosts, TokioResolver,
    config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::{Query, ResponseCode},
        rr::{Name, RecordType},
    },
    system_conf::read_system_conf,
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

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

    /// The name servers that are asked; none where names are known otherwise.
    fn servers(&self) -> Vec<SocketAddr> {
        Vec::new()
    }
}

/// Questions under way at a time: each holds a socket.
const LOOKUPS: usize = 1_024;
/// Longest time for one name, waiting for its turn included.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest wait for one answer, and how often a question is repeated.
const ANSWER: Duration = Duration::from_secs(2);
const REPEAT: usize = 1;
/// Names whose answers are kept, and for how long at most: addresses, and that there is none.
const KEPT: u64 = 8_192;
const KEEP: Duration = Duration::from_mins(5);
const KEEP_NONE: Duration = Duration::from_secs(30);
/// Between two looks at whether the files of the system have changed.
const LOOK: Duration = Duration::from_secs(10);

const RESOLV_CONF: &str = "/etc/resolv.conf";
const HOSTS: &str = "/etc/hosts";

type Answer = Result<Vec<IpAddr>, ResolveError>;
type Asking = BoxFuture<'static, Answer>;

/// Asks name servers.
pub struct NameResolver {
    /// Where to find them; `None` in the files of the system, which are read anew when they change.
    servers: Option<Vec<SocketAddr>>,
    turns: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    asker: Option<Arc<Asker>>,
    looked: Option<Instant>,
    stamps: [Option<(SystemTime, u64)>; 2],
    /// Questions under way, by name; one that nobody waits for any more is dropped with its last waiter.
    asking: HashMap<String, WeakShared<Asking>>,
    /// So many may be in the map before those that are over are swept out.
    sweep_at: usize,
}

/// One reading of the configuration.
struct Asker {
    resolver: TokioResolver,
    hosts: Hosts,
    search: Vec<Name>,
    ndots: usize,
}

impl NameResolver {
    /// Over `/etc/resolv.conf` and `/etc/hosts`.
    pub fn of_the_system() -> Self {
        Self::over(None)
    }

    /// Over these name servers alone.
    pub fn of(servers: Vec<SocketAddr>) -> Self {
        Self::over(Some(servers))
    }

    fn over(servers: Option<Vec<SocketAddr>>) -> Self {
        Self { servers, turns: Arc::new(Semaphore::new(LOOKUPS)), state: Mutex::default() }
    }

    /// Joins the question for this name that is under way, or begins one.
    fn ask(&self, host: &str) -> Result<Shared<Asking>, ResolveError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asking) = state.asking.get(host).and_then(WeakShared::upgrade).filter(|asking| asking.peek().is_none()) {
            return Ok(asking);
        }
        let asker = self.asker(&mut state)?;
        if state.asking.len() >= state.sweep_at {
            state.asking.retain(|_, asking| asking.upgrade().is_some());
            state.sweep_at = (state.asking.len() * 2).max(256);
        }
        let (name, turns) = (host.to_owned(), self.turns.clone());
        let asking = async move {
            if let Some(addresses) = asker.listed(&name) {
                return Ok(addresses);
            }
            let asked = timeout(PATIENCE, async {
                let _turn = turns.acquire().await;
                asker.ask(&name).await
            });
            asked.await.unwrap_or_else(|_| Err(ResolveError::Failed(format!("no name server answered for {name} in time"))))
        };
        let asking = asking.boxed().shared();
        if let Some(weak) = asking.downgrade() {
            state.asking.insert(host.to_owned(), weak);
        }
        Ok(asking)
    }

    /// The configuration as it stands; read anew where its files have changed.
    fn asker(&self, state: &mut State) -> Result<Arc<Asker>, ResolveError> {
        let fresh = state.looked.is_some_and(|at| at.elapsed() < LOOK || self.servers.is_some());
        if let Some(asker) = state.asker.as_ref().filter(|_| fresh) {
            return Ok(asker.clone());
        }
        let stamps = [RESOLV_CONF, HOSTS].map(stamp);
        let known = state.asker.as_ref().filter(|_| state.stamps == stamps).cloned();
        let asker = match known {
            Some(asker) => asker,
            None => Arc::new(Asker::read(self.servers.as_deref()).map_err(|error| ResolveError::Failed(error.to_string()))?),
        };
        (state.looked, state.stamps, state.asker) = (Some(Instant::now()), stamps, Some(asker.clone()));
        Ok(asker)
    }
}

/// What tells whether a file has changed.
fn stamp(path: &str) -> Option<(SystemTime, u64)> {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

#[async_trait]
impl Resolver for NameResolver {
    async fn resolve(&self, host: &str) -> Answer {
        self.ask(host)?.await
    }

    fn servers(&self) -> Vec<SocketAddr> {
        let of_the_system = || {
            let (config, _) = read_system_conf().ok()?;
            let port = |server: &NameServerConfig| server.connections.first().map_or(53, |connection| connection.port);
            Some(config.name_servers().iter().map(|server| SocketAddr::new(server.ip, port(server))).collect())
        };
        self.servers.clone().or_else(of_the_system).unwrap_or_default()
    }
}

impl Asker {
    fn read(servers: Option<&[SocketAddr]>) -> Result<Self, NetError> {
        let (config, mut options) = match servers {
            Some(servers) => (ResolverConfig::from_name_servers(servers.iter().map(|at| server(*at)).collect()), ResolverOpts::default()),
            // Without name servers there still are hosts.
            None => read_system_conf().unwrap_or_else(|error| {
                tracing::warn!(%error, "{RESOLV_CONF} names no name server: only names of {HOSTS} are known");
                (ResolverConfig::from_name_servers(Vec::new()), ResolverOpts::default())
            }),
        };
        options.timeout = options.timeout.min(ANSWER);
        options.attempts = options.attempts.min(REPEAT);
        options.cache_size = KEPT;
        options.max_active_requests = LOOKUPS;
        options.positive_max_ttl = Some(KEEP);
        options.negative_max_ttl = Some(KEEP_NONE);
        options.use_hosts_file = ResolveHosts::Never;
        let ndots = options.ndots;
        let (domain, mut search, servers_of) = config.into_parts();
        if search.is_empty() {
            search.extend(domain);
        }
        let config = ResolverConfig::from_name_servers(servers_of);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        let hosts = if servers.is_none() { Hosts::from_system().unwrap_or_default() } else { Hosts::default() };
        Ok(Self { resolver: builder.build()?, hosts, search, ndots })
    }

    /// The names that may be meant, in the order in which they are asked for: a short name is first looked for at home.
    fn names(&self, host: &str) -> Result<Vec<Name>, ResolveError> {
        let name = Name::from_utf8(host).map_err(|_| ResolveError::NoSuchName)?;
        if name.is_fqdn() {
            return Ok(vec![name]);
        }
        let dots = host.matches('.').count();
        let mut absolute = name.clone();
        absolute.set_fqdn(true);
        let at_home = self.search.iter().filter_map(|domain| name.clone().append_domain(domain).ok());
        let mut names: Vec<Name> = at_home.collect();
        names.insert(if dots >= self.ndots { 0 } else { names.len() }, absolute);
        Ok(names)
    }

    /// What the file of hosts says of a name.
    fn listed(&self, host: &str) -> Option<Vec<IpAddr>> {
        let name = Name::from_utf8(host).ok()?;
        let of = |kind| self.hosts.lookup_static_host(&Query::query(name.clone(), kind));
        let lookups = [RecordType::A, RecordType::AAAA].into_iter().filter_map(of);
        let addresses: Vec<IpAddr> =
            lookups.flat_map(|lookup| lookup.answers().iter().filter_map(|r| r.data.ip_addr()).collect::<Vec<_>>()).collect();
        (!addresses.is_empty()).then_some(addresses)
    }

    /// Asks for one name after the other. That there is none is believed only where every question was answered so.
    async fn ask(&self, host: &str) -> Answer {
        let mut failed = None;
        for name in self.names(host)? {
            for kind in [RecordType::A, RecordType::AAAA] {
                match self.resolver.lookup(name.clone(), kind).await {
                    Ok(lookup) => {
                        let addresses: Vec<IpAddr> = lookup.answers().iter().filter_map(|record| record.data.ip_addr()).collect();
                        if !addresses.is_empty() {
                            return Ok(addresses);
                        }
                    }
                    Err(error) if is_none(&error) => {}
                    Err(error) => failed = Some(error.to_string()),
                }
            }
        }
        Err(failed.map_or(ResolveError::NoSuchName, ResolveError::Failed))
    }
}

/// Whether a name server said that there is no such name, or no address of it.
fn is_none(error: &NetError) -> bool {
    let NetError::Dns(DnsError::NoRecordsFound(none)) = error else { return false };
    matches!(none.response_code, ResponseCode::NXDomain | ResponseCode::NoError)
}

fn server(at: SocketAddr) -> NameServerConfig {
    let mut server = NameServerConfig::udp_and_tcp(at.ip());
    for connection in &mut server.connections {
        connection.port = at.port();
    }
    server
}
