import type { Report } from './report';

/** The machine, as far as the browser reveals it. */
export type Machine = Report['machine'];

// Only Chromium has `userAgentData`. It is in no standard.
interface WithBrands {
  readonly userAgentData?: {
    readonly brands: readonly { brand: string; version: string }[];
    readonly platform: string;
    getHighEntropyValues(hints: string[]): Promise<Record<string, unknown>>;
  };
}

/** Describes the machine, as far as the browser reveals it. */
export async function describeMachine(): Promise<Machine> {
  const { hardwareConcurrency: cores } = navigator;
  const [{ os, browser }, adapter] = await Promise.all([describeBrowser(), describeAdapter()]);
  return { ...(cores && { cores }), ...(os && { os }), browser, ...(adapter && { adapter }) };
}

async function describeBrowser(): Promise<{ os: string | undefined; browser: string }> {
  const { userAgentData } = navigator as Navigator & WithBrands;
  if (!userAgentData) return { os: undefined, browser: navigator.userAgent.slice(0, 300) };
  const known = await userAgentData
    .getHighEntropyValues(['architecture', 'platformVersion', 'fullVersionList'])
    .catch((): Record<string, unknown> => ({}));
  const versions = Array.isArray(known.fullVersionList) ? known.fullVersionList : userAgentData.brands;
  // One brand is fictional, so that pages do not rely on a fixed list.
  const brands = (versions as { brand: string; version: string }[])
    .filter(({ brand }) => !/not.?a.?brand|brand.?not|^\W|not\W/i.test(brand))
    .map(({ brand, version }) => `${brand} ${version}`);
  const parts = [userAgentData.platform, known.platformVersion, known.architecture];
  return {
    os: parts
      .filter((part) => typeof part === 'string' && part !== '')
      .join(' ')
      .slice(0, 300),
    browser: (brands.at(-1) ?? navigator.userAgent).slice(0, 300),
  };
}

async function describeAdapter(): Promise<Machine['adapter']> {
  // Browsers offer WebGPU only to secure pages.
  const { gpu } = navigator as Partial<Pick<Navigator, 'gpu'>>;
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) return undefined;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const name = description || [vendor, architecture, device].filter(Boolean).join(' ') || 'unnamed';
  return {
    name: name.slice(0, 300),
    software: isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(`${name} ${architecture}`),
    timestamps: adapter.features.has('timestamp-query'),
    f16: adapter.features.has('shader-f16'),
  };
}
