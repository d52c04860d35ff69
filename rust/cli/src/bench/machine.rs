//! The machine of the measurements.

use cyclorama_engine::GpuContext;
use serde::Serialize;
use sysinfo::System;
use wgpu::{DeviceType, Features};

#[derive(Serialize)]
pub(crate) struct Machine {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// The cores that the system schedules on.
    pub cores: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<Adapter>,
}

/// The wgpu adapter and its optional features.
#[derive(Serialize)]
pub(crate) struct Adapter {
    /// Its name and its graphics API.
    pub name: String,
    /// Whether it is a software adapter.
    pub software: bool,
    pub timestamps: bool,
    /// float16 in shaders.
    pub f16: bool,
}

impl Machine {
    /// This machine, with the adapter if one was used.
    pub(crate) fn here(graphics: Option<&GpuContext>) -> Self {
        let mut system = System::new();
        system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
        let brand = system.cpus().first().map(|cpu| cpu.brand().trim().to_owned());
        Self {
            cpu: brand.filter(|brand| !brand.is_empty()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            os: System::long_os_version(),
            adapter: graphics.map(Adapter::of),
        }
    }

    /// A one-line description.
    pub(crate) fn describe(&self) -> String {
        let cores = format!("{} cores", self.cores);
        let adapter = self.adapter.as_ref().map(|adapter| {
            let kind = if adapter.software { ", a software adapter" } else { "" };
            format!("{}{kind}", adapter.name)
        });
        let parts = [self.cpu.clone(), Some(cores), self.os.clone(), adapter];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

impl Adapter {
    fn of(graphics: &GpuContext) -> Self {
        let info = graphics.adapter().get_info();
        let has = |feature| graphics.adapter().features().contains(feature);
        Self {
            name: format!("{} ({})", info.name, info.backend),
            software: info.device_type == DeviceType::Cpu,
            timestamps: has(Features::TIMESTAMP_QUERY),
            f16: has(Features::SHADER_F16),
        }
    }
}
