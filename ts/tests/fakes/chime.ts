import type { Logger } from 'amazon-chime-sdk-js';
import type { VideoFxConfig } from '../../src/adapters/chime/index.js';

/** A logger of the Chime SDK that drops its messages. */
export const silentLogger = { info() {}, warn() {}, error() {} } as unknown as Logger;

/** A config of the SDK's second-generation filter that blurs. */
export function blurConfig(strength: 'low' | 'high'): VideoFxConfig {
  return {
    backgroundBlur: { isEnabled: true, strength },
    backgroundReplacement: { isEnabled: false, backgroundImageURL: undefined, defaultColor: undefined },
  };
}
