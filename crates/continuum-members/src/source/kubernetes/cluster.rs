//! The cluster that is asked, and how it is reached.

use std::env;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig, KubeconfigError};

use super::reason;

/// How long a connection may take to come about.
const PATIENCE: Duration = Duration::from_secs(10);

/// A cluster: that of the kubeconfig, or the one around this.
#[derive(Debug, Default)]
pub(super) struct Cluster {
    kubeconfig: Option<PathBuf>,
    /// Where it was when it was first looked for.
    place: Option<String>,
}

impl Cluster {
    /// That of a file, or the one that the environment leads to.
    pub(super) fn new(kubeconfig: Option<PathBuf>) -> Self {
        Self { kubeconfig, place: None }
    }

    /// A client with the credentials of now. A kubeconfig whose context has changed leads
    /// elsewhere, where the same names may be other servers: that is refused.
    pub(super) async fn client(&mut self) -> Result<Client, String> {
        let mut config = self.config().await?;
        let place = config.cluster_url.to_string();
        let known = self.place.get_or_insert_with(|| place.clone());
        if *known != place {
            return Err(format!("its kubeconfig leads to {place} now, and led to {known} before"));
        }
        config.connect_timeout = Some(PATIENCE);
        // What fails is told, and tried again by whoever asked.
        config.default_retry = false;
        if is_needless(&config) {
            config.proxy_url = None;
        }
        // Where a program has the code of several, none is the default.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Whoever was quicker has set one as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        Client::try_from(config).map_err(|error| reason::client(&error))
    }

    async fn config(&self) -> Result<Config, String> {
        match (read(self.kubeconfig.as_deref()).await, &self.kubeconfig) {
            (Ok(config), _) => Ok(config),
            (Err(error), Some(_)) => Err(reason::file(&error)),
            (Err(error), None) => {
                Config::incluster().map_err(|around| reason::neither(&error, &around))
            }
        }
    }
}

async fn read(file: Option<&Path>) -> Result<Config, KubeconfigError> {
    let kubeconfig = match file {
        Some(file) => Kubeconfig::read_from(file)?,
        None => Kubeconfig::read()?,
    };
    Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await
}

/// Whether the proxy is that of the environment, which excepts this cluster. The library
/// does not look for exceptions; the proxy that a kubeconfig names has none.
fn is_needless(config: &Config) -> bool {
    let is_environments = ["HTTPS_PROXY", "https_proxy"]
        .iter()
        .filter_map(|name| env::var(name).ok())
        .any(|text| text.parse().ok() == config.proxy_url);
    let host = config.cluster_url.host().unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_environments && (here || Matcher::from_env().intercept(&config.cluster_url).is_none())
}
