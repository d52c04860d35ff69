//! The stage `import`: from an object of the browser to a texture.

use cyclorama_engine::effects::Size;
use cyclorama_engine::{ComputeContext, EngineError, ImportTimestamps};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlVideoElement;

use super::device::{GpuDevice, GpuRenderPipeline, GpuTexture};
use crate::background::ImageImporter;
use crate::copying::Copier;
use crate::drawing::Drawing;
use crate::error::{Error, frame};
use crate::gpu;
use crate::javascript::{VideoFrame, object, property};
use crate::plain::ImportPath;
use crate::source::Source;

/// The format of the texture, with the names of WebGPU and of wgpu.
const FORMAT: &str = "rgba8unorm";
const TEXTURE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Imports frames into one texture, which is reused while their size stays the same.
pub(crate) struct Importer {
    compute: ComputeContext,
    device: GpuDevice,
    copy: bool,
    /// Whether the browser imports video as an external texture: false after a failure.
    renders: bool,
    /// Whether the browser copies video frames to a texture: false after a failure.
    copies_frames: bool,
    external: Option<GpuRenderPipeline>,
    /// Two timestamp queries for the pass that renders a video frame: wgpu does not expose its own.
    queries: Option<JsValue>,
    texture: Option<wgpu::Texture>,
    copier: Copier,
    /// For sources whose pixels differ from what a page shows.
    drawing: Drawing,
}

impl gpu::Importer for Importer {
    type Device = ComputeContext;
    type Frame = wgpu::Texture;

    fn new(compute: &ComputeContext, path: ImportPath) -> Result<Self, Error> {
        let software = compute.adapter().get_info().device_type == wgpu::DeviceType::Cpu;
        let copy = path == ImportPath::Copy || path == ImportPath::Auto && software;
        Ok(Self {
            compute: compute.clone(),
            device: javascript_device(compute)?,
            copy,
            renders: true,
            copies_frames: true,
            external: None,
            queries: None,
            texture: None,
            copier: Copier::new(true),
            drawing: Drawing::new(copy),
        })
    }

    /// Only the pass that renders a video frame writes timestamps.
    async fn import(
        &mut self,
        value: &JsValue,
        timestamps: Option<&ImportTimestamps>,
    ) -> Result<(wgpu::Texture, bool), Error> {
        let source = Source::of(value)?;
        let texture = self.texture(&source)?;
        let filled = self.fill(&source, &texture, timestamps).await;
        let timed = matches!(filled, Ok(true));
        Ok((self.keep(texture, filled.map(drop))?.clone(), timed))
    }

    /// The importer itself reuses the texture.
    fn recycle(&mut self, _frame: wgpu::Texture) {}
}

impl ImageImporter for Importer {
    type Image = wgpu::Texture;

    async fn import_image(&mut self, value: &JsValue) -> Result<&wgpu::Texture, Error> {
        let source = Source::of(value)?;
        let texture = self.texture(&source)?;
        let filled = self.fill(&source, &texture, None).await;
        self.keep(texture, filled.map(drop))
    }

    fn import_image_now(&mut self, value: &JsValue) -> Result<&wgpu::Texture, Error> {
        let source = Source::of(value)?;
        let texture = self.texture(&source)?;
        let filled = self.copy_image(&source, &texture);
        self.keep(texture, filled)
    }
}

impl Importer {
    /// Fills the texture. Returns whether `timestamps` were written.
    async fn fill(
        &mut self,
        source: &Source,
        texture: &wgpu::Texture,
        timestamps: Option<&ImportTimestamps>,
    ) -> Result<bool, Error> {
        if self.copy && self.copy(source, texture).await? {
            return Ok(false);
        }
        if self.renders && is_video(source) && is_as_shown(source) {
            let rendered = self.render(source, texture, timestamps);
            if rendered.is_ok() {
                return Ok(timestamps.is_some());
            }
            // If the frame can be copied, the frame is valid and the browser cannot import it.
            if self.copy_image(source, texture).is_err() {
                return rendered.map(|()| false);
            }
            self.renders = false;
            return Ok(false);
        }
        self.copy_image(source, texture)?;
        Ok(false)
    }

