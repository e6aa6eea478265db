//! An HTTP proxy that gives each path to the upstream that owns it, with health checks:
//! `proxy LISTEN SCHEME UPSTREAM…`, such as
//! `proxy 127.0.0.1:8080 pingora-ketama 10.0.0.1:80 10.0.0.2:80=2 /run/app.sock`.
//!
//! `GET /health` of each upstream says whether it is up.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::os::unix::net::SocketAddr as UnixAddress;
use std::process::ExitCode;
use std::time::Duration;

use async_trait::async_trait;
use continuum::Scheme;
use continuum_pingora::{Config, Picked, Selection, Upstreams};
use continuum_upstream::Rules;
use pingora_core::prelude::{HttpPeer, background_service};
use pingora_core::protocols::l4::socket::SocketAddr;
use pingora_core::server::Server;
use pingora_core::server::configuration::ServerConf;
use pingora_core::{Error, ErrorSource, ErrorType, Result};
use pingora_load_balancing::discovery::Static;
use pingora_load_balancing::health_check::HttpHealthCheck;
use pingora_load_balancing::{Backend, Backends, LoadBalancer};
use pingora_proxy::{ProxyHttp, Session, http_proxy_service};

struct Proxy {
    upstreams: Upstreams,
}

#[async_trait]
impl ProxyHttp for Proxy {
    /// The upstream of the request, which counts there until the request has ended.
    type CTX = Option<Picked>;

    fn new_ctx(&self) -> Self::CTX {
        None
    }

    async fn upstream_peer(
        &self,
        session: &mut Session,
        picked: &mut Self::CTX,
    ) -> Result<Box<HttpPeer>> {
        let path = session.req_header().uri.path().as_bytes();
        *picked = self.upstreams.pick(path);
        let Some(picked) = picked else {
            return Error::e_explain(ErrorType::HTTPStatus(503), "no upstream is up");
        };
        Ok(Box::new(picked.peer(false, String::new())?))
    }

    fn fail_to_connect(
        &self,
        _session: &mut Session,
        _peer: &HttpPeer,
        picked: &mut Self::CTX,
        mut error: Box<Error>,
    ) -> Box<Error> {
        if let Some(picked) = picked {
            // It rests, and the next pick passes it over.
            picked.pick().request().failed();
        }
        error.set_retry(true);
        error
    }

    /// A request that changes nothing is sent once more, as long as nothing was answered.
    fn error_while_proxy(
        &self,
        _peer: &HttpPeer,
        session: &mut Session,
        mut error: Box<Error>,
        picked: &mut Self::CTX,
        reused: bool,
    ) -> Box<Error> {
        let upstream = *error.esource() == ErrorSource::Upstream;
        // A connection of old may have been closed for no fault.
        if let (Some(picked), true, false) = (picked, upstream, reused) {
            picked.pick().request().failed();
        }
        let safe = session.req_header().method.is_safe() && session.response_written().is_none();
        error.set_retry(upstream && safe);
        error
    }

    async fn logging(&self, _: &mut Session, error: Option<&Error>, picked: &mut Self::CTX) {
        if let (Some(picked), None) = (picked, error) {
            picked.pick().request().succeeded();
        }
    }
}

fn backend(text: &str) -> Result<Backend, String> {
    let (address, weight) = text.rsplit_once('=').unwrap_or((text, "1"));
    let weight = weight.parse().map_err(|_| format!("upstream '{text}': weight '{weight}'"))?;
    if address.starts_with('/') {
        let addr = UnixAddress::from_pathname(address).map_err(|why| format!("{text}: {why}"))?;
        return Ok(Backend { addr: SocketAddr::Unix(addr), weight, ext: http::Extensions::new() });
    }
    Backend::new_with_weight(address, weight).map_err(|why| format!("upstream '{text}': {why}"))
}

fn server(arguments: &[String]) -> Result<Server, String> {
    let [listen, scheme, upstreams @ ..] = arguments else {
        return Err("usage: proxy LISTEN SCHEME UPSTREAM…".to_owned());
    };
    let scheme: Scheme = scheme.parse().map_err(|why| format!("{why}"))?;
    let backends =
        upstreams.iter().map(|text| backend(text)).collect::<Result<BTreeSet<_>, _>>()?;
    Selection::check(&backends, &scheme).map_err(|why| why.to_string())?;

    let rest = (NonZero::<u32>::MIN, Duration::from_millis(500));
    let config = Config::with_rules("proxy", scheme, Rules::new().with_rest(rest.0, rest.1));
    let backends = Backends::new(Static::new(backends));
    let mut balancer =
        LoadBalancer::<Selection>::from_backends_with_config(backends, Some(config.clone()));
    let mut check = HttpHealthCheck::new("localhost", false);
    check.req.set_uri(http::Uri::from_static("/health"));
    check.consecutive_failure = 2;
    balancer.set_health_check(Box::new(check));
    balancer.health_check_frequency = Some(Duration::from_millis(100));
    balancer.parallel_health_check = true;
    let health = background_service("health", balancer);
    let upstreams = Upstreams::new(health.task(), config);

    let conf = ServerConf { threads: 2, grace_period_seconds: Some(0), ..ServerConf::default() };
    let mut server = Server::new_with_opt_and_conf(None, conf);
    server.bootstrap();
    let mut proxy = http_proxy_service(&server.configuration, Proxy { upstreams });
    proxy.add_tcp(listen);
    server.add_service(health);
    server.add_service(proxy);
    Ok(server)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match server(&arguments) {
        Ok(server) => server.run_forever(),
        Err(why) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "proxy: {why}");
            ExitCode::FAILURE
        }
    }
}
