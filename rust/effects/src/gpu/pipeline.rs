//! Shaders and pipelines, compiled at their first use. The device reports their errors then. It rejects submissions that use
//! a pipeline with an error, so that nothing is drawn.

use std::sync::{Arc, OnceLock};

use crate::StageEncoder;

/// The shader of one stage. Its entry points share one module.
#[derive(Clone)]
pub(crate) struct Shader(Arc<LazyModule>);

struct LazyModule {
    device: wgpu::Device,
    label: &'static str,
    source: fn() -> String,
    module: OnceLock<wgpu::ShaderModule>,
}

impl Shader {
    /// `label` names the stage. `source` returns its WGSL.
    pub fn new(device: &wgpu::Device, label: &'static str, source: fn() -> String) -> Self {
        Self(Arc::new(LazyModule { device: device.clone(), label, source, module: OnceLock::new() }))
    }

    fn module(&self) -> &wgpu::ShaderModule {
        let LazyModule { device, label, source, module } = &*self.0;
        module.get_or_init(|| {
            device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(label),
                source: wgpu::ShaderSource::Wgsl(source().into()),
            })
        })
    }

    /// Creates a bind group of pairs of `@binding` number and resource.
    fn bind(
        &self,
        layout: &wgpu::BindGroupLayout,
        resources: &[(u32, wgpu::BindingResource<'_>)],
    ) -> wgpu::BindGroup {
        let entries = resources.iter().cloned();
        let entries: Vec<_> =
            entries.map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
        let descriptor = wgpu::BindGroupDescriptor { label: Some(self.0.label), layout, entries: &entries };
        self.0.device.create_bind_group(&descriptor)
    }
}

/// A render pass of one fragment entry point over its whole target.
pub(crate) struct FullscreenPass {
    shader: Shader,
    entry: &'static str,
    target: wgpu::TextureFormat,
    pipeline: OnceLock<wgpu::RenderPipeline>,
}

impl FullscreenPass {
    /// Draws to targets of the format `target`. The source of the shader includes [`FULLSCREEN`](super::FULLSCREEN).
    pub fn new(shader: &Shader, entry: &'static str, target: wgpu::TextureFormat) -> Self {
        Self { shader: shader.clone(), entry, target, pipeline: OnceLock::new() }
    }

    /// Compiles the pipeline on the first call. A browser does so in another process, and this returns at once.
    pub fn compile(&self) -> &wgpu::RenderPipeline {
        let Self { shader, entry, target, pipeline } = self;
        pipeline.get_or_init(|| {
            let module = shader.module();
            shader.0.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(shader.0.label),
                layout: None,
                vertex: wgpu::VertexState {
                    module,
                    entry_point: Some("fullscreen"),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    buffers: &[],
                },
                primitive: wgpu::PrimitiveState::default(),
                depth_stencil: None,
                multisample: wgpu::MultisampleState::default(),
                fragment: Some(wgpu::FragmentState {
                    module,
                    entry_point: Some(entry),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    targets: &[Some((*target).into())],
                }),
                multiview_mask: None,
                cache: None,
            })
        })
    }

    /// Creates a bind group of pairs of `@binding` number and resource: all that the entry point uses.
    pub fn bind(&self, resources: &[(u32, wgpu::BindingResource<'_>)]) -> wgpu::BindGroup {
        self.shader.bind(&self.compile().get_bind_group_layout(0), resources)
    }

    /// Records the pass.
    pub fn draw(
        &self,
        encoder: &mut StageEncoder<'_>,
        label: &str,
        target: &wgpu::TextureView,
        resources: &wgpu::BindGroup,
    ) {
        let mut pass = encoder.render(label, target, wgpu::Color::TRANSPARENT);
        pass.set_pipeline(self.compile());
        pass.set_bind_group(0, resources, &[]);
        pass.draw(0..3, 0..1);
    }
}

/// The pipeline of one entry point of a compute shader.
pub(crate) struct ComputePipeline {
    shader: Shader,
    entry: &'static str,
    pipeline: OnceLock<wgpu::ComputePipeline>,
}

impl ComputePipeline {
    pub fn new(shader: &Shader, entry: &'static str) -> Self {
        Self { shader: shader.clone(), entry, pipeline: OnceLock::new() }
    }

    /// Compiles the pipeline on the first call. A browser does so in another process, and this returns at once.
    pub fn compile(&self) -> &wgpu::ComputePipeline {
        let Self { shader, entry, pipeline } = self;
        pipeline.get_or_init(|| {
            shader.0.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(shader.0.label),
                layout: None,
                module: shader.module(),
                entry_point: Some(entry),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        })
    }

    /// Creates a bind group of pairs of `@binding` number and resource: all that the entry point uses.
    pub fn bind(&self, resources: &[(u32, wgpu::BindingResource<'_>)]) -> wgpu::BindGroup {
        self.shader.bind(&self.compile().get_bind_group_layout(0), resources)
    }

    /// Records a dispatch of `groups` workgroups across and down.
    pub fn dispatch(&self, pass: &mut wgpu::ComputePass<'_>, resources: &wgpu::BindGroup, groups: [u32; 2]) {
        pass.set_pipeline(self.compile());
        pass.set_bind_group(0, resources, &[]);
        pass.dispatch_workgroups(groups[0], groups[1], 1);
    }
}
