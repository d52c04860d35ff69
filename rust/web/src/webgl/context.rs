use std::time::Duration;

use cyclorama_engine::{EngineError, Graphics};
use gloo_timers::future::sleep;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{OffscreenCanvas, WebGl2RenderingContext, WebGlSync};

use crate::error::{Error, frame};
use crate::javascript::property;

/// Watches over the canvas' context, of whose loss wgpu is not told, and gives its memory back in the end.
pub(crate) struct Watch {
    canvas: OffscreenCanvas,
    context: WebGl2RenderingContext,
    graphics: Graphics,
    listener: Closure<dyn FnMut(JsValue)>,
}

const LOST: &str = "webglcontextlost";

/// Between two looks at a fence. Browsers make it four milliseconds where many follow one another.
const LOOK: Duration = Duration::from_millis(1);

impl Watch {
    /// For a canvas that wgpu made its context for.
    pub(crate) fn new(canvas: &OffscreenCanvas, graphics: &Graphics) -> Result<Self, Error> {
        let context = canvas
            .get_context("webgl2")
            .map_err(|thrown| frame("the canvas' context cannot be had", &thrown))?
            .and_then(|context| context.dyn_into().ok())
            .ok_or_else(|| EngineError::Unsupported("the canvas has no WebGL2 context".into()))?;
        let record = graphics.clone();
        let listener = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            record.lose(reason(property(&event, "statusMessage").as_string()));
        });
        canvas
            .add_event_listener_with_callback(LOST, listener.as_ref().unchecked_ref())
            .map_err(|thrown| frame("the canvas cannot be listened to", &thrown))?;
        Ok(Self { canvas: canvas.clone(), context, graphics: graphics.clone(), listener })
    }

    /// Why the context is lost, if it is. The event comes with a later task: until then the context is asked.
    pub(crate) fn lost(&self) -> Option<String> {
        if self.context.is_context_lost() {
            self.graphics.lose(reason(None));
        }
        self.graphics.lost()
    }

    /// What tells when the GPU is done, beside the frames.
    pub(crate) fn completion(&self) -> Completion {
        Completion(self.context.clone())
    }

    /// Waits until everything submitted so far is done, and holds the thread up: at once, while
    /// [`Completion::completed`] is late by some milliseconds.
    pub(crate) async fn completed(&self) {
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
            // A lost context has nothing to wait for.
            .ok();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let listener = self.listener.as_ref().unchecked_ref();
        self.canvas.remove_event_listener_with_callback(LOST, listener).ok();
        // A page has few contexts, and those that are only forgotten count until the garbage is collected.
        if let Ok(Some(extension)) = self.context.get_extension("WEBGL_lose_context") {
            extension.unchecked_into::<web_sys::WebglLoseContext>().lose_context();
        }
    }
}

/// Tells when the GPU is done, without holding anything up. WebGL tells nobody by itself: a fence is looked at between tasks.
pub(crate) struct Completion(WebGl2RenderingContext);

impl Completion {
    /// Waits until everything submitted so far is done, or the context is lost. On a hidden page, whose timers may come once a
    /// second, nothing is waited for; a worker's do not slow down.
    pub(crate) async fn completed(&self) {
        let Some(fence) = self.0.fence_sync(WebGl2RenderingContext::SYNC_GPU_COMMANDS_COMPLETE, 0) else {
            return;
        };
        self.0.flush();
        while !self.passed(&fence) && !on_hidden_page() {
            sleep(LOOK).await;
        }
        self.0.delete_sync(Some(&fence));
    }

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
        .unwrap_or_else(|| "the browser took the WebGL context".into())
}
