import { accessSync, constants } from 'node:fs';
import { chromium } from '../chromium.ts';
import { firefoxPath } from '../targets.ts';
import type { Engine, EngineName } from './engine.ts';
import { launchWithPuppeteer } from './puppeteer.ts';
import { browserPath, driverPath, isWebKit, launchWebKit } from './webkit.ts';

/** Starts an engine. */
export function launch(name: EngineName): Promise<Engine> {
  return isWebKit(name) ? launchWebKit(name) : launchWithPuppeteer(name);
}

/** Why an engine is unavailable here; `undefined` if it is available. */
export function unavailable(name: EngineName): string | undefined {
  const { prepared, files } = needs(name);
  if (prepared) return prepared;
  const missing = files.find((file) => !isExecutable(file));
  return missing && `${missing} is missing: npm run setup installs it where that is possible`;
}

/** Why setup has no such browser, and the files that the browser consists of. */
function needs(name: EngineName): { prepared: string | undefined; files: string[] } {
  const { CYCLORAMA_WEBKIT_UNAVAILABLE, CYCLORAMA_FIREFOX_UNAVAILABLE } = process.env;
  switch (name) {
    case 'webkit':
    case 'webkit-captured':
    case 'webkit-cpu':
      return { prepared: CYCLORAMA_WEBKIT_UNAVAILABLE, files: [driverPath(), browserPath()] };
    case 'firefox':
    case 'firefox-webgpu':
    case 'firefox-cpu':
      return { prepared: CYCLORAMA_FIREFOX_UNAVAILABLE, files: [firefoxPath()] };
    case 'chromium':
    case 'chromium-webgl':
    case 'chromium-cpu':
      return { prepared: undefined, files: [chromium.executablePath] };
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
