//! CPU twin of [`Compositor::encode`](crate::Compositor::encode).

mod background;
mod edges;
#[cfg(all(test, feature = "wgpu"))]
mod test;

use std::ops::Range;

use background::{ImageBackground, Source};
use edges::{Band, Edges, Light, Over, Person};

use crate::blur::cpu::Blur;
use crate::hide::cpu::blur_beyond_recognition;
use crate::matte::cpu::Matte;
use crate::matte::samples::SampleMatte;
use crate::planes::Planes;
use crate::resample::cpu::Resampler;
use crate::{Background, Blending, BlurStrength, EffectError, Image, Layout, Size};

/// Pixels in a block. Blocks without an edge are copied from the frame or the background.
const BLOCK: usize = 16;

/// Replaces the background of a frame on the CPU: the twin of [`Compositor`](crate::Compositor).
///
/// Memory is reused until a size or the background changes.
#[derive(Default)]
pub struct Compositor {
    background: CpuBackground,
    blending: Blending,
    matte: SampleMatte,
    blur: Blur,
    edges: Option<Edges>,
    runs: Vec<Run>,
    resampler: Resampler,
}

/// A background in memory.
enum CpuBackground {
    Blur { radius: f32 },
    Image(Box<ImageBackground>),
    Color([u8; 3]),
    Transparent,
}

impl Default for CpuBackground {
    fn default() -> Self {
        Self::Blur { radius: BlurStrength::Medium.radius() }
    }
}

impl Compositor {
    /// Makes a compositor with a medium blur as the background.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the background from the next frame on.
    ///
    /// # Errors
    /// Those of [`Background::check`]. The background does not change then.
    pub fn set_background(&mut self, background: &Background) -> Result<(), EffectError> {
        background.check()?;
        self.background = match background {
            Background::Blur { radius } => CpuBackground::Blur { radius: *radius },
            Background::Image { image, layout } => {
                let planes = Planes::from_image(&image.over_black());
                CpuBackground::Image(ImageBackground::new(planes, *layout).into())
            }
            Background::Color(rgb) => CpuBackground::Color(*rgb),
            Background::Transparent => CpuBackground::Transparent,
        };
        Ok(())
    }

    /// Sets planes as the background image from the next frame on, such as the newest image of a video.
    ///
    /// # Errors
    /// [`EffectError::Position`]. The background does not change then.
    pub fn set_background_planes(&mut self, planes: &Planes, layout: Layout) -> Result<(), EffectError> {
        layout.check()?;
        match &mut self.background {
            CpuBackground::Image(image) => image.set(planes, layout),
            background => {
                *background = CpuBackground::Image(ImageBackground::new(planes.clone(), layout).into());
            }
        }
        Ok(())
    }

    /// Sets light wrap and brightness matching from the next frame on.
    ///
    /// # Errors
    /// Those of [`Blending::check`]. The blending does not change then.
    pub fn set_blending(&mut self, blending: Blending) -> Result<(), EffectError> {
        blending.check()?;
        self.blending = blending;
        Ok(())
    }

    /// Composites the person of `frame` over the background. `matte` is the matte of this frame.
    ///
    /// `output` gets the frame's size, sampling and matrix. Where alpha is 1, the frame's samples stay unchanged. For
    /// [`Background::Transparent`], `alpha` gets the straight alpha, one byte a pixel, and the samples are black where it is
    /// zero. For other backgrounds it is emptied.
    ///
    /// # Errors
    /// None at present: planes have a valid size.
    pub fn composite(
        &mut self,
        frame: &Planes,
        matte: &Matte,
        output: &mut Planes,
        alpha: &mut Vec<u8>,
    ) -> Result<(), EffectError> {
        output.reset(frame.size(), frame.sampling(), frame.matrix())?;
        alpha.clear();
        let Self { background, blending, matte: samples, blur, edges, runs, .. } = self;
        samples.set(matte, frame.matrix());
        let edges = Edges::get(edges, frame, samples);
        let person = Person { frame, matte: samples };
        match background {
            CpuBackground::Blur { radius } => {
                blur.update(frame, samples, *radius);
                over(edges, runs, person, &mut Source::Blur(blur), Over::Blur, output);
            }
            CpuBackground::Image(image) => {
                image.update(frame);
                let gain = if blending.match_brightness { image.gain(matte) } else { 1.0 };
                let light = image.light(gain, blending.light_wrap);
                over(edges, runs, person, &mut image.source(gain), Over::Opaque(light), output);
            }
            CpuBackground::Color(color) => {
                let [r, g, b] = color.map(|level| f32::from(level) / 255.0);
                let size = Size { width: 1, height: 1 };
                let light = Light { map: &[[r, g, b, 0.0]], size, gain: 1.0, strength: blending.light_wrap };
                let mut source = Source::Color(frame.matrix().samples(*color));
                over(edges, runs, person, &mut source, Over::Opaque(light), output);
            }
            CpuBackground::Transparent => {
                alpha.resize(frame.size().pixels(), 0);
                let mut source = Source::Color(frame.matrix().samples([0; 3]));
                over(edges, runs, person, &mut source, Over::Nothing(alpha), output);
            }
        }
        Ok(())
    }

