//! Documents that quote the code quote it as it is, and leave nothing out.

use std::fs;
use std::path::Path;

#[test]
fn contributing_shows_the_smallest_scheme_as_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("CONTRIBUTING.md")).unwrap();
    let code =
        fs::read_to_string(root.join("crates/continuum/src/schemes/libraries/groupcache.rs"))
            .unwrap();
    let list = fs::read_to_string(root.join("crates/continuum/src/schemes/catalogue.rs")).unwrap();
    let blocks: Vec<&str> = text
        .split("```rust,ignore\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(blocks.len(), 2);
    assert!(code.ends_with(blocks[0]), "CONTRIBUTING.md quotes another groupcache.rs");
    assert!(list.contains(blocks[1]), "CONTRIBUTING.md quotes another catalogue.rs");
}

/// A scheme without a documented order of candidates has none to rely on.
#[test]
fn every_scheme_s_page_says_its_order_of_candidates() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for entry in continuum::Scheme::catalogue() {
        let page = format!("docs/schemes/{}.md", entry.name());
        let text = fs::read_to_string(root.join(&page)).unwrap();
        assert!(text.to_lowercase().contains("candidate"), "{page} says nothing of candidates");
    }
}
