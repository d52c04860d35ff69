use std::time::Duration;

use cyclorama_engine::{EngineError, GpuContext};
use gloo_timers::future::sleep;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{OffscreenCanvas, WebGl2RenderingContext, WebGlSync};

use crate::error::{Error, frame};
use crate::gpu::{Completion, Watch};
use crate::javascript::property;

/// Watches the context of a canvas, whose loss wgpu does not notice, and releases its memory on drop.
pub(crate) struct ContextWatch {
    canvas: OffscreenCanvas,
    context: WebGl2RenderingContext,
    gpu: GpuContext,
    listener: Closure<dyn FnMut(JsValue)>,
}

const LOST: &str = "webglcontextlost";

/// The time between two polls of a fence. Browsers extend it to four milliseconds in a long series.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

impl Watch for ContextWatch {
    type Completion = Fences;

    fn new(canvas: &OffscreenCanvas, gpu: &GpuContext) -> Result<Self, Error> {
        let context = canvas
            .get_context("webgl2")
            .map_err(|thrown| frame("the context of the canvas is not available", &thrown))?
            .and_then(|context| context.dyn_into().ok())
            .ok_or_else(|| EngineError::Unsupported("the canvas has no WebGL2 context".into()))?;
        let record = gpu.clone();
        let listener = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            record.lose(reason(property(&event, "statusMessage").as_string()));
        });
        canvas
            .add_event_listener_with_callback(LOST, listener.as_ref().unchecked_ref())
            .map_err(|thrown| frame("the canvas accepts no event listener", &thrown))?;
        Ok(Self { canvas: canvas.clone(), context, gpu: gpu.clone(), listener })
    }

    /// Also queries the context itself, because the event arrives in a later task.
    fn lost(&self) -> Option<String> {
        if self.context.is_context_lost() {
            self.gpu.lose(reason(None));
        }
        self.gpu.lost()
    }

    /// Blocks the thread, and returns without the delay of [`Completion::completed`], which is some milliseconds.
    async fn completed(&self) {
        self.context.bind_framebuffer(WebGl2RenderingContext::READ_FRAMEBUFFER, None);
        let mut pixel = [0; 4];
        self.context
            .read_pixels_with_opt_u8_array(
                0,
                0,
                1,
                1,
                WebGl2RenderingContext::RGBA,
                WebGl2RenderingContext::UNSIGNED_BYTE,
                Some(&mut pixel),
            )
            // A lost context has no pending work.
            .ok();
    }

    fn completion(&self) -> Fences {
        Fences(self.context.clone())
    }
}

impl Drop for ContextWatch {
    fn drop(&mut self) {
        let listener = self.listener.as_ref().unchecked_ref();
        self.canvas.remove_event_listener_with_callback(LOST, listener).ok();
        // Browsers allow few contexts for each page, and unreferenced ones count until the garbage collection.
        if let Ok(Some(extension)) = self.context.get_extension("WEBGL_lose_context") {
            extension.unchecked_into::<web_sys::WebglLoseContext>().lose_context();
        }
    }
}

/// Waits for the GPU with fences. WebGL has no completion callback; a fence is polled.
pub(crate) struct Fences(WebGl2RenderingContext);

impl Completion for Fences {
    /// Also ends when the context is lost. On a hidden page, whose timers may run once a second, it does not wait. Timers of
    /// workers are not slowed down.
    async fn completed(&self) {
        let Some(fence) = self.0.fence_sync(WebGl2RenderingContext::SYNC_GPU_COMMANDS_COMPLETE, 0) else {
            return;
        };
        self.0.flush();
        while !self.passed(&fence) && !on_hidden_page() {
            sleep(POLL_INTERVAL).await;
        }
        self.0.delete_sync(Some(&fence));
    }
}

impl Fences {
    fn passed(&self, fence: &WebGlSync) -> bool {
        let status = self.0.get_sync_parameter(fence, WebGl2RenderingContext::SYNC_STATUS);
        self.0.is_context_lost() || status.as_f64() == Some(WebGl2RenderingContext::SIGNALED.into())
    }
}

fn on_hidden_page() -> bool {
    let document = property(&js_sys::global(), "document");
    property(&document, "hidden").is_truthy()
}

fn reason(message: Option<String>) -> String {
    message
        .filter(|message| !message.is_empty())
        .unwrap_or_else(|| "the browser lost the WebGL context".into())
}
