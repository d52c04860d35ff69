//! Values as JavaScript could hand them over, read as `serde-wasm-bindgen` reads them.

use std::fmt::Display;

use arbitrary::{Arbitrary, Result, Unstructured};
use cyclorama_web::plain::PlainObject;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// The largest integer that a number holds exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// A value of JavaScript.
#[derive(Clone, Debug)]
pub enum Value {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    BigInt(i128),
    Text(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
    /// A function, a symbol or an object of the browser's: of no type that is read.
    Foreign,
}

/// What a property of the options has to be.
enum Property {
    Bool,
    Number,
    Numbers(usize),
    Word(&'static [&'static str]),
    Object(&'static [(&'static str, Self)]),
}

/// The properties that any reader of options looks at.
const OPTIONS: &[(&str, Property)] = &[
    ("kind", Property::Word(&["blur", "color", "transparent", "image", "video"])),
    ("radius", Property::Number),
    ("color", Property::Numbers(3)),
    (
        "layout",
        Property::Object(&[
            ("fit", Property::Word(&["cover", "contain", "fill"])),
            ("position", Property::Numbers(2)),
            ("mirror", Property::Bool),
        ]),
    ),
    ("lightWrap", Property::Number),
    ("matchBrightness", Property::Bool),
    ("refinement", Property::Word(&["none", "guided", "bilateral"])),
    ("steady", Property::Bool),
    ("importPath", Property::Word(&["auto", "gpu", "copy"])),
    ("precision", Property::Word(&["auto", "f32"])),
    ("waitForGpu", Property::Bool),
    ("reuseMatte", Property::Bool),
    ("timestamps", Property::Bool),
];

impl Property {
    /// A value of the property: mostly one of its type, at times any.
    fn value(&self, input: &mut Unstructured<'_>) -> Result<Value> {
        if input.ratio(1u8, 8u8)? {
            return Value::nested(input, 1);
        }
        Ok(match self {
            Self::Bool => Value::Bool(bool::arbitrary(input)?),
            Self::Number => Value::Number(number(input)?),
            Self::Numbers(count) => {
                Value::Array((0..*count).map(|_| number(input).map(Value::Number)).collect::<Result<_>>()?)
            }
            Self::Word(words) => Value::Text((*input.choose(words)?).to_owned()),
            Self::Object(properties) => object(properties, input)?,
        })
    }
}

/// An object that has most of these properties.
fn object(properties: &[(&str, Property)], input: &mut Unstructured<'_>) -> Result<Value> {
    let mut found = Vec::new();
    for (name, property) in properties {
        if input.ratio(15u8, 16u8)? {
            found.push(((*name).to_owned(), property.value(input)?));
        }
    }
    Ok(Value::Object(found))
}

impl<'a> Arbitrary<'a> for Value {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        // Random words hardly ever make options: one value in 16 is nearly theirs.
        match Self::nested(input, 0)? {
            Self::Foreign => object(OPTIONS, input),
            value => Ok(value),
        }
    }
}

impl Value {
    /// Objects within objects, as deep as the input goes on.
    fn nested(input: &mut Unstructured<'_>, depth: usize) -> Result<Self> {
        /// As deep as a thread's stack lets values of any kind be dropped.
        const DEEPEST: usize = 500;
        if input.is_empty() || depth > DEEPEST {
            return Ok(Self::Undefined);
        }
        Ok(match input.int_in_range(0..=15u8)? {
            0 => Self::Undefined,
            1 => Self::Null,
            2 => Self::Bool(bool::arbitrary(input)?),
            3..=6 => Self::Number(number(input)?),
            7 => Self::BigInt(i128::arbitrary(input)?),
            8 => Self::Text(word(input)?),
            9 | 10 => {
                let length = input.int_in_range(0..=4usize)?;
                Self::Array((0..length).map(|_| Self::nested(input, depth + 1)).collect::<Result<_>>()?)
            }
            11..=14 => {
                let mut properties = Vec::new();
                while !input.is_empty() && input.ratio(5u8, 6u8)? {
                    let property = (word(input)?, Self::nested(input, depth + 1)?);
                    properties.push(property);
                }
                Self::Object(properties)
            }
            _ => Self::Foreign,
        })
    }

    fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// The number as an integer, if it holds one exactly.
    fn safe_integer(&self) -> Option<i64> {
        match *self {
            Self::Number(value) if value.fract() == 0.0 && value.abs() <= MAX_SAFE_INTEGER => {
                Some(value as i64)
            }
            _ => None,
        }
    }

