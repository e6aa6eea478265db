//! The arguments that readers see, without their command line.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum InputForm {
    Csv,
    Tsv,
}

#[derive(Default)]
pub(crate) struct Workload {
    pub(crate) log_format: Option<LogFormat>,
    pub(crate) log_regex: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Combined,
    Common,
    Haproxy,
}
