//! Sizes in bytes, as people write them: `16777216` or `"16 MiB"`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub usize);

/// Units and their powers of two.
const UNITS: [(&str, u32); 4] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("B", 0)];

impl Size {
    /// Reads what is typed: `16777216`, `16 MiB` or `16M`, which is the same.
    ///
    /// # Errors
    /// It is neither.
    pub fn typed(text: &str) -> Result<Self, &'static str> {
        let number = || text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok().map(Self))?;
        let short = || text.ends_with(['K', 'M', 'G']).then(|| Self::read(&format!("{text}iB")))?;
        Self::read(text)
            .or_else(number)
            .or_else(short)
            .ok_or("a number of bytes or a size such as \"16 MiB\" is expected")
    }

    /// Reads `"16 MiB"`; the space may be left out, the unit may not.
    fn read(text: &str) -> Option<Self> {
        let (number, power) = UNITS.iter().find_map(|(unit, p)| Some((text.strip_suffix(unit)?, p)))?;
        let number = number.strip_suffix(' ').unwrap_or(number);
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let number: usize = digits.then(|| number.parse().ok())??;
        number.checked_mul(1 << power).map(Self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Size;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of bytes or a size such as \"16 MiB\"")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Size, E> {
                let wrong = || E::invalid_value(serde::de::Unexpected::Signed(number), &self);
                usize::try_from(number).map(Size).map_err(|_| wrong())
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
                Size::read(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        from.deserialize_any(Reader)
    }
}

// The schema shows the default, for which schemars wants it serialised.
impl serde::Serialize for Size {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(self.0 as u64)
    }
}

impl JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "pattern": "^[0-9]+ ?([KMG]i)?B$" },
        ] })
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_with_units() {
        let read = |text| Size::read(text).map(|s| s.0);
        assert_eq!(read("16MiB"), Some(16 << 20));
        assert_eq!(read("1 GiB"), Some(1 << 30));
        assert_eq!(read("4096 B"), Some(4096));
        for wrong in
            ["", "MiB", "16", "16 MB", "1.5 GiB", "-1 KiB", "+1 KiB", "99999999999999999999 B", "1  KiB"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read(&format!("{} GiB", usize::MAX)), None);
        let typed = |text| Size::typed(text).ok().map(|s| s.0);
        assert_eq!((typed("16"), typed("0"), typed("1 KiB")), (Some(16), Some(0), Some(1024)));
        assert_eq!((typed("256M"), typed("1 G"), typed("M")), (Some(256 << 20), Some(1 << 30), None));
        assert_eq!((typed(""), typed("-1"), typed("+1"), typed("1.5")), (None, None, None, None));
    }
}
