//! The closed lists of words the API knows. A word is written as it is named.
pub(crate) mod spec;
pub(crate) mod status;

/// Declares one list of words.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$says:meta])* $word:ident,)+ }) => {
        $(#[$about])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            schemars::JsonSchema, serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$says])* $word,)+
        }

        impl $name {
            /// Every word, in the order of the API reference.
            pub const ALL: &'static [Self] = &[$(Self::$word),+];

            /// As written in the object.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => stringify!($word),)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use words;
