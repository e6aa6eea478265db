//! `InFlight`, the very file, under every order of its threads' steps:
//! `RUSTFLAGS="--cfg loom" cargo test --release -p continuum-loom` in `fuzz/`.
//!
//! What it stands on is written here as small as it can be: so many equal servers,
//! every key owned by the first, the others tried in their order.
#![cfg(loom)]

mod server {
    #[derive(Clone, Debug)]
    pub struct Server(pub u32);

    impl Server {
        pub fn identity(&self) -> u32 {
            self.0
        }
    }
}

mod resolve {
    use crate::server::Server;

    #[derive(Clone, Debug)]
    pub struct Servers(Vec<Server>);

    impl Servers {
        pub fn iter(&self) -> std::slice::Iter<'_, Server> {
            self.0.iter()
        }

        pub fn as_slice(&self) -> &[Server] {
            &self.0
        }
    }

    #[derive(Clone, Debug)]
    pub struct Continuum {
        servers: Servers,
        fair: Vec<f64>,
    }

    impl Continuum {
        pub fn of(count: u32) -> Self {
            let servers = Servers((0..count).map(Server).collect());
            Self { servers, fair: vec![1.0 / f64::from(count); count as usize] }
        }

        pub fn servers(&self) -> &Servers {
            &self.servers
        }

        pub fn fair_shares(&self) -> &[f64] {
            &self.fair
        }

        pub fn resolve_index(&self, _key: &[u8]) -> Option<u32> {
            Some(0)
        }
    }
}

mod bounded {
    use crate::resolve::Continuum;

    #[derive(Clone, Copy, Debug)]
    pub struct Bounded(pub f64);

    impl Bounded {
        pub fn cap(&self, total: u64, fair_share: f64) -> u64 {
            ((self.0 * (total as f64 + 1.0) * fair_share).ceil() as u64).max(1)
        }

        pub(crate) fn first<T>(
            &self,
            continuum: &Continuum,
            _key: &[u8],
            take: impl FnMut(u32) -> Option<T>,
        ) -> Option<T> {
            (0..continuum.servers().as_slice().len() as u32).find_map(take)
        }
    }
}

#[path = "../../../crates/continuum/src/load/in_flight.rs"]
mod in_flight;

#[cfg(test)]
mod tests {
    use crate::bounded::Bounded;
    use crate::in_flight::InFlight;
    use crate::resolve::Continuum;

    /// Threads that each hold a request and end it: at its admission no server is
    /// above the cap, everybody is admitted, and in the end nothing is in flight.
    fn come_and_go(threads: usize, servers: u32, times: usize) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(move || {
            let in_flight = InFlight::new(Continuum::of(servers), Bounded(1.0));
            let work = |in_flight: InFlight| {
                move || {
                    for _ in 0..times {
                        let guard = in_flight.acquire("key").expect("nobody is refused");
                        assert!(guard.load() <= guard.cap());
                        drop(guard);
                    }
                }
            };
            let others: Vec<_> =
                (1..threads).map(|_| loom::thread::spawn(work(in_flight.clone()))).collect();
            work(in_flight.clone())();
            for other in others {
                other.join().unwrap();
            }
            assert_eq!(in_flight.total(), 0);
            assert!((0..servers).all(|server| in_flight.load(server) == 0));
        });
    }

    #[test]
    fn two_threads_two_servers() {
        come_and_go(2, 2, 2);
    }

    #[test]
    fn three_threads_two_servers() {
        come_and_go(3, 2, 1);
    }

    #[test]
    fn two_threads_one_server() {
        come_and_go(2, 1, 2);
    }
}
