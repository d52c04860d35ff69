//! Declarations of browser interfaces that are not stable in `web-sys`, and plain objects for their arguments.

use js_sys::{Object, Promise, Reflect, Uint8Array, Uint8ClampedArray};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{Clamped, JsValue};

#[wasm_bindgen]
extern "C" {
    /// <https://www.w3.org/TR/webcodecs/#videoframe-interface>
    #[wasm_bindgen(extends = Object)]
    #[derive(Clone)]
    pub(crate) type VideoFrame;
    #[wasm_bindgen(constructor, catch)]
    pub(crate) fn new(source: &JsValue, init: &JsValue) -> Result<VideoFrame, JsValue>;
    #[wasm_bindgen(method, getter, js_name = displayWidth)]
    pub(crate) fn display_width(this: &VideoFrame) -> u32;
    #[wasm_bindgen(method, getter, js_name = displayHeight)]
    pub(crate) fn display_height(this: &VideoFrame) -> u32;
    #[wasm_bindgen(method, getter, js_name = visibleRect)]
    pub(crate) fn visible_rect(this: &VideoFrame) -> Option<Rect>;
    /// In microseconds.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn timestamp(this: &VideoFrame) -> Option<f64>;
    /// The pixel format; null if the browser does not report it.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn format(this: &VideoFrame) -> Option<String>;
    /// Clockwise, in degrees; undefined in browsers without rotation.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn rotation(this: &VideoFrame) -> Option<f64>;
    /// Whether the frame is shown mirrored; undefined in browsers without mirroring.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn flip(this: &VideoFrame) -> Option<bool>;
    /// In microseconds.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn duration(this: &VideoFrame) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = colorSpace)]
    pub(crate) fn color_space(this: &VideoFrame) -> JsValue;
    /// Bytes of a copy with these options.
    #[wasm_bindgen(method, catch, js_name = allocationSize)]
    pub(crate) fn allocation_size(this: &VideoFrame, options: &JsValue) -> Result<u32, JsValue>;
    #[wasm_bindgen(method, catch, js_name = copyTo)]
    pub(crate) fn copy_to(this: &VideoFrame, to: &Uint8Array, options: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &VideoFrame);

    #[wasm_bindgen(extends = Object, js_name = DOMRectReadOnly)]
    pub(crate) type Rect;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn width(this: &Rect) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn height(this: &Rect) -> f64;

    /// The used part of <https://html.spec.whatwg.org/multipage/canvas.html#canvasrenderingcontext2d>
    #[wasm_bindgen(extends = Object, js_name = OffscreenCanvasRenderingContext2D)]
    #[derive(Clone)]
    pub(crate) type Canvas2d;
    #[wasm_bindgen(method, setter, js_name = globalCompositeOperation)]
    pub(crate) fn set_global_composite_operation(this: &Canvas2d, operation: &str);
    #[wasm_bindgen(method, catch, js_name = drawImage)]
    pub(crate) fn draw_image(
        this: &Canvas2d,
        image: &JsValue,
        x: f64,
        y: f64,
        width: f64,
        height: f64,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = getImageData)]
    pub(crate) fn get_image_data(
        this: &Canvas2d,
        x: f64,
        y: f64,
        width: f64,
        height: f64,
    ) -> Result<ImageData, JsValue>;

    #[wasm_bindgen(method, catch, js_name = putImageData)]
    pub(crate) fn put_image_data(this: &Canvas2d, image: &ImageData, x: f64, y: f64) -> Result<(), JsValue>;

    #[wasm_bindgen(extends = Object, js_name = ImageData)]
    pub(crate) type ImageData;
    #[wasm_bindgen(constructor, catch)]
    pub(crate) fn new(rgba: Clamped<&[u8]>, width: u32, height: u32) -> Result<ImageData, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn data(this: &ImageData) -> Uint8ClampedArray;
}

/// Creates a plain object with these properties.
pub(crate) fn object<const N: usize>(properties: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        // Setting a property of a fresh, extensible object does not fail.
        Reflect::set(&object, &name.into(), &value).ok();
    }
    object
}

/// Reads a property; `undefined` if it does not exist or if the value is not an object.
pub(crate) fn property(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}
