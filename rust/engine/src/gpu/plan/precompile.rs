use std::collections::HashSet;

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::Kernel;
use crate::ComputeContext;

#[wasm_bindgen]
extern "C" {
    /// The part of `GPUDevice` that compiles asynchronously, which wgpu does not offer.
    /// <https://www.w3.org/TR/webgpu/#gpudevice>
    #[wasm_bindgen(extends = Object, js_name = GPUDevice)]
    type GpuDevice;
    #[wasm_bindgen(method, js_name = createShaderModule)]
    fn create_shader_module(this: &GpuDevice, descriptor: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createBindGroupLayout)]
    fn create_bind_group_layout(this: &GpuDevice, descriptor: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createPipelineLayout)]
    fn create_pipeline_layout(this: &GpuDevice, descriptor: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createComputePipelineAsync)]
    fn create_compute_pipeline_async(this: &GpuDevice, descriptor: &Object) -> Promise;
}

/// Compiles kernels at once, on the threads that the browser has for it. wgpu can only create one pipeline after the other,
/// on the thread that draws all pages.
///
/// While the returned pipelines live, Chromium reuses them for wgpu's, which have the same descriptors. In a browser that
/// does not, kernels are compiled twice. Kernels with errors are left out: wgpu's report them.
pub(super) async fn precompile(compute: &ComputeContext, kernels: HashSet<&Kernel>) -> Vec<JsValue> {
    let Some(device) = compute.device().as_webgpu() else { return Vec::new() };
    let device: GpuDevice = AsRef::<JsValue>::as_ref(device).clone().unchecked_into();
    let start = |kernel: &&Kernel| device.create_compute_pipeline_async(&descriptor(&device, kernel));
    let (promises, _errors) = compute.in_error_scope(|| kernels.iter().map(start).collect::<Vec<_>>());
    let mut pipelines = Vec::new();
    for promise in promises {
        pipelines.extend(JsFuture::from(promise).await);
    }
    pipelines
}

/// The descriptor of the pipeline that `compile` creates.
fn descriptor(device: &GpuDevice, kernel: &Kernel) -> Object {
    const COMPUTE: u32 = 4;
    let entries = (0..=kernel.inputs).map(|binding| {
        let kind = if binding < kernel.inputs { "read-only-storage" } else { "storage" };
        let buffer = object([("type", kind.into())]);
        object([("binding", binding.into()), ("visibility", COMPUTE.into()), ("buffer", buffer.into())])
    });
    let group = device.create_bind_group_layout(&object([("entries", entries.collect::<Array>().into())]));
    let layout = device.create_pipeline_layout(&object([("bindGroupLayouts", Array::of1(&group).into())]));
    let module = device.create_shader_module(&object([("code", kernel.source.as_str().into())]));
    let compute = object([("module", module), ("entryPoint", "main".into())]);
    object([("layout", layout), ("compute", compute.into())])
}

fn object<const N: usize>(properties: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        // Setting a property of a fresh, extensible object does not fail.
        Reflect::set(&object, &name.into(), &value).ok();
    }
    object
}
