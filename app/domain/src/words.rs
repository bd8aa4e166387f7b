//! Enumerations whose values have stable text names: they stand in the database, the API, URLs and locale keys.

/// The text is none of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of the known words")]
pub struct NotAWord;

/// Declares such an enumeration: `ALL`, `name`, `parse`, `Display`, `FromStr`, serde by name.
macro_rules! words {
    ($($(#[$doc:meta])* pub enum $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// All of them, in their natural order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
            /// The stable text name.
            pub fn name(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            /// Reads a stable text name.
            pub fn parse(word: &str) -> Option<Self> { match word { $($word => Some(Self::$variant),)+ _ => None } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.name()) }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::words::NotAWord;
            fn from_str(word: &str) -> Result<Self, Self::Err> { Self::parse(word).ok_or($crate::words::NotAWord) }
        }
    )+};
}
pub(crate) use words;
