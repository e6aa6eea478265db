//! Affinity: a service that gives each request to the owner of its key.

use std::borrow::Cow;
use std::fmt;
use std::hash::Hash;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use continuum::{Continuum, Scheme};
use continuum_upstream::{Pool, Rules, State};
use tower::discover::{Change, Discover};
use tower::ready_cache::ReadyCache;
use tower::{BoxError, Service};

use crate::error::NoReady;
use crate::future::Response;
use crate::member::Member;
use crate::members::Members;

/// Gives each request to the server that owns its key, or to the next candidate that is
/// ready, among the services of a [`Discover`].
///
/// The map changes when the discovery inserts or removes a server, and only then. A
/// service that fails to become ready is dropped, as tower's own balancer does, but its
/// server keeps its place: its keys go to their next candidates until the
/// discovery inserts the server again. Wrap services that can be made anew in
/// `tower::reconnect`.
///
/// Ready as soon as any service is ready: which one a request needs is known when
/// it comes. An owner that is not ready at that moment is passed over; give the
/// services a buffer if a request should rather wait for its owner.
pub struct Affinity<D, F, Req>
where
    D: Discover,
    D::Key: Hash,
    D::Service: Service<Req>,
{
    discover: D,
    ended: bool,
    services: ReadyCache<D::Key, D::Service, Req>,
    members: Members<D::Key>,
    key: F,
    failed: fn(&<D::Service as Service<Req>>::Response) -> bool,
}

impl<D, F, Req> Affinity<D, F, Req>
where
    D: Discover + Unpin,
    D::Key: Member + Hash + Clone + fmt::Debug,
    D::Service: Service<Req>,
    <D::Service as Service<Req>>::Error: Into<BoxError>,
    D::Error: Into<BoxError>,
    F: for<'a> Fn(&'a Req) -> Cow<'a, [u8]>,
{
    /// Affinity by a key of the request, under a scheme. `name` tells this map from others
    /// in metrics.
    pub fn new(name: &str, scheme: Scheme, discover: D, key: F) -> Self {
        Self::with_rules(name, scheme, Rules::new(), discover, key)
    }

    /// As [`new`](Self::new), with rules: bounded load, rest after failures, ramp, hops.
    pub fn with_rules(name: &str, scheme: Scheme, rules: Rules, discover: D, key: F) -> Self {
        Self {
            discover,
            ended: false,
            services: ReadyCache::default(),
            members: Members::new(scheme, Pool::new(name, rules)),
            key,
            failed: |_| false,
        }
    }

    /// Counts some responses as failures of the server, such as those of status 503. An
    /// error is a failure always.
    #[must_use]
    pub fn with_failed(self, failed: fn(&<D::Service as Service<Req>>::Response) -> bool) -> Self {
        Self { failed, ..self }
    }

    /// The map; `None` before the first server.
    pub fn continuum(&self) -> Option<&Continuum> {
        self.members.view().map(|view| view.continuum())
    }

    /// What is known of the servers: rules, the last refusal.
    pub fn pool(&self) -> &Pool {
        self.members.pool()
    }

    /// Takes in what was discovered, all at once: a map is built once for all of it.
    fn poll_discover(&mut self, context: &mut Context<'_>) -> Result<(), BoxError> {
        while !self.ended {
            let Poll::Ready(change) = Pin::new(&mut self.discover).poll_discover(context) else {
                break;
            };
            match change.transpose().map_err(Into::into)? {
                None => self.ended = true,
                Some(Change::Remove(key)) => {
                    self.services.evict(&key);
                    self.members.remove(&key);
                }
                Some(Change::Insert(key, service)) => {
                    let Ok(before) = self.members.insert(&key) else { continue };
                    if let Some(before) = before {
                        self.services.evict(&before);
                    }
                    self.services.push(key, service);
                }
            }
        }
        self.members.settle();
        Ok(())
    }

    fn poll_services(&mut self, context: &mut Context<'_>) {
        while let Poll::Ready(Err(failed)) = self.services.poll_pending(context) {
            log::warn!("map '{}': {failed}", self.pool().name());
        }
    }

    fn no_ready(&self) -> BoxError {
        let (map, servers) = (self.pool().name().into(), self.members.len());
        Box::new(NoReady { map, servers })
    }

    fn state(&self, server: u32) -> State {
        match self.members.key(server) {
            Some(key) if self.services.get_ready(key).is_some() => State::Ready,
            Some(key) if self.services.pending_contains(key) => State::Busy,
            _ => State::Down,
        }
    }
}

impl<D, F, Req> Service<Req> for Affinity<D, F, Req>
where
    D: Discover + Unpin,
    D::Key: Member + Hash + Clone + fmt::Debug,
    D::Service: Service<Req>,
    <D::Service as Service<Req>>::Error: Into<BoxError>,
    D::Error: Into<BoxError>,
    F: for<'a> Fn(&'a Req) -> Cow<'a, [u8]>,
{
    type Response = <D::Service as Service<Req>>::Response;
    type Error = BoxError;
    type Future = Response<<D::Service as Service<Req>>::Future, Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.poll_discover(context)?;
        self.poll_services(context);
        if self.services.ready_len() > 0 {
            return Poll::Ready(Ok(()));
        }
        if self.ended && self.services.is_empty() {
            // Nothing is left that could wake this task.
            return Poll::Ready(Err(self.no_ready()));
        }
        Poll::Pending
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let key = (self.key)(&request).into_owned();
        // A service that turns out not to be ready is polled again, with a waker of
        // its own, by the next `poll_ready`.
        let mut context = Context::from_waker(Waker::noop());
        while let Some(view) = self.members.view() {
            let state = |server| self.state(server);
            let Some(pick) = view.choose_at(&key, Instant::now(), state) else {
                view.count(None);
                break;
            };
            let Some(member) = self.members.key(pick.index()) else { break };
            match self.services.check_ready(&mut context, member) {
                Ok(true) => {
                    view.count(Some(&pick));
                    let future = self.services.call_ready(member, request);
                    return Response::called(future, pick.into_request(), self.failed);
                }
                // It is among the ready ones no more: the next pick passes it over.
                Ok(false) => {}
                Err(failed) => log::warn!("map '{}': {failed}", self.pool().name()),
            }
        }
        Response::refused(self.no_ready(), self.failed)
    }
}

impl<D, F, Req> fmt::Debug for Affinity<D, F, Req>
where
    D: Discover,
    D::Key: Hash,
    D::Service: Service<Req>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Affinity")
            .field("ready", &self.services.ready_len())
            .field("pending", &self.services.pending_len())
            .finish_non_exhaustive()
    }
}
