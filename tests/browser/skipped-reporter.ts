import type { Reporter, TestModule } from 'vitest/node';

/** Lists the tests that were skipped, with the reasons, as the other reporters count them alone. */
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
