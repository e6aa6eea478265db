//! A batch answers as its keys do one at a time, however they are stored.

use std::cell::RefCell;
use std::collections::BTreeMap;

use continuum::{Continuum, Keys, NO_OWNER, Server, Servers};
use libfuzzer_sys::arbitrary::{Result, Unstructured};

use crate::sets;

thread_local! {
    /// Built once: the keys are what varies here.
    static BUILT: RefCell<BTreeMap<String, Option<Continuum>>> = const { RefCell::new(BTreeMap::new()) };
}

pub fn run(data: &[u8]) {
    let _ = batch(&mut Unstructured::new(data));
}

fn batch(input: &mut Unstructured<'_>) -> Result<()> {
    let Some(scheme) = sets::scheme(input)? else { return Ok(()) };
    let count = [0_u32, 1, 2, 5, 40][usize::from(input.arbitrary::<u8>()?) % 5];
    let continuum = BUILT.with_borrow_mut(|built| {
        if built.len() > 4000 {
            built.clear();
        }
        let made = built.entry(format!("{count} {scheme}")).or_insert_with(|| {
            let mut servers = Servers::new();
            for number in 0..count {
                let server = Server::new(format!("10.0.0.{number}"), 11211).with_id(number + 1);
                let token = (u64::from(number) << 55).to_string();
                let tokens = scheme.name() == "cassandra";
                servers.add(if tokens { server.with_hash_key(token) } else { server }).unwrap();
            }
            Continuum::with_servers(scheme.clone(), servers).ok()
        });
        made.clone()
    });
    let Some(continuum) = continuum else { return Ok(()) };
    // Lengths of one byte each, then the bytes, used again from their start.
    let count = usize::from(input.arbitrary::<u8>()?) + usize::from(input.arbitrary::<u8>()? % 80);
    let same = input.arbitrary::<u8>()?;
    let mut lengths = Vec::new();
    for _ in 0..count {
        let length = if same > 127 { same - 128 } else { input.arbitrary::<u8>().unwrap_or(21) };
        lengths.push(usize::from(length));
    }
    let bytes = input.bytes(input.len())?;
    let mut at = 0;
    let keys: Vec<Vec<u8>> = lengths
        .into_iter()
        .map(|length| {
            let key = bytes.iter().cycle().skip(at % bytes.len().max(1)).take(length);
            at += length;
            key.copied().collect()
        })
        .collect();
    agree(&continuum, &keys);
    Ok(())
}

/// Slices, packed with offsets of both widths, and of one width.
pub(crate) fn agree(continuum: &Continuum, keys: &[Vec<u8>]) {
    let single = |key: &[u8]| continuum.resolve_index(key).unwrap_or(NO_OWNER);
    let wanted: Vec<u32> = keys.iter().map(|key| single(key)).collect();
    assert!(wanted.iter().all(|owner| {
        continuum
            .servers()
            .get(*owner)
            .map_or(*owner == NO_OWNER, |server| sets::counts(continuum.scheme(), server))
    }));
    let mut owners = vec![7; keys.len()];
    let slices: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    continuum.resolve_all(&slices, &mut owners);
    assert_eq!(owners, wanted, "slices");
    let packed = keys.concat();
    let mut ends = vec![0_u64];
    for key in keys {
        ends.push(ends[ends.len() - 1] + key.len() as u64);
    }
    owners.fill(7);
    continuum.resolve_all(Keys::packed(&packed, &ends).unwrap(), &mut owners);
    assert_eq!(owners, wanted, "packed");
    let narrow: Vec<u32> = ends.iter().map(|end| u32::try_from(*end).unwrap()).collect();
    owners.fill(7);
    continuum.resolve_all(Keys::packed32(&packed, &narrow).unwrap(), &mut owners);
    assert_eq!(owners, wanted, "packed, offsets of 32 bits");
    let width = keys.get(keys.len() / 2).map_or(1, |key| key.len().max(1));
    let fixed = &packed[..packed.len() / width * width];
    let wanted: Vec<u32> = fixed.chunks(width).map(single).collect();
    let mut owners = vec![7; wanted.len()];
    continuum.resolve_all(Keys::fixed(fixed, width).unwrap(), &mut owners);
    assert_eq!(owners, wanted, "of {width} bytes each");
}
