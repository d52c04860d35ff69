//! CPU twin of [`Compositor::encode`](crate::Compositor::encode).

use super::light_map_size;
use crate::bilinear::{Mix, axis, sample};
use crate::blur::cpu::blur;
use crate::brightness::cpu::gain;
use crate::image::to_unorm8;
use crate::matte::cpu::Matte;
use crate::resample::cpu::resample;
use crate::{Background, Blending, EffectError, Image, Size};

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
    background.check()?;
    blending.check()?;
    let size = frame.size();
    let foreground = Foreground::new(frame, matte);
    Ok(match background {
        Background::Blur { radius } => {
            let blurred = blur(frame, matte, *radius);
            let (width, pixels) = (blurred.size().width as usize, blurred.pixels().as_chunks().0);
            let (across, down) =
                (axis(blurred.size().width, size.width), axis(blurred.size().height, size.height));
            foreground.over_blurred(|x, y| sample(pixels, width, across[x], down[y], color))
        }
        Background::Image { image, layout } => {
            let image = image.over_black();
            let light_map_size = light_map_size(size);
            let light_map = resample(&image, layout.place(image.size(), light_map_size), light_map_size);
            let image = resample(&image, layout.place(image.size(), size), size);
            let gain = if blending.match_brightness { gain(matte, &light_map) } else { 1.0 };
            let (across, down) =
                (axis(light_map_size.width, size.width), axis(light_map_size.height, size.height));
            let (width, light) = (light_map_size.width as usize, light_map.pixels().as_chunks().0);
            foreground.over(blending.light_wrap, |x, y| {
                let background = color(image.row(y)[x]).map(|channel| (gain * channel).min(1.0));
                [background, sample(light, width, across[x], down[y], color).map(|channel| gain * channel)]
            })
        }
        Background::Color(rgb) => {
            let background = rgb.map(|level| f32::from(level) / 255.0);
            foreground.over(blending.light_wrap, |_, _| [background, background])
        }
        Background::Transparent => foreground.over_nothing(),
    })
}

/// The person of a frame.
struct Foreground<'a> {
    frame: &'a Image,
    matte: &'a Matte,
    /// Taps in the coefficients, across and down.
    coefficients: [Vec<Mix>; 2],
    /// Taps in the mean colors, across and down.
    colors: [Vec<Mix>; 2],
}

impl<'a> Foreground<'a> {
    fn new(frame: &'a Image, matte: &'a Matte) -> Self {
        let size = frame.size();
        let axes = |from: Size| [axis(from.width, size.width), axis(from.height, size.height)];
        Self { frame, matte, coefficients: axes(matte.size), colors: axes(matte.mask) }
    }

    /// Composites the person over the color and with the light that `background` returns for the pixel at `x`, `y`.
    fn over(&self, light_wrap: f32, background: impl Fn(usize, usize) -> [[f32; 3]; 2]) -> Image {
        self.each(|x, y, pixel| {
            let (color, alpha) = self.at(x, y, *pixel);
            let [background, light] = background(x, y);
            let color = if alpha > 0.0 { self.lit(x, y, color, light_wrap, light) } else { color };
            *pixel = opaque(background, color, alpha);
        })
    }

    /// Composites the person over the frame's own background, blurred. A soft edge keeps its color: the same background
    /// shows through it, only blurred.
    fn over_blurred(&self, background: impl Fn(usize, usize) -> [f32; 3]) -> Image {
        self.each(|x, y, pixel| {
            let color = color(*pixel);
            let alpha = self.matte.alpha(self.coefficients[0][x], self.coefficients[1][y], color);
            *pixel = opaque(background(x, y), color, alpha);
        })
    }

    /// Cuts the person out.
    fn over_nothing(&self) -> Image {
        self.each(|x, y, pixel| {
            let ([r, g, b], alpha) = self.at(x, y, *pixel);
            let alpha = to_unorm8(alpha);
            // With straight alpha the room's colors would stay in the file, under full transparency.
            *pixel = if alpha == 0 { [0; 4] } else { [to_unorm8(r), to_unorm8(g), to_unorm8(b), alpha] };
        })
    }

    fn each(&self, change: impl Fn(usize, usize, &mut [u8; 4])) -> Image {
        Image::from_rows(self.frame.size(), |y, row| {
            row.copy_from_slice(self.frame.row(y));
            row.iter_mut().enumerate().for_each(|(x, pixel)| change(x, y, pixel));
        })
    }

    /// Returns the foreground color and the alpha of a pixel.
    ///
    /// Source: Forte, "Approximate Fast Foreground Color Estimation", 2021.
    fn at(&self, x: usize, y: usize, pixel: [u8; 4]) -> ([f32; 3], f32) {
        let color = color(pixel);
        let alpha = self.matte.alpha(self.coefficients[0][x], self.coefficients[1][y], color);
        if alpha == 0.0 || alpha == 1.0 {
            return (color, alpha);
        }
        let [r, g, b, _] = self.mean(x, y);
        let foreground = [r, g, b];
        let width = self.matte.mask.width as usize;
        let background =
            sample(&self.matte.background, width, self.colors[0][x], self.colors[1][y], |pixel| pixel);
        let estimate = |c: usize| {
            let expected = background[c] + (foreground[c] - background[c]) * alpha;
            (foreground[c] + alpha * (color[c] - expected)).clamp(0.0, 1.0)
        };
        (std::array::from_fn(estimate), alpha)
    }

    /// Adds the background's light to a color: it comes in from the person's edge.
    fn lit(&self, x: usize, y: usize, color: [f32; 3], light_wrap: f32, light: [f32; 3]) -> [f32; 3] {
        if light_wrap == 0.0 {
            return color;
        }
        let [_, _, _, person_around] = self.mean(x, y);
        // One half at a straight edge, and 1 well inside.
        let amount = light_wrap * (2.0 - 2.0 * person_around).clamp(0.0, 1.0);
        std::array::from_fn(|c| 1.0 - (1.0 - color[c]) * (1.0 - amount * light[c]))
    }

    /// The mean foreground color around a pixel, and the mean probability of a person.
    fn mean(&self, x: usize, y: usize) -> [f32; 4] {
        let width = self.matte.mask.width as usize;
        sample(&self.matte.foreground, width, self.colors[0][x], self.colors[1][y], |pixel| pixel)
    }
}

fn opaque(background: [f32; 3], foreground: [f32; 3], alpha: f32) -> [u8; 4] {
    let mix = |c: usize| to_unorm8(background[c] + (foreground[c] - background[c]) * alpha);
    [mix(0), mix(1), mix(2), u8::MAX]
}

fn color([r, g, b, _]: [u8; 4]) -> [f32; 3] {
    [r, g, b].map(|level| f32::from(level) / 255.0)
}
