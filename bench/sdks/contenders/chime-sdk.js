/** The parts of the Amazon Chime SDK that `chime.js` uses. */
export { DefaultVideoTransformDevice, NoOpLogger } from 'amazon-chime-sdk-js';