    /// The property of this name; the last one where a name is there twice.
    fn property(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(properties) => {
                properties.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    fn invalid(&self, expected: &dyn serde::de::Expected) -> Error {
        let unexpected = match self {
            Self::Undefined | Self::Null => Unexpected::Unit,
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Number(value) => Unexpected::Float(*value),
            Self::Text(text) => Unexpected::Str(text),
            _ => Unexpected::Other("an object"),
        };
        Error::invalid_type(unexpected, expected)
    }
}

impl PlainObject for Value {
    type Error = Error;

    fn read<T: DeserializeOwned>(&self) -> std::result::Result<T, Error> {
        T::deserialize(self)
    }
}

/// The words that options have, and others.
fn word(input: &mut Unstructured<'_>) -> Result<String> {
    const WORDS: [&str; 40] = [
        "__proto__",
        "auto",
        "background",
        "bilateral",
        "blur",
        "color",
        "constructor",
        "contain",
        "copy",
        "cover",
        "f32",
        "fill",
        "fit",
        "gpu",
        "guided",
        "image",
        "importPath",
        "kind",
        "layout",
        "length",
        "lightWrap",
        "matchBrightness",
        "mirror",
        "none",
        "picture",
        "position",
        "precision",
        "radius",
        "refinement",
        "reuseMatte",
        "steady",
        "timestamps",
        "toString",
        "transparent",
        "valueOf",
        "video",
        "waitForGpu",
        "x",
        "y",
        "",
    ];
    Ok(if input.ratio(7u8, 8u8)? { (*input.choose(&WORDS)?).to_owned() } else { String::arbitrary(input)? })
}

fn number(input: &mut Unstructured<'_>) -> Result<f64> {
    const CORNERS: [f64; 16] = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        1.0,
        0.5,
        -1.0,
        128.0,
        255.0,
        256.0,
        f64::MIN_POSITIVE,
        f64::MAX,
        3.5e38,
        MAX_SAFE_INTEGER,
        4_294_967_296.0,
    ];
    Ok(match input.int_in_range(0..=3u8)? {
        0 => u8::arbitrary(input)?.into(),
        1 => f64::from(u8::arbitrary(input)?) / 128.0,
        2 => *input.choose(&CORNERS)?,
        _ => f64::arbitrary(input)?,
    })
}

impl<'de> IntoDeserializer<'de, Error> for &'de Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Numbers are read as integers only where they are whole, and words only from text.
macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
            match self.safe_integer() {
                Some(value) => visitor.visit_i64(value),
                None => Err(self.invalid(&visitor)),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for &'de Value {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
        match self {
            Value::Undefined | Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(value) => match self.safe_integer() {
                Some(integer) => visitor.visit_i64(integer),
                None => visitor.visit_f64(*value),
            },
            Value::BigInt(value) => match i64::try_from(*value) {
                Ok(value) => visitor.visit_i64(value),
                Err(error) => Err(custom(error)),
            },
            Value::Text(text) => visitor.visit_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
            Value::Foreign => Err(self.invalid(&visitor)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
        match self {
            Value::Bool(value) => visitor.visit_bool(*value),
            _ => Err(self.invalid(&visitor)),
        }
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
        match self {
            Value::Number(value) => visitor.visit_f64(*value),
            _ => Err(self.invalid(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
        match self {
            Value::Text(text) => visitor.visit_str(text),
            _ => Err(self.invalid(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
        if self.is_nullish() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
        match self {
            Value::Array(values) => visitor.visit_seq(SeqDeserializer::new(values.iter())),
            // Text can be walked by its characters, as everything that has an iterator.
            Value::Text(text) => {
                visitor.visit_seq(SeqDeserializer::new(text.chars().map(|character| character.to_string())))
            }
            _ => Err(self.invalid(&visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> std::result::Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
        match self {
            Value::Object(properties) => visitor.visit_map(MapDeserializer::new(
                properties.iter().map(|(name, value)| (name.as_str(), value)),
            )),
            _ => Err(self.invalid(&visitor)),
        }
    }

    /// Asks the object for each field by its name, and for nothing else.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, Error> {
        match self {
            Value::Object(_) | Value::Array(_) | Value::Foreign => {
                visitor.visit_map(Fields { object: self, names: fields.iter(), next: None })
            }
            _ => Err(self.invalid(&visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, Error> {
        match self {
            Value::Text(tag) => visitor.visit_enum(Variant { tag, payload: &Value::Undefined }),
            Value::Object(properties) => match properties.as_slice() {
                [(tag, payload)] => visitor.visit_enum(Variant { tag, payload }),
                _ => Err(self.invalid(&visitor)),
            },
            _ => Err(self.invalid(&visitor)),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct newtype_struct tuple_struct ignored_any
    }
}

struct Fields<'v> {
    object: &'v Value,
    names: std::slice::Iter<'static, &'static str>,
    next: Option<&'v Value>,
}

impl<'v> MapAccess<'v> for Fields<'v> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'v>>(
        &mut self,
        seed: K,
    ) -> std::result::Result<Option<K::Value>, Error> {
        for name in &mut self.names {
            if let Some(value) = self.object.property(name) {
                self.next = Some(value);
                let name: StrDeserializer<'_, Error> = name.into_deserializer();
                return seed.deserialize(name).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'v>>(&mut self, seed: V) -> std::result::Result<V::Value, Error> {
        seed.deserialize(self.next.take().expect("a key came before its value"))
    }
}

struct Variant<'v> {
    tag: &'v str,
    payload: &'v Value,
}

impl<'v> EnumAccess<'v> for Variant<'v> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'v>>(self, seed: V) -> std::result::Result<(V::Value, Self), Error> {
        let tag: StrDeserializer<'_, Error> = self.tag.into_deserializer();
        Ok((seed.deserialize(tag)?, self))
    }
}

impl<'v> VariantAccess<'v> for Variant<'v> {
    type Error = Error;

    fn unit_variant(self) -> std::result::Result<(), Error> {
        if self.payload.is_nullish() { Ok(()) } else { Err(self.payload.invalid(&"nothing beside the name")) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'v>>(self, seed: T) -> std::result::Result<T::Value, Error> {
        seed.deserialize(self.payload)
    }

    fn tuple_variant<V: Visitor<'v>>(
        self,
        _length: usize,
        visitor: V,
    ) -> std::result::Result<V::Value, Error> {
        self.payload.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'v>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, Error> {
        self.payload.deserialize_struct("", fields, visitor)
    }
}

fn custom(error: impl Display) -> Error {
    Error::custom(error)
}
