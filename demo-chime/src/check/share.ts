/** Copies, downloads and shares a report. Nothing is uploaded. */
import { type Report, toMarkdown } from './report';

export type Form = 'json' | 'md';

const types: Record<Form, string> = { json: 'application/json', md: 'text/markdown' };

/** A report as text. */
export function textOf(report: Report, form: Form): string {
  return form === 'json' ? `${JSON.stringify(report, null, 1)}\n` : toMarkdown(report);
}

/** Saves a report as a file. */
export function download(report: Report, form: Form): void {
  const url = URL.createObjectURL(fileOf(report, form));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = nameOf(report, form);
  anchor.click();
  // The browser has read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * Copies a report.
 *
 * @returns whether the browser allowed it; pages without a secure context have no clipboard.
 */
export async function copy(report: Report, form: Form): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(textOf(report, form));
    return true;
  } catch {
    return false;
  }
}

/** Whether the device can share text with another app. */
export const canShare = (): boolean => 'share' in navigator;

/** Passes a report to another app. Closing the dialog is not an error. */
export async function share(report: Report): Promise<void> {
  try {
    await navigator.share({ title: 'Cyclorama browser check', text: toMarkdown(report) });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
  }
}

const fileOf = (report: Report, form: Form) => new Blob([textOf(report, form)], { type: types[form] });

const nameOf = ({ date }: Report, form: Form) =>
  `cyclorama-check-${date.slice(0, 19).replace(/\D/g, '')}.${form}`;
