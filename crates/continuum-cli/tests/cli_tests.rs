//! The cases of `tests/cmd`, and those of the README: arguments, input, output,
//! status.

#[test]
fn cli_tests() {
    trycmd::TestCases::new()
        .case("tests/cmd/*.toml")
        .case("tests/cmd/*.trycmd")
        .case("../../README.md");
}