    /// Returns the current texture if it has the source's size, else a new one.
    fn texture(&self, &Source { width, height, .. }: &Source) -> Result<wgpu::Texture, Error> {
        match &self.texture {
            Some(kept) if (kept.width(), kept.height()) == (width, height) => Ok(kept.clone()),
            _ => new_texture(&self.compute, width, height),
        }
    }

    /// Keeps a texture that was filled. After a failure the previous one stays valid, because it may still be shown.
    fn keep(&mut self, texture: wgpu::Texture, filled: Result<(), Error>) -> Result<&wgpu::Texture, Error> {
        if let Err(error) = filled {
            if self.texture.as_ref() != Some(&texture) {
                texture.destroy();
            }
            return Err(error);
        }
        if let Some(before) = self.texture.take_if(|before| *before != texture) {
            before.destroy();
        }
        Ok(self.texture.insert(texture))
    }

    /// Reads the pixels into memory and uploads them. Returns `false` if the browser does not convert this frame to RGBA.
    async fn copy(&mut self, source: &Source, texture: &wgpu::Texture) -> Result<bool, Error> {
        let is_element = source.value.is_instance_of::<HtmlVideoElement>();
        let own = is_element.then(|| source.to_video_frame()).transpose()?;
        let video = own.as_deref().or_else(|| source.value.dyn_ref());
        let pixels = match video.filter(|video| source.is_copied_as_shown(video)) {
            Some(video) => match self.copier.copy(video).await {
                Some(pixels) => pixels.clone(),
                None => return Ok(false),
            },
            None => Uint8Array::new(&self.drawing.pixels(source)?.buffer()),
        };
        self.upload(&pixels, source, texture)?;
        Ok(true)
    }

    fn upload(
        &self,
        pixels: &Uint8Array,
        &Source { width, height, .. }: &Source,
        texture: &wgpu::Texture,
    ) -> Result<(), Error> {
        let to = object([("texture", handle(texture)?.into())]);
        let layout = object([("bytesPerRow", (width * 4).into())]);
        self.device
            .queue()
            .write_texture(&to, pixels, &layout, &Array::of2(&width.into(), &height.into()))
            .map_err(|thrown| frame("the frame cannot be uploaded", &thrown))
    }

    fn copy_image(&mut self, source: &Source, texture: &wgpu::Texture) -> Result<(), Error> {
        let is_frame = source.value.is_instance_of::<VideoFrame>();
        if is_as_shown(source) && (self.copies_frames || !is_frame) {
            let copied = self.copy_external(source, source.value.clone(), texture);
            if copied.is_ok() || !is_frame {
                return copied;
            }
        }
        let drawing = self.drawing.draw(source)?.clone();
        self.copy_external(source, drawing.into(), texture)?;
        self.copies_frames &= !(is_frame && is_as_shown(source));
        Ok(())
    }

    fn copy_external(
        &self,
        &Source { width, height, .. }: &Source,
        image: JsValue,
        texture: &wgpu::Texture,
    ) -> Result<(), Error> {
        let from = object([("source", image)]);
        // Transparent parts are composited over black, as in a drawing.
        let to = object([("texture", handle(texture)?.into()), ("premultipliedAlpha", true.into())]);
        let size = Array::of2(&width.into(), &height.into());
        self.device
            .queue()
            .copy_external_image_to_texture(&from, &to, &size)
            .map_err(|thrown| frame("the image cannot be copied to the GPU", &thrown))
    }

