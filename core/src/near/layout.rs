//! The structs that calls read and write, as bytes in the layout of a given ABI.
//!
//! The task behind an interface need not share our architecture, so that a struct is a plain value here and becomes bytes
//! for an ABI.

use crate::abi::Abi;

/// A struct that has a layout in this ABI.
pub trait Layout<A: Abi>: Sized {
    /// Its bytes: an array of [`SIZE`](Self::SIZE).
    type Bytes: AsRef<[u8]> + AsMut<[u8]>;
    /// Its size in bytes.
    const SIZE: usize;
    /// Its alignment in bytes.
    const ALIGNMENT: usize;

    /// Zeros, to be read into.
    fn zeroed() -> Self::Bytes;
    /// The struct as bytes; padding is zero.
    fn to_bytes(&self) -> Self::Bytes;
    /// The struct in these bytes; padding is ignored.
    fn from_bytes(bytes: &Self::Bytes) -> Self;
}

/// Defines structs of integers whose layout is the same in every ABI, with the offset of each field written out:
/// `Timespec, 16, 8 { 0 tv_sec: i64, 8 tv_nsec: i64 }`.
macro_rules! layouts {
    ($(
        $(#[$doc:meta])*
        $type:ident, $size:literal, $alignment:literal {
            $($(#[$field_doc:meta])* $offset:literal $field:ident: $field_type:ident,)*
        }
    )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
        pub struct $type { $($(#[$field_doc])* pub $field: $field_type,)* }

        impl<A: $crate::abi::Abi> $crate::near::layout::Layout<A> for $type {
            type Bytes = [u8; $size];
            const SIZE: usize = $size;
            const ALIGNMENT: usize = $alignment;

            fn zeroed() -> Self::Bytes {
                [0; $size]
            }

            fn to_bytes(&self) -> Self::Bytes {
                let mut bytes = [0; $size];
                $(
                    const { assert!($offset + size_of::<$field_type>() <= $size) };
                    #[expect(clippy::indexing_slicing, reason = "the line above has seen that it lies inside")]
                    bytes[$offset..$offset + size_of::<$field_type>()].copy_from_slice(&self.$field.to_le_bytes());
                )*
                bytes
            }

            fn from_bytes(bytes: &Self::Bytes) -> Self {
                $(
                    let mut $field = [0; size_of::<$field_type>()];
                    #[expect(clippy::indexing_slicing, reason = "to_bytes has seen that it lies inside")]
                    $field.copy_from_slice(&bytes[$offset..$offset + size_of::<$field_type>()]);
                )*
                Self { $($field: $field_type::from_le_bytes($field),)* }
            }
        }
    )* };
}
pub(crate) use layouts;
