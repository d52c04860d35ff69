//! Generates values from the bytes of an input: any value that JavaScript could pass, or values close to the engine's
//! options.

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::javascript::{MAX_SAFE_INTEGER, Value};

/// The expected type of a property of the options.
enum Property {
    Bool,
    Number,
    Numbers(usize),
    Word(&'static [&'static str]),
    Object(&'static [(&'static str, Self)]),
}

/// The properties that the readers of options read.
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
    ("temporalSmoothing", Property::Bool),
    ("importPath", Property::Word(&["auto", "gpu", "copy"])),
    ("precision", Property::Word(&["auto", "f32"])),
    ("waitForGpu", Property::Bool),
    ("reuseMatte", Property::Bool),
    ("timestamps", Property::Bool),
];

impl Property {
    /// A value for the property, mostly of its type, sometimes of any.
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

/// An object with most of these properties.
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
        // Random words rarely form options, so one value in 16 is close to them.
        match Self::nested(input, 0)? {
            Self::Foreign => object(OPTIONS, input),
            value => Ok(value),
        }
    }
}

impl Value {
    /// Nested objects, as deep as the input lasts.
    fn nested(input: &mut Unstructured<'_>, depth: usize) -> Result<Self> {
        /// Maximum depth at which a thread's stack suffices to drop the value.
        const MAX_DEPTH: usize = 500;
        if input.is_empty() || depth > MAX_DEPTH {
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
}

/// Words of the options, and others.
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
        "frame",
        "position",
        "precision",
        "radius",
        "refinement",
        "reuseMatte",
        "temporalSmoothing",
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
