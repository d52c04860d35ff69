import { expect } from 'vitest';

/**
 * Expects each stalled stage, and no other stage, to be longer by its stall. Measures up to a dozen rounds until that is the case:
 * other work of the machine makes stages longer, so the shortest round counts.
 *
 * @param longer how much longer the shortest round of a stage is while a stage is stalled, in milliseconds.
 */
export async function expectOwnStalls<Stage extends string, Stalled extends Stage>(
  stages: readonly Stage[],
  stalled: readonly Stalled[],
  longer: (stage: Stage, stalled: Stalled) => number,
  stall: number,
  measure: () => Promise<void>,
): Promise<void> {
  const pairs = stalled.flatMap((slow) => stages.map((stage) => ({ stage, slow })));
  const isRight = ({ stage, slow }: { stage: Stage; slow: Stalled }) => {
    const more = longer(stage, slow);
    return stage === slow ? more > stall / 2 : more < stall / 4;
  };
  for (let round = 0; round < 12 && !(round >= 2 && pairs.every(isRight)); round += 1) await measure();
  for (const { stage, slow } of pairs) {
    const what = `${stage} with a stall in ${slow}`;
    if (stage === slow) expect(longer(stage, slow), what).toBeGreaterThan(stall / 2);
    else expect(longer(stage, slow), what).toBeLessThan(stall / 4);
  }
}