    /// Renders a video frame into the texture through an external texture, without leaving the GPU.
    fn render(
        &mut self,
        source: &Source,
        texture: &wgpu::Texture,
        timestamps: Option<&ImportTimestamps>,
    ) -> Result<(), Error> {
        let device = &self.device;
        let pipeline = self.external.get_or_insert_with(|| external_pipeline(device));
        let external = device
            .import_external_texture(&object([("source", source.value.clone())]))
            .map_err(|thrown| frame("the frame cannot be imported", &thrown))?;
        let entry = object([("binding", 0.into()), ("resource", external)]);
        let group = device.create_bind_group(&object([
            ("layout", pipeline.get_bind_group_layout(0)),
            ("entries", Array::of1(&entry).into()),
        ]));
        let target = object([
            ("view", handle(texture)?.create_view()),
            ("loadOp", "clear".into()),
            ("storeOp", "store".into()),
        ]);
        let encoder = device.create_command_encoder();
        let timed = match timestamps {
            None => None,
            Some(ImportTimestamps { buffer, offset }) => {
                let queries = self.queries.get_or_insert_with(|| timestamp_queries(device));
                Some((queries.clone(), buffer.as_webgpu().ok_or_else(not_webgpu)?, *offset))
            }
        };
        let writes = timed.as_ref().map_or(JsValue::UNDEFINED, |(queries, ..)| {
            object([
                ("querySet", queries.clone()),
                ("beginningOfPassWriteIndex", 0.into()),
                ("endOfPassWriteIndex", 1.into()),
            ])
            .into()
        });
        let pass = encoder.begin_render_pass(&object([
            ("label", "import".into()),
            ("colorAttachments", Array::of1(&target).into()),
            ("timestampWrites", writes),
        ]));
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &group);
        pass.draw(3);
        pass.end();
        if let Some((queries, buffer, offset)) = &timed {
            encoder.resolve_query_set(queries, 0, 2, buffer.as_ref(), *offset as f64);
        }
        device.queue().submit(&Array::of1(&encoder.finish()));
        Ok(())
    }
}

/// Whether the browser copies the source to the GPU as a page shows it: all sources except video frames that are not plain.
fn is_as_shown(source: &Source) -> bool {
    source.value.dyn_ref().is_none_or(|video| source.is_plain(video))
}

/// Whether the source can be an external texture.
fn is_video(Source { value, .. }: &Source) -> bool {
    value.is_instance_of::<VideoFrame>() || value.is_instance_of::<HtmlVideoElement>()
}

fn new_texture(compute: &ComputeContext, width: u32, height: u32) -> Result<wgpu::Texture, Error> {
    compute.check_size(Size { width, height })?;
    Ok(compute.device().create_texture(&wgpu::TextureDescriptor {
        label: Some("import"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: TEXTURE_FORMAT,
        usage: wgpu::TextureUsages::TEXTURE_BINDING
            | wgpu::TextureUsages::COPY_DST
            | wgpu::TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    }))
}

fn timestamp_queries(device: &GpuDevice) -> JsValue {
    device.create_query_set(&object([
        ("label", "import".into()),
        ("type", "timestamp".into()),
        ("count", 2.into()),
    ]))
}

fn external_pipeline(device: &GpuDevice) -> GpuRenderPipeline {
    let module = device.create_shader_module(&object([
        ("label", "import".into()),
        ("code", include_str!("external.wgsl").into()),
    ]));
    let target = object([("format", FORMAT.into())]);
    device.create_render_pipeline(&object([
        ("label", "import".into()),
        ("layout", "auto".into()),
        ("vertex", object([("module", module.clone())]).into()),
        ("fragment", object([("module", module), ("targets", Array::of1(&target).into())]).into()),
    ]))
}

/// The browser's object of a wgpu device.
fn javascript_device(compute: &ComputeContext) -> Result<GpuDevice, Error> {
    let device = compute.device().as_webgpu().ok_or_else(not_webgpu)?;
    Ok(AsRef::<JsValue>::as_ref(device).clone().unchecked_into())
}

/// The name of the adapter for people, from the browser: wgpu does not expose it.
pub(super) fn adapter_name(compute: &ComputeContext) -> Result<String, Error> {
    let device = javascript_device(compute)?;
    let info = property(&device, "adapterInfo");
    let words = ["description", "vendor", "architecture"].map(|name| property(&info, name).as_string());
    Ok(match words {
        [Some(description), ..] if !description.is_empty() => description,
        [_, Some(vendor), architecture] if !vendor.is_empty() => {
            format!("{vendor} {}", architecture.unwrap_or_default()).trim_end().to_string()
        }
        _ => "unnamed adapter".into(),
    })
}

/// The browser's object of a wgpu texture.
fn handle(texture: &wgpu::Texture) -> Result<GpuTexture, Error> {
    let texture = texture.as_webgpu().ok_or_else(not_webgpu)?;
    Ok(AsRef::<JsValue>::as_ref(texture).clone().unchecked_into())
}

fn not_webgpu() -> Error {
    EngineError::Unsupported("the GPU device is not a WebGPU device of the browser".into()).into()
}
