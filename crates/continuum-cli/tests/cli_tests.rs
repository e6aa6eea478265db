//! The cases of `tests/cmd`, and those of the README and the pages: arguments,
//! input, output, status.

#[test]
fn cli_tests() {
    trycmd::TestCases::new()
        .case("tests/cmd/*.toml")
        .case("tests/cmd/*.trycmd")
        .case("../../docs/commands/*.md")
        .case("../../docs/worked-case.md")
        .case("../../README.md");
}
