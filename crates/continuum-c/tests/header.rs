//! `include/continuum.h` is what cbindgen makes of the sources.

use std::path::Path;

#[test]
fn the_header_is_up_to_date() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(here.join("cbindgen.toml")).unwrap();
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in ["refusal", "build", "lookup"] {
        builder = builder.with_src(here.join(format!("src/{file}.rs")));
    }
    let mut written = Vec::new();
    builder.generate().unwrap().write(&mut written);
    up_to_date(&here.join("include/continuum.h"), &String::from_utf8(written).unwrap());
}

/// Compares a generated file with the one checked in; with `UPDATE=1` writes it.
fn up_to_date(file: &Path, now: &str) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file, now).unwrap();
    }
    let then = std::fs::read_to_string(file).unwrap_or_default();
    assert_eq!(then, now, "{} is out of date; if that is meant: UPDATE=1", file.display());
}
