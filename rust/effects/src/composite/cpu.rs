//! CPU twin of [`Compositor::encode`](crate::Compositor::encode).

use super::glow_size;
use crate::bilinear::{Mix, axis, sample};
use crate::blur::cpu::blur;
use crate::brightness::cpu::gain;
use crate::matte::cpu::Matte;
use crate::picture::to_level;
use crate::resample::cpu::resample;
use crate::{Background, Blending, EffectError, Picture};

/// Shows the person of `frame`, which `matte` was made of, in front of `background`, at the frame's size.
///
/// Colours are mixed as they are encoded. The result is opaque, but for [`Background::Transparent`]: then its alpha is how
/// much of a pixel is person, and straight, as PNG files have it (the GPU writes premultiplied alpha). The frame's own
/// alpha is ignored.
///
/// # Errors
/// As [`Background::check`] and [`Blending::check`].
pub fn composite(
    frame: &Picture,
    matte: &Matte,
    background: &Background,
    blending: Blending,
) -> Result<Picture, EffectError> {
    background.check()?;
    blending.check()?;
    let size = frame.size();
    let person = Person::new(frame, matte);
    Ok(match background {
        Background::Blur { radius } => {
            let blurred = blur(frame, matte, *radius);
            let (width, pixels) = (blurred.size().width as usize, blurred.pixels().as_chunks().0);
            let (across, down) =
                (axis(blurred.size().width, size.width), axis(blurred.size().height, size.height));
            person.over_blurred(|x, y| sample(pixels, width, across[x], down[y], color))
        }
        Background::Image { picture, layout } => {
            let picture = picture.on_black();
            let glow_size = glow_size(size);
            let glow = resample(&picture, layout.place(picture.size(), glow_size), glow_size);
            let picture = resample(&picture, layout.place(picture.size(), size), size);
            let gain = if blending.match_brightness { gain(matte, &glow) } else { 1.0 };
            let (across, down) = (axis(glow_size.width, size.width), axis(glow_size.height, size.height));
            let (width, light) = (glow_size.width as usize, glow.pixels().as_chunks().0);
            person.over(blending.light_wrap, |x, y| {
                let behind = color(picture.row(y)[x]).map(|channel| (gain * channel).min(1.0));
                [behind, sample(light, width, across[x], down[y], color).map(|channel| gain * channel)]
            })
        }
        Background::Color(rgb) => {
            let behind = rgb.map(|level| f32::from(level) / 255.0);
            person.over(blending.light_wrap, |_, _| [behind, behind])
        }
        Background::Transparent => person.alone(),
    })
}

/// A frame and what tells its person from the background.
struct Person<'a> {
    frame: &'a Picture,
    matte: &'a Matte,
    /// Places in the coefficients, across and down.
    coefficients: [Vec<Mix>; 2],
    /// Places in the mean colours.
    colors: [Vec<Mix>; 2],
}

impl<'a> Person<'a> {
    fn new(frame: &'a Picture, matte: &'a Matte) -> Self {
        let size = frame.size();
        let axes = |from: crate::Size| [axis(from.width, size.width), axis(from.height, size.height)];
        Self { frame, matte, coefficients: axes(matte.size), colors: axes(matte.mask) }
    }

    /// Lays the person over the colour that `behind` gives for the pixel at `x`, `y`, with the light that comes from there.
    fn over(&self, light_wrap: f32, behind: impl Fn(usize, usize) -> [[f32; 3]; 2]) -> Picture {
        self.each(|x, y, pixel| {
            let (front, person) = self.at(x, y, *pixel);
            let [behind, light] = behind(x, y);
            let front = if person > 0.0 { self.lit(x, y, front, light_wrap, light) } else { front };
            *pixel = opaque(behind, front, person);
        })
    }

    /// Lays the person over another state of the same background. A soft edge keeps its colour: what shines through it
    /// is what is behind it now.
    fn over_blurred(&self, behind: impl Fn(usize, usize) -> [f32; 3]) -> Picture {
        self.each(|x, y, pixel| {
            let front = color(*pixel);
            let person = self.matte.person(self.coefficients[0][x], self.coefficients[1][y], front);
            *pixel = opaque(behind(x, y), front, person);
        })
    }

    /// The person before nothing.
    fn alone(&self) -> Picture {
        self.each(|x, y, pixel| {
            let ([r, g, b], person) = self.at(x, y, *pixel);
            let alpha = to_level(person);
            // Straight alpha would keep the room's colours behind full transparency, for anyone to uncover.
            *pixel = if alpha == 0 { [0; 4] } else { [to_level(r), to_level(g), to_level(b), alpha] };
        })
    }

    fn each(&self, change: impl Fn(usize, usize, &mut [u8; 4])) -> Picture {
        Picture::from_rows(self.frame.size(), |y, row| {
            row.copy_from_slice(self.frame.row(y));
            row.iter_mut().enumerate().for_each(|(x, pixel)| change(x, y, pixel));
        })
    }

    /// The person's own colour in a pixel, and how much of it is person.
    ///
    /// Source: Forte, "Approximate Fast Foreground Colour Estimation", 2021.
    fn at(&self, x: usize, y: usize, pixel: [u8; 4]) -> ([f32; 3], f32) {
        let color = color(pixel);
        let person = self.matte.person(self.coefficients[0][x], self.coefficients[1][y], color);
        if person == 0.0 || person == 1.0 {
            return (color, person);
        }
        let [r, g, b, _] = self.foreground(x, y);
        let own = [r, g, b];
        let width = self.matte.mask.width as usize;
        let other =
            sample(&self.matte.background, width, self.colors[0][x], self.colors[1][y], |pixel| pixel);
        let estimate = |c: usize| {
            let explained = other[c] + (own[c] - other[c]) * person;
            (own[c] + person * (color[c] - explained)).clamp(0.0, 1.0)
        };
        (std::array::from_fn(estimate), person)
    }

    /// A colour in the light of what is behind, which falls in from the person's edge.
    fn lit(&self, x: usize, y: usize, color: [f32; 3], light_wrap: f32, light: [f32; 3]) -> [f32; 3] {
        if light_wrap == 0.0 {
            return color;
        }
        let [_, _, _, person_around] = self.foreground(x, y);
        // One half at a straight edge, and all well inside.
        let spill = light_wrap * (2.0 - 2.0 * person_around).clamp(0.0, 1.0);
        std::array::from_fn(|c| 1.0 - (1.0 - color[c]) * (1.0 - spill * light[c]))
    }

    fn foreground(&self, x: usize, y: usize) -> [f32; 4] {
        let width = self.matte.mask.width as usize;
        sample(&self.matte.foreground, width, self.colors[0][x], self.colors[1][y], |pixel| pixel)
    }
}

fn opaque(behind: [f32; 3], front: [f32; 3], person: f32) -> [u8; 4] {
    let mix = |c: usize| to_level(behind[c] + (front[c] - behind[c]) * person);
    [mix(0), mix(1), mix(2), u8::MAX]
}

fn color([r, g, b, _]: [u8; 4]) -> [f32; 3] {
    [r, g, b].map(|level| f32::from(level) / 255.0)
}
