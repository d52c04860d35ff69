//! The sources of shaders: files of WGSL, and declarations of constants that they share with Rust.

/// A value that WGSL writes as a literal.
pub(crate) trait Literal {
    fn literal(&self) -> String;
}

impl Literal for f32 {
    fn literal(&self) -> String {
        // `Debug` keeps the point of whole numbers.
        format!("{self:?}")
    }
}

impl Literal for u32 {
    fn literal(&self) -> String {
        format!("{self}u")
    }
}

impl Literal for usize {
    /// Without a suffix: WGSL takes it for `i32` and for `u32`.
    fn literal(&self) -> String {
        self.to_string()
    }
}

impl<T: Literal, const N: usize> Literal for [T; N] {
    fn literal(&self) -> String {
        let values: Vec<_> = self.iter().map(Literal::literal).collect();
        format!("vec{N}({})", values.join(", "))
    }
}

/// Declares Rust constants as WGSL constants of the same names.
macro_rules! constants {
    ($($name:ident),+ $(,)?) => {
        [$(format!("const {} = {};\n", stringify!($name), $crate::gpu::wgsl::Literal::literal(&$name))),+].concat()
    };
}

/// Includes a file of WGSL without its comments, which pages would download.
macro_rules! include_wgsl {
    ($file:literal) => {{
        const FILE: &str = include_str!($file);
        const TEXT: [u8; $crate::gpu::wgsl::without_comments::<0>(FILE).1] =
            $crate::gpu::wgsl::without_comments(FILE).0;
        match std::str::from_utf8(&TEXT) {
            Ok(text) => text,
            Err(_) => panic!("whole lines of a text are a text"),
        }
    }};
}

/// The lines of `text` that are no comments: the first `N` bytes, and the number of all bytes.
pub(crate) const fn without_comments<const N: usize>(text: &str) -> ([u8; N], usize) {
    let bytes = text.as_bytes();
    let (mut kept, mut count, mut at) = ([0; N], 0, 0);
    while at < bytes.len() {
        let mut start = at;
        while start < bytes.len() && bytes[start] == b' ' {
            start += 1;
        }
        let is_comment = start + 1 < bytes.len() && bytes[start] == b'/' && bytes[start + 1] == b'/';
        let mut ended = false;
        while at < bytes.len() && !ended {
            ended = bytes[at] == b'\n';
            if !is_comment {
                if count < N {
                    kept[count] = bytes[at];
                }
                count += 1;
            }
            at += 1;
        }
    }
    (kept, count)
}

pub(crate) use {constants, include_wgsl};

#[cfg(test)]
mod test {
    use std::mem::{offset_of, size_of};

    use naga::valid::{Capabilities, ValidationFlags, Validator};
    use naga::{Module, TypeInner};

    use super::without_comments;
    use crate::*;

    #[test]
    fn comments_are_left_out() {
        let (text, length) = without_comments::<16>("// a\n  b; // c\n    // d\n/e\n\n//");
        assert_eq!(text.get(..length), Some("  b; // c\n/e\n\n".as_bytes()));
        assert!(
            !include_wgsl!("../composite/composite.wgsl").lines().any(|line| line.trim().starts_with("//"))
        );
    }

    fn sources() -> Vec<(&'static str, String)> {
        vec![
            ("bilateral", bilateral::pass::source()),
            ("blur", blur::pass::source()),
            ("brightness", brightness::pass::source()),
            ("composite", composite::pass::source()),
            ("guided", guided::pass::source()),
            ("hide", hide::pass::source()),
            ("mask_check", mask_check::pass::source()),
            ("preprocess", preprocess::pass::source()),
            ("resample", resample::pass::source()),
            ("temporal_smoothing", temporal_smoothing::pass::source()),
        ]
    }

    fn parse(name: &str, source: &str) -> Module {
        naga::front::wgsl::parse_str(source)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(source)))
    }

    #[test]
    fn every_shader_is_valid() {
        for (name, source) in sources() {
            let module = parse(name, &source);
            let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
            if let Err(error) = validator.validate(&module) {
                panic!("{name}: {}", error.emit_to_string(&source));
            }
        }
    }

    #[test]
    fn a_constant_is_the_same_number_in_wgsl() {
        const LINE: u32 = 64;
        const REACH: usize = 6;
        const SMALL: f32 = 1e-7;
        const WHOLE: f32 = 2.0;
        const PAIR: [f32; 2] = [0.015, 0.08];
        assert_eq!(
            constants!(LINE, REACH, SMALL, WHOLE, PAIR),
            "const LINE = 64u;\nconst REACH = 6;\nconst SMALL = 1e-7;\nconst WHOLE = 2.0;\n\
             const PAIR = vec2(0.015, 0.08);\n"
        );
    }

    /// The size of a struct of a shader in bytes, and its members with their offsets.
    fn layout(source: &str, name: &str) -> (usize, Vec<(String, usize)>) {
        let module = parse(name, source);
        let (_, found) = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some(name)).unwrap();
        let TypeInner::Struct { members, span } = &found.inner else { panic!("{name} is not a struct") };
        let member = |member: &naga::StructMember| (member.name.clone().unwrap(), member.offset as usize);
        (*span as usize, members.iter().map(member).collect())
    }

    /// Compares a struct with the one of the same name in a shader. Rust may have padding behind the members.
    macro_rules! assert_same_layout {
        ($source:expr, $name:literal, $type:ty { $($member:ident),+ }) => {
            let members = [$((stringify!($member).to_owned(), offset_of!($type, $member))),+];
            assert_eq!(layout(&$source, $name), (size_of::<$type>(), members.to_vec()), $name);
        };
    }

    #[test]
    fn uniforms_have_the_layout_of_their_structs() {
        assert_same_layout!(blur::pass::source(), "Reduction", blur::pass::ReductionUniform { size, taps });
        assert_same_layout!(
            blur::pass::source(),
            "Gaussian",
            blur::pass::GaussianUniform { step, center_weight, pairs, taps }
        );
        assert_same_layout!(
            composite::pass::source(),
            "CompositeParams",
            composite::pass::CompositeParams { color, light_wrap }
        );
        assert_same_layout!(preprocess::pass::source(), "Sizes", preprocess::pass::Sizes { frame, input });
        assert_same_layout!(
            resample::pass::source(),
            "Placement",
            resample::pass::PlacementUniform {
                source_corner,
                source_size,
                target_corner,
                target_size,
                mirror
            }
        );
        assert_same_layout!(
            temporal_smoothing::pass::source(),
            "FrameParams",
            temporal_smoothing::pass::FrameParams { size, frame_steps, reset }
        );
        assert_eq!(layout(&guided::pass::source(), "Moments").0 as u64, guided::pass::MOMENTS_BYTES);
        assert_eq!(layout(&mask_check::pass::source(), "Range").0 as u64, mask_check::pass::RANGE_BYTES);
    }
}
