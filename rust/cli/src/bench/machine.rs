//! The machine of the measurements.

use cyclorama_engine::GpuContext;
use serde::Serialize;
use sysinfo::System;
use wgpu::{DeviceType, Features};

use super::{figure::Figure, peaks::Peaks};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Machine {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// The cores that the system schedules on.
    pub cores: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<Adapter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Gigabytes per second, read and written, of copying memory on one core.
    pub memory_copy: Option<Figure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Gigaflops per second of multiply-adds on one core.
    pub multiply_adds: Option<Figure>,
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
    pub(crate) fn here(graphics: Option<&GpuContext>, peaks: &Peaks) -> Self {
        let mut system = System::new();
        system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
        let brand = system.cpus().first().map(|cpu| cpu.brand().trim().to_owned());
        Self {
            cpu: brand.filter(|brand| !brand.is_empty()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            os: System::long_os_version(),
            adapter: graphics.map(Adapter::of),
            memory_copy: peaks.memory_copy(),
            multiply_adds: peaks.multiply_adds(),
        }
    }

    /// A one-line description.
    pub(crate) fn describe(&self) -> String {
        let cores = format!("{} cores", self.cores);
        let adapter = self.adapter.as_ref().map(|adapter| {
            let kind = if adapter.software { ", a software adapter" } else { "" };
            format!("{}{kind}", adapter.name)
        });
        let peaks = self.memory_copy.zip(self.multiply_adds).map(|(copy, fma)| {
            format!("one core: memory copy {:.1} GB/s, multiply-adds {:.1} GFLOP/s", copy.median, fma.median)
        });
        let parts = [self.cpu.clone(), Some(cores), self.os.clone(), adapter, peaks];
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
