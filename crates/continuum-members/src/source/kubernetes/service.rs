//! A Service's slices: its list, and the watch that goes on from there.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams, WatchParams};
use kube::{Api, Client};
use tokio::time::{self, Instant};

use super::reason;
use super::slices::{LABEL, Said, Slices};

/// Slices on a page of a list.
const PAGE: u32 = 500;
/// How long a page may take, and the beginning of a watch.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a list may take, so that one without an end has one.
const LIST: Duration = Duration::from_secs(60);
/// Seconds after which a watch is begun anew.
const LASTS: u32 = 60;
/// And so many later a connection that says nothing is dead.
const GRACE: Duration = Duration::from_secs(5);

pub(super) struct Service<'a> {
    api: Api<DynamicObject>,
    name: &'a str,
    label: String,
}

/// How a watch ended.
pub(super) enum End {
    /// It goes on where it was: it ended by itself, or was cut off.
    Resumable {
        /// Whether it had said anything.
        said: bool,
    },
    /// What lies between is forgotten.
    Forgotten,
}

impl<'a> Service<'a> {
    pub(super) fn new(client: Client, namespace: &str, name: &'a str) -> Self {
        let kind = GroupVersionKind::gvk("discovery.k8s.io", "v1", "EndpointSlice");
        let api = Api::namespaced_with(client, namespace, &ApiResource::from_gvk(&kind));
        Self { api, name, label: format!("{LABEL}={name}") }
    }

    /// All slices of one version.
    pub(super) async fn list(&self) -> Result<Slices, String> {
        time::timeout(LIST, self.pages()).await.unwrap_or_else(|_| Err(late()))
    }

    async fn pages(&self) -> Result<Slices, String> {
        // Without a version, which is the newest of all.
        let mut asked = ListParams::default().labels(&self.label).limit(PAGE);
        let mut slices: Option<Slices> = None;
        loop {
            let page = time::timeout(PATIENCE, self.api.list(&asked)).await;
            let page = page.map_err(|_| late())?.map_err(|error| reason::client(&error))?;
            let version = page.metadata.resource_version.filter(|version| !version.is_empty());
            let version = version.ok_or("half an answer: a list without a version")?;
            let slices = slices.get_or_insert_with(|| Slices::new(self.name, &version));
            if slices.version() != version {
                return Err("half an answer: pages of two lists".to_owned());
            }
            page.items.into_iter().try_for_each(|slice| slices.add(slice))?;
            asked.continue_token = page.metadata.continue_.filter(|token| !token.is_empty());
            if asked.continue_token.is_none() {
                break;
            }
        }
        slices.ok_or_else(late)
    }

    /// Watches from the version of the slices on, and changes them. They are told when the
    /// watch has begun, and whenever they have changed.
    pub(super) async fn watch(
        &self,
        slices: &mut Slices,
        mut tell: impl FnMut(&Slices),
    ) -> Result<End, String> {
        let asked = WatchParams::default().labels(&self.label).timeout(LASTS);
        let end = Instant::now() + Duration::from_secs(u64::from(LASTS)) + GRACE;
        let begun = time::timeout(PATIENCE, self.api.watch(&asked, slices.version())).await;
        let events = match begun.map_err(|_| late())? {
            Ok(events) => events,
            Err(kube::Error::Api(status)) if status.code == 410 => return Ok(End::Forgotten),
            Err(error) => return Err(reason::client(&error)),
        };
        tell(slices);
        let mut events = pin!(events);
        let mut said = false;
        loop {
            let event = match time::timeout_at(end, events.next()).await {
                Ok(Some(Ok(event))) => event,
                Ok(Some(Err(kube::Error::ReadEvents(_))) | None) | Err(_) => {
                    return Ok(End::Resumable { said });
                }
                Ok(Some(Err(error))) => return Err(reason::client(&error)),
            };
            match slices.take(event)? {
                Said::News => tell(slices),
                Said::Nothing => {}
                Said::Forgotten => return Ok(End::Forgotten),
            }
            said = true;
        }
    }
}

fn late() -> String {
    "no answer in time".to_owned()
}
