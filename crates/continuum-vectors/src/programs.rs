//! What some programs' sets say in words of their own: options that a scheme has too,
//! weights that were not given, texts that make a key.

use continuum::Capacity;
use serde_json::Value;

use crate::set::Set;

impl Set {
    /// `unweighted` are the servers whose weight was not given, or no capacity.
    pub(crate) fn apply_program(&mut self, unweighted: &[bool], own_points: &[Option<u64>]) {
        let name = self.scheme().unwrap_or_default();
        match name.split(':').next().unwrap_or_default() {
            "dalli" => self.apply_client(),
            "npm-memcached" => self.apply_namespace(),
            "npm-hashring" => {
                for (server, own) in self.servers.iter_mut().zip(own_points) {
                    if let Some(own) = own {
                        *server = server.clone().with_hash_key(own.to_string());
                    }
                }
            }
            "predis" => self.weigh(unweighted, 100),
            "traefik" => self.weigh(unweighted, 0),
            "dubbo" => self.apply_arguments(),
            _ => {}
        }
    }

    fn weigh(&mut self, unweighted: &[bool], capacity: u32) {
        for (server, unweighted) in self.servers.iter_mut().zip(unweighted) {
            if *unweighted {
                *server = server.clone().with_capacity(Capacity::from(capacity));
            }
        }
    }

    /// Dalli's client shortens long keys, which a bare ring does not.
    fn apply_client(&mut self) {
        if self.option_text("mode") == Some("client") {
            self.add_option("keys=client");
        }
        self.apply_namespace();
    }

    fn apply_namespace(&mut self) {
        let Some(namespace) = self.option_text("namespace").map(str::to_owned) else { return };
        self.add_option(&format!(
            "namespace={}",
            namespace.replace('%', "%25").replace(',', "%2C")
        ));
        self.also = None;
    }

    fn add_option(&mut self, option: &str) {
        if let Some(scheme) = &mut self.scheme {
            scheme.push(if scheme.contains(':') { ',' } else { ':' });
            scheme.push_str(option);
        }
    }

    /// A call's arguments, of which some make the key, joined.
    fn apply_arguments(&mut self) {
        let Some(arguments) = self.options.get("args").and_then(Value::as_array) else { return };
        let chosen = self.options.get("arguments").and_then(Value::as_array);
        let chosen = chosen.into_iter().flatten().filter_map(Value::as_u64);
        let pieces: Vec<Value> =
            chosen.filter_map(|at| arguments.get(usize::try_from(at).ok()?).cloned()).collect();
        for case in &mut self.cases {
            let mut key = Vec::new();
            for piece in &pieces {
                match piece.as_str() {
                    Some("KEY") => key.extend_from_slice(&case.key),
                    Some(text) => key.extend_from_slice(text.as_bytes()),
                    None => key.extend_from_slice(b"null"),
                }
            }
            case.key = key.into();
        }
    }
}
