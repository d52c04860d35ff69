//! The adapter for burn's runtime.

#[cfg(not(target_family = "wasm"))]
pub(crate) fn adapter_for_burn(adapter: &wgpu::Adapter) -> wgpu::Adapter {
    adapter.clone()
}

#[cfg(target_family = "wasm")]
pub(crate) use web::adapter_for_burn;

#[cfg(target_family = "wasm")]
mod web {
    use std::future::pending;
    use std::pin::Pin;

    use wgpu::custom::{AdapterInterface, DispatchSurface, RequestDeviceFuture};

    /// Returns an adapter that reports timestamp queries.
    ///
    /// burn's runtime for the web panics on an adapter without them, although it times nothing unless requested. The device
    /// reports its real features: frames are not timed on one without timestamps.
    pub(crate) fn adapter_for_burn(adapter: &wgpu::Adapter) -> wgpu::Adapter {
        if adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return adapter.clone();
        }
        wgpu::Adapter::from_custom(Timed(adapter.clone()))
    }

    #[derive(Debug)]
    struct Timed(wgpu::Adapter);

    impl AdapterInterface for Timed {
        fn features(&self) -> wgpu::Features {
            self.0.features() | wgpu::Features::TIMESTAMP_QUERY
        }

        /// Never called: burn receives the device.
        fn request_device(
            &self,
            _descriptor: &wgpu::DeviceDescriptor<'_>,
        ) -> Pin<Box<dyn RequestDeviceFuture>> {
            Box::pin(pending())
        }

        /// Never called: burn has no surface.
        fn is_surface_supported(&self, _surface: &DispatchSurface) -> bool {
            false
        }

        fn limits(&self) -> wgpu::Limits {
            self.0.limits()
        }

        fn downlevel_capabilities(&self) -> wgpu::DownlevelCapabilities {
            self.0.get_downlevel_capabilities()
        }

        fn get_info(&self) -> wgpu::AdapterInfo {
            self.0.get_info()
        }

        fn get_texture_format_features(&self, format: wgpu::TextureFormat) -> wgpu::TextureFormatFeatures {
            self.0.get_texture_format_features(format)
        }

        fn get_presentation_timestamp(&self) -> wgpu::PresentationTimestamp {
            self.0.get_presentation_timestamp()
        }

        fn cooperative_matrix_properties(&self) -> Vec<wgpu::CooperativeMatrixProperties> {
            self.0.cooperative_matrix_properties()
        }
    }
}
