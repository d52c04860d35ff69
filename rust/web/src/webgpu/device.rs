//! Declarations of WebGPU interfaces that are not stable in `web-sys`.

use js_sys::{Object, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// The part of `GPUDevice` that imports video: wgpu has no external textures on the web.
    /// <https://www.w3.org/TR/webgpu/#gpudevice>
    #[wasm_bindgen(extends = Object, js_name = GPUDevice)]
    pub(crate) type GpuDevice;
    #[wasm_bindgen(method, catch, js_name = importExternalTexture)]
    pub(crate) fn import_external_texture(this: &GpuDevice, descriptor: &Object) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = createShaderModule)]
    pub(crate) fn create_shader_module(this: &GpuDevice, descriptor: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createRenderPipeline)]
    pub(crate) fn create_render_pipeline(this: &GpuDevice, descriptor: &Object) -> GpuRenderPipeline;
    #[wasm_bindgen(method, js_name = createBindGroup)]
    pub(crate) fn create_bind_group(this: &GpuDevice, descriptor: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createCommandEncoder)]
    pub(crate) fn create_command_encoder(this: &GpuDevice) -> GpuCommandEncoder;
    #[wasm_bindgen(method, js_name = createQuerySet)]
    pub(crate) fn create_query_set(this: &GpuDevice, descriptor: &Object) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn queue(this: &GpuDevice) -> GpuQueue;

    #[wasm_bindgen(js_name = GPURenderPipeline)]
    #[derive(Clone)]
    pub(crate) type GpuRenderPipeline;
    #[wasm_bindgen(method, js_name = getBindGroupLayout)]
    pub(crate) fn get_bind_group_layout(this: &GpuRenderPipeline, index: u32) -> JsValue;

    #[wasm_bindgen(js_name = GPUCommandEncoder)]
    pub(crate) type GpuCommandEncoder;
    #[wasm_bindgen(method, js_name = beginRenderPass)]
    pub(crate) fn begin_render_pass(this: &GpuCommandEncoder, descriptor: &Object) -> GpuRenderPass;
    #[wasm_bindgen(method, js_name = resolveQuerySet)]
    pub(crate) fn resolve_query_set(
        this: &GpuCommandEncoder,
        queries: &JsValue,
        first: u32,
        count: u32,
        to: &JsValue,
        offset: f64,
    );
    #[wasm_bindgen(method)]
    pub(crate) fn finish(this: &GpuCommandEncoder) -> JsValue;

    #[wasm_bindgen(js_name = GPURenderPassEncoder)]
    pub(crate) type GpuRenderPass;
    #[wasm_bindgen(method, js_name = setPipeline)]
    pub(crate) fn set_pipeline(this: &GpuRenderPass, pipeline: &GpuRenderPipeline);
    #[wasm_bindgen(method, js_name = setBindGroup)]
    pub(crate) fn set_bind_group(this: &GpuRenderPass, index: u32, group: &JsValue);
    #[wasm_bindgen(method)]
    pub(crate) fn draw(this: &GpuRenderPass, vertices: u32);
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &GpuRenderPass);

    #[wasm_bindgen(js_name = GPUQueue)]
    pub(crate) type GpuQueue;
    #[wasm_bindgen(method)]
    pub(crate) fn submit(this: &GpuQueue, commands: &js_sys::Array);
    #[wasm_bindgen(method, catch, js_name = writeTexture)]
    pub(crate) fn write_texture(
        this: &GpuQueue,
        to: &Object,
        data: &Uint8Array,
        layout: &Object,
        size: &js_sys::Array,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = copyExternalImageToTexture)]
    pub(crate) fn copy_external_image_to_texture(
        this: &GpuQueue,
        from: &Object,
        to: &Object,
        size: &js_sys::Array,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(js_name = GPUTexture)]
    pub(crate) type GpuTexture;
    #[wasm_bindgen(method, js_name = createView)]
    pub(crate) fn create_view(this: &GpuTexture) -> JsValue;
}
