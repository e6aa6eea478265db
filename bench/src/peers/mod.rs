//! The engines beside ours.

pub mod counted;
pub mod libmemcached;
pub mod numbered;
pub mod python_continuum;
pub mod strings;

use crate::timer::Entrant;

/// An engine that answers text keys with a server's number.
pub struct Peer {
    pub name: &'static str,
    pub resolve: Box<dyn Fn(&'static str) -> u32>,
    entrant: Box<dyn Fn() -> Entrant<'static, &'static str>>,
}

impl Peer {
    /// The look-up is compiled into the loop that is timed.
    pub fn new(name: &'static str, one: impl Fn(&'static str) -> u32 + 'static) -> Self {
        let one = std::rc::Rc::new(one);
        let timed = one.clone();
        let entrant = move || {
            let timed = timed.clone();
            Entrant::each(move |key: &'static str| timed(key))
        };
        Self { name, resolve: Box::new(move |key| one(key)), entrant: Box::new(entrant) }
    }

    pub fn entrant(&self) -> Entrant<'static, &'static str> {
        (self.entrant)()
    }
}
