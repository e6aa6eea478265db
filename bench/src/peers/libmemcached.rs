//! libmemcached itself, loaded when the program runs, so that a machine without
//! it can run everything else. `memcached_generate_hash` gives the number of a
//! key's server without a connection.

use std::ffi::{CString, c_char, c_int, c_void};
use std::rc::Rc;

use libloading::Library;

type Create = unsafe extern "C" fn(*mut c_void) -> *mut c_void;
type Set = unsafe extern "C" fn(*mut c_void, c_int, u64) -> c_int;
type Add = unsafe extern "C" fn(*mut c_void, *const c_char, u16, u32) -> c_int;
type Resolve = unsafe extern "C" fn(*mut c_void, *const c_char, usize) -> u32;
type Free = unsafe extern "C" fn(*mut c_void);

const NAMES: [&str; 2] = ["libmemcached.so.11", "libmemcached.so"];

/// From the library's header `types/behavior.h`.
const HASH: c_int = 2;
const DISTRIBUTION: c_int = 9;

/// More than this the library aborts on, when weighted.
pub const MOST_SERVERS: usize = 100;

/// A scheme of ours and how the library is told to do the same.
pub struct Mode {
    pub scheme: &'static str,
    distribution: u64,
    hash: u64,
}

pub const MODES: [Mode; 3] = [
    Mode { scheme: "libmemcached:distribution=ketama-weighted,hash=md5", distribution: 5, hash: 1 },
    Mode { scheme: "libmemcached:distribution=ketama", distribution: 2, hash: 0 },
    Mode { scheme: "libmemcached", distribution: 0, hash: 0 },
];

pub struct Libmemcached(Library);

/// A set of servers inside the library.
pub struct Handle {
    handle: *mut c_void,
    resolve: Resolve,
    free: Free,
    _library: Rc<Libmemcached>,
}

impl Libmemcached {
    pub fn load() -> Result<Rc<Self>, String> {
        let mut why = String::new();
        for name in NAMES {
            // SAFETY: the system's own library, whose initialisers do nothing but
            // what every program linked with it has them do.
            match unsafe { Library::new(name) } {
                Ok(library) => return Ok(Rc::new(Self(library))),
                Err(error) => why = error.to_string(),
            }
        }
        Err(why)
    }

    /// Behaviours are set before the servers are added.
    pub fn servers(self: &Rc<Self>, mode: &Mode, servers: &[&str]) -> Result<Handle, String> {
        assert!(servers.len() <= MOST_SERVERS);
        let failed = |error: libloading::Error| error.to_string();
        // SAFETY: the types are those of the library's headers. The handle is used
        // by this thread alone and freed once.
        unsafe {
            let create = *self.0.get::<Create>(b"memcached_create\0").map_err(failed)?;
            let set = *self.0.get::<Set>(b"memcached_behavior_set\0").map_err(failed)?;
            let add = *self.0.get::<Add>(b"memcached_server_add_with_weight\0").map_err(failed)?;
            let resolve = *self.0.get::<Resolve>(b"memcached_generate_hash\0").map_err(failed)?;
            let free = *self.0.get::<Free>(b"memcached_free\0").map_err(failed)?;
            let handle = create(std::ptr::null_mut());
            let made = Handle { handle, resolve, free, _library: self.clone() };
            for (behaviour, value) in [(DISTRIBUTION, mode.distribution), (HASH, mode.hash)] {
                if set(handle, behaviour, value) != 0 {
                    return Err(format!("behaviour {behaviour} cannot be set to {value}"));
                }
            }
            for server in servers {
                let (host, port) = server.rsplit_once(':').ok_or("no port")?;
                let host = CString::new(host).map_err(|error| error.to_string())?;
                let port = port.parse().map_err(|error| format!("{server}: {error}"))?;
                if add(handle, host.as_ptr(), port, 1) != 0 {
                    return Err(format!("{server} was refused"));
                }
            }
            Ok(made)
        }
    }
}

impl Handle {
    #[inline]
    pub fn resolve(&self, key: &str) -> u32 {
        // SAFETY: the handle lives as long as `self`; the length is the key's.
        unsafe { (self.resolve)(self.handle, key.as_ptr().cast(), key.len()) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: made by `memcached_create`, freed here alone.
        unsafe { (self.free)(self.handle) }
    }
}