    /// Makes a placeholder frame, in which the camera's image is not recognizable, in the format of `output`.
    ///
    /// For a blurred background that is the whole of `frame`, blurred beyond recognition and stretched to the output, or
    /// black without a frame. For other backgrounds it is the background alone, and `frame` is not read. `output` gets the
    /// size `size`, and the sampling and matrix of the frame, or keeps its own without one. `alpha` is that of
    /// [`Compositor::composite`].
    ///
    /// # Errors
    /// A size out of range.
    pub fn hide(
        &mut self,
        frame: Option<&Planes>,
        size: Size,
        output: &mut Planes,
        alpha: &mut Vec<u8>,
    ) -> Result<(), EffectError> {
        let like = frame.unwrap_or(output);
        let (sampling, matrix) = (like.sampling(), like.matrix());
        output.reset(size, sampling, matrix)?;
        alpha.clear();
        match &mut self.background {
            CpuBackground::Blur { .. } => match frame {
                Some(frame) => blur_beyond_recognition(frame, &mut self.resampler, output),
                None => output.fill([0; 3]),
            },
            CpuBackground::Image(image) => {
                image.update(output);
                output.bytes_mut().copy_from_slice(image.scaled().bytes());
            }
            CpuBackground::Color(color) => output.fill(*color),
            CpuBackground::Transparent => {
                output.fill([0; 3]);
                alpha.resize(size.pixels(), 0);
            }
        }
        Ok(())
    }
}

/// What a block of pixels shows.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Background,
    Person,
    Edge,
}

/// The blocks of one class in a row of blocks: their columns in a plane.
struct Run {
    class: Class,
    first: Range<usize>,
    others: Range<usize>,
}

impl Run {
    /// The columns in plane `index`.
    fn columns(&self, index: usize) -> Range<usize> {
        if index == 0 { self.first.clone() } else { self.others.clone() }
    }
}

/// Composites the person over `source`, band by band.
fn over(
    edges: &mut Edges,
    runs: &mut Vec<Run>,
    person: Person<'_>,
    source: &mut Source<'_>,
    mut over: Over<'_>,
    output: &mut Planes,
) {
    let frame = person.frame;
    edges.begin(person.matte, &over);
    let step = frame.sampling().step();
    let [width, height] = [frame.size().width, frame.size().height].map(|side| side as usize);
    for second in 0..frame.plane_size(1).height as usize {
        let first = [second * step, (second * step + step - 1).min(height - 1)];
        let band = Band { second, first };
        edges.runs(band, &over, runs);
        for (index, y) in [(0, first[0]), (0, first[1]), (1, second), (2, second)].into_iter().skip(2 - step)
        {
            if runs.iter().any(|run| run.class != Class::Person) {
                source.begin_row(index, y);
            }
            let row = output.row_mut(index, y);
            for run in &*runs {
                let columns = run.columns(index);
                if run.class == Class::Person {
                    row[columns.clone()].copy_from_slice(&frame.row(index, y)[columns]);
                } else {
                    source.fill(index, y, columns, row);
                }
            }
        }
        for run in &*runs {
            match (run.class, &mut over) {
                (Class::Edge, over) => edges.over(person, band, run, over, output),
                (Class::Person, Over::Nothing(alpha)) => {
                    for y in first {
                        alpha[y * width..][run.first.clone()].fill(u8::MAX);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Composites the person of `frame` over `background`, at the frame's size. `matte` is the frame's matte.
///
/// Colors are mixed as they are encoded. The result is opaque, except for [`Background::Transparent`]: then it has straight
/// alpha, as PNG files do (the GPU writes premultiplied alpha). The frame's own alpha is ignored.
///
/// # Errors
/// Those of [`Background::check`] and [`Blending::check`].
pub fn composite(
    frame: &Image,
    matte: &Matte,
    background: &Background,
    blending: Blending,
) -> Result<Image, EffectError> {
    let mut compositor = Compositor::new();
    compositor.set_background(background)?;
    compositor.set_blending(blending)?;
    let (mut output, mut alpha) = (Planes::default(), Vec::new());
    compositor.composite(&Planes::from_image(frame), matte, &mut output, &mut alpha)?;
    Ok(output.to_image(&alpha))
}
