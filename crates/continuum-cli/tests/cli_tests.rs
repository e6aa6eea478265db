//! The cases of `tests/cmd`: arguments, input, output, status.

#[test]
fn cli_tests() {
    trycmd::TestCases::new().case("tests/cmd/*.toml").case("tests/cmd/*.trycmd");
}
