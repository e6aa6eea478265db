//! How keys are read and servers are written, whatever is asked.

/// What stands in a column of servers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Answer {
    /// Numbers in the list of servers, from 0: uint32.
    #[default]
    Index,
    /// Identities: dictionary<uint32, utf8>.
    Name,
    /// Where they are dialled, `host:port`: dictionary<uint32, utf8>.
    Address,
}

/// What a null among the keys does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Nulls {
    /// It is refused, by its row.
    #[default]
    Error,
    /// Its answer is null.
    Null,
}

/// Which bytes an integer key stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Integers {
    /// Eight little-endian ones, as the Python package has it; refused below 0.
    #[default]
    Bytes,
    /// Its decimal digits, behind a minus sign if it is negative, as the program has it.
    Decimal,
}

/// How keys are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rules {
    /// What a null does.
    pub nulls: Nulls,
    /// What an integer stands for.
    pub integers: Integers,
}
