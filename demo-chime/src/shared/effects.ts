import type { Effect } from 'cyclorama';
import hillsUrl from '/hills.jpg?url';

/** The effect of a radio button that has no options. */
export function presetEffect(name: string): Effect {
  switch (name) {
    case 'blur-low':
      return { kind: 'blur', strength: 'low' };
    case 'blur-high':
      return { kind: 'blur', strength: 'high' };
    case 'image':
      return { kind: 'image', source: hills() };
    case 'color':
      return { kind: 'color', color: '#1f7a5c' };
    case 'transparent':
      return { kind: 'transparent' };
    case 'none':
      return { kind: 'none' };
    default:
      return { kind: 'blur', strength: 'medium' };
  }
}

/** The URL of the bundled background image. */
export const hills = () => new URL(hillsUrl, document.baseURI);
