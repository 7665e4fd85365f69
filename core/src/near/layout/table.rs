//! The syntax of layouts: one entry, one struct, with the offset of each field written out.

/// What a field is: how it becomes bytes.
pub(super) trait Field: Copy {
    /// No bit set.
    const ZERO: Self;
    /// Writes it, little-endian, to a slice of its size.
    fn put(self, bytes: &mut [u8]);
    /// Reads it from a slice of its size.
    fn get(bytes: &[u8]) -> Self;
}

macro_rules! integer_fields {
    ($($type:ident)*) => { $(
        impl Field for $type {
            const ZERO: Self = 0;

            #[inline(always)]
            fn put(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }

            #[inline(always)]
            fn get(bytes: &[u8]) -> Self {
                let mut array = [0; size_of::<$type>()];
                array.copy_from_slice(bytes);
                Self::from_le_bytes(array)
            }
        }
    )* };
}

integer_fields! { u8 u16 u32 u64 i16 i32 i64 }

impl<const N: usize> Field for [u8; N] {
    const ZERO: Self = [0; N];

    #[inline(always)]
    fn put(self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self);
    }

    #[inline(always)]
    fn get(bytes: &[u8]) -> Self {
        let mut array = [0; N];
        array.copy_from_slice(bytes);
        array
    }
}

impl<const N: usize> Field for [u64; N] {
    const ZERO: Self = [0; N];

    #[inline(always)]
    fn put(self, bytes: &mut [u8]) {
        for (word, bytes) in self.into_iter().zip(bytes.chunks_exact_mut(8)) {
            word.put(bytes);
        }
    }

    #[inline(always)]
    fn get(bytes: &[u8]) -> Self {
        let mut words = [0; N];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::get(bytes);
        }
        words
    }
}

/// The items of [`Layout`](super::Layout) for these fields. A field that is kept wider here than in that ABI is
/// written `16 st_nlink: u64 as u32`.
macro_rules! layout_body {
    ($size:literal, $alignment:literal { $($offset:literal $field:ident: $field_type:ty $(as $stored:ty)?,)* }) => {
        type Bytes = [u8; $size];
        const SIZE: usize = $size;
        const ALIGNMENT: usize = $alignment;
        const FIELDS: &'static [(&'static str, usize, usize)] =
            &[$((stringify!($field), $offset, size_of::<stored!($field_type $(as $stored)?)>())),*];

        fn zeroed() -> Self::Bytes {
            [0; $size]
        }

        #[allow(
            clippy::allow_attributes,
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "what the ABI keeps narrower is cut as C would"
        )]
        fn to_bytes(&self) -> Self::Bytes {
            let mut bytes = [0; $size];
            $(
                #[expect(clippy::indexing_slicing, reason = "lies_inside has seen that it does")]
                $crate::near::layout::table::Field::put(
                    self.$field $(as $stored)?,
                    &mut bytes[$offset..$offset + size_of::<stored!($field_type $(as $stored)?)>()],
                );
            )*
            bytes
        }

        #[allow(
            clippy::allow_attributes,
            clippy::needless_update,
            clippy::cast_lossless,
            reason = "not every ABI has every field, nor of the same size"
        )]
        fn from_bytes(bytes: &Self::Bytes) -> Self {
            $(
                #[expect(clippy::indexing_slicing, reason = "lies_inside has seen that it does")]
                let $field = <stored!($field_type $(as $stored)?) as $crate::near::layout::table::Field>::get(
                    &bytes[$offset..$offset + size_of::<stored!($field_type $(as $stored)?)>()],
                );
            )*
            Self { $($field: stored!($field; $field_type $(as $stored)?),)* ..Self::default() }
        }
    };
}

/// Every field lies inside of its struct.
macro_rules! lies_inside {
    ($size:literal { $($offset:literal $field:ident: $field_type:ty $(as $stored:ty)?,)* }) => {
        const _: () = { $(assert!($offset + size_of::<stored!($field_type $(as $stored)?)>() <= $size);)* };
    };
}

/// The type of a field in memory, and its value as the type that it has here.
macro_rules! stored {
    ($type:ty) => {
        $type
    };
    ($type:ty as $stored:ty) => {
        $stored
    };
    ($value:expr; $type:ty) => {
        $value
    };
    ($value:expr; $type:ty as $stored:ty) => {
        $value as $type
    };
}

/// Defines structs whose layout is the same in every ABI, with the offset of each field written out:
/// `Timespec, 16, 8 { 0 tv_sec: i64, 8 tv_nsec: i64 }`.
macro_rules! layouts {
    ($(
        $(#[$doc:meta])*
        $type:ident, $size:literal, $alignment:literal {
            $($(#[$field_doc:meta])* $offset:literal $field:ident: $field_type:ty,)*
        }
    )*) => { $(
        layout_struct! { $(#[$doc])* $type { $($(#[$field_doc])* $field: $field_type,)* } }

        impl<A: $crate::abi::Abi> $crate::near::layout::Layout<A> for $type {
            layout_body!($size, $alignment { $($offset $field: $field_type,)* });
        }

        lies_inside!($size { $($offset $field: $field_type,)* });
    )* };
}

/// Defines a struct whose layout [`layouts_of!`] gives.
macro_rules! layout_struct {
    (
        $(#[$doc:meta])*
        $type:ident { $($(#[$field_doc:meta])* $field:ident: $field_type:ty,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct $type { $($(#[$field_doc])* pub $field: $field_type,)* }

        impl Default for $type {
            fn default() -> Self {
                Self { $($field: $crate::near::layout::table::Field::ZERO,)* }
            }
        }
    };
}

/// Gives a struct its layout in each ABI.
macro_rules! layouts_of {
    ($($abi:ident $type:ident, $size:literal, $alignment:literal {
        $($offset:literal $field:ident: $field_type:ty $(as $stored:ty)?,)*
    })*) => { $(
        impl $crate::near::layout::Layout<$crate::abi::$abi> for $type {
            layout_body!($size, $alignment { $($offset $field: $field_type $(as $stored)?,)* });
        }

        lies_inside!($size { $($offset $field: $field_type $(as $stored)?,)* });
    )* };
}
