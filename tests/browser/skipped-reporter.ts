import type { Reporter, TestModule } from 'vitest/node';

/** Lists the skipped tests with their reasons, because the other reporters only count them. */
export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].flatMap((test) => {
        const result = test.result();
        const reason = test.meta().reason ?? (result.state === 'skipped' ? result.note : undefined);
        return reason ? [` Skipped  ${module.relativeModuleId} > ${test.fullName}: ${reason}`] : [];
      }),
    );
    if (lines.length > 0) console.log(`\n${lines.join('\n')}`);
  }
}
