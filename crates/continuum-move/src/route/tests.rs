use std::collections::BTreeMap;

use continuum_config::{Config, Options};

use super::{Lies, Route, Side};
use crate::dial::Endpoint;

fn side(text: &str) -> Side {
    let config = Config::parse(text, "pools.toml", &Options::new()).unwrap();
    Side::of(&config.pools()[0]).unwrap()
}

fn route(old: &str, new: &str) -> Route {
    let text = |servers: &str| format!("scheme = \"twemproxy\"\nservers = [{servers}]");
    let none = BTreeMap::new();
    Route::between(side(&text(old)), side(&text(new)), &none).unwrap()
}

#[test]
fn a_key_lies_in_place_or_moves_or_strays() {
    let route = route("'a:1', 'b:1'", "'a:1', 'b:1', 'c:1'");
    assert_eq!(route.machines().len(), 3);
    let mut seen = [0; 3];
    for number in 0..3000 {
        let key = format!("key-{number}").into_bytes();
        let (old, new) = (route.old_owner(&key).unwrap(), route.new_owner(&key).unwrap());
        for on in 0..3 {
            let wanted = match on {
                on if on == new => Lies::InPlace,
                on if on == old => Lies::Moving(new),
                _ => Lies::Stray(new),
            };
            assert_eq!(route.lies(&key, on), wanted);
        }
        seen[usize::from(old != new)] += 1;
    }
    assert!(seen[0] > 1000 && seen[1] > 500, "{seen:?}");
}

#[test]
fn one_address_is_one_machine_whatever_its_names() {
    let named = "scheme = \"twemproxy\"\n[[servers]]\nhost='a'\nport=1\nname='x'\n\
                 [[servers]]\nhost='b'\nport=1\nname='y'\n";
    let plain = "scheme = \"twemproxy\"\nservers = ['b:1', 'a:1']";
    let route = Route::between(side(named), side(plain), &BTreeMap::new()).unwrap();
    let names: Vec<&str> = route.machines().iter().map(|one| &*one.name).collect();
    assert_eq!(names, ["x", "y"]);
    let key = b"k";
    let continuum = route.sides()[0].continuum();
    let name = continuum.resolve(key).unwrap().identity().into_owned();
    assert_eq!(names[usize::try_from(route.old_owner(key).unwrap()).unwrap()], name);
}

#[test]
fn refusals() {
    let unported = "scheme = \"rendezvous-1\"\nservers = ['node-a', 'node-b']";
    let refuse = |dial: &BTreeMap<String, Endpoint>| {
        Route::between(side(unported), side(unported), dial).unwrap_err().to_string()
    };
    assert!(refuse(&BTreeMap::new()).starts_with("server 'node-a' has no port to dial"));
    let endpoint = |port: u16| Endpoint::parse("x", &format!("redis://h:{port}")).unwrap();
    let mut dial: BTreeMap<_, _> =
        [("node-a".to_owned(), endpoint(1)), ("node-b".to_owned(), endpoint(2))].into();
    assert!(Route::between(side(unported), side(unported), &dial).is_ok());
    dial.insert("c".to_owned(), endpoint(3));
    assert_eq!(refuse(&dial), "--dial: no server 'c' in either map");
    let text = "upstream u { hash $uri consistent; server a:1; server b:1; }";
    let config = Config::parse(text, "nginx.conf", &Options::new()).unwrap();
    let error = Side::of(config.pool("u").unwrap()).unwrap_err().to_string();
    assert!(error.contains("hashes $uri, which is no key of memcached or Redis"), "{error}");
}
