//! The vocabulary of the kernels: vectors of 32-bit words in each instruction set.

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;

/// Makes functions of an instruction or two, compiled into the kernels that call
/// them. The attributes in brackets name the instruction set.
macro_rules! ops {
    ($features:tt $(
        $(#[$doc:meta])*
        $name:ident $(<$($bits:ident: $int:ty),*>)? ($($x:ident: $of:ty),*) -> $to:ty = $is:expr;
    )*) => {$(
        $crate::lanes::ops::op!(
            $features [$(#[$doc])*] $name [$($($bits: $int),*)?] ($($x: $of),*) $to, $is
        );
    )*};
}

macro_rules! op {
    (
        [$(#[$feature:meta])*] [$(#[$doc:meta])*]
        $name:ident [$($bits:ident: $int:ty),*] ($($x:ident: $of:ty),*) $to:ty, $is:expr
    ) => {
        $(#[$doc])*
        #[inline]
        $(#[$feature])*
        pub(in crate::lanes) fn $name<$(const $bits: $int),*>($($x: $of),*) -> $to {
            $is
        }
    };
}

pub(super) use {op, ops};
